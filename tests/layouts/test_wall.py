"""Walls are valid by construction and survive JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.errors import LayoutError, NotOnWallError, NotUnderstoodError
from layouts.geometry import Rect
from layouts.presets import grid, wall_showing
from layouts.wall import CameraContent, Cell, Layout, Wall, wall_from_json, wall_to_json
from tests.layouts.strategies import walls


@given(walls())
def test_a_wall_survives_json(wall: Wall) -> None:
    assert wall_from_json(json.loads(json.dumps(wall_to_json(wall)))) == wall


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
        lambda: Layout(65, 1),
        lambda: replace(wall_showing("w", "W", []).displays[0], width=1),
        lambda: replace(wall_showing("w", "W", []).displays[0], id=""),
        lambda: Wall("", "W"),
        lambda: Wall("w", "W", (), 0),
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


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(_json)
def test_any_other_json_is_refused_and_never_crashes(document: object) -> None:
    with pytest.raises(LayoutError):
        wall_from_json(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("displays",), {}),
        (("displays", 0), []),
        (("displays", 0, "width"), "1920"),
        (("displays", 0, "width"), True),
        (("displays", 0, "name"), 5),
        (("displays", 0, "layout", "cells", 0, "content"), {"type": "film"}),
        (("displays", 0, "layout", "cells", 0, "fit"), "stretch"),
        (("displays", 0, "layout", "cells", 0, "w"), 9),
    ],
)
def test_a_wall_with_one_wrong_value_is_refused(path: tuple[str | int, ...], value: object) -> None:
    document = wall_to_json(wall_showing("w", "W", ["cam-1", "cam-2"]))
    place = document
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    with pytest.raises(LayoutError):
        wall_from_json(document)


def test_contents_of_a_wrong_kind_are_refused() -> None:
    document = wall_to_json(wall_showing("w", "W", ["cam-1"]))
    document["displays"][0]["layout"]["cells"][0]["content"] = {"type": "camera"}
    with pytest.raises(NotUnderstoodError, match="camera"):
        wall_from_json(document)


def test_a_layout_replaces_only_cells_that_it_has() -> None:
    with pytest.raises(NotOnWallError):
        grid(2).with_cell(Cell("x", Rect(0, 0, 1, 1)))
