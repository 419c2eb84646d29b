"""Pairing: a display's screen asks for a code, an administrator types it, the screen fetches its token."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, counted_as
from wallserver.people.guard import needs
from wallserver.people.pairing import Paired
from wallserver.people.rate_limits import Tried
from wallserver.people.rights import Action

_log = structlog.get_logger(__name__)
_NO_CODE = "This code is not shown on any screen (any more)."
_TOO_MANY = "Too many tries. Wait a minute."
router = APIRouter()


class TypedCode(BaseModel):
    """A code as somebody read it from a screen."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=20)]


@router.post("/api/pairing", dependencies=[needs(Action.OPEN)])
async def begin(control: ControlOf, request: Request) -> dict[str, str]:
    """A code for a screen to show, and the secret that fetches its token."""
    if not control.people.limits.count(Tried.PAIRING_BEGUN, counted_as(request)):
        raise ApiError(429, _TOO_MANY)
    begun = await control.people.pairing.begin()
    if begun is None:
        raise ApiError(429, "Too many screens wait to be paired. Try again in a few minutes.")
    return {"code": begun[0], "secret": begun[1]}


@router.get("/api/pairing/{code}", dependencies=[needs(Action.OPEN)])
async def poll(code: str, control: ControlOf, request: Request) -> dict[str, Any]:
    """What became of a code. `Authorization: Bearer <secret>`: a secret does not belong in an address."""
    limits, address = control.people.limits, counted_as(request)
    if not limits.allows(Tried.PAIRING_SECRET_WRONG, address):
        raise ApiError(429, _TOO_MANY)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    found = await control.people.pairing.poll(code, secret) if scheme.lower() == "bearer" else None
    if found is None:
        limits.count(Tried.PAIRING_SECRET_WRONG, address)
        raise ApiError(404, _NO_CODE)
    if isinstance(found, Paired):
        control.viewers.rights_changed()  # a token that the display had until now is nobody's
        return {"paired": True, "token": found.token, "display": found.display}
    return {"paired": False}


@router.post("/api/displays/{display}/pair", dependencies=[needs(Action.DISPLAYS_PAIR, of="display")])
async def pair(display: str, typed: TypedCode, control: ControlOf, request: Request) -> dict[str, bool]:
    """The screen that shows this code becomes this display; another one that was it is let go."""
    _known(control, display)
    limits, address = control.people.limits, counted_as(request)
    async with limits.turn(Tried.PAIRING_CODE_WRONG, address):
        if not limits.allows(Tried.PAIRING_CODE_WRONG, address):
            raise ApiError(429, _TOO_MANY)
        if not await control.people.pairing.pair(typed.code, display):
            limits.count(Tried.PAIRING_CODE_WRONG, address)
            raise ApiError(404, _NO_CODE)
    await _let_go(control, display)
    _log.info("display paired", display=display)
    return {"paired": True}


@router.delete(
    "/api/displays/{display}/pair", dependencies=[needs(Action.DISPLAYS_PAIR, of="display")], status_code=204
)
async def unpair(display: str, control: ControlOf) -> None:
    """The screen that is this display is let go, and asks for a code again."""
    _known(control, display)
    await control.people.pairing.unpair(display)
    await _let_go(control, display)
    _log.info("display unpaired", display=display)


def _known(control: ControlOf, display: str) -> None:
    if display not in control.plans.displays:
        raise ApiError(404, f"There is no display {display}.")


async def _let_go(control: ControlOf, display: str) -> None:
    """Its token is nobody's any more: what a screen still has by it ends."""
    control.hub.gone(display)
    await control.sessions.close_display(display)
