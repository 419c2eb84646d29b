"""Walls survive JSON, yesterday's snapshots are read, and what is no wall is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.contents import CameraContent
from layouts.errors import LayoutError, NotUnderstoodError
from layouts.presets import PRESETS, wall_showing
from layouts.wall import Wall
from layouts.wall_json import wall_from_json, wall_to_json
from tests.layouts.strategies import ENOUGH, walls


@ENOUGH
@given(walls())
def test_a_wall_survives_json(wall: Wall) -> None:
    assert wall_from_json(json.loads(json.dumps(wall_to_json(wall)))) == wall


def test_what_is_by_default_takes_no_room() -> None:
    wall = wall_showing("w", "W", [f"cam-{n}" for n in range(36)])
    assert set(wall_to_json(wall)["displays"][0]["layout"]["cells"][0]) == {"id", "x", "y", "w", "h", "fit", "content"}
    assert len(json.dumps(wall_to_json(wall), separators=(",", ":"))) < 36 * 120 + 400


def snapshot_of_format_1(displays: int) -> dict[str, object]:
    """As this program stored them before there were places, tours and a fine grid."""
    cells = [
        {
            "id": f"c{n + 1}",
            "x": n % 3,
            "y": n // 3,
            "w": 1,
            "h": 1,
            "fit": "cover",
            "content": {"type": "camera", "camera": f"cam-{n}"} if n < 8 else {"type": "empty"},
        }
        for n in range(9)
    ]
    layout = {"columns": 3, "rows": 3, "cells": cells}
    return {
        "id": "city",
        "name": "Kota",
        "revision": 7,
        "displays": [
            {"id": f"city-{n}", "name": f"Layar {n}", "width": 1920, "height": 1080, "layout": layout}
            for n in range(displays)
        ],
    }


def test_a_snapshot_of_format_1_is_read_as_one_of_today() -> None:
    wall = wall_from_json(snapshot_of_format_1(3))
    assert (wall.revision, wall.columns, wall.rows, wall.bezel_x, wall.past) == (7, 2, 2, 0, ())
    assert [(display.column, display.row) for display in wall.displays] == [(0, 0), (1, 0), (0, 1)]
    layout = wall.displays[0].layout
    assert [cell.rect for cell in layout.cells] == [cell.rect for cell in PRESETS["3x3"].cells]
    assert (layout.cells[0].content, layout.cells[0].fit, layout.cells[8].camera) == (
        CameraContent("cam-0"),
        "cover",
        None,
    )
    assert wall_from_json(wall_to_json(wall)) == wall


def test_a_format_of_tomorrow_is_refused_in_words() -> None:
    with pytest.raises(NotUnderstoodError, match="format 3; up to 2"):
        wall_from_json(wall_to_json(wall_showing("w", "W", [])) | {"format": 3})


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
        (("displays", 0, "layout", "cells", 0, "w"), 721),
        (("displays", 0, "layout", "cells", 0, "locked"), 1),
        (("displays", 0, "layout", "cells", 0, "part"), {"span": "s"}),
        (("displays", 0, "column"), 1),
        (("tours",), [{"id": "t"}]),
        (("scenes",), [{"id": "s"}]),
        (("past",), ["1"]),
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
