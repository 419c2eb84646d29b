"""What is locked refuses every change but unlocking."""

from __future__ import annotations

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
    Place,
    RecallScene,
    Remove,
    RemoveDisplay,
    Resize,
    SaveScene,
    Several,
    Split,
    Swap,
    Unlock,
)
from layouts.errors import LockedError, NotOnWallError
from layouts.presets import wall_showing

WALL = wall_showing("w", "W", [f"cam-{n}" for n in range(8)], cells_per_display=4)
PANORAMA = Panorama(("w-1", "w-2", "w-3"))
ON_C1: tuple[Command, ...] = (
    Assign("w-1", "c1", fit="cover"),
    Clear("w-1", "c1"),
    Swap("w-2", "c1", "w-1", "c1"),
    Resize("w-1", "c1", 0, 0, 100, 100),
    Split("w-1", "c1", 2, 2),
    Merge((CellAddress("w-1", "c2"), CellAddress("w-1", "c1"))),
    Remove("w-1", "c1"),
    ApplyPreset("w-1", "3x3"),
    Panorama(("w-1", "w-2")),
    RemoveDisplay("w-1"),
)
ON_W1: tuple[Command, ...] = (Clear("w-1", "c2"), ChangeDisplay("w-1", name="other"), Remove("w-1", "c2"))


@pytest.mark.parametrize("command", ON_C1)
def test_a_locked_cell_stays_as_it_is(command: Command) -> None:
    with pytest.raises(LockedError, match="cell c1 of display w-1 is locked") as refused:
        apply(apply(WALL, Lock("w-1", "c1")), command)
    assert (refused.value.display, refused.value.cell) == ("w-1", "c1")


@pytest.mark.parametrize("command", [*ON_C1, *ON_W1])
def test_a_locked_display_stays_as_it_is(command: Command) -> None:
    with pytest.raises(LockedError, match="display w-1 is locked"):
        apply(apply(WALL, Lock("w-1")), command)


def test_nothing_comes_onto_a_locked_display() -> None:
    wall = apply(apply(WALL, Remove("w-1", "c1")), Lock("w-1"))
    with pytest.raises(LockedError):
        apply(wall, Place("w-1", 0, 0, 360, 360))
    with pytest.raises(LockedError):
        apply(wall, Move("w-2", "c1", 0, 0, "w-1"))


def test_no_cell_comes_back_into_a_picture_that_is_locked() -> None:
    """The locked ones would show less of it."""
    spanned = apply(wall_showing("w", "W", [f"cam-{n}" for n in range(12)], cells_per_display=4), PANORAMA)
    apart = apply(apply(spanned, SaveScene("all", "All", displays=("w-3",))), ApplyPreset("w-3", "2x2"))
    locked = apply(apply(apart, Clear("w-3", "c1")), Lock("w-1", "c1"))
    with pytest.raises(LockedError, match="cell c1 of display w-1 is locked"):
        apply(locked, RecallScene("all"), {spanned.revision: spanned})
    assert apply(apply(locked, Unlock("w-1", "c1")), RecallScene("all"), {spanned.revision: spanned})


def test_the_other_cells_of_a_display_change() -> None:
    wall = apply(apply(WALL, Lock("w-1", "c1")), Clear("w-1", "c2"))
    assert wall.cell("w-1", "c2").camera is None


def test_unlocked_it_changes_again() -> None:
    wall = apply(apply(WALL, Lock("w-1")), Unlock("w-1"))
    assert apply(wall, Clear("w-1", "c1")).cell("w-1", "c1").camera is None
    wall = apply(apply(WALL, Lock("w-1", "c1")), Several((Unlock("w-1", "c1"), Clear("w-1", "c1"), Lock("w-1", "c1"))))
    assert (wall.cell("w-1", "c1").camera, wall.cell("w-1", "c1").locked) == (None, True)
    with pytest.raises(NotOnWallError):
        apply(WALL, Lock("w-1", "c9"))
