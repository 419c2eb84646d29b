"""Presets fill their grid; a wall that shows all cameras shows each once."""

from __future__ import annotations

import pytest

from layouts.errors import LayoutError
from layouts.presets import PRESETS, grid, grid_for, preset, wall_showing


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fills_its_grid_and_counts_what_it_says(name: str) -> None:
    layout = PRESETS[name]
    assert sum(cell.rect.area for cell in layout.cells) == layout.columns * layout.rows
    if "x" in name:
        columns, rows = name.split("x")
        assert len(layout.cells) == int(columns) * int(rows)
    else:
        assert len(layout.cells) == sum(int(part) for part in name.split("+"))


def test_unknown_presets_and_sizes_are_refused() -> None:
    with pytest.raises(LayoutError, match="1\\+5"):
        preset("7+7")
    for n in (0, 9):
        with pytest.raises(LayoutError):
            grid(n)


def test_a_grid_for_a_count_is_the_smallest() -> None:
    assert [len(grid_for(count).cells) for count in (0, 1, 2, 4, 5, 36, 37, 64)] == [
        1,
        1,
        4,
        4,
        9,
        36,
        49,
        64,
    ]


@pytest.mark.parametrize(("count", "displays"), [(0, 1), (1, 1), (36, 1), (40, 2), (300, 9)])
def test_a_wall_shows_every_camera_once(count: int, displays: int) -> None:
    cameras = [f"cam-{n}" for n in range(count)]
    wall = wall_showing("w", "W", cameras)
    shown = [cell.camera for display in wall.displays for cell in display.layout.cells if cell.camera]
    assert shown == cameras
    assert len(wall.displays) == displays
