"""The installation itself: which displays hang where, of what size. Each function gives the next wall."""

from __future__ import annotations

from dataclasses import replace

from layouts.presets import grid
from layouts.wall import Display, Wall


def add_display(wall: Wall, display: str, name: str, size: tuple[int, int], place: tuple[int, int]) -> Wall:
    """A new display of `size` pixels at `place` (column, row), with 2 × 2 empty cells."""
    column, row = place
    new = Display(display, name, *size, grid(2), column=column, row=row)
    return replace(wall, displays=(*wall.displays, new))


def change_display(
    wall: Wall,
    display: str,
    name: str | None,
    size: tuple[int | None, int | None],
    place: tuple[int | None, int | None],
) -> Wall:
    """Another name, size or place of a display; None leaves it as it is.

    Where another one hangs, the two change places: there may be no free place to go by.
    """
    old = wall.display(display)
    width, height = size
    column, row = place
    new = replace(
        old,
        name=old.name if name is None else name,
        width=old.width if width is None else width,
        height=old.height if height is None else height,
        column=old.column if column is None else column,
        row=old.row if row is None else row,
    )
    swapped = (
        replace(one, column=old.column, row=old.row)
        if one is not old and (one.column, one.row) == (new.column, new.row)
        else one
        for one in wall.displays
    )
    return replace(wall, displays=tuple(new if one is old else one for one in swapped))


def remove_display(wall: Wall, display: str) -> Wall:
    """Without a display. Scenes that name it keep it for as long as it may come back."""
    gone = wall.display(display)
    return replace(wall, displays=tuple(one for one in wall.displays if one is not gone))
