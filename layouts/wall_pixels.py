"""The true geometry of a wall: where displays and cells are in pixels of the whole of it, bezels included.

A column is as wide as the widest display in it, a row as high as the highest. A display fills its place whatever
its own resolution, as screens of one size hang side by side; so a pixel of the wall is one of its sharpest displays'.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from layouts.geometry import Rect
from layouts.json_reading import Json
from layouts.wall import Cell, Display, Wall


class WallPixels:
    """Of one wall, worked out once."""

    def __init__(self, wall: Wall) -> None:
        widths = _sides(wall.columns, ((display.column, display.width) for display in wall.displays))
        heights = _sides(wall.rows, ((display.row, display.height) for display in wall.displays))
        self._lefts, self._widths = _starts(widths, wall.bezel_x), widths
        self._tops, self._heights = _starts(heights, wall.bezel_y), heights

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the wall, from the first picture's edge to the last one's."""
        return self._lefts[-1] + self._widths[-1], self._tops[-1] + self._heights[-1]

    def display(self, display: Display) -> Rect:
        """The place of a display."""
        column, row = display.column, display.row
        return Rect(self._lefts[column], self._tops[row], self._widths[column], self._heights[row])

    def cell(self, display: Display, cell: Cell) -> Rect:
        """The place of a cell of this display; neighbours on it touch."""
        place, layout = self.display(display), display.layout
        left, right = (edge * place.w // layout.columns for edge in (cell.rect.x, cell.rect.right))
        top, bottom = (edge * place.h // layout.rows for edge in (cell.rect.y, cell.rect.bottom))
        return Rect(place.x + left, place.y + top, max(1, right - left), max(1, bottom - top))


def geometry_to_json(wall: Wall) -> Json:
    """Size of the wall and place of each display, in its pixels."""
    pixels = WallPixels(wall)
    width, height = pixels.size
    places = {display.id: pixels.display(display) for display in wall.displays}
    return {
        "width": width,
        "height": height,
        "displays": {name: {"x": at.x, "y": at.y, "w": at.w, "h": at.h} for name, at in places.items()},
    }


def _sides(count: int, known: Iterable[tuple[int, int]]) -> list[int]:
    """The side of each column (or row); one without displays is as large as the largest."""
    largest: dict[int, int] = {}
    for index, side in known:
        largest[index] = max(side, largest.get(index, 0))
    return [largest.get(index, max(largest.values(), default=0)) for index in range(count)]


def _starts(sides: list[int], bezel: int) -> list[int]:
    return [end + index * bezel for index, end in enumerate(accumulate([0, *sides[:-1]]))]
