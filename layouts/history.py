"""Undo, redo, going back, and scenes: all of them look into revisions that were.

A wall holds the numbers of the revisions that undo and redo lead to, not what they were: each of them is kept as a
whole by whoever keeps walls, and is handed in. So a snapshot is no larger for its past, undo restores exactly what was
stored, and the steps survive a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from layouts.contents import TourContent
from layouts.errors import LayoutError, NotKeptError
from layouts.tours import Tour
from layouts.wall import Display, Layout, Scene, Wall

MOST_STEPS = 100

type Earlier = Mapping[int, Wall]


def followed(before: Wall, after: Wall) -> Wall:
    """`after` as the revision that follows `before`, which undo goes back to."""
    past = (*before.past, before.revision)[-MOST_STEPS:]
    return replace(after, revision=before.revision + 1, past=past, future=())


def undone(wall: Wall, earlier: Earlier) -> Wall:
    """The next revision: everything as it was before the last command that was not undone."""
    if not wall.past:
        raise LayoutError("there is nothing to undo", reason="no_undo")
    *past, last = wall.past
    future = (*wall.future, wall.revision)
    return replace(kept(earlier, last), revision=wall.revision + 1, past=tuple(past), future=future)


def redone(wall: Wall, earlier: Earlier) -> Wall:
    """The next revision: everything as it was before the last undo."""
    if not wall.future:
        raise LayoutError("there is nothing to redo", reason="no_redo")
    *future, last = wall.future
    past = (*wall.past, wall.revision)
    return replace(kept(earlier, last), revision=wall.revision + 1, past=past, future=tuple(future))


def restored(wall: Wall, revision: int, earlier: Earlier) -> Wall:
    """Every display that there is now with the layout that it had at `revision`; scenes and tours stay."""
    then = kept(earlier, revision)
    return _with_layouts_of(wall, then, [display.id for display in then.displays])


def save_scene(wall: Wall, scene_id: str, name: str, key: int | None, displays: tuple[str, ...]) -> Wall:
    """The present layouts of some displays (none named: of all) as a scene, in the place of one of the same id."""
    for display in displays:
        wall.display(display)
    named = displays or tuple(display.id for display in wall.displays)
    scene = Scene(scene_id, name, wall.revision, tuple(dict.fromkeys(named)), key)
    others = [known for known in wall.scenes if known.id != scene_id]
    for other in others:
        if key is not None and other.key == key:
            raise LayoutError(f"the key {key} belongs to the scene {other.name!r}", reason="key_taken")
    return replace(wall, scenes=(*others, scene))


def recall_scene(wall: Wall, scene_id: str, earlier: Earlier) -> Wall:
    """The layouts of a scene, on those of its displays that are still there."""
    scene = wall.scene(scene_id)
    return _with_layouts_of(wall, kept(earlier, scene.revision), scene.displays)


def delete_scene(wall: Wall, scene_id: str) -> Wall:
    """Without a scene."""
    gone = wall.scene(scene_id)
    return replace(wall, scenes=tuple(scene for scene in wall.scenes if scene != gone))


def kept(earlier: Earlier, revision: int) -> Wall:
    """A revision that was; NotKeptError if it is not handed in."""
    try:
        return earlier[revision]
    except KeyError:
        raise NotKeptError(f"revision {revision} of this wall is no longer kept") from None


def with_displays(wall: Wall, displays: tuple[Display, ...], tours: Iterable[Tour]) -> Wall:
    """This wall, same revision, with these displays, and of `tours` those that they show and it does not have."""
    shown = {c.content.tour for d in displays for c in d.layout.cells if isinstance(c.content, TourContent)}
    missing = shown - {tour.id for tour in wall.tours}
    return replace(wall, displays=displays, tours=(*wall.tours, *(tour for tour in tours if tour.id in missing)))


def _with_layouts_of(wall: Wall, then: Wall, display_ids: Iterable[str]) -> Wall:
    """Locks are as they are now; a tour that is shown and was removed since comes back."""
    now = {display.id: display for display in wall.displays}
    old = {display.id: display.layout for display in then.displays}
    layouts = {name: _locked_as_now(old[name], now[name]) for name in display_ids if name in now and name in old}
    displays = tuple(replace(d, layout=layouts.get(d.id, d.layout)) for d in wall.displays)
    return with_displays(wall, displays, then.tours)


def _locked_as_now(layout: Layout, display: Display) -> Layout:
    """The layout of now, where cells only stood in another order: nobody sees a difference."""
    now = display.layout
    locked = {cell.id for cell in now.cells if cell.locked}
    then = replace(layout, cells=tuple(replace(cell, locked=cell.id in locked) for cell in layout.cells))
    return now if replace(then, cells=()) == replace(now, cells=()) and set(then.cells) == set(now.cells) else then
