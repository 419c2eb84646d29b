"""Locks: what is locked changes by nothing but unlocking. Who may unlock is not for this package to say."""

from __future__ import annotations

from dataclasses import replace

from layouts.errors import LockedError
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
    """LockedError if what was locked is another now.

    A cell's part may be: it follows from the wall's geometry. That it is of another span, or of none, is a change.
    """
    displays = {display.id: display for display in after.displays}
    for display in before.displays:
        now = displays.get(display.id)
        if display.locked and (now is None or _lasting_of(now) != _lasting_of(display)):
            raise LockedError(f"display {display.id} is locked", display=display.id)
        there = {cell.id: cell for cell in now.layout.cells} if now else {}
        for cell in display.layout.cells:
            if cell.locked and (cell.id not in there or _lasting(there[cell.id]) != _lasting(cell)):
                raise LockedError(f"cell {cell.id} of display {display.id} is locked", display=display.id, cell=cell.id)


def _lasting(cell: Cell) -> tuple[Cell, str | None]:
    return replace(cell, part=None), cell.part.span if cell.part else None


def _lasting_of(display: Display) -> tuple[Display, list[tuple[Cell, str | None]]]:
    return replace(display, layout=replace(display.layout, cells=())), [_lasting(cell) for cell in display.layout.cells]
