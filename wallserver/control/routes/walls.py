"""Walls, and the commands that change them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from layouts.commands import Assign, apply, command_from_json
from layouts.errors import LayoutError
from layouts.presets import PRESETS
from layouts.wall import Wall, wall_from_json, wall_to_json
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, WhoAsks
from wallserver.people.guard import needs
from wallserver.people.rights import Action, Person

_log = structlog.get_logger(__name__)
router = APIRouter()


class Change(BaseModel):
    """A command, and the revision of the wall that whoever sends it was looking at."""

    model_config = ConfigDict(extra="forbid")

    base_revision: Annotated[int, Field(ge=1)]
    command: dict[str, Any]


class Draft(BaseModel):
    """A wall as it might be: one as a whole, else the present one; and commands on it, in order."""

    model_config = ConfigDict(extra="forbid")

    wall: dict[str, Any] | None = None
    commands: Annotated[list[dict[str, Any]], Field(max_length=200)] = []


@router.get("/api/walls", dependencies=[needs(Action.WALLS_SEE)])
async def walls(control: ControlOf) -> list[dict[str, Any]]:
    """Every wall as a whole."""
    return [wall_to_json(wall) for wall in control.plans.walls.values()]


@router.get("/api/presets", dependencies=[needs(Action.WALLS_SEE)])
async def presets() -> list[str]:
    """The names of the presets, small ones first."""
    return list(PRESETS)


@router.get("/api/walls/{wall}", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def wall_snapshot(wall: str, control: ControlOf) -> dict[str, Any]:
    """One wall as a whole."""
    return wall_to_json(_wall(control, wall))


@router.post("/api/walls/{wall}/commands", dependencies=[needs(Action.WALLS_EDIT, of="wall")])
async def command(wall: str, change: Change, control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """Do a command: the wall after it. 409 with the current wall if that is another than the base."""
    before = _wall(control, wall)
    if before.revision != change.base_revision:
        raise _stale(before)
    try:
        wanted = command_from_json(change.command)
        if isinstance(wanted, Assign) and wanted.camera not in control.plans.cameras:
            raise ApiError(422, f"There is no camera {wanted.camera} in the catalogue.")
        after = apply(before, wanted)
    except LayoutError as error:
        raise ApiError(422, str(error), display=error.display, cell=error.cell) from error
    name = who.name if isinstance(who, Person) else "-"
    try:
        await control.catalogue.walls.commit(after, name)
    except StaleRevisionError as error:
        control.plans.put_wall(error.current)
        raise _stale(error.current) from error
    control.plans.put_wall(after)
    _log.info("wall changed", wall=wall, revision=after.revision, command=change.command["type"], by=name)
    return wall_to_json(after)


@router.post("/api/walls/{wall}/preview", dependencies=[needs(Action.WALLS_EDIT, of="wall")])
async def preview(wall: str, draft: Draft, control: ControlOf) -> dict[str, Any]:
    """How a draft of the wall would be shown, and what it costs; nothing is done."""
    after = _wall(control, wall)
    try:
        if draft.wall is not None:
            after = wall_from_json(draft.wall)
        for wanted in draft.commands:
            after = apply(after, command_from_json(wanted))
    except LayoutError as error:
        raise ApiError(422, str(error), display=error.display, cell=error.cell) from error
    inputs = control.plans.inputs(after.displays)
    return await asyncio.to_thread(inputs.preview, after)


def _wall(control: ControlOf, wall: str) -> Wall:
    try:
        return control.plans.walls[wall]
    except KeyError:
        raise ApiError(404, f"There is no wall {wall}.") from None


def _stale(current: Wall) -> ApiError:
    message = f"Somebody changed this wall meanwhile: it is at revision {current.revision}."
    return ApiError(409, message, snapshot=wall_to_json(current))
