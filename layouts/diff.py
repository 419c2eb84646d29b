"""What differs between two walls, cell by cell: for whoever edited a stale revision, and to show any two of them.

Cells are compared by display and id; their order in a layout means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from layouts.json_reading import Json
from layouts.tours import Tour
from layouts.wall import Cell, Display, Layout, Scene, Wall
from layouts.wall_json import cell_to_json, display_to_json


@dataclass(frozen=True, slots=True)
class CellChange:
    """What became of a cell. `kinds`: `added` or `removed`, or some of `moved`, `resized`, `content`, `fit`, `zoom`,
    `label`, `locked`, `unlocked`, `span`. `before`, `after`: None where there was none, or is none."""

    display: str
    cell: str
    kinds: tuple[str, ...]
    before: Cell | None
    after: Cell | None


@dataclass(frozen=True, slots=True)
class DisplayChange:
    """What became of a display, its cells aside. `kinds`: `added` or `removed`, or some of `renamed`, `resized`,
    `moved`, `locked`, `unlocked`, `grid`."""

    display: str
    kinds: tuple[str, ...]
    before: Display | None
    after: Display | None


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs. `tours`, `scenes`: ids with `added`, `removed` or `changed`. `wall`: of the wall itself,
    some of `renamed`, `geometry`."""

    cells: tuple[CellChange, ...]
    displays: tuple[DisplayChange, ...]
    tours: Mapping[str, str]
    scenes: Mapping[str, str]
    wall: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.cells or self.displays or self.tours or self.scenes or self.wall)


def diff(before: Wall, after: Wall) -> Diff:
    """What differs between two revisions of a wall; nothing (false) if only the revision does."""
    geometry = before.columns, before.rows, before.bezel_x, before.bezel_y
    of_wall = {
        "renamed": before.name != after.name,
        "geometry": geometry != (after.columns, after.rows, after.bezel_x, after.bezel_y),
    }
    old, new = ({display.id: display for display in wall.displays} for wall in (before, after))
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    return Diff(
        cells=tuple(change for name in names for change in _cell_changes(name, old.get(name), new.get(name))),
        displays=tuple(change for name in names for change in _display_changes(name, old.get(name), new.get(name))),
        tours=_changes(before.tours, after.tours),
        scenes=_changes(before.scenes, after.scenes),
        wall=tuple(kind for kind, differs in of_wall.items() if differs),
    )


def diff_to_json(found: Diff) -> Json:
    """The diff as plain data; cells and displays before and after as in the wall's own JSON, displays without cells."""
    return {
        "cells": [
            {
                "display": change.display,
                "cell": change.cell,
                "kinds": list(change.kinds),
                "before": change.before and cell_to_json(change.before),
                "after": change.after and cell_to_json(change.after),
            }
            for change in found.cells
        ],
        "displays": [
            {
                "display": change.display,
                "kinds": list(change.kinds),
                "before": change.before and _display_alone(change.before),
                "after": change.after and _display_alone(change.after),
            }
            for change in found.displays
        ],
        "tours": dict(found.tours),
        "scenes": dict(found.scenes),
        "wall": list(found.wall),
    }


def _cell_changes(display: str, old: Display | None, new: Display | None) -> Iterator[CellChange]:
    before, after = ({cell.id: cell for cell in of.layout.cells} if of else {} for of in (old, new))
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            yield CellChange(display, name, ("added" if was is None else "removed",), was, now)
        elif old and new and (kinds := _cell_kinds(was, now, old.layout, new.layout)):
            yield CellChange(display, name, kinds, was, now)


def _cell_kinds(was: Cell, now: Cell, old: Layout, new: Layout) -> tuple[str, ...]:
    rect, to = was.rect, now.rect
    across, down = (new.columns, old.columns), (new.rows, old.rows)  # shares of the display say the same in every grid
    found = {
        "moved": rect.x * across[0] != to.x * across[1] or rect.y * down[0] != to.y * down[1],
        "resized": rect.w * across[0] != to.w * across[1] or rect.h * down[0] != to.h * down[1],
        "content": was.content != now.content,
        "fit": was.fit != now.fit,
        "zoom": was.zoom != now.zoom,
        "label": was.label != now.label,
        "locked": now.locked and not was.locked,
        "unlocked": was.locked and not now.locked,
        "span": was.part != now.part,
    }
    return tuple(kind for kind, differs in found.items() if differs)


def _display_changes(display: str, was: Display | None, now: Display | None) -> Iterator[DisplayChange]:
    if was is None or now is None:
        yield DisplayChange(display, ("added" if was is None else "removed",), was, now)
        return
    found = {
        "renamed": was.name != now.name,
        "resized": (was.width, was.height) != (now.width, now.height),
        "moved": (was.column, was.row) != (now.column, now.row),
        "locked": now.locked and not was.locked,
        "unlocked": was.locked and not now.locked,
        "grid": (was.layout.columns, was.layout.rows) != (now.layout.columns, now.layout.rows),
    }
    if kinds := tuple(kind for kind, differs in found.items() if differs):
        yield DisplayChange(display, kinds, was, now)


def _changes(before: Iterable[Tour | Scene], after: Iterable[Tour | Scene]) -> dict[str, str]:
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    return {
        name: "added" if name not in old else "removed" if name not in new else "changed"
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    }


def _display_alone(display: Display) -> Json:
    return {key: value for key, value in display_to_json(display).items() if key != "layout"}
