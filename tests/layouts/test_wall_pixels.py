"""The true geometry of a wall, bezels included."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from layouts.geometry import Rect, first_overlap
from layouts.presets import grid, wall_showing
from layouts.wall import Display, Wall
from layouts.wall_pixels import WallPixels, geometry_to_json
from tests.layouts.strategies import ENOUGH, walls


def test_displays_stand_side_by_side_with_their_bezels_between() -> None:
    wall = replace(wall_showing("w", "W", [f"cam-{n}" for n in range(16)], cells_per_display=4), bezel_x=40, bezel_y=60)
    assert geometry_to_json(wall) == {
        "width": 3880,
        "height": 2220,
        "displays": {
            "w-1": {"x": 0, "y": 0, "w": 1920, "h": 1080},
            "w-2": {"x": 1960, "y": 0, "w": 1920, "h": 1080},
            "w-3": {"x": 0, "y": 1140, "w": 1920, "h": 1080},
            "w-4": {"x": 1960, "y": 1140, "w": 1920, "h": 1080},
        },
    }
    corner = wall.displays[3]
    assert WallPixels(wall).cell(corner, corner.layout.cells[3]) == Rect(1960 + 960, 1140 + 540, 960, 540)


def test_a_display_fills_its_place_whatever_its_resolution() -> None:
    sharp = Display("a", "A", 3840, 2160, grid(1))
    coarse = Display("b", "B", 1920, 1080, grid(1), column=0, row=1)
    wall = Wall("w", "W", (sharp, coarse), columns=2, rows=2, bezel_y=10)
    pixels = WallPixels(wall)
    assert pixels.display(coarse) == Rect(0, 2170, 3840, 1080)
    assert pixels.size == (7680, 3250)  # the empty column is as wide as the one that is known


def test_a_wall_without_displays_has_no_size() -> None:
    assert geometry_to_json(Wall("w", "W")) == {"width": 0, "height": 0, "displays": {}}


@ENOUGH
@given(walls())
def test_displays_never_overlap_and_cells_stay_on_theirs(wall: Wall) -> None:
    pixels = WallPixels(wall)
    width, height = pixels.size
    places = [pixels.display(display) for display in wall.displays]
    assert first_overlap(places) is None
    assert all(place.right <= width and place.bottom <= height for place in places)
    for display, place in zip(wall.displays, places, strict=True):
        for cell in display.layout.cells:
            at = pixels.cell(display, cell)
            assert place.x <= at.x
            assert at.right <= max(place.right, at.x + 1)
            assert place.y <= at.y
            assert at.bottom <= max(place.bottom, at.y + 1)
