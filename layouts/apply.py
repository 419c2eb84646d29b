"""`apply(wall, command)`: the next wall, one revision on. And what a command touches, for whoever checks rights.

Some commands look back: `revisions_needed` says into which revisions, and whoever keeps walls hands them in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

from layouts.commands import (
    ApplyPreset,
    Assign,
    ChangeDisplay,
    Clear,
    Command,
    Lock,
    Merge,
    Move,
    Panorama,
    Place,
    RecallScene,
    Redo,
    Remove,
    Resize,
    Restore,
    SaveScene,
    SetTour,
    Split,
    Step,
    Swap,
    Undo,
    Unlock,
    steps_of,
)
from layouts.contents import Content, TourContent
from layouts.diff import diff
from layouts.errors import NotOnWallError
from layouts.history import Earlier, followed, recall_scene, redone, restored, undone
from layouts.locks import check_locks
from layouts.spans import Address, settled, together
from layouts.tours import Tour
from layouts.wall import Wall

_NOTHING: Earlier = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Touched:
    """What a command changes, or names. `displays`: themselves (name, size, place, lock, preset), not only cells of
    theirs. `wall`: its tours, scenes, name or geometry."""

    cells: frozenset[Address]
    displays: frozenset[str]
    wall: bool


def apply(wall: Wall, command: Command, earlier: Earlier = _NOTHING) -> Wall:
    """The wall after `command`, its revision one higher. LayoutError says which display and cell, and why not.

    `earlier` has the revisions of `revisions_needed`, else NotKeptError. LockedError for what is locked.
    """
    after = wall
    for step in steps_of(command):
        match step:
            case Undo():
                return undone(wall, earlier)
            case Redo():
                return redone(wall, earlier)
            case _:
                after = _stepped(after, step, earlier)
    return followed(wall, after)


def revisions_needed(wall: Wall, command: Command) -> frozenset[int]:
    """The earlier revisions of this wall that `apply` needs for `command`, as far as they are known."""
    needed: set[int] = set()
    for step in steps_of(command):
        match step:
            case Undo():
                needed.update(wall.past[-1:])
            case Redo():
                needed.update(wall.future[-1:])
            case RecallScene(scene):
                needed.update(known.revision for known in wall.scenes if known.id == scene)
            case Restore(revision) if 0 < revision <= wall.revision:
                needed.add(revision)
            case _:
                pass
    return frozenset(needed)


def touched(wall: Wall, command: Command, earlier: Earlier = _NOTHING) -> Touched:
    """All that differs after `command`, and what it names though it stays the same. Errors as of `apply`."""
    differs = differing(wall, apply(wall, command, earlier))
    named = set(_named(command))
    cells = {address for display, cell in named if cell is not None for address in _there(wall, display, cell)}
    displays = {display for display, cell in named if cell is None}
    return replace(differs, cells=differs.cells | cells, displays=differs.displays | displays)


def differing(before: Wall, after: Wall) -> Touched:
    """All that differs between two walls.

    A tour's cells are touched where its definition changes: they show something else from then on.
    """
    found = diff(before, after)
    cells = {(change.display, change.cell) for change in found.cells}
    cells |= {
        (display.id, cell.id)
        for shown in (before, after)
        for display, cell in shown.cells
        if isinstance(cell.content, TourContent) and cell.content.tour in found.tours
    }
    displays = frozenset(change.display for change in found.displays)
    return Touched(frozenset(cells), displays, bool(found.tours or found.scenes or found.wall))


def contents_given(command: Command) -> Iterator[Content]:
    """Every content that a command brings along: what only a catalogue knows (cameras, time zones) is checked there."""
    for step in steps_of(command):
        if isinstance(step, Place | Assign) and step.content is not None:
            yield step.content


def tours_given(command: Command) -> Iterator[Tour]:
    """Every definition of a tour that a command brings along."""
    for step in steps_of(command):
        if isinstance(step, SetTour):
            yield step.tour


def _stepped(wall: Wall, command: Step | SaveScene, earlier: Earlier) -> Wall:
    match command:
        case RecallScene(scene):
            after = recall_scene(wall, scene, earlier)
        case Restore(revision):
            after = restored(wall, revision, earlier)
        case _:
            after = command.on(wall)
    after = settled(after)
    if not isinstance(command, Lock | Unlock):
        check_locks(wall, after)
    return after


def _named(command: Command) -> Iterator[tuple[str, str | None]]:
    """The cells that a command names, and the displays that it names as a whole (None)."""
    for step in steps_of(command):
        match step:
            case Merge(cells):
                yield from ((address.display, address.cell) for address in cells)
            case Swap(display, cell, other_display, other_cell):
                yield from ((display, cell), (other_display, other_cell))
            case Panorama(displays):
                yield from ((display, None) for display in displays)
            case Assign() | Clear() | Lock() | Move() | Remove() | Resize() | Split() | Unlock():
                yield step.display, step.cell
            case ApplyPreset() | ChangeDisplay():
                yield step.display, None
            case _:
                pass


def _there(wall: Wall, display: str, cell: str) -> tuple[Address, ...]:
    """The cell with its span; nothing for a cell that only comes into being."""
    try:
        return together(wall, display, cell)
    except NotOnWallError:
        return ()
