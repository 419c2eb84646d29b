"""People who may sign in, for administrators: roles, scopes, passwords."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, note
from wallserver.people.errors import LastAdministratorError, NameTakenError, NoSuchUserError, PeopleError, ScopeError
from wallserver.people.guard import needs
from wallserver.people.rights import Action, Role
from wallserver.people.scope import EVERYTHING
from wallserver.people.written_scope import WrittenScope

router = APIRouter()
# What is answered, and the word for programs.
_ANSWERS: dict[type[PeopleError], tuple[int, str]] = {
    NoSuchUserError: (404, "gone"),
    NameTakenError: (409, "taken"),
    LastAdministratorError: (409, "last"),
    ScopeError: (422, "scope"),
}


def _seen(value: str) -> str:
    if not value.isprintable():
        raise ValueError("has a character in it that cannot be seen")
    return value


type _Name = Annotated[
    str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True), AfterValidator(_seen)
]


class Change(BaseModel):
    """What of a user is to be another; `scope` null: everywhere. What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: _Name | None = None
    role: Role | None = None
    scope: WrittenScope | None = None
    disabled: bool | None = None


class NewUser(BaseModel):
    """Somebody new; without a scope: everywhere."""

    model_config = ConfigDict(extra="forbid")

    name: _Name
    role: Role
    scope: WrittenScope | None = None


@router.get("/api/users", dependencies=[needs(Action.USERS_EDIT)])
async def users(control: ControlOf) -> list[dict[str, Any]]:
    """Everybody who may sign in."""
    return [user.to_json() for user in await control.people.accounts.list()]


@router.post("/api/users", dependencies=[needs(Action.USERS_EDIT)], status_code=201)
async def add(wanted: NewUser, control: ControlOf, request: Request) -> dict[str, Any]:
    """Somebody new. `password` is told this once; they choose another at their first sign-in."""
    scope = EVERYTHING if wanted.scope is None else wanted.scope.scope()
    with _in_words():
        user, password = await control.people.accounts.add(wanted.name, wanted.role, scope)
    note(request, obj=user.id, after=user.to_json())
    return {"user": user.to_json(), "password": password}


@router.patch("/api/users/{user}", dependencies=[needs(Action.USERS_EDIT, of="user")])
async def change(user: str, wanted: Change, control: ControlOf, request: Request) -> dict[str, Any]:
    """Another name, role or scope; or not to sign in for the time being. What they may do no more ends at once,
    pictures too."""
    scope = None
    if "scope" in wanted.model_fields_set:
        scope = EVERYTHING if wanted.scope is None else wanted.scope.scope()
    with _in_words():
        before, after = await control.people.accounts.change(
            user, name=wanted.name, role=wanted.role, scope=scope, disabled=wanted.disabled
        )
    note(request, before=before.to_json(), after=after.to_json())
    return after.to_json()


@router.delete("/api/users/{user}", dependencies=[needs(Action.USERS_EDIT, of="user")], status_code=204)
async def remove(user: str, control: ControlOf, request: Request) -> None:
    """Remove somebody; their sessions end, and what they watch."""
    with _in_words():
        removed = await control.people.accounts.remove(user)
    note(request, before=removed.to_json())


@router.post("/api/users/{user}/password", dependencies=[needs(Action.USERS_EDIT, of="user")])
async def renew_password(user: str, control: ControlOf) -> dict[str, str]:
    """A new password, told this once, for somebody who has lost theirs; their sessions end."""
    with _in_words():
        return {"password": await control.people.accounts.renew_password(user)}


@router.delete("/api/users/{user}/sessions", dependencies=[needs(Action.USERS_EDIT, of="user")], status_code=204)
async def sign_out(user: str, control: ControlOf) -> None:
    """Sign somebody out everywhere."""
    await control.people.sessions.end_all(user)


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except PeopleError as error:
        status, reason = _ANSWERS.get(type(error), (422, "other"))
        raise ApiError(status, str(error), reason=reason) from error
