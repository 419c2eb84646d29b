"""Undo, redo, scenes, and going back to any revision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from layouts.apply import apply, revisions_needed
from layouts.commands import (
    ApplyPreset,
    Assign,
    Clear,
    Command,
    DeleteScene,
    Lock,
    Move,
    RecallScene,
    Redo,
    RemoveDisplay,
    RemoveTour,
    Restore,
    SaveScene,
    SetTour,
    Several,
    Undo,
)
from layouts.contents import CameraContent, TourContent
from layouts.errors import LayoutError, LockedError, NotKeptError, NotOnWallError
from layouts.history import MOST_STEPS
from layouts.presets import wall_showing
from layouts.tours import Tour
from layouts.wall import Scene, Wall

WALL = wall_showing("w", "W", [f"cam-{n}" for n in range(8)], cells_per_display=4)


class Keeper:
    """Keeps every revision, and hands in those that a command needs."""

    def __init__(self, wall: Wall = WALL) -> None:
        self.kept = {wall.revision: wall}
        self.wall = wall

    def do(self, *commands: Command) -> Wall:
        for command in commands:
            earlier = {number: self.kept[number] for number in revisions_needed(self.wall, command)}
            self.wall = apply(self.wall, command, earlier)
            self.kept[self.wall.revision] = self.wall
        return self.wall

    def shown(self, display: str = "w-1") -> list[str | None]:
        return [cell.camera for cell in self.wall.display(display).layout.cells]


def test_undo_and_redo_are_commands_like_any_other() -> None:
    keeper = Keeper()
    keeper.do(Clear("w-1", "c1"), ApplyPreset("w-1", "1"))
    assert keeper.do(Undo()).displays == keeper.kept[2].displays
    assert keeper.do(Undo()).displays == WALL.displays
    assert (keeper.wall.revision, keeper.wall.past, keeper.wall.future) == (5, (), (3, 4))
    with pytest.raises(LayoutError, match="nothing to undo"):
        keeper.do(Undo())
    assert keeper.do(Redo()).displays == keeper.kept[2].displays
    assert keeper.do(Redo()).displays == keeper.kept[3].displays
    with pytest.raises(LayoutError, match="nothing to redo"):
        keeper.do(Redo())
    keeper.do(Undo(), Clear("w-1", "c2"))
    assert keeper.wall.future == ()  # what was undone is no longer ahead


def test_undo_needs_the_revision_that_it_goes_back_to() -> None:
    wall = apply(WALL, Clear("w-1", "c1"))
    assert revisions_needed(wall, Undo()) == {1}
    with pytest.raises(NotKeptError, match="revision 1 of this wall is no longer kept"):
        apply(wall, Undo())


def test_the_past_is_bounded() -> None:
    keeper = Keeper()
    for _ in range(MOST_STEPS + 5):
        keeper.do(Clear("w-1", "c1"))
    assert len(keeper.wall.past) == MOST_STEPS
    assert keeper.wall.past[-1] == keeper.wall.revision - 1


def test_undo_takes_back_a_lock_and_several_at_once() -> None:
    keeper = Keeper()
    keeper.do(Several((Clear("w-1", "c1"), Clear("w-2", "c1"))), Lock("w-1"))
    keeper.do(Undo(), Undo())
    assert keeper.wall.displays == WALL.displays


def test_a_scene_brings_layouts_back_and_leaves_the_rest() -> None:
    keeper = Keeper()
    keeper.do(SaveScene("malam", "Malam", 3, ("w-1",)))
    assert keeper.wall.scenes == (Scene("malam", "Malam", 1, ("w-1",), 3),)
    keeper.do(ApplyPreset("w-1", "1+5"), Clear("w-2", "c1"), RecallScene("malam"))
    assert keeper.wall.display("w-1").layout == WALL.display("w-1").layout
    assert keeper.shown("w-2")[0] is None
    assert keeper.do(DeleteScene("malam")).scenes == ()
    with pytest.raises(NotOnWallError, match="no scene 'malam'"):
        keeper.do(RecallScene("malam"))


def test_a_scene_is_saved_anew_and_its_key_is_its_own() -> None:
    keeper = Keeper()
    keeper.do(SaveScene("a", "A", 1), SaveScene("b", "B"), Clear("w-1", "c1"), SaveScene("a", "A baru", 2))
    assert keeper.wall.scenes[-1] == Scene("a", "A baru", 4, ("w-1", "w-2"), 2)
    with pytest.raises(LayoutError, match="the key 2 belongs to the scene 'A baru'"):
        keeper.do(SaveScene("c", "C", 2))
    with pytest.raises(NotOnWallError, match="no display 'w-9'"):
        keeper.do(SaveScene("c", "C", None, ("w-9",)))


def test_a_scene_of_displays_that_are_gone_is_of_those_that_are_left() -> None:
    keeper = Keeper()
    keeper.do(SaveScene("a", "A"), RemoveDisplay("w-2"), Clear("w-1", "c1"), RecallScene("a"))
    assert keeper.wall.displays == WALL.displays[:1]


def test_a_scene_brings_its_tour_back() -> None:
    keeper = Keeper()
    tour = Tour("t", "T", ("cam-1",))
    keeper.do(SetTour(tour), Assign("w-1", "c1", TourContent("t")), SaveScene("a", "A"))
    keeper.do(Clear("w-1", "c1"), RemoveTour("t"), RecallScene("a"))
    assert keeper.wall.tours == (tour,)
    newer = replace(tour, dwell_s=99)
    keeper.do(SetTour(newer), RecallScene("a"))
    assert keeper.wall.tours == (newer,)


def test_locks_are_no_part_of_a_scene_and_stop_it_where_it_would_change_something() -> None:
    keeper = Keeper()
    keeper.do(SaveScene("a", "A"), Lock("w-1", "c1"), Clear("w-1", "c2"), RecallScene("a"))
    assert keeper.wall.cell("w-1", "c1").locked
    assert keeper.shown() == ["cam-0", "cam-1", "cam-2", "cam-3"]
    other = Keeper()
    other.do(SaveScene("a", "A"), Clear("w-1", "c1"), Lock("w-1", "c1"))
    with pytest.raises(LockedError, match="cell c1 of display w-1 is locked"):
        other.do(RecallScene("a"))


def test_any_revision_comes_back_with_the_scenes_and_tours_of_now() -> None:
    keeper = Keeper()
    keeper.do(ApplyPreset("w-1", "1"), SaveScene("a", "A"), SetTour(Tour("t", "T", ("cam-1",))), Restore(1))
    assert keeper.wall.displays == WALL.displays
    assert (len(keeper.wall.scenes), len(keeper.wall.tours), keeper.wall.revision) == (1, 1, 5)
    assert keeper.do(Undo()).displays == keeper.kept[4].displays
    with pytest.raises(NotKeptError, match="revision 77"):
        apply(keeper.wall, Restore(77))


def test_cells_that_only_stand_in_another_order_stay_in_it() -> None:
    keeper = Keeper()
    keeper.do(Several((Move("w-1", "c1", 0, 0), Clear("w-2", "c1"))))
    now = keeper.wall.display("w-1")
    assert [cell.id for cell in now.layout.cells] == ["c2", "c3", "c4", "c1"]
    keeper.do(Restore(1))
    assert (keeper.wall.display("w-1"), keeper.wall.display("w-2")) == (now, WALL.display("w-2"))


def test_a_scene_among_several_commands_is_recalled_and_then_changed() -> None:
    keeper = Keeper()
    keeper.do(SaveScene("a", "A"), ApplyPreset("w-1", "1"))
    keeper.do(Several((RecallScene("a"), Assign("w-1", "c4", CameraContent("other")))))
    assert keeper.shown() == ["cam-0", "cam-1", "cam-2", "other"]
    assert keeper.do(Undo()).displays == keeper.kept[3].displays
