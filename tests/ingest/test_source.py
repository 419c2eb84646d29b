from __future__ import annotations

import pytest

from ingest import causes
from ingest.camera_state import State
from ingest.source import SourceError, SourceSpec

SECRETS = ("rahasia", "operator")


def test_credentials_are_taken_out_of_an_address() -> None:
    spec = SourceSpec.from_url("cam.a.main", "rtsp://operator:raha%40sia@10.0.0.5:8554/ch1?x=1")
    assert spec.url == "rtsp://10.0.0.5:8554/ch1?x=1"
    assert (spec.username, spec.password, spec.kind) == ("operator", "raha@sia", "rtsp")
    assert (spec.host, spec.port) == ("10.0.0.5", 8554)
    assert SourceSpec.from_url("s", "https://h/live.m3u8").kind == "hls"
    assert SourceSpec.from_url("s", "https://h/live.m3u8").port == 443


def test_no_secret_in_what_is_printed() -> None:
    spec = SourceSpec.from_url("cam.a.main", "rtsp://operator:rahasia@10.0.0.5/ch1")
    assert not any(secret in repr(spec) for secret in SECRETS)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "concat:a|b",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "http://host/x",  # not for RTSP
        "rtsp:///no-host",
        "rtsp://host:port/x",
        "rtsp://[broken/x",
        "rtsp://user:pass@host/x",
        "",
    ],
)
def test_only_addresses_of_ours_are_taken(url: str) -> None:
    with pytest.raises(ValueError):
        SourceSpec("cam.a.main", url)
    with pytest.raises(SourceError) as caught:
        SourceSpec.from_answer("cam.a.main", {"url": url})
    assert caught.value.cause == causes.BAD_ADDRESS
    assert caught.value.__cause__ is None


def test_an_answer_of_control_is_checked() -> None:
    answer = {"url": "rtsp://h/x", "username": "u", "password": "p", "transport": "udp", "kind": "rtsp", "more": 1}
    assert SourceSpec.from_answer("s", answer) == SourceSpec("s", "rtsp://h/x", "u", "p", "udp", "rtsp")
    with pytest.raises(SourceError) as caught:
        SourceSpec.from_answer("s", {"error": {"code": 404, "message": "no such camera"}})
    assert caught.value.state is State.OFF
    for unsaid in ("a fault", {"code": 503, "message": "the catalogue cannot be read"}):
        with pytest.raises(SourceError) as caught:
            SourceSpec.from_answer("s", {"error": unsaid})
        assert caught.value.state is State.CONNECTING
    with pytest.raises(SourceError):
        SourceSpec.from_answer("s", {"url": "rtsp://h/x", "transport": "carrier pigeon"})
