"""apply(): one revision on, valid whatever was asked, and only what was asked changed."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.commands import (
    ApplyPreset,
    Assign,
    Clear,
    Command,
    Swap,
    apply,
    command_from_json,
    command_to_json,
)
from layouts.errors import LayoutError, NotOnWallError, NotUnderstoodError
from layouts.geometry import first_overlap
from layouts.presets import wall_showing
from layouts.wall import EMPTY, Wall, wall_from_json, wall_to_json
from tests.layouts.strategies import commands, walls

WALL = wall_showing("w", "W", [f"cam-{n}" for n in range(1, 10)])


@given(walls(), st.lists(commands, max_size=8))
def test_any_sequence_keeps_the_wall_whole(wall: Wall, sequence: list[Command]) -> None:
    for command in sequence:
        before = wall
        with contextlib.suppress(NotOnWallError):
            wall = apply(wall, command)
            assert wall.revision == before.revision + 1
        assert [display.id for display in wall.displays] == [display.id for display in before.displays]
        for display in wall.displays:
            layout = display.layout
            assert first_overlap(cell.rect for cell in layout.cells) is None
            assert all(c.rect.right <= layout.columns and c.rect.bottom <= layout.rows for c in layout.cells)
    assert wall_from_json(json.loads(json.dumps(wall_to_json(wall)))) == wall


@given(commands)
def test_commands_survive_json(command: Command) -> None:
    assert command_from_json(json.loads(json.dumps(command_to_json(command)))) == command


def test_assign_changes_one_cell() -> None:
    wall = apply(WALL, Assign("w-1", "c2", "other", "cover"))
    cell = wall.display("w-1").layout.cell("c2")
    assert (cell.camera, cell.fit, wall.revision) == ("other", "cover", 2)
    others = [c for c in wall.display("w-1").layout.cells if c.id != "c2"]
    assert others == [c for c in WALL.display("w-1").layout.cells if c.id != "c2"]
    assert apply(wall, Assign("w-1", "c2", "third")).display("w-1").layout.cell("c2").fit == "cover"


def test_clear_empties_one_cell() -> None:
    assert apply(WALL, Clear("w-1", "c1")).display("w-1").layout.cell("c1").content == EMPTY


def test_a_preset_keeps_what_was_shown_as_far_as_there_is_room() -> None:
    layout = apply(WALL, ApplyPreset("w-1", "1+5")).display("w-1").layout
    assert [cell.camera for cell in layout.cells] == [f"cam-{n}" for n in range(1, 7)]
    wider = apply(WALL, ApplyPreset("w-1", "4x4")).display("w-1").layout
    assert [cell.camera for cell in wider.cells] == [f"cam-{n}" for n in range(1, 10)] + [None] * 7


def test_swap_exchanges_and_twice_is_nothing() -> None:
    wall = wall_showing("w", "W", [f"cam-{n}" for n in range(40)])
    swap = Swap("w-1", "c1", "w-2", "c4")
    once = apply(wall, swap)
    assert once.display("w-1").layout.cell("c1").camera == "cam-39"
    assert once.display("w-2").layout.cell("c4").camera == "cam-0"
    assert apply(once, swap).displays == wall.displays
    assert apply(wall, Swap("w-1", "c1", "w-1", "c1")).displays == wall.displays


def test_errors_name_display_and_cell() -> None:
    with pytest.raises(NotOnWallError, match="display w-1 has no cell 'c99'") as refused:
        apply(WALL, Clear("w-1", "c99"))
    assert (refused.value.display, refused.value.cell) == ("w-1", "c99")
    with pytest.raises(NotOnWallError, match="no display 'w-9'"):
        apply(WALL, Clear("w-9", "c1"))
    with pytest.raises(LayoutError, match="no preset"):
        apply(WALL, ApplyPreset("w-1", "9x9"))


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"type": "explode"},
        {"type": "assign", "display": "w-1", "cell": "c1"},
        {"type": "assign", "display": "w-1", "cell": 1, "camera": "a"},
        {"type": "assign", "display": "w-1", "cell": "c1", "camera": "a", "fit": "stretch"},
        {"type": "clear", "display": "w-1", "cell": "c1", "force": True},
    ],
)
def test_json_that_is_no_command_is_refused(document: object) -> None:
    with pytest.raises(NotUnderstoodError):
        command_from_json(document)
