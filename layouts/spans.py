"""Pictures that span several displays: a cell on each, which belong together.

Every cell carries its part of the picture, worked out anew from the wall's true geometry after each command: so a
panorama stays whole whatever is moved, and a display needs to know of no other one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from layouts.geometry import Rect
from layouts.wall import Cell, Display, Part, Wall
from layouts.wall_pixels import WallPixels

type Address = tuple[str, str]  # of a cell: its display, and its id there


def together(wall: Wall, display: str, cell: str) -> tuple[Address, ...]:
    """The cells that change with this one: all of its span, or it alone. NotOnWallError if there is no such cell."""
    part = wall.cell(display, cell).part
    if part is None:
        return ((display, cell),)
    return tuple((shown.id, other.id) for shown, other in wall.cells if other.part and other.part.span == part.span)


def joined(wall: Wall, addresses: Sequence[Address]) -> Wall:
    """These cells, each of another display, as a new span; `settled` has to follow."""
    span = _new_id(wall)
    for display, name in addresses:
        cell = wall.cell(display, name)
        wall = wall.with_cell(display, replace(cell, part=Part(span, cell.rect, 1, 1)))
    return wall


def settled(wall: Wall) -> Wall:
    """The wall with every part as it has to be: of all the cells of a span that show the same.

    A cell that is left alone shows its picture as a whole. Where cells of one span show different things (a scene
    brought back some of them), they are spans of their own.
    """
    groups: dict[object, list[tuple[Display, Cell]]] = defaultdict(list)
    for display, cell in wall.cells:
        if cell.part is not None:
            groups[cell.part.span, cell.shown].append((display, cell))
    pixels = WallPixels(wall)
    named: set[str] = set()
    for members in groups.values():
        rects = [pixels.cell(display, cell) for display, cell in members]
        area = bounding(rects)
        span = next(cell.part.span for _, cell in members if cell.part)
        if span in named:
            span = _new_id(wall)
        named.add(span)
        for (display, cell), rect in zip(members, rects, strict=True):
            share = Part(span, Rect(rect.x - area.x, rect.y - area.y, rect.w, rect.h), area.w, area.h)
            part = share if len(members) > 1 else None
            if part != cell.part:
                wall = wall.with_cell(display.id, replace(cell, part=part))
    return wall


def bounding(rects: Sequence[Rect]) -> Rect:
    """The smallest rectangle that holds them all."""
    left, top = min(rect.x for rect in rects), min(rect.y for rect in rects)
    return Rect(left, top, max(rect.right for rect in rects) - left, max(rect.bottom for rect in rects) - top)


def _new_id(wall: Wall) -> str:
    """An id that no span of this wall has, or had at another revision."""
    taken = {cell.part.span for _, cell in wall.cells if cell.part}
    name, number = f"s{wall.revision + 1}", 2
    while name in taken:
        name, number = f"s{wall.revision + 1}-{number}", number + 1
    return name
