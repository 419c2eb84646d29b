"""One picture across several displays: its cells change together, and each carries its part of the wall's geometry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from layouts.apply import apply
from layouts.commands import (
    ApplyPreset,
    Assign,
    CellAddress,
    ChangeDisplay,
    Clear,
    Command,
    Lock,
    Merge,
    Move,
    Panorama,
    RecallScene,
    Remove,
    SaveScene,
    SetGeometry,
    Several,
    Split,
    Swap,
)
from layouts.contents import CameraContent
from layouts.errors import LayoutError, LockedError
from layouts.geometry import Rect
from layouts.presets import wall_showing
from layouts.wall import Part, Wall

FOUR = wall_showing("w", "W", [f"cam-{n}" for n in range(16)], cells_per_display=4)  # 2 × 2 displays of 2 × 2 cells


def done(wall: Wall, *commands: Command) -> Wall:
    for command in commands:
        wall = apply(wall, command)
    return wall


def parts(wall: Wall) -> dict[str, Part]:
    return {f"{display.id}/{cell.id}": cell.part for display, cell in wall.cells if cell.part}


def shown(wall: Wall, *addresses: str) -> list[str | None]:
    return [wall.cell(*address.split("/")).camera for address in addresses]


ACROSS = done(FOUR, SetGeometry(2, 2, 40, 60), Panorama(("w-1", "w-2")))


def test_a_panorama_shows_one_picture_behind_the_bezels() -> None:
    assert parts(ACROSS) == {
        "w-1/c1": Part("s3", Rect(0, 0, 1920, 1080), 3880, 1080),
        "w-2/c1": Part("s3", Rect(1960, 0, 1920, 1080), 3880, 1080),
    }
    assert shown(ACROSS, "w-1/c1", "w-2/c1") == ["cam-0", "cam-0"]
    assert len(ACROSS.display("w-3").layout.cells) == 4
    with pytest.raises(LayoutError, match="two or more different displays"):
        apply(FOUR, Panorama(("w-1", "w-1")))


def test_cells_of_several_displays_merge_into_a_span() -> None:
    corner = [("w-1", "c2"), ("w-1", "c4"), ("w-2", "c1"), ("w-2", "c3")]
    wall = apply(FOUR, Merge(tuple(CellAddress(*address) for address in corner)))
    assert parts(wall) == {
        "w-1/c2": Part("s2", Rect(0, 0, 960, 1080), 1920, 1080),
        "w-2/c1": Part("s2", Rect(960, 0, 960, 1080), 1920, 1080),
    }
    assert shown(wall, "w-1/c2", "w-2/c1") == ["cam-1", "cam-1"]
    assert [cell.id for cell in wall.display("w-1").layout.cells] == ["c1", "c2", "c3"]


def test_what_is_done_to_one_cell_of_a_span_is_done_to_all() -> None:
    wall = apply(ACROSS, Assign("w-2", "c1", CameraContent("harbour"), "cover", label=""))
    assert {wall.cell(name, "c1").shown for name in ("w-1", "w-2")} == {wall.cell("w-2", "c1").shown}
    assert wall.cell("w-1", "c1").camera == "harbour"
    swapped = apply(wall, Swap("w-3", "c1", "w-1", "c1"))
    assert shown(swapped, "w-1/c1", "w-2/c1", "w-3/c1") == ["cam-8", "cam-8", "harbour"]
    assert apply(wall, Swap("w-1", "c1", "w-2", "c1")).displays == wall.displays
    assert shown(apply(wall, Clear("w-1", "c1")), "w-1/c1", "w-2/c1") == [None, None]
    with pytest.raises(LockedError, match="cell c1 of display w-1 is locked"):
        done(wall, Lock("w-1", "c1"), Clear("w-2", "c1"))
    gone = apply(wall, Remove("w-1", "c1"))
    assert [display.layout.cells for display in gone.displays[:2]] == [(), ()]


def test_a_span_moves_as_one_and_stays_whole() -> None:
    empty = done(ACROSS, *(Remove(name, f"c{n}") for name in ("w-3", "w-4") for n in range(1, 5)))
    wall = apply(empty, Move("w-1", "c1", 0, 0, "w-3"))
    assert list(parts(wall)) == ["w-3/c1", "w-4/c1"]
    assert list(parts(wall).values()) == list(parts(ACROSS).values())
    with pytest.raises(LayoutError, match="cell c1 of display w-2 has no display to go to: none is in column 2, row 0"):
        apply(empty, Move("w-1", "c1", 0, 0, "w-2"))


def test_parts_follow_the_geometry_of_the_wall_under_locks_too() -> None:
    wall = done(ACROSS, Lock("w-1"), Lock("w-2"), SetGeometry(2, 2, 100, 0))
    assert parts(wall)["w-2/c1"] == Part("s3", Rect(2020, 0, 1920, 1080), 3940, 1080)
    with pytest.raises(LockedError, match="display w-2 is locked"):
        done(ACROSS, Lock("w-2"), ApplyPreset("w-1", "2x2"))  # it would show the whole of its picture
    wider = apply(ACROSS, ChangeDisplay("w-3", width=3840))
    assert parts(wider)["w-1/c1"] == Part("s3", Rect(0, 0, 3840, 1080), 5800, 1080)


def test_a_cell_that_is_left_alone_shows_all_of_its_picture() -> None:
    wall = apply(ACROSS, ApplyPreset("w-2", "2x2"))
    assert parts(wall) == {}
    assert shown(wall, "w-1/c1", "w-2/c1") == ["cam-0", "cam-0"]
    split = apply(ACROSS, Split("w-1", "c1", 2, 1))
    assert parts(split) == {}


def test_spans_of_one_revision_and_of_the_past_are_never_taken_for_one_another() -> None:
    two = apply(FOUR, Several((Panorama(("w-1", "w-2")), Panorama(("w-3", "w-4")))))
    assert len({part.span for part in parts(two).values()}) == 2
    saved = apply(two, SaveScene("a", "A", displays=("w-1",)))
    other = done(saved, Assign("w-1", "c1", CameraContent("harbour")))
    assert shown(other, "w-1/c1", "w-2/c1") == ["harbour", "harbour"]
    back = apply(other, RecallScene("a"), {2: two})
    assert shown(back, "w-1/c1", "w-2/c1") == ["cam-0", "harbour"]
    assert list(parts(back)) == ["w-3/c1", "w-4/c1"]


def test_where_half_of_a_span_comes_back_both_halves_are_spans() -> None:
    row = wall_showing("w", "W", [f"cam-{n}" for n in range(4)], cells_per_display=1)
    names = tuple(display.id for display in row.displays)
    four = apply(row, Panorama(names))
    saved = apply(four, SaveScene("a", "A", displays=names[:2]))
    changed = done(saved, Assign("w-1", "c1", CameraContent("harbour")))
    back = apply(changed, RecallScene("a"), {2: four})
    assert shown(back, *(f"{name}/c1" for name in names)) == ["cam-0", "cam-0", "harbour", "harbour"]
    spans = [cell.part.span for _, cell in back.cells if cell.part]
    assert spans[0] == spans[1] != spans[2] == spans[3]
    assert replace(back.cell("w-1", "c1"), part=None) == replace(four.cell("w-1", "c1"), part=None)
