"""Back from what was there for a while: nobody else's later edit is undone."""

from __future__ import annotations

import pytest

from layouts.apply import apply
from layouts.commands import (
    ApplyPreset,
    Assign,
    CellAddress,
    Clear,
    Command,
    Lock,
    Merge,
    RemoveTour,
    SetTour,
    Swap,
    Undo,
)
from layouts.contents import CameraContent, TourContent
from layouts.errors import LockedError
from layouts.presets import wall_showing
from layouts.returning import returned
from layouts.tours import Tour
from layouts.wall import Wall

WALL = wall_showing("city", "Kota", [f"cam-{n}" for n in range(8)], cells_per_display=4)


def after(wall: Wall, *commands: Command) -> Wall:
    for command in commands:
        wall = apply(wall, command)
    return wall


def assign(cell: str, camera: str, display: str = "city-1") -> Assign:
    return Assign(display, cell, CameraContent(camera))


def cameras(wall: Wall, display: str = "city-1") -> list[str | None]:
    return [cell.camera for cell in wall.display(display).layout.cells]


def test_a_cell_returns_as_the_next_revision_that_can_be_undone() -> None:
    for_a_while = after(WALL, assign("c1", "alarm"))
    back = returned(for_a_while, WALL, for_a_while)
    assert back is not None
    assert (back.revision, back.displays) == (3, WALL.displays)
    assert apply(back, Undo(), {2: for_a_while}).displays == for_a_while.displays


def test_what_others_did_meanwhile_on_other_cells_stays() -> None:
    for_a_while = after(WALL, assign("c1", "alarm"))
    now = after(for_a_while, assign("c2", "mine"), assign("c1", "other", "city-2"))
    back = returned(now, WALL, for_a_while)
    assert back is not None
    assert cameras(back) == ["cam-0", "mine", "cam-2", "cam-3"]
    assert cameras(back, "city-2")[0] == "other"


def test_what_others_put_in_the_very_cell_stays_and_then_there_is_nothing_to_do() -> None:
    for_a_while = after(WALL, assign("c1", "alarm"))
    now = after(for_a_while, assign("c1", "mine"))
    assert returned(now, WALL, for_a_while) is None


def test_a_whole_layout_returns_unless_somebody_has_changed_it() -> None:
    for_a_while = after(WALL, ApplyPreset("city-1", "1"))
    now = after(for_a_while, Clear("city-2", "c1"))
    back = returned(now, WALL, for_a_while)
    assert back is not None
    assert back.display("city-1") == WALL.display("city-1")
    rearranged = after(for_a_while, ApplyPreset("city-1", "3x3"))
    assert returned(rearranged, WALL, for_a_while) is None


def test_two_cells_that_were_exchanged_return_one_by_one() -> None:
    for_a_while = after(WALL, Swap("city-1", "c1", "city-1", "c2"))
    now = after(for_a_while, assign("c2", "mine"))
    back = returned(now, WALL, for_a_while)
    assert back is not None
    assert cameras(back)[:2] == ["cam-0", "mine"]


def test_a_display_that_is_gone_is_no_hindrance() -> None:
    for_a_while = after(WALL, assign("c1", "alarm"), assign("c1", "alarm", "city-2"))
    now = Wall(WALL.id, WALL.name, for_a_while.displays[:1], 5, columns=WALL.columns, rows=WALL.rows)
    back = returned(now, WALL, for_a_while)
    assert back is not None
    assert cameras(back)[0] == "cam-0"


def test_what_was_locked_meanwhile_is_not_touched() -> None:
    for_a_while = after(WALL, assign("c1", "alarm"))
    now = after(for_a_while, Lock("city-1", "c1"), assign("c2", "x"))
    with pytest.raises(LockedError):
        returned(now, WALL, for_a_while)


def test_a_picture_across_two_displays_returns_on_both() -> None:
    joined = after(WALL, Merge((CellAddress("city-1", "c2"), CellAddress("city-2", "c1"))))
    for_a_while = after(joined, assign("c2", "alarm"))
    back = returned(after(for_a_while, assign("c1", "mine")), joined, for_a_while)
    assert back is not None
    assert (back.cell("city-1", "c2"), back.cell("city-2", "c1")) == (
        joined.cell("city-1", "c2"),
        joined.cell("city-2", "c1"),
    )


def test_a_picture_across_displays_that_was_made_of_it_meanwhile_stays_whole() -> None:
    for_a_while = after(WALL, assign("c2", "alarm"))
    now = after(for_a_while, Merge((CellAddress("city-1", "c2"), CellAddress("city-2", "c1"))))
    assert returned(now, WALL, for_a_while) is None


def test_what_is_left_of_a_picture_across_displays_returns() -> None:
    joined = after(WALL, Merge((CellAddress("city-1", "c2"), CellAddress("city-2", "c1"))))
    for_a_while = after(joined, assign("c2", "alarm"))
    back = returned(after(for_a_while, ApplyPreset("city-1", "1")), joined, for_a_while)
    assert back is not None
    assert cameras(back, "city-2") == cameras(joined, "city-2")


def test_only_tours_that_are_shown_again_come_back() -> None:
    tours = (SetTour(Tour(name, name, ("cam-1", "cam-2"))) for name in ("shown", "other"))
    before = after(WALL, *tours, Assign("city-1", "c1", TourContent("shown")))
    for_a_while = after(before, assign("c1", "alarm"))
    back = returned(after(for_a_while, RemoveTour("shown"), RemoveTour("other")), before, for_a_while)
    assert back is not None
    assert back.displays == before.displays
    assert [tour.id for tour in back.tours] == ["shown"]
