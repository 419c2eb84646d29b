"""Walls, and the commands that change them."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from layouts.commands import Assign, apply, command_from_json
from layouts.errors import LayoutError
from layouts.presets import PRESETS
from layouts.wall import Wall, wall_to_json
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, WhoAsks, note
from wallserver.control.site import Control
from wallserver.people import objects
from wallserver.people.guard import needs
from wallserver.people.rights import Action, Person, Principal, authorize, may_arrange

_log = structlog.get_logger(__name__)
router = APIRouter()


class Change(BaseModel):
    """A command, and the revision of the wall that whoever sends it was looking at."""

    model_config = ConfigDict(extra="forbid")

    base_revision: Annotated[int, Field(ge=1)]
    command: dict[str, Any]


@router.get("/api/walls", dependencies=[needs(Action.WALLS_SEE)])
async def walls(control: ControlOf, who: WhoAsks) -> list[dict[str, Any]]:
    """Every wall that whoever asks may see, as a whole."""
    walls = control.plans.walls.values()
    return [wall_to_json(wall) for wall in walls if authorize(who, Action.WALLS_SEE, objects.Wall(wall.id))]


@router.get("/api/presets", dependencies=[needs(Action.WALLS_SEE)])
async def presets() -> list[str]:
    """The names of the presets, small ones first."""
    return list(PRESETS)


@router.get("/api/walls/{wall}", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def wall_snapshot(wall: str, control: ControlOf) -> dict[str, Any]:
    """One wall as a whole."""
    return wall_to_json(_wall(control, wall))


@router.post("/api/walls/{wall}/commands", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")])
async def command(wall: str, change: Change, control: ControlOf, who: WhoAsks, request: Request) -> dict[str, Any]:
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
    _check_reach(who, control, before, after)
    name = who.name if isinstance(who, Person) else "-"
    try:
        await control.catalogue.walls.commit(after, name)
    except StaleRevisionError as error:
        control.plans.put_wall(error.current)
        raise _stale(error.current) from error
    control.plans.put_wall(after)
    note(request, before={"revision": before.revision}, after={"revision": after.revision, "command": change.command})
    _log.info("wall changed", wall=wall, revision=after.revision, command=change.command["type"], by=name)
    return wall_to_json(after)


def _check_reach(who: Principal, control: Control, before: Wall, after: Wall) -> None:
    """Only cells that are theirs, and no camera on the wall that they may not see themselves. ApiError (403)."""
    if not may_arrange(who, before.id, _changed_cells(before, after)):
        raise ApiError(403, "Some of these cells are not yours to rearrange.")
    for camera in after.cameras - before.cameras:
        if not authorize(who, Action.CAMERAS_SEE, control.objects.camera(camera)):
            raise ApiError(403, f"You may not see the camera {camera}.")


def _changed_cells(before: Wall, after: Wall) -> frozenset[tuple[str, str]]:
    """The cells that are other ones than before, on another grid, or new, or gone, each as (display, cell)."""
    old, new = (
        {
            (display.id, cell.id): (cell, display.layout.columns, display.layout.rows)
            for display in wall.displays
            for cell in display.layout.cells
        }
        for wall in (before, after)
    )
    return frozenset(cell for cell in old.keys() | new.keys() if old.get(cell) != new.get(cell))


def _wall(control: ControlOf, wall: str) -> Wall:
    try:
        return control.plans.walls[wall]
    except KeyError:
        raise ApiError(404, f"There is no wall {wall}.") from None


def _stale(current: Wall) -> ApiError:
    message = f"Somebody changed this wall meanwhile: it is at revision {current.revision}."
    return ApiError(409, message, snapshot=wall_to_json(current))
