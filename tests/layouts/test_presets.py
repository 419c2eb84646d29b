"""Presets fill their grid; a wall that shows all cameras shows each once."""

from __future__ import annotations

import pytest

from layouts.errors import LayoutError
from layouts.presets import PRESETS, grid, grid_for, places_for, preset, presets_to_json, wall_showing


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


def test_pages_get_the_cells_of_every_preset_and_the_panorama() -> None:
    listed = {one["name"]: one for one in presets_to_json()}
    assert list(listed) == [*PRESETS, "panorama"]
    assert listed["1+5"]["cells"][:2] == [{"x": 0, "y": 0, "w": 480, "h": 480}, {"x": 480, "y": 0, "w": 240, "h": 240}]
    assert [name for name, one in listed.items() if one["across"]] == ["panorama"]


def test_displays_of_which_nobody_said_where_they_hang_are_near_a_square() -> None:
    assert [places_for(count) for count in (0, 1, 2, 3, 4, 5, 9, 10)] == [
        *((1, 1), (1, 1), (2, 1), (2, 2), (2, 2), (3, 2), (3, 3), (4, 3))
    ]
