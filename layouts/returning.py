"""Back from what was there for a while: what it changed is as before, what others did meanwhile stays."""

from __future__ import annotations

from dataclasses import replace

from layouts.history import followed, with_displays
from layouts.locks import check_locks
from layouts.spans import settled
from layouts.wall import Cell, Display, Layout, Wall


def returned(wall: Wall, before: Wall, after: Wall) -> Wall | None:
    """The next revision, with what `after` changed of `before` undone where nobody has changed it since; None where
    that is nothing. LockedError where it is locked by now.

    A display that is as `after` left it gets its whole layout back. On any other, each cell that still shows what it
    was given shows again what it did.
    """
    old, given = ({display.id: display for display in one.displays} for one in (before, after))
    displays = tuple(
        replace(display, layout=_back(display.layout, old[display.id], given[display.id]))
        if display.id in old and display.id in given
        else display
        for display in wall.displays
    )
    back = settled(with_displays(wall, displays, before.tours))
    if back.displays == wall.displays:
        return None
    check_locks(wall, back)
    return followed(wall, back)


def _back(now: Layout, old: Display, given: Display) -> Layout:
    if old.layout == given.layout:
        return now
    if now == given.layout:
        return old.layout
    was, got = ({cell.id: cell for cell in display.layout.cells} for display in (old, given))
    return replace(
        now,
        cells=tuple(
            cell.showing(was[cell.id].shown)
            if cell.id in was and cell.id in got and _is_as_given(cell, got[cell.id])
            else cell
            for cell in now.cells
        ),
    )


def _is_as_given(now: Cell, given: Cell) -> bool:
    """Also where it alone is left of a picture across several; not where it became a part of another one."""
    if now.part is None:
        return now.shown == given.shown
    return now.shown == given.shown and given.part is not None and now.part.span == given.part.span
