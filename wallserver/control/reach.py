"""How far a person reaches on a wall: which commands are theirs, cell by cell and camera by camera."""

from __future__ import annotations

from collections.abc import Iterator

from layouts.apply import Touched
from layouts.contents import TourContent
from layouts.diff import Diff
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

    Locks are a supervisor's word, also where an undo would take one off; so are displays, tours and scenes.
    """
    locks = any(_LOCKS & set(change.kinds) for change in changed.cells)
    if (touched.wall or changed.displays or locks) and not authorize(who, Action.WALLS_EDIT, objects.Wall(before.id)):
        raise ApiError(403, "Only a supervisor of the whole wall changes its displays, locks, tours and scenes.")
    theirs = all(authorize(who, Action.CELLS_ARRANGE, objects.Display(name, before.id)) for name in touched.displays)
    if not theirs or not may_arrange(who, before.id, touched.cells):
        raise ApiError(403, "Some of these cells are not yours to rearrange.")
    for camera in set(_cameras(after)) - set(_cameras(before)):
        if not authorize(who, Action.CAMERAS_SEE, known.camera(camera)):
            raise ApiError(403, f"You may not see the camera {camera}.")
    if set(_selectors(after)) - set(_selectors(before)) and not authorize(who, Action.CAMERAS_SEE, _ANY_CAMERA):
        raise ApiError(403, "A tour of whatever cameras there are is for those who may see them all.")


def _cameras(wall: Wall) -> Iterator[str]:
    """All that cells show, or come to show by a tour with a list."""
    yield from wall.cameras
    for tour in wall.tours:
        if tour.id in _touring(wall):
            yield from tour.cameras


def _selectors(wall: Wall) -> Iterator[str]:
    """The tours on the wall that choose among all cameras."""
    return (tour.id for tour in wall.tours if tour.selector is not None and tour.id in _touring(wall))


def _touring(wall: Wall) -> frozenset[str]:
    return frozenset(cell.content.tour for _, cell in wall.cells if isinstance(cell.content, TourContent))
