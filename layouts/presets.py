"""Ready layouts by name: grids, and a few large cells among small ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import batched
from math import ceil, sqrt
from types import MappingProxyType

from layouts.contents import CameraContent
from layouts.errors import LayoutError
from layouts.geometry import Rect
from layouts.json_reading import Json
from layouts.wall import FINE, Cell, Display, Layout, Wall

LARGEST_GRID = 8  # 64 cells: what one display shows at most


def grid(n: int) -> Layout:
    """n × n equal cells, empty. Raises LayoutError unless 1 ≤ n ≤ 8."""
    if not 1 <= n <= LARGEST_GRID:
        raise LayoutError(f"a grid has 1 to {LARGEST_GRID} cells to a side, not {n}")
    return _around(n, ())


def grid_for(count: int) -> Layout:
    """The smallest grid that has room for `count` cells (at most 64)."""
    return grid(max(1, ceil(sqrt(count))))


def _around(side: int, large: Sequence[Rect]) -> Layout:
    """Of side × side squares: the large cells first, then a cell on each square that they leave free, row by row."""
    taken = {unit for rect in large for unit in rect.units()}
    small = [Rect(column, row, 1, 1) for row in range(side) for column in range(side) if (column, row) not in taken]
    edges = [FINE * edge // side for edge in range(side + 1)]
    cells = (_on_edges(rect, edges) for rect in (*large, *small))
    return Layout(cells=tuple(Cell(f"c{number}", rect) for number, rect in enumerate(cells, start=1)))


def _on_edges(rect: Rect, edges: Sequence[int]) -> Rect:
    left, top = edges[rect.x], edges[rect.y]
    return Rect(left, top, edges[rect.right] - left, edges[rect.bottom] - top)


PRESETS = MappingProxyType(
    {
        "1": grid(1),
        "2x2": grid(2),
        "3x3": grid(3),
        "4x4": grid(4),
        "5x5": grid(5),
        "6x6": grid(6),
        "8x8": grid(8),
        "1+5": _around(3, [Rect(0, 0, 2, 2)]),
        "1+7": _around(4, [Rect(0, 0, 3, 3)]),
        "1+12": _around(4, [Rect(0, 0, 2, 2)]),
        "2+8": _around(4, [Rect(0, 0, 2, 2), Rect(2, 0, 2, 2)]),
    }
)


def presets_to_json() -> list[Json]:
    """Every preset with its cells, small ones first; last the panorama, which is one cell across several displays."""
    return [_to_json(name, layout, across=False) for name, layout in PRESETS.items()] + [
        _to_json("panorama", grid(1), across=True)
    ]


def _to_json(name: str, layout: Layout, *, across: bool) -> Json:
    rects = [cell.rect for cell in layout.cells]
    cells = [{"x": rect.x, "y": rect.y, "w": rect.w, "h": rect.h} for rect in rects]
    return {"name": name, "columns": layout.columns, "rows": layout.rows, "cells": cells, "across": across}


def preset(name: str) -> Layout:
    """The empty layout of this name; LayoutError lists the names if there is none."""
    try:
        return PRESETS[name]
    except KeyError:
        raise LayoutError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}") from None


def places_for(displays: int) -> tuple[int, int]:
    """Columns and rows for so many displays of which nobody has said where they hang: near a square, rather wide."""
    columns = max(1, ceil(sqrt(displays)))
    return columns, max(1, ceil(displays / columns))


def wall_showing(
    wall_id: str,
    name: str,
    cameras: Sequence[str],
    *,
    cells_per_display: int = 36,
    size: tuple[int, int] = (1920, 1080),
) -> Wall:
    """A wall that shows all of `cameras` in their order, on as many displays of `size` pixels as that takes.

    Displays are called `<wall>-1`, `<wall>-2`, …: a display's id is its own in the whole site. Without cameras
    there is one display of 2×2 empty cells.
    """
    width, height = size
    shares = list(batched(cameras, cells_per_display)) or [()]
    columns, rows = places_for(len(shares))
    displays = []
    for index, shown in enumerate(shares):
        layout = grid_for(len(shown)) if shown else grid(2)
        filled = tuple(
            replace(cell, content=CameraContent(camera)) for cell, camera in zip(layout.cells, shown, strict=False)
        )
        layout = replace(layout, cells=filled + layout.cells[len(shown) :])
        row, column = divmod(index, columns)
        displays.append(
            Display(f"{wall_id}-{index + 1}", f"Layar {index + 1}", width, height, layout, column=column, row=row)
        )
    return Wall(wall_id, name, tuple(displays), columns=columns, rows=rows)
