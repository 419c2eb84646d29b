"""Rectangles: bounds, overlap, and their place on a canvas of pixels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.errors import LayoutError
from layouts.geometry import Rect, even_pixels, first_overlap
from layouts.presets import PRESETS, grid
from layouts.wall import Layout
from tests.layouts.strategies import layouts


@pytest.mark.parametrize("numbers", [(-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)])
def test_what_is_no_rectangle_is_refused(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(LayoutError):
        Rect(*numbers)


def test_neighbours_do_not_overlap_and_others_do() -> None:
    assert not Rect(0, 0, 2, 2).overlaps(Rect(2, 0, 1, 1))
    assert Rect(0, 0, 2, 2).overlaps(Rect(1, 1, 5, 5))
    assert first_overlap([Rect(0, 0, 1, 1), Rect(1, 0, 1, 1)]) is None


def test_a_grid_of_36_is_320_by_180_exactly() -> None:
    cells = [even_pixels(cell.rect, (720, 720), (1920, 1080)) for cell in grid(6).cells]
    assert {(w, h) for _, _, w, h in cells} == {(320, 180)}
    assert cells[0] == (0, 0, 320, 180)
    assert cells[-1] == (1600, 900, 320, 180)


def test_one_large_and_five_small_fill_the_canvas() -> None:
    cells = [even_pixels(cell.rect, (720, 720), (1920, 1080)) for cell in PRESETS["1+5"].cells]
    assert cells[0] == (0, 0, 1280, 720)
    assert sum(w * h for _, _, w, h in cells) == 1920 * 1080


@given(layouts(), st.integers(64, 2000), st.integers(64, 2000))
def test_pixels_are_even_in_bounds_and_never_overlap(layout: Layout, half_width: int, half_height: int) -> None:
    canvas = (half_width * 2, half_height * 2)
    placed = [even_pixels(cell.rect, (layout.columns, layout.rows), canvas) for cell in layout.cells]
    for x, y, w, h in placed:
        assert all(value % 2 == 0 for value in (x, y, w, h))
        assert x >= 0
        assert y >= 0
        assert w > 0
        assert h > 0
        assert x + w <= canvas[0]
        assert y + h <= canvas[1]
    assert first_overlap([Rect(*numbers) for numbers in placed]) is None
