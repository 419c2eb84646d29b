"""Locks: what is locked changes by nothing but unlocking. Who may unlock is not for this package to say."""

from __future__ import annotations

from dataclasses import replace

from layouts.errors import LockedError, NotOnWallError
from layouts.spans import together
from layouts.wall import Cell, Display, Wall


def locked(wall: Wall, display: str, cell: str | None, to: bool) -> Wall:
    """A cell with all of its span, or without `cell` the display itself, locked or not."""
    if cell is None:
        return wall.with_display(replace(wall.display(display), locked=to))
    for its_display, name in together(wall, display, cell):
        wall = wall.with_cell(its_display, replace(wall.cell(its_display, name), locked=to))
    return wall


def check_locks(before: Wall, after: Wall) -> None:
    """LockedError if what was locked is another now. A cell's part may be: it follows from the wall's geometry."""
    after_by_id = {display.id: display for display in after.displays}
    for display in before.displays:
        now = after_by_id.get(display.id)
        if display.locked and (now is None or _without_parts(now) != _without_parts(display)):
            raise LockedError(f"display {display.id} is locked", display=display.id)
        for cell in display.layout.cells:
            if cell.locked and (now is None or _found(now, cell.id) != replace(cell, part=None)):
                raise LockedError(f"cell {cell.id} of display {display.id} is locked", display=display.id, cell=cell.id)


def _without_parts(display: Display) -> Display:
    cells = tuple(replace(cell, part=None) for cell in display.layout.cells)
    return replace(display, layout=replace(display.layout, cells=cells))


def _found(display: Display, name: str) -> Cell | None:
    try:
        return replace(display.layout.cell(name), part=None)
    except NotOnWallError:
        return None
