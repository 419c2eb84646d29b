"""Signing in by a real provider of identities: who gets in as what, who does not, and that no secret is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from pydantic import ValidationError

from tests.support.oidc_provider import Provider, provider_of
from tests.wallserver.control.conftest import Site, running_site
from wallserver.config import Settings
from wallserver.oidc_settings import OidcSettings
from wallserver.people.oidc import Oidc

SECRET = "client-secret-canary"
SITI = {"sub": "7", "preferred_username": "siti", "groups": ["staff", "wall-operators"]}
BUDI = {"sub": "8", "preferred_username": "budi", "groups": ["staff"]}
TWIN = {"sub": "9", "preferred_username": "admin", "groups": ["wall-operators"]}
ROLES = {"wall-operators": {"role": "operator", "scope": {"walls": ["city"]}}, "wall-heads": {"role": "supervisor"}}


@dataclass(slots=True)
class SignOn:
    """A site, its provider, and a browser."""

    site: Site
    provider: Provider
    browser: httpx.AsyncClient

    @property
    def oidc(self) -> Oidc:
        """What is tested."""
        assert self.site.control.oidc is not None
        return self.site.control.oidc

    async def sent(self) -> str:
        """Where the browser is sent."""
        answer = await self.browser.get("/api/oidc/login")
        assert answer.status_code == 303
        assert "SameSite=lax" in answer.headers["set-cookie"]
        return str(answer.headers["location"])

    async def back(self, subject: str) -> str:
        """The way back of somebody who has signed in at the provider, and has not gone it yet."""
        return await self.provider.signs_in(await self.sent(), subject)

    async def lands(self, back: str) -> str:
        """Where it leads to."""
        answer = await self.browser.get(back)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provider_of(SITI, BUDI, TWIN) as provider:
        yield provider


@pytest.fixture
async def sign_on(settings: Settings, provider: Provider) -> AsyncIterator[SignOn]:
    oidc = OidcSettings.model_validate(
        {"issuer": provider.issuer, "client_id": "wall", "client_secret": SECRET, "roles": ROLES}
    )
    async with running_site(settings.model_copy(update={"oidc": oidc})) as site, site.client() as browser:
        yield SignOn(site, provider, browser)


async def test_whom_the_provider_vouches_for_gets_the_role_of_their_group(
    sign_on: SignOn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await sign_on.browser.get("/api/oidc")).json() == {"enabled": True}
    back = await sign_on.back("7")
    assert await sign_on.lands(back) == "/console"
    me = (await sign_on.browser.get("/api/me")).json()
    assert (me["name"], me["role"], me["must_change_password"]) == ("siti", "operator", False)
    assert me["scope"] == {"walls": ["city"], "displays": None, "cameras": None}
    assert await sign_on.lands(back) == "/login#refused", "a code is good once"
    logged = capsys.readouterr().out
    assert "signed in" in logged
    for secret in (SECRET, parse_qs(urlsplit(back).query)["code"][0]):
        assert secret not in logged
    async with sign_on.site.administrator() as admin:
        (entry, *_) = (await admin.get("/api/audit", params={"who": "siti"})).json()
        assert entry["action"] == "session.begin"


async def test_who_has_no_group_here_or_somebody_elses_name_stays_out(sign_on: SignOn) -> None:
    for subject in ("8", "9"):
        assert await sign_on.lands(await sign_on.back(subject)) == "/login#refused"
        assert (await sign_on.browser.get("/api/me")).status_code == 401


async def test_state_is_of_one_browser_and_of_ten_minutes(sign_on: SignOn) -> None:
    back = await sign_on.back("7")
    async with sign_on.site.client() as other:
        assert (await other.get(back)).headers["location"] == "/login#refused"
    assert await sign_on.lands(back) == "/login#refused", "it was used"
    parts = urlsplit(await sign_on.back("7"))
    asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
    for changed in ({"state": "guessed"}, {"iss": "https://other.example"}):
        back = await sign_on.back("7")
        asked = {key: values[0] for key, values in parse_qs(urlsplit(back).query).items()}
        assert await sign_on.lands(f"{parts.path}?{urlencode(asked | changed)}") == "/login#refused"
    back = await sign_on.back("7")
    sign_on.oidc._now = lambda: float("inf")
    assert await sign_on.lands(back) == "/login#refused"


async def test_what_is_asked_has_a_nonce_and_a_challenge_of_which_we_alone_know_the_verifier(sign_on: SignOn) -> None:
    asked = {key: values[0] for key, values in parse_qs(urlsplit(await sign_on.sent()).query).items()}
    begun = sign_on.oidc._begun[asked["state"]]
    assert asked["nonce"] == begun.nonce
    assert (asked["code_challenge_method"], asked["code_challenge"]) == (
        "S256",
        create_s256_code_challenge(begun.verifier),
    )
    assert asked["redirect_uri"] == "http://wall.test/api/oidc/callback"
    for secret in (begun.verifier, begun.browser):
        assert secret not in str(asked)
        assert secret not in repr(begun)


async def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    sign_on: SignOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider signs what it signs; it is we who expect something else of it."""
    oidc, settings, checked = sign_on.oidc, sign_on.oidc._settings, Oidc._checked
    asked: list[str] = []

    async def is_refused(**expected: Any) -> None:
        def otherwise(self: Oidc, begun: Any, tokens: Any, keys: Any) -> Any:
            asked.append(str(expected))
            self._settings = settings.model_copy(update=expected)
            keys = expected.get("keys", keys)
            return checked(self, replace(begun, nonce=expected.get("nonce", begun.nonce)), tokens, keys)

        monkeypatch.setattr(Oidc, "_checked", otherwise)
        back = await sign_on.back("7")
        assert await sign_on.lands(back) == "/login#refused", expected
        oidc._settings = settings

    await is_refused(nonce="another")
    await is_refused(client_id="another site")
    await is_refused(issuer="https://another.example")
    await is_refused(keys={"keys": []})
    monkeypatch.setattr("wallserver.people.oidc._CLOCKS_S", -7200)  # as two hours later
    await is_refused()
    assert len(asked) == 5
    assert (await sign_on.browser.get("/api/me")).status_code == 401


async def test_a_provider_that_is_away_or_another_one_is_said(settings: Settings, provider: Provider) -> None:
    for issuer in (f"{provider.issuer}/", "http://127.0.0.1:1"):
        oidc = OidcSettings.model_validate({"issuer": issuer, "client_id": "wall", "client_secret": SECRET})
        with_it = settings.model_copy(update={"oidc": oidc})
        async with running_site(with_it) as site, site.client() as browser:
            assert (await browser.get("/api/oidc/login")).headers["location"] == "/login#away"


async def test_a_site_without_a_provider_says_so(site: Site) -> None:
    async with site.client() as browser:
        assert (await browser.get("/api/oidc")).json() == {"enabled": False}
        assert (await browser.get("/api/oidc/login")).status_code == 404
        assert (await browser.get("/api/oidc/callback?state=a&code=b")).status_code == 404


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"issuer": "http://id.example.org"}, "does not begin with https"),
        ({"issuer": "https://id.example.org"}, "not both 'client_id' and 'client_secret'"),
        ({"roles": {"a": {"role": "king"}}}, "viewer"),
        ({"roles": {"a": {"role": "viewer", "scope": {"floors": []}}}}, "floors"),
    ],
)
def test_settings_that_cannot_be_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        OidcSettings.model_validate(values)


def test_a_site_without_a_provider_does_not_wait_for_its_library() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, wallserver.control; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "wallserver.control.site" in loaded
    assert not {"wallserver.people.oidc", "authlib", "joserfc"} & set(loaded)
