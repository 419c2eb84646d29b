"""Locks: what is locked changes by nothing but unlocking. Who may unlock is not for this package to say."""

from __future__ import annotations

from dataclasses import replace

from layouts.errors import LockedError
from layouts.spans import Address, together
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

    A cell's part may be: it follows from the wall's geometry. That it shares its picture with other cells is a change.
    """
    displays = {display.id: display for display in after.displays}
    for display in before.displays:
        now = displays.get(display.id)
        if display.locked and (now is None or _lasting_of(after, now) != _lasting_of(before, display)):
            raise LockedError(f"display {display.id} is locked", display=display.id)
        there = {cell.id: cell for cell in now.layout.cells} if now else {}
        for cell in display.layout.cells:
            if not cell.locked:
                continue
            same = there.get(cell.id)
            if same is None or _lasting(after, display.id, same) != _lasting(before, display.id, cell):
                raise LockedError(f"cell {cell.id} of display {display.id} is locked", display=display.id, cell=cell.id)


def _lasting(wall: Wall, display: str, cell: Cell) -> tuple[Cell, frozenset[Address]]:
    sharing = frozenset(together(wall, display, cell.id)) if cell.part else frozenset()
    return replace(cell, part=None), sharing


def _lasting_of(wall: Wall, display: Display) -> tuple[Display, list[tuple[Cell, frozenset[Address]]]]:
    lasting = [_lasting(wall, display.id, cell) for cell in display.layout.cells]
    return replace(display, layout=replace(display.layout, cells=())), lasting
