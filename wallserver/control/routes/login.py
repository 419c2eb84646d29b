"""Signing in and out, and one's own password."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, WhoAsks, address_of, counted_as, waited
from wallserver.control.site import Control
from wallserver.people.audit import Done, who_is
from wallserver.people.errors import WeakPasswordError
from wallserver.people.guard import cookie_of, needs
from wallserver.people.passwords import LONGEST
from wallserver.people.rate_limits import RateLimits, Tried
from wallserver.people.rights import Action, Person, Principal, actions_of
from wallserver.people.user_sessions import LONGEST_MS
from wallserver.people.written_scope import scope_to_json

_log = structlog.get_logger(__name__)
router = APIRouter()

_Password = Annotated[str, Field(max_length=LONGEST, repr=False)]


class _Secret(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Credentials(_Secret):
    """Who somebody says to be."""

    username: Annotated[str, Field(max_length=120)]
    password: _Password


class NewPassword(_Secret):
    """One's own password, and the one that is to take its place."""

    current: _Password
    new: _Password


class Me(BaseModel):
    """Who is signed in, what they may do and where, and how this site writes."""

    id: str
    name: str
    role: str
    scope: dict[str, Any] | None
    actions: list[str]
    must_change_password: bool
    language: str
    timezone: str


@router.post("/api/login", dependencies=[needs(Action.OPEN)])
async def login(credentials: Credentials, control: ControlOf, request: Request, response: Response) -> Me:
    """Begin a session; its key comes as a cookie that no script can read."""
    limits, address, name = control.people.limits, counted_as(request), credentials.username
    if not limits.count(Tried.SIGN_IN_FROM_ADDRESS, address):
        raise waited(limits.wait_s(Tried.SIGN_IN_FROM_ADDRESS, address))
    async with limits.turn(Tried.SIGN_IN_TO_ACCOUNT, name):
        _may_try(limits, address, name)
        user = await control.people.accounts.with_password(name, credentials.password)
        if user is None:
            limits.count(Tried.SIGN_IN_AS_NAME, address, name)
            limits.count(Tried.SIGN_IN_TO_ACCOUNT, name)
            _log.warning("sign-in refused", address=address_of(request))
            raise ApiError(401, "User name or password are wrong.")
    person, key = await control.people.sessions.begin(user)
    keep_session(request, response, key)
    signed_in(request, person)
    return _me(person, control)


@router.post("/api/logout", dependencies=[needs(Action.SESSION_OWN)], status_code=204)
async def logout(control: ControlOf, request: Request, response: Response) -> None:
    """End the session."""
    await control.people.sessions.end(request.cookies[cookie_of(request)])
    _drop_session(request, response)


@router.get("/api/me", dependencies=[needs(Action.SESSION_OWN)])
async def me(control: ControlOf, who: WhoAsks) -> Me:
    """Who is signed in."""
    return _me(_person(who), control)


@router.post("/api/me/password", dependencies=[needs(Action.SESSION_OWN)], status_code=204)
async def change_password(wanted: NewPassword, control: ControlOf, who: WhoAsks) -> None:
    """Choose another password; one's other sessions end. 422 has a `reason` for programs."""
    person, people, limits = _person(who), control.people, control.people.limits
    async with limits.turn(Tried.OWN_PASSWORD_WRONG, person.id):
        if not limits.allows(Tried.OWN_PASSWORD_WRONG, person.id):
            raise waited(limits.wait_s(Tried.OWN_PASSWORD_WRONG, person.id))
        if await people.accounts.with_password(person.name, wanted.current) is None:
            limits.count(Tried.OWN_PASSWORD_WRONG, person.id)
            raise ApiError(422, "The present password is another one.", reason="current")
    if wanted.new == wanted.current:
        raise ApiError(422, "The new password is the present one.", reason="same")
    try:
        await people.accounts.choose_password(person.id, wanted.new, person.session)
    except WeakPasswordError as error:
        raise ApiError(422, str(error), reason=error.reason) from error


@router.delete("/api/me/sessions", dependencies=[needs(Action.SESSION_OWN)], status_code=204)
async def sign_out_everywhere(control: ControlOf, who: WhoAsks, request: Request, response: Response) -> None:
    """End every session of one's own, on every browser."""
    await control.people.sessions.end_all(_person(who).id)
    _drop_session(request, response)


def keep_session(request: Request, response: Response, key: str) -> None:
    """Give the browser a new session's key."""
    response.set_cookie(
        cookie_of(request),
        key,
        max_age=LONGEST_MS // 1000,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _drop_session(request: Request, response: Response) -> None:
    secure = request.url.scheme == "https"  # else a browser would keep it, for its name
    response.delete_cookie(cookie_of(request), secure=secure, httponly=True, samesite="strict")


def signed_in(request: Request, person: Person) -> None:
    """Have it written down."""
    _log.info("signed in", user=person.name, address=address_of(request))
    request.state.done = Done(*who_is(person), "session.begin")


def _may_try(limits: RateLimits, address: str, name: str) -> None:
    """Nothing here depends on whether there is somebody of this name: it must not tell."""
    for tried, who in ((Tried.SIGN_IN_AS_NAME, (address, name)), (Tried.SIGN_IN_TO_ACCOUNT, (name,))):
        if not limits.allows(tried, *who):
            raise waited(limits.wait_s(tried, *who))


def _person(who: Principal) -> Person:
    if not isinstance(who, Person):
        raise ApiError(403, "You may not do this.")
    return who


def _me(person: Person, control: Control) -> Me:
    settings = control.settings
    return Me(
        id=person.id,
        name=person.name,
        role=person.role.value,
        scope=scope_to_json(person.scope),
        actions=sorted(actions_of(person) - {Action.OPEN}),
        must_change_password=person.must_change_password,
        language=settings.language,
        timezone=settings.timezone,
    )
