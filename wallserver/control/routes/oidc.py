"""Signing in by the site's provider of identities. The browser goes there, and comes back with a code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, counted_as, waited
from wallserver.control.routes.login import keep_session, signed_in
from wallserver.people.errors import PeopleError, ProviderAwayError
from wallserver.people.guard import needs
from wallserver.people.rate_limits import Tried
from wallserver.people.rights import Action

if TYPE_CHECKING:
    from wallserver.people.oidc import Oidc

_log = structlog.get_logger(__name__)
# Its way back begins at another site, where a strict cookie would not be sent along.
_COOKIE = "ws_oidc"
_PATH = "/api/oidc"
_GOOD_FOR_S = 600
router = APIRouter()


@router.get(_PATH, dependencies=[needs(Action.OPEN)])
async def there_is(control: ControlOf) -> dict[str, bool]:
    """Whether this site has a provider, for the page to sign in on."""
    return {"enabled": control.oidc is not None}


@router.get("/api/oidc/login", dependencies=[needs(Action.OPEN)])
async def begin(control: ControlOf, request: Request) -> Response:
    """To the provider."""
    limits, address = control.people.limits, counted_as(request)
    if not limits.count(Tried.SIGN_IN_FROM_ADDRESS, address):
        raise waited(limits.wait_s(Tried.SIGN_IN_FROM_ADDRESS, address))
    try:
        url, browser = await _oidc(control).begin(_callback(request))
    except PeopleError as error:
        return _refused(error)
    response = RedirectResponse(url, status_code=303)
    secure = request.url.scheme == "https"
    response.set_cookie(_COOKIE, browser, max_age=_GOOD_FOR_S, path=_PATH, secure=secure, httponly=True, samesite="lax")
    return response


@router.get("/api/oidc/callback", dependencies=[needs(Action.OPEN)])
async def finish(control: ControlOf, request: Request) -> Response:
    """Back from the provider, to the console or to the page that says why not."""
    try:
        found = await _oidc(control).finish(request.query_params, request.cookies.get(_COOKIE, ""))
        user = await control.people.accounts.vouched_for(found.subject, found.name, found.role, found.scope)
    except PeopleError as error:
        return _refused(error)
    person, key = await control.people.sessions.begin(user)
    response = RedirectResponse("/console", status_code=303)
    response.delete_cookie(_COOKIE, path=_PATH, httponly=True, samesite="lax")
    keep_session(request, response, key)
    signed_in(request, person)
    return response


def _oidc(control: ControlOf) -> Oidc:
    if control.oidc is None:
        raise ApiError(404, "This site has no provider of identities.")
    return control.oidc


def _callback(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{_PATH}/callback"


def _refused(error: PeopleError) -> Response:
    _log.warning("sign-in by the provider of identities refused", reason=str(error))
    away = isinstance(error, ProviderAwayError)
    return RedirectResponse("/login#away" if away else "/login#refused", status_code=303)
