"""Bearer tokens of players, and of programs that read the figures, for administrators."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, WhoAsks, note
from wallserver.people.audit import who_is
from wallserver.people.guard import needs
from wallserver.people.rights import Action

_log = structlog.get_logger(__name__)
router = APIRouter()


class NewToken(BaseModel):
    """What the token is for."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=120)]
    stream: Annotated[str, Field(max_length=120)] | None = None


@router.get("/api/tokens", dependencies=[needs(Action.TOKENS_WITHDRAW)])
async def tokens(control: ControlOf) -> list[dict[str, Any]]:
    """All of them, the newest first; not the keys, which are told once and kept nowhere."""
    return [token.to_json() for token in await control.people.tokens.listed()]


@router.post("/api/tokens", dependencies=[needs(Action.TOKENS_MAKE)], status_code=201)
async def make(wanted: NewToken, control: ControlOf, who: WhoAsks, request: Request) -> dict[str, str]:
    """A new token of a player, told this once; for one stream, or for any."""
    if wanted.stream is not None and control.player_streams.behind(wanted.stream) is None:
        raise ApiError(422, f"There is no stream {wanted.stream}.", reason="no_stream")
    token = await control.people.tokens.for_player(wanted.label, wanted.stream, who_is(who)[0])
    _log.info("token made", label=wanted.label, stream=wanted.stream or "any")
    note(request, obj=wanted.label, after={"stream": wanted.stream})
    return {"token": token}


@router.delete("/api/tokens/{token}", dependencies=[needs(Action.TOKENS_WITHDRAW)], status_code=204)
async def withdraw(token: str, control: ControlOf, request: Request) -> None:
    """A token, by its id, is good no more; what is watched by it ends at once."""
    withdrawn = await control.people.tokens.withdraw(token)
    if withdrawn is None:
        raise ApiError(404, "There is no token of a player or program with this id (any more). Displays are unpaired.")
    _log.info("token withdrawn", label=withdrawn.label, kind=withdrawn.kind)
    note(request, obj=withdrawn.label, before=withdrawn.to_json())
