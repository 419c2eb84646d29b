"""What a wall was: its revisions, who made them and what they did, and what differs between any two."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from layouts.diff import diff, diff_to_json
from layouts.wall import Wall
from layouts.wall_json import wall_to_json
from wallserver.control.answers import ApiError
from wallserver.control.revision_words import cause_of
from wallserver.control.routes import ControlOf
from wallserver.control.routes.on_walls import wall_of
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()

type Json = dict[str, Any]


@router.get("/api/walls/{wall}/revisions", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def revisions(
    wall: str,
    control: ControlOf,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[Json]:
    """The newest first: number, who, when, what in words, and what led to it (`cause`: `draft`, `schedule`, `override`,
    `returned`; null for a plain command); `before` (a number) pages back.

    To return to one is the command `restore`: as every command it makes a new revision.
    """
    wall_of(control, wall)
    return [
        {
            "revision": change.revision,
            "made_by": change.made_by,
            "made_ms": change.made_ms,
            "said_id": change.said_id,
            "said_en": change.said_en,
            "cause": cause_of(change.said_id),
        }
        for change in await control.catalogue.walls.changes(wall, before or 2**63 - 1, limit)
    ]


@router.get("/api/walls/{wall}/revisions/{revision}", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def revision(wall: str, revision: Annotated[int, Path(ge=1, lt=2**63)], control: ControlOf) -> Json:
    """The wall as it was at one."""
    wall_of(control, wall)
    return wall_to_json(await _at(control, wall, revision))


@router.get("/api/walls/{wall}/diff", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def difference(
    wall: str,
    control: ControlOf,
    old: Annotated[int, Query(alias="from", ge=1, lt=2**63)],
    new: Annotated[int, Query(alias="to", ge=1, lt=2**63)],
) -> Json:
    """What differs between two, cell by cell."""
    wall_of(control, wall)
    return diff_to_json(diff(await _at(control, wall, old), await _at(control, wall, new)))


async def _at(control: ControlOf, wall: str, number: int) -> Wall:
    found = await control.catalogue.walls.at(wall, number)
    if found is None:
        raise ApiError(404, f"This wall has no revision {number}.")
    return found
