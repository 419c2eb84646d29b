"""What differs between two walls, cell by cell; and what a command touches."""

from __future__ import annotations

import json

from layouts.apply import Touched, apply, touched
from layouts.commands import (
    AddDisplay,
    ApplyPreset,
    Assign,
    ChangeDisplay,
    Clear,
    Command,
    Lock,
    Move,
    Panorama,
    Place,
    Remove,
    RemoveDisplay,
    RemoveTour,
    Resize,
    SaveScene,
    SetGeometry,
    SetTour,
    Several,
    Split,
    Swap,
    Undo,
)
from layouts.contents import CameraContent, TourContent, Zoom
from layouts.diff import Diff, diff, diff_to_json
from layouts.presets import wall_showing
from layouts.tours import Tour
from layouts.wall import Wall

WALL = wall_showing("w", "W", [f"cam-{n}" for n in range(8)], cells_per_display=4)
TOUR = Tour("t", "T", ("cam-1",))


def done(wall: Wall, *commands: Command) -> Wall:
    for command in commands:
        wall = apply(wall, command)
    return wall


def cells(found: Diff) -> dict[str, tuple[str, ...]]:
    return {f"{change.display}/{change.cell}": change.kinds for change in found.cells}


def test_cells_are_compared_one_by_one() -> None:
    after = done(
        WALL,
        Resize("w-1", "c1", 0, 0, 180, 360),
        Place("w-1", 180, 0, 180, 360),
        Assign("w-1", "c2", CameraContent("other"), "cover", Zoom(0, 0, 5000, 5000), "Pasar"),
        Remove("w-1", "c3"),
        Move("w-1", "c4", 0, 360),
        Lock("w-2", "c1"),
    )
    assert cells(diff(WALL, after)) == {
        "w-1/c1": ("resized",),
        "w-1/c2": ("content", "fit", "zoom", "label"),
        "w-1/c3": ("removed",),
        "w-1/c4": ("moved",),
        "w-1/c5": ("added",),
        "w-2/c1": ("locked",),
    }
    assert cells(diff(after, WALL))["w-2/c1"] == ("unlocked",)


def test_a_preset_that_looks_the_same_is_no_change() -> None:
    assert not diff(WALL, apply(WALL, ApplyPreset("w-1", "2x2")))


def test_displays_tours_scenes_and_geometry_are_told_apart() -> None:
    after = done(
        WALL,
        SetGeometry(3, 1, 10, 0),
        AddDisplay("w-3", "", 1920, 1080, 2, 0),
        ChangeDisplay("w-1", name="Kiri", width=3840),
        RemoveDisplay("w-2"),
        SetTour(TOUR),
        SaveScene("s", "S"),
    )
    found = diff(WALL, after)
    assert {change.display: change.kinds for change in found.displays} == {
        "w-1": ("renamed", "resized"),
        "w-2": ("removed",),
        "w-3": ("added",),
    }
    assert (found.tours, found.scenes, found.wall) == ({"t": "added"}, {"s": "added"}, ("geometry",))
    assert cells(found)["w-2/c1"] == ("removed",)
    assert cells(found)["w-3/c4"] == ("added",)


def test_a_span_is_a_change_of_each_of_its_cells() -> None:
    found = cells(diff(WALL, apply(WALL, Panorama(("w-1", "w-2")))))
    assert found["w-1/c1"] == ("resized", "span")
    assert found["w-2/c1"] == ("resized", "content", "span")


def test_a_diff_is_plain_data() -> None:
    found = diff_to_json(diff(WALL, done(WALL, Clear("w-1", "c1"), ChangeDisplay("w-2", name="Kanan"))))
    assert json.loads(json.dumps(found)) == {
        "cells": [
            {
                "display": "w-1",
                "cell": "c1",
                "kinds": ["content"],
                "before": {
                    "id": "c1",
                    "x": 0,
                    "y": 0,
                    "w": 360,
                    "h": 360,
                    "fit": "contain",
                    "content": {"type": "camera", "camera": "cam-0"},
                },
                "after": {
                    "id": "c1",
                    "x": 0,
                    "y": 0,
                    "w": 360,
                    "h": 360,
                    "fit": "contain",
                    "content": {"type": "empty"},
                },
            }
        ],
        "displays": [
            {
                "display": "w-2",
                "kinds": ["renamed"],
                "before": {"id": "w-2", "name": "Layar 2", "width": 1920, "height": 1080, "column": 1, "row": 0},
                "after": {"id": "w-2", "name": "Kanan", "width": 1920, "height": 1080, "column": 1, "row": 0},
            }
        ],
        "tours": {},
        "scenes": {},
        "wall": [],
    }


def test_a_command_touches_what_it_changes_and_what_it_names() -> None:
    assert touched(WALL, Clear("w-1", "c1")) == Touched(frozenset({("w-1", "c1")}), frozenset(), False)
    same = Swap("w-1", "c1", "w-1", "c1")
    assert touched(WALL, same) == Touched(frozenset({("w-1", "c1")}), frozenset(), False)
    assert touched(WALL, Assign("w-1", "c1", CameraContent("cam-0"))).cells == {("w-1", "c1")}
    split = touched(WALL, Several((Split("w-1", "c1", 2, 1), Clear("w-1", "c5"))))
    assert split == Touched(frozenset({("w-1", "c1"), ("w-1", "c5")}), frozenset(), False)
    moved = done(WALL, Remove("w-2", "c1"))
    assert touched(moved, Move("w-1", "c1", 0, 0, "w-2")).cells == {("w-1", "c1"), ("w-2", "c1")}
    assert touched(WALL, ApplyPreset("w-1", "2x2")) == Touched(frozenset(), frozenset({"w-1"}), False)
    assert touched(WALL, Lock("w-1")) == Touched(frozenset(), frozenset({"w-1"}), False)
    assert touched(WALL, SaveScene("s", "S")) == Touched(frozenset(), frozenset(), True)


def test_a_command_on_a_span_touches_all_of_it() -> None:
    wall = apply(WALL, Panorama(("w-1", "w-2")))
    named = touched(wall, Assign("w-1", "c1", CameraContent("cam-0")))
    assert named == Touched(frozenset({("w-1", "c1"), ("w-2", "c1")}), frozenset(), False)


def test_a_tour_touches_the_cells_that_show_it() -> None:
    wall = done(WALL, SetTour(TOUR), Assign("w-2", "c3", TourContent("t")))
    longer = Tour("t", "T", ("cam-1", "cam-2"))
    assert touched(wall, SetTour(longer)) == Touched(frozenset({("w-2", "c3")}), frozenset(), True)
    unused = apply(wall, Clear("w-2", "c3"))
    assert touched(unused, RemoveTour("t")) == Touched(frozenset(), frozenset(), True)


def test_undo_touches_what_it_brings_back() -> None:
    wall = apply(WALL, Clear("w-2", "c4"))
    assert touched(wall, Undo(), {1: WALL}) == Touched(frozenset({("w-2", "c4")}), frozenset(), False)
