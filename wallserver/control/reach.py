"""How far a person reaches on a wall: which commands are theirs, cell by cell and camera by camera."""

from __future__ import annotations

from layouts.apply import Touched
from layouts.contents import CameraContent, Content, StatesPanel, TourContent
from layouts.diff import CellChange, Diff
from layouts.locks import check_locks
from layouts.spans import Address
from layouts.wall import Wall
from wallserver.control.answers import ApiError
from wallserver.control.objects import ControlObjects
from wallserver.people import objects
from wallserver.people.rights import Action, Principal, authorize, may_arrange

_LOCKS = frozenset({"locked", "unlocked"})
# On no list and in no group: only who may see every camera may see it.
_ANY_CAMERA = objects.Camera("")


def check_reach(
    who: Principal, before: Wall, after: Wall, touched: Touched, changed: Diff, known: ControlObjects
) -> None:
    """Only cells that are theirs, and no camera on the wall that they may not see themselves. ApiError (403).

    Locks are a supervisor's word, also where an undo would take one off; so are displays, tours and scenes. For others
    what was locked is as it was (LockedError), whatever was unlocked meanwhile: `apply` sees only each step of several.
    """
    others = _others(who, before)
    if not authorize(who, Action.WALLS_EDIT, objects.Wall(before.id)):
        _check_wall_stays(before, after, touched, changed)
        names_nothing = not (touched.cells or touched.displays)
        if names_nothing and len(others) == sum(1 for _ in before.cells):
            # A revision all the same: a hundred of them, and there is nothing left that anybody could undo.
            raise ApiError(403, "No cell of this wall is yours to rearrange.")
    theirs = all(authorize(who, Action.CELLS_ARRANGE, objects.Display(name, before.id)) for name in touched.displays)
    theirs = theirs and may_arrange(who, before.id, touched.cells)
    if not theirs or others != _others(who, after):
        raise ApiError(403, "Some of these cells are not yours to rearrange.")
    _check_seen(who, before, after, changed, known)


def _others(who: Principal, wall: Wall) -> list[Address]:
    """The cells that are not theirs, in their order: presets are filled by it."""
    there = ((display.id, cell.id) for display, cell in wall.cells)
    return [cell for cell in there if not may_arrange(who, wall.id, frozenset({cell}))]


def _check_wall_stays(before: Wall, after: Wall, touched: Touched, changed: Diff) -> None:
    if touched.wall or changed.displays:
        raise ApiError(403, "Only a supervisor of the whole wall changes its displays, locks, tours and scenes.")
    for one in filter(_is_of_a_lock, changed.cells):
        said = f"Only a supervisor of the whole wall locks or unlocks cell {one.cell} of display {one.display}."
        raise ApiError(403, said, display=one.display, cell=one.cell, reason="locks")
    check_locks(before, after)


def _is_of_a_lock(change: CellChange) -> bool:
    """Locked, unlocked, or there anew as a locked one; a locked one that is gone is for `check_locks` to say."""
    comes_locked = change.before is None and change.after is not None and change.after.locked
    return comes_locked or not _LOCKS.isdisjoint(change.kinds)


def _kept(before: Wall, after: Wall, changed: Diff) -> set[Content]:
    """What the scenes hold that were saved just now."""
    saved = [scene for scene in after.scenes if scene.id in changed.scenes and scene.revision == before.revision]
    displays = {display for scene in saved for display in scene.displays}
    return {cell.content for display, cell in before.cells if display.id in displays}


def _check_seen(who: Principal, before: Wall, after: Wall, changed: Diff, known: ControlObjects) -> None:
    """What cells come to show, wherever else it is shown already: also what a tour in them would, and what is kept as a
    scene, which the clock may recall."""
    known_there = {change.before.content for change in changed.cells if change.before is not None}
    anew = {change.after.content for change in changed.cells if change.after is not None} - known_there
    anew |= _kept(before, after, changed)
    touring = {cell.content.tour for _, cell in after.cells if isinstance(cell.content, TourContent)}
    named = {content.tour for content in anew if isinstance(content, TourContent)} | changed.tours.keys() & touring
    tours = [tour for tour in after.tours if tour.id in named]
    cameras = {content.camera for content in anew if isinstance(content, CameraContent)}
    for camera in cameras.union(*(tour.cameras for tour in tours)):
        if not authorize(who, Action.CAMERAS_SEE, known.camera(camera)):
            raise ApiError(403, f"You may not see the camera {camera}.")
    any_camera = any(tour.selector for tour in tours) or any(isinstance(content, StatesPanel) for content in anew)
    if any_camera and not authorize(who, Action.CAMERAS_SEE, _ANY_CAMERA):
        raise ApiError(403, "What chooses among all cameras is for those who may see them all.")
