"""Walls, and the commands that change them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from layouts.commands_json import command_from_json
from layouts.errors import LayoutError
from layouts.presets import presets_to_json
from layouts.wall_json import wall_from_json, wall_to_json
from layouts.wall_pixels import geometry_to_json
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.control.routes import ControlOf, WhoAsks, note
from wallserver.control.routes.on_walls import cannot_be, check_live, stale, wall_of, whose
from wallserver.people import objects
from wallserver.people.guard import needs
from wallserver.people.rights import Action, authorize

router = APIRouter()


class Change(BaseModel):
    """A command, and the revision of the wall that whoever sends it was looking at.

    `live`: it is meant to be seen at once, also where `walls.changes` keeps such changes for drafts.
    """

    model_config = ConfigDict(extra="forbid")

    base_revision: Annotated[int, Field(ge=1, lt=2**63)]
    command: dict[str, Any]
    live: bool = False


class Preview(BaseModel):
    """A wall as it might be, as a whole; without: as it is."""

    model_config = ConfigDict(extra="forbid")

    wall: dict[str, Any] | None = None


@router.get("/api/walls", dependencies=[needs(Action.WALLS_SEE)])
async def walls(control: ControlOf, who: WhoAsks) -> list[dict[str, Any]]:
    """Every wall that whoever asks may see, as a whole."""
    walls = control.plans.walls.values()
    return [wall_to_json(wall) for wall in walls if authorize(who, Action.WALLS_SEE, objects.Wall(wall.id))]


@router.get("/api/presets", dependencies=[needs(Action.WALLS_SEE)])
async def presets() -> list[dict[str, Any]]:
    """The presets, small ones first, with their cells."""
    return presets_to_json()


@router.get("/api/walls/{wall}", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def wall_snapshot(wall: str, control: ControlOf) -> dict[str, Any]:
    """One wall as a whole."""
    return wall_to_json(wall_of(control, wall))


@router.get("/api/walls/{wall}/geometry", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def wall_geometry(wall: str, control: ControlOf) -> dict[str, Any]:
    """The size of a wall and the places of its displays, in pixels of the whole of it, bezels included."""
    return geometry_to_json(wall_of(control, wall))


@router.get("/api/walls/{wall}/tours", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def tours(wall: str, control: ControlOf) -> list[dict[str, Any]]:
    """The tours that are in cells: whose turn it is where, until when, and who follows."""
    return control.tours.to_json(wall_of(control, wall))


@router.post("/api/walls/{wall}/commands", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")])
async def command(wall: str, change: Change, control: ControlOf, who: WhoAsks, request: Request) -> dict[str, Any]:
    """Do a command: the wall after it. 409 with the current wall, and what changed since, if the base is another."""
    before = wall_of(control, wall)
    if before.revision != change.base_revision:
        raise await stale(control, before, change.base_revision)
    try:
        wanted = command_from_json(change.command)
        check_live(control, who, wall, wanted, said=change.live)
        after = await control.edits.after(before, wanted, who)
    except LayoutError as error:
        raise cannot_be(error) from error
    try:
        await control.edits.keep(before, after, whose(who).name, wanted, who=who)
    except StaleRevisionError as error:
        raise await stale(control, error.current, change.base_revision) from error
    note(request, before={"revision": before.revision}, after={"revision": after.revision, "command": change.command})
    return wall_to_json(after)


@router.post("/api/walls/{wall}/preview", dependencies=[needs(Action.WALLS_EDIT, of="wall", changes=False)])
async def preview(wall: str, wanted: Preview, control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """How a wall as it might be would be shown, and what it costs; nothing is done. 403 for one that would not be for
    whoever asks to make, as with commands."""
    there = wall_of(control, wall)
    try:
        after = there if wanted.wall is None else wall_from_json(wanted.wall)
        control.edits.check_might_be(there, after, who)
    except LayoutError as error:
        raise cannot_be(error) from error
    shown = control.tours.as_if(after)
    inputs = control.plans.inputs(shown.displays)
    return await asyncio.to_thread(inputs.preview, shown)
