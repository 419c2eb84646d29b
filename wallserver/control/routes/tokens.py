"""Bearer tokens for WHEP players."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, note
from wallserver.people.guard import needs
from wallserver.people.rights import Action

_log = structlog.get_logger(__name__)
router = APIRouter()


class NewToken(BaseModel):
    """What the token is for."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=120)]
    stream: Annotated[str, Field(max_length=120)] | None = None


@router.post("/api/tokens", dependencies=[needs(Action.TOKENS_MAKE)], status_code=201)
async def make(wanted: NewToken, control: ControlOf, request: Request) -> dict[str, str]:
    """A new token, told this once; for one stream, or for any."""
    if wanted.stream is not None and control.player_streams.behind(wanted.stream) is None:
        raise ApiError(422, f"There is no stream {wanted.stream}.")
    token = await control.people.tokens.for_player(wanted.label, wanted.stream)
    _log.info("token made", label=wanted.label, stream=wanted.stream or "any")
    note(request, obj=wanted.label, after={"stream": wanted.stream})
    return {"token": token}
