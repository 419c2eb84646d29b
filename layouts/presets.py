"""Ready layouts by name: grids, and a few large cells among small ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from math import ceil, sqrt
from types import MappingProxyType

from layouts.errors import LayoutError
from layouts.geometry import Rect
from layouts.wall import CameraContent, Cell, Display, Layout, Wall

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
    """The large cells first, then a cell of 1×1 on each unit that they leave free, in reading order."""
    taken = {unit for rect in large for unit in rect.units()}
    small = [Rect(column, row, 1, 1) for row in range(side) for column in range(side) if (column, row) not in taken]
    cells = tuple(Cell(f"c{number}", rect) for number, rect in enumerate([*large, *small], start=1))
    return Layout(side, side, cells)


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


def preset(name: str) -> Layout:
    """The empty layout of this name; LayoutError lists the names if there is none."""
    try:
        return PRESETS[name]
    except KeyError:
        raise LayoutError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}") from None


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
    displays = []
    for number, shown in enumerate(batched(cameras, cells_per_display), start=1):
        layout = grid_for(len(shown))
        filled = tuple(
            Cell(cell.id, cell.rect, cell.fit, CameraContent(camera))
            for cell, camera in zip(layout.cells, shown, strict=False)
        )
        layout = Layout(layout.columns, layout.rows, filled + layout.cells[len(shown) :])
        displays.append(Display(f"{wall_id}-{number}", f"Layar {number}", width, height, layout))
    if not displays:
        displays.append(Display(f"{wall_id}-1", "Layar 1", width, height, grid(2)))
    return Wall(wall_id, name, tuple(displays))
