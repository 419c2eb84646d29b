"""Drafts: a person's own changes to a wall, seen by nobody else until they are published."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from layouts.diff import diff, diff_to_json
from layouts.errors import LayoutError
from layouts.wall_json import wall_to_json
from wallserver.catalogue.drafts import StaleDraftError
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.control.answers import ApiError
from wallserver.control.drafts import Seen
from wallserver.control.routes import ControlOf, WhoAsks, note
from wallserver.control.routes.on_walls import cannot_be, stale, wall_of, whose
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()

type Json = dict[str, Any]


class Looked(BaseModel):
    """`changes` of the draft that whoever sends it was looking at; 0: there was none."""

    model_config = ConfigDict(extra="forbid")

    changes: Annotated[int, Field(ge=0, lt=2**53)]


class Addition(Looked):
    """A command for the draft."""

    command: Json


@router.get("/api/walls/{wall}/draft", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")])
async def draft(wall: str, control: ControlOf, who: WhoAsks) -> Json:
    """One's own draft, as it would look and what it changes (null: there is none); and which changes may do without.

    `broken`, in its place: there is one that cannot be any more (a camera that is gone), with its `changes`, and why.
    """
    wall_of(control, wall)
    found: Json = {"changes": control.settings.walls.changes, "draft": None}
    try:
        seen = await control.drafts.seen(wall, whose(who).id)
    except LayoutError as error:
        kept = await control.catalogue.drafts.get(wall, whose(who).id)
        why = {"error": str(error), "reason": error.reason}
        return found | ({"broken": {"changes": kept.changes} | why} if kept else {})
    return found | {"draft": seen and _to_json(seen)}


@router.post("/api/walls/{wall}/draft/commands", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")])
async def add(wall: str, addition: Addition, control: ControlOf, who: WhoAsks) -> Json:
    """Do a command in the draft; the first one begins it, on the wall as it is."""
    wall_of(control, wall)
    try:
        return _to_json(await control.drafts.add(wall, whose(who).id, addition.command, addition.changes, who))
    except LayoutError as error:
        raise cannot_be(error) from error
    except StaleDraftError as error:
        raise _elsewhere() from error


@router.post("/api/walls/{wall}/draft/undo", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")])
async def undo(wall: str, looked: Looked, control: ControlOf, who: WhoAsks) -> Json:
    """Take the draft's last command back."""
    wall_of(control, wall)
    try:
        return _to_json(await control.drafts.undo(wall, whose(who).id, looked.changes))
    except LayoutError as error:
        raise cannot_be(error) from error
    except StaleDraftError as error:
        raise _elsewhere() from error


@router.post("/api/walls/{wall}/draft/rebase", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")])
async def rebase(wall: str, looked: Looked, control: ControlOf, who: WhoAsks) -> Json:
    """The draft on the wall as it is now: the commands that can be done on it; `dropped` has the others, and why."""
    wall_of(control, wall)
    try:
        seen, dropped = await control.drafts.rebase(wall, whose(who).id, looked.changes)
    except LayoutError as error:
        raise cannot_be(error) from error
    except StaleDraftError as error:
        raise _elsewhere() from error
    return _to_json(seen) | {"dropped": dropped}


@router.post("/api/walls/{wall}/draft/publish", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")])
async def publish(wall: str, looked: Looked, control: ControlOf, who: WhoAsks, request: Request) -> Json:
    """Publish the draft to all displays at once: the wall after it. 409 with what changed where others were first."""
    wall_of(control, wall)
    person, name = whose(who)
    try:
        after = await control.drafts.publish(wall, person, name, looked.changes, who)
    except LayoutError as error:
        raise cannot_be(error) from error
    except StaleDraftError as error:
        raise _elsewhere() from error
    except StaleRevisionError as error:
        mine = await control.catalogue.drafts.get(wall, person)
        raise await stale(control, error.current, mine.base_revision if mine else 0) from error
    note(request, before={"revision": after.revision - 1}, after={"revision": after.revision})
    return wall_to_json(after)


@router.delete("/api/walls/{wall}/draft", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")], status_code=204)
async def discard(
    wall: str, control: ControlOf, who: WhoAsks, changes: Annotated[int | None, Query(ge=0, lt=2**53)] = None
) -> None:
    """Forget the draft; with `changes` only the one that whoever asks was looking at."""
    wall_of(control, wall)
    try:
        await control.catalogue.drafts.discard(wall, whose(who).id, changes)
    except StaleDraftError as error:
        raise _elsewhere() from error


def _to_json(seen: Seen) -> Json:
    return {
        "base_revision": seen.base.revision,
        "current_revision": seen.current.revision,
        "changes": seen.draft.changes,
        "changed_ms": seen.draft.changed_ms,
        "commands": list(seen.draft.commands),
        "wall": wall_to_json(seen.after),
        "diff": diff_to_json(diff(seen.base, seen.after)),
        "meanwhile": diff_to_json(seen.meanwhile) if seen.stale else None,
    }


def _elsewhere() -> ApiError:
    return ApiError(409, "This draft was just changed from another page.", reason="draft_elsewhere")
