"""Walls, and the commands that change them."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from layouts.apply import apply, revisions_needed
from layouts.commands import Command
from layouts.commands_json import command_from_json
from layouts.diff import diff, diff_to_json
from layouts.errors import LayoutError
from layouts.presets import presets_to_json
from layouts.wall import Wall
from layouts.wall_json import wall_to_json
from layouts.wall_pixels import geometry_to_json
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.control.answers import ApiError
from wallserver.control.panels import check_sites
from wallserver.control.routes import ControlOf, WhoAsks
from wallserver.control.site import Control
from wallserver.control.wall_checks import check_displays, check_given
from wallserver.people.guard import needs
from wallserver.people.rights import Action, Person

_log = structlog.get_logger(__name__)
router = APIRouter()


class Change(BaseModel):
    """A command, and the revision of the wall that whoever sends it was looking at."""

    model_config = ConfigDict(extra="forbid")

    base_revision: Annotated[int, Field(ge=1)]
    command: dict[str, Any]


@router.get("/api/walls", dependencies=[needs(Action.WALLS_SEE)])
async def walls(control: ControlOf) -> list[dict[str, Any]]:
    """Every wall as a whole."""
    return [wall_to_json(wall) for wall in control.plans.walls.values()]


@router.get("/api/presets", dependencies=[needs(Action.WALLS_SEE)])
async def presets() -> list[dict[str, Any]]:
    """The presets, small ones first, with their cells."""
    return presets_to_json()


@router.get("/api/walls/{wall}", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def wall_snapshot(wall: str, control: ControlOf) -> dict[str, Any]:
    """One wall as a whole."""
    return wall_to_json(_wall(control, wall))


@router.get("/api/walls/{wall}/geometry", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def wall_geometry(wall: str, control: ControlOf) -> dict[str, Any]:
    """The size of a wall and the places of its displays, in pixels of the whole of it, bezels included."""
    return geometry_to_json(_wall(control, wall))


@router.post("/api/walls/{wall}/commands", dependencies=[needs(Action.WALLS_EDIT, of="wall")])
async def command(wall: str, change: Change, control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """Do a command: the wall after it. 409 with the current wall, and what changed since, if the base is another."""
    before = _wall(control, wall)
    if before.revision != change.base_revision:
        raise await _stale(control, before, change.base_revision)
    try:
        wanted = command_from_json(change.command)
        check_given(wanted, control.plans.cameras)
        check_sites(wanted, control.settings.display.panel_sites)
        after = apply(before, wanted, await _earlier(control, before, wanted))
        check_displays(after, control.plans.walls.values())
    except LayoutError as error:
        raise ApiError(422, str(error), display=error.display, cell=error.cell) from error
    name = who.name if isinstance(who, Person) else "-"
    try:
        await control.catalogue.walls.commit(after, name)
    except StaleRevisionError as error:
        control.plans.put_wall(error.current)
        raise await _stale(control, error.current, change.base_revision) from error
    control.plans.put_wall(after)
    _log.info("wall changed", wall=wall, revision=after.revision, command=change.command["type"], by=name)
    return wall_to_json(after)


def _wall(control: Control, wall: str) -> Wall:
    try:
        return control.plans.walls[wall]
    except KeyError:
        raise ApiError(404, f"There is no wall {wall}.") from None


async def _earlier(control: Control, wall: Wall, wanted: Command) -> dict[int, Wall]:
    """The revisions that a command looks back to, as far as they are kept."""
    found = {number: await control.catalogue.walls.at(wall.id, number) for number in revisions_needed(wall, wanted)}
    return {number: then for number, then in found.items() if then is not None}


async def _stale(control: Control, current: Wall, base_revision: int) -> ApiError:
    message = f"Somebody changed this wall meanwhile: it is at revision {current.revision}."
    base = await control.catalogue.walls.at(current.id, base_revision)
    changed = base and diff_to_json(diff(base, current))
    return ApiError(409, message, snapshot=wall_to_json(current), diff=changed)
