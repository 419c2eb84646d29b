"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, WhoAsks, address_of
from wallserver.people.accounts import IDLE_MS
from wallserver.people.guard import COOKIE, needs
from wallserver.people.rate_limits import Tried
from wallserver.people.rights import Action, Person

_log = structlog.get_logger(__name__)
router = APIRouter()


class Credentials(BaseModel):
    """Who somebody says to be."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    username: Annotated[str, Field(max_length=120)]
    password: Annotated[str, Field(max_length=200, repr=False)]


class Me(BaseModel):
    """Who is signed in, and how this site writes."""

    name: str
    role: str
    language: str
    timezone: str


@router.post("/api/login", dependencies=[needs(Action.OPEN)])
async def login(credentials: Credentials, control: ControlOf, request: Request, response: Response) -> Me:
    """Begin a session; its key comes as a cookie that no script can read."""
    limits, address = control.people.limits, address_of(request)
    name = credentials.username
    if not limits.count(Tried.SIGN_IN_FROM_ADDRESS, address) or not limits.allows(Tried.SIGN_IN_AS_NAME, address, name):
        raise ApiError(429, "Too many tries. Wait a minute.")
    signed_in = await control.people.accounts.sign_in(name, credentials.password)
    if signed_in is None:
        limits.count(Tried.SIGN_IN_AS_NAME, address, name)
        _log.warning("sign-in refused", address=address)
        raise ApiError(401, "User name or password are wrong.")
    person, key = signed_in
    _log.info("signed in", user=person.name, address=address)
    response.set_cookie(
        COOKIE,
        key,
        max_age=IDLE_MS // 1000,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return _me(person, control)


@router.post("/api/logout", dependencies=[needs(Action.SESSION_OWN)], status_code=204)
async def logout(control: ControlOf, request: Request, response: Response) -> None:
    """End the session."""
    await control.people.accounts.sign_out(request.cookies[COOKIE])
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/api/me", dependencies=[needs(Action.SESSION_OWN)])
async def me(control: ControlOf, who: WhoAsks) -> Me:
    """Who is signed in."""
    if not isinstance(who, Person):
        raise ApiError(403, "You may not do this.")
    return _me(who, control)


def _me(person: Person, control: ControlOf) -> Me:
    settings = control.settings
    return Me(name=person.name, role=person.role.value, language=settings.language, timezone=settings.timezone)
