"""Walls are valid by construction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from layouts.contents import CameraContent, TourContent
from layouts.errors import LayoutError, NotOnWallError
from layouts.geometry import Rect
from layouts.presets import grid, wall_showing
from layouts.wall import Cell, Layout, Scene, Wall


def test_cells_out_of_the_grid_are_refused_by_name() -> None:
    with pytest.raises(LayoutError, match=r"cell b .* out of the grid") as refused:
        Layout(2, 2, (Cell("a", Rect(0, 0, 1, 1)), Cell("b", Rect(1, 1, 2, 1))))
    assert refused.value.cell == "b"


def test_cells_over_each_other_are_refused_by_name() -> None:
    with pytest.raises(LayoutError, match=r"cells a .* and b .* overlap"):
        Layout(2, 2, (Cell("a", Rect(0, 0, 2, 1)), Cell("b", Rect(1, 0, 1, 1))))


def test_ids_stand_once() -> None:
    with pytest.raises(LayoutError, match="more than once"):
        Layout(2, 2, (Cell("a", Rect(0, 0, 1, 1)), Cell("a", Rect(1, 0, 1, 1))))
    wall = wall_showing("w", "W", [])
    with pytest.raises(LayoutError, match="more than once"):
        replace(wall, displays=wall.displays * 2)


@pytest.mark.parametrize(
    "build",
    [
        lambda: CameraContent(""),
        lambda: Cell("", Rect(0, 0, 1, 1)),
        lambda: Cell("a", Rect(0, 0, 1, 1), "stretch"),  # type: ignore[arg-type]
        lambda: Layout(0, 1),
        lambda: Layout(721, 1),
        lambda: replace(wall_showing("w", "W", []).displays[0], width=1),
        lambda: replace(wall_showing("w", "W", []).displays[0], id=""),
        lambda: Wall("", "W"),
        lambda: replace(wall_showing("w", "W", []).displays[0], name="x" * 121),
        lambda: Wall("w", "W", (), 0),
        lambda: Wall("w", "W", columns=65),
        lambda: Wall("w", "W", bezel_x=-1),
        lambda: Scene("s", "S", 1, (), 10),
        lambda: Wall("w", "W", scenes=(Scene("a", "", 1, (), 3), Scene("b", "", 1, (), 3))),
        lambda: Layout(cells=(Cell("a", Rect(0, 0, 11, 720)),)),
        lambda: Layout(cells=(Cell("a", Rect(0, 0, 720, 720), content=TourContent("-")),)),
    ],
)
def test_impossible_walls_cannot_be_built(build: object) -> None:
    assert callable(build)
    with pytest.raises(LayoutError):
        build()


def test_what_is_not_there_is_named() -> None:
    wall = wall_showing("w", "W", ["cam-1"])
    with pytest.raises(NotOnWallError, match="no display 'x'"):
        wall.display("x")
    with pytest.raises(NotOnWallError, match="no cell 'x'"):
        wall.displays[0].layout.cell("x")
    assert wall.cameras == {"cam-1"}


def test_a_layout_replaces_only_cells_that_it_has() -> None:
    with pytest.raises(NotOnWallError):
        grid(2).with_cell(Cell("x", Rect(0, 0, 1, 1)))
