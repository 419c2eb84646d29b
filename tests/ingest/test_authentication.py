from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time

import pytest

from ingest.authentication import Challenge, choose


def fields(answer: str) -> dict[str, str]:
    """What an `Authorization: Digest` says."""
    assert answer.startswith("Digest ")
    return {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', answer)}


def chosen(*headers: str, username: str = "operator", password: str = "rahasia") -> Challenge:
    challenge = choose(headers, username, password)
    assert challenge is not None
    return challenge


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def test_the_example_of_rfc_2617(monkeypatch: pytest.MonkeyPatch) -> None:
    """Section 3.5."""
    monkeypatch.setattr(secrets, "token_hex", lambda _size: "0a4f113b")
    challenge = chosen(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",'
        ' opaque="5ccc069c403ebaf9f0171e9517f40e41"',
        username="Mufasa",
        password="Circle Of Life",
    )
    said = fields(challenge.answer("GET", "/dir/index.html"))
    assert said["response"] == "6629fae49393a05397450978507c4ef1"
    assert (said["qop"], said["nc"], said["cnonce"]) == ("auth", "00000001", "0a4f113b")
    assert said["opaque"] == "5ccc069c403ebaf9f0171e9517f40e41"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(monkeypatch: pytest.MonkeyPatch, algorithm: str, response: str) -> None:
    """Section 3.9.1."""
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    monkeypatch.setattr(secrets, "token_hex", lambda _size: cnonce)
    challenge = chosen(
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm},'
        ' nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
        username="Mufasa",
        password="Circle of Life",
    )
    said = fields(challenge.answer("GET", "/dir/index.html"))
    assert (said["response"], said["algorithm"]) == (response, algorithm)


def test_without_qop_it_is_rfc_2069() -> None:
    said = fields(chosen('Digest realm="cam", nonce="n"').answer("DESCRIBE", "rtsp://h/x"))
    expected = md5(f"{md5('operator:cam:rahasia')}:n:{md5('DESCRIBE:rtsp://h/x')}")
    assert said == {
        "username": "operator",
        "realm": "cam",
        "nonce": "n",
        "uri": "rtsp://h/x",
        "response": expected,
    }


def test_with_qop_each_answer_counts_and_has_a_nonce_of_its_own() -> None:
    challenge = chosen('Digest realm="cam", nonce="n", qop="auth"')
    first, second = (fields(challenge.answer("OPTIONS", "*")) for _ in range(2))
    assert (first["nc"], second["nc"]) == ("00000001", "00000002")
    assert first["cnonce"] != second["cnonce"]
    assert first["response"] != second["response"]


def test_only_qop_that_we_know_is_taken() -> None:
    assert "qop" not in fields(chosen('Digest realm="cam", nonce="n", qop="auth-int"').answer("OPTIONS", "*"))


def test_basic() -> None:
    answer = chosen('Basic realm="cam"', username="operator", password="pä:ss").answer("OPTIONS", "*")
    assert answer == "Basic " + base64.b64encode("operator:pä:ss".encode()).decode()


_MD5 = 'Digest realm="a", nonce="n1"'
_SHA = 'Digest realm="a", nonce="n2", algorithm=SHA-256'
_BASIC = 'Basic realm="a"'


@pytest.mark.parametrize(
    "headers",
    [
        (_BASIC, _MD5, _SHA),
        (_SHA, _MD5, _BASIC),
        (f"{_BASIC}, {_MD5}, {_SHA}",),
        (f"{_SHA}, {_BASIC}", _MD5),
    ],
)
def test_the_strongest_way_is_chosen_wherever_it_stands(headers: tuple[str, ...]) -> None:
    challenge = chosen(*headers)
    assert (challenge.scheme, challenge.algorithm, challenge.nonce) == ("digest", "SHA-256", "n2")


def test_digest_is_preferred_to_basic() -> None:
    assert chosen(_BASIC, _MD5).scheme == "digest"


def test_a_way_that_follows_in_the_same_header_does_not_spoil_the_first() -> None:
    challenge = chosen('Digest realm="cam", nonce="n", Basic realm="other"')
    assert (challenge.realm, challenge.nonce) == ("cam", "n")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Negotiate",
        'Digest realm="a"',
        'Digest realm="a", nonce="n", algorithm=MD5-sess',
        'Digest realm="a", nonce="n", algorithm=SHA-512-256',
        'Bearer realm="basic digest"',
    ],
)
def test_what_is_not_known_is_not_answered(header: str) -> None:
    assert choose([header], "operator", "rahasia") is None


def test_quotes_and_backslashes_are_hashed_bare_and_sent_escaped() -> None:
    challenge = chosen(r'Digest realm="a\"b\\c", nonce="n"', username='x"y')
    answer = challenge.answer("OPTIONS", "*")
    assert challenge.realm == 'a"b\\c'
    assert r'realm="a\"b\\c"' in answer
    assert r'username="x\"y"' in answer
    expected = md5(f"{md5('x"y:' + challenge.realm + ':rahasia')}:n:{md5('OPTIONS:*')}")
    assert f'response="{expected}"' in answer


@pytest.mark.parametrize(
    "header", ['digest REALM="a",NONCE="n"', 'Digest   realm = "a" ,  nonce = n', "Digest nonce=n,realm=a"]
)
def test_servers_write_it_as_they_like(header: str) -> None:
    challenge = chosen(header)
    assert (challenge.realm, challenge.nonce) == ("a", "n")


def test_the_password_is_not_in_what_is_printed() -> None:
    assert "rahasia" not in repr(chosen(_MD5))


@pytest.mark.parametrize("text", ["a" * 16_000, 'a="\\' * 4_000, "a " * 8_000, '"\\' * 8_000, " = " * 5_000])
def test_a_long_header_takes_no_time(text: str) -> None:
    """An expression that goes back and forth would stop every other camera for ten seconds."""
    began = time.process_time()
    assert choose([f"Digest {text}"], "operator", "rahasia") is None
    assert time.process_time() - began < 5
