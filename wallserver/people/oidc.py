"""Signing in by the site's own provider of identities: OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636).

What a browser brings back is taken from that browser only, once, and within ten minutes. Nothing that the provider says
is logged but the kind of an error: codes and tokens are secrets.
"""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from wallserver.oidc_settings import OidcSettings
from wallserver.people.errors import IdentityError, ProviderAwayError
from wallserver.people.rights import Role
from wallserver.people.scope import Scope
from wallserver.people.written_scope import scope_of

_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
_TIMEOUT = aiohttp.ClientTimeout(total=5)
_MOST_BYTES = 256 * 1024
_GOOD_FOR_S = 600.0
_MOST_BEGUN = 1000
_CLOCKS_S = 60  # how far two clocks may be apart

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for, and what they are here."""

    subject: str
    name: str
    role: Role
    scope: Scope


@dataclass(frozen=True, slots=True)
class _Begun:
    """A browser that was sent to the provider."""

    browser: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    provider: Json = field(repr=False)
    at: float = 0.0


class Oidc:
    """Sends browsers to the provider, and takes them back. `settings` have an issuer."""

    def __init__(self, settings: OidcSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._begun: OrderedDict[str, _Begun] = OrderedDict()

    async def begin(self, redirect_uri: str) -> tuple[str, str]:
        """Where to send a browser, and the key by which it is known again. ProviderAwayError."""
        issuer = self._settings.issuer or ""
        provider = await _fetch("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if provider.get("issuer") != issuer:
            raise ProviderAwayError("it calls itself otherwise than oidc.issuer in the settings")
        state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        self._begun[state] = _Begun(browser, nonce, verifier, redirect_uri, provider, self._now())
        while len(self._begun) > _MOST_BEGUN:
            self._begun.popitem(last=False)
        url = prepare_grant_uri(
            _endpoint(provider, "authorization_endpoint"),
            self._settings.client_id,
            "code",
            redirect_uri,
            " ".join(self._settings.request_scopes),
            state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return str(url), browser

    async def finish(self, said: Mapping[str, str], browser: str) -> Identity:
        """Who came back with these parameters. IdentityError says why they may not sign in; ProviderAwayError."""
        begun = self._begun.pop(said.get("state", ""), None)
        if begun is None or self._now() - begun.at > _GOOD_FOR_S:
            raise IdentityError("nobody was sent to the provider with this state, or too long ago")
        if not secrets.compare_digest(begun.browser.encode(), browser.encode()):
            raise IdentityError("another browser was sent to the provider")
        if said.get("iss", self._settings.issuer) != self._settings.issuer:  # RFC 9207
            raise IdentityError("another provider answered")
        if "code" not in said:
            raise IdentityError("the provider let nobody in")
        tokens = await self._tokens(begun, said["code"])
        keys = await _fetch("GET", _endpoint(begun.provider, "jwks_uri"))
        claims = self._checked(begun, tokens, keys)
        if self._settings.role_claim not in claims or self._settings.name_claim not in claims:
            claims = await self._with_user_info(begun, tokens, claims)
        return self._identity(claims)

    async def _tokens(self, begun: _Begun, code: str) -> Json:
        secret = self._settings.client_secret
        name, password = self._settings.client_id or "", secret.get_secret_value() if secret else ""
        account = f"{quote(name, safe='')}:{quote(password, safe='')}"  # RFC 6749 section 2.3.1
        body = prepare_token_request(
            "authorization_code", "", begun.redirect_uri, code=code, code_verifier=begun.verifier
        )
        headers = {
            "Authorization": f"Basic {b64encode(account.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return await _fetch("POST", _endpoint(begun.provider, "token_endpoint"), headers, body)

    def _checked(self, begun: _Begun, tokens: Json, keys: Json) -> Json:
        """The claims of an ID token that is signed, new, of this provider, for us and for this sign-in (3.1.3.7)."""
        expected = {"iss": self._settings.issuer, "aud": self._settings.client_id}
        options = {name: {"essential": True, "value": value} for name, value in expected.items()}
        context = {"nonce": begun.nonce, "client_id": self._settings.client_id}
        try:
            token = jwt.decode(str(tokens.get("id_token")), KeySet.import_key_set(keys), algorithms=_SIGNED_BY)  # type: ignore[arg-type]
            claims = CodeIDToken(token.claims, token.header, options, context)
            claims.validate(leeway=_CLOCKS_S)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as error:
            raise IdentityError(f"its ID token is not good: {type(error).__name__}") from error
        return dict(claims)

    async def _with_user_info(self, begun: _Begun, tokens: Json, claims: Json) -> Json:
        """What providers say only when asked (5.3); of the same person."""
        if "userinfo_endpoint" not in begun.provider:
            return claims
        headers = {"Authorization": f"Bearer {tokens.get('access_token')}"}
        said = await _fetch("GET", _endpoint(begun.provider, "userinfo_endpoint"), headers)
        if said.get("sub") != claims["sub"]:
            raise IdentityError("the provider tells of somebody else")
        return said | claims

    def _identity(self, claims: Json) -> Identity:
        is_said = claims.get(self._settings.role_claim)
        values = is_said if isinstance(is_said, list) else [is_said]
        found = next((role for value, role in self._settings.roles.items() if value in values), None)
        if found is None:
            raise IdentityError(f"nothing in {self._settings.role_claim} gives a role here")
        name = claims.get(self._settings.name_claim)
        if not isinstance(name, str) or not 1 <= len(name) <= 120 or not name.isprintable():
            raise IdentityError(f"there is no name in {self._settings.name_claim}")
        subject = f"{self._settings.issuer} {claims['sub']}"
        return Identity(subject, name, Role(found.role), scope_of(found.scope))


def _endpoint(provider: Json, name: str) -> str:
    url = provider.get(name)
    if not isinstance(url, str):
        raise ProviderAwayError(f"it names no {name}")
    return url


async def _fetch(method: str, url: str, headers: Mapping[str, str] | None = None, body: str | None = None) -> Json:
    """The JSON object at an address of the provider. ProviderAwayError; IdentityError where it refuses."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.request(method, url, headers=headers, data=body, allow_redirects=False) as response,
        ):
            if 400 <= response.status < 500:
                raise IdentityError(f"the provider refuses: {response.status}")
            if response.status != 200:
                raise ProviderAwayError(f"it answers {response.status}")
            read = await response.content.read(_MOST_BYTES)
            while len(read) < _MOST_BYTES and (more := await response.content.read(_MOST_BYTES)):
                read += more
        document = json.loads(read)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise ProviderAwayError(type(error).__name__) from error
    if not isinstance(document, dict):
        raise ProviderAwayError("it answers no JSON object")
    return document
