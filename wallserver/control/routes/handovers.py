"""Hand-over notes of shifts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from wallserver.catalogue.handovers import LONGEST_NOTE, ConfirmationError
from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, WhoAsks
from wallserver.control.routes.on_walls import whose
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()


class Note(BaseModel):
    """What the next shift has to know."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), Field(max_length=LONGEST_NOTE)]

    @field_validator("text")
    @classmethod
    def _can_be_seen(cls, value: str) -> str:
        if not all(character.isprintable() or character in "\n\t" for character in value):
            raise ValueError("has a character in it that cannot be seen")
        return value


@router.get("/api/handovers", dependencies=[needs(Action.HANDOVERS)])
async def handovers(control: ControlOf, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> list[dict[str, Any]]:
    """The newest first; `confirmed_by` is null where the next shift has not confirmed it yet."""
    return [asdict(note) for note in await control.catalogue.handovers.list(limit)]


@router.post("/api/handovers", dependencies=[needs(Action.HANDOVERS)], status_code=201)
async def write(note: Note, control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """Leave a note."""
    return asdict(await control.catalogue.handovers.add(note.text, whose(who).name))


@router.post("/api/handovers/{note}/confirm", dependencies=[needs(Action.HANDOVERS)])
async def confirm(note: str, control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """Confirm somebody else's note, once."""
    try:
        confirmed = await control.catalogue.handovers.confirm(note, whose(who).name)
    except ConfirmationError as error:
        raise ApiError(409, str(error), reason=error.reason) from error
    if confirmed is None:
        raise ApiError(404, "There is no such note.")
    return asdict(confirmed)
