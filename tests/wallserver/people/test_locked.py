"""What a supervisor locked no operator changes, in whatever order it is asked for: over HTTP, and of any command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.apply import apply, revisions_needed, touched
from layouts.diff import diff
from layouts.errors import LayoutError
from layouts.spans import together
from layouts.wall import Cell, Wall
from tests.layouts.strategies import ENOUGH, commands_for, locks_around, walls, with_holes, with_locks
from tests.support.new_database import NewDatabase
from tests.wallserver.control.conftest import Site
from tests.wallserver.people.two_rooms import two_rooms
from wallserver.control.answers import ApiError
from wallserver.control.objects import ControlObjects
from wallserver.control.reach import check_reach
from wallserver.people import objects
from wallserver.people.rights import Person, Role
from wallserver.people.scope import EVERYTHING, Scope

type Json = dict[str, Any]

ROOM = "/api/walls/room"
CELL: Json = {"display": "room-1", "cell": "c1"}
DISPLAY: Json = {"display": "room-1"}
ASSIGN: Json = {"type": "assign", **CELL, "camera": "mariso-1", "fit": "cover"}
REMOVE: Json = {"type": "remove", **CELL}
PRESET: Json = {"type": "preset", "display": "room-1", "preset": "2x2"}
PLACE: Json = {"type": "place", "display": "room-1", "x": 0, "y": 0, "w": 360, "h": 360}
SWAP: Json = {"type": "swap", **CELL, "other_display": "room-2", "other_cell": "c1"}
MOVE: Json = {"type": "move", **CELL, "x": 0, "y": 0, "to_display": "room-2"}
EMPTIED: list[Json] = [
    {"type": "preset", "display": "room-2", "preset": "1"},
    {"type": "remove", "display": "room-2", "cell": "c1"},
]
RESTORE: Json = {"type": "restore", "revision": 1}
SCENE: Json = {"type": "recall_scene", "scene": "first"}


def lock(where: Json) -> Json:
    return {"type": "lock", **where}


def unlock(where: Json) -> Json:
    return {"type": "unlock", **where}


def several(*commands: Json) -> Json:
    return {"type": "several", "commands": list(commands)}


@pytest.fixture
async def rooms(tmp_path: Path, new_database: NewDatabase) -> AsyncIterator[Site]:
    async with two_rooms(tmp_path, new_database) as site:
        yield site


async def do(client: httpx.AsyncClient, rooms: Site, command: Json) -> httpx.Response:
    base = rooms.control.plans.walls["room"].revision
    return await client.post(f"{ROOM}/commands", json={"base_revision": base, "command": command})


async def given_by(supervisor: httpx.AsyncClient, rooms: Site, *commands: Json) -> None:
    for command in commands:
        answer = await do(supervisor, rooms, command)
        assert answer.status_code == 200, answer.text


AROUND_A_CELL = (
    several(unlock(CELL), ASSIGN, lock(CELL)),
    several(unlock(CELL), REMOVE),
    several(unlock(CELL), PRESET, lock(CELL)),
    several(unlock(CELL), REMOVE, PLACE, lock(CELL)),
    several(unlock(CELL), SWAP, lock(CELL)),
    several(unlock(CELL), {"type": "split", **CELL, "columns": 2, "rows": 1}, lock(CELL)),
    several(unlock(CELL), *EMPTIED, MOVE),
    several(unlock(CELL), SCENE, lock(CELL)),
    several(unlock(CELL), RESTORE, lock(CELL)),
)
AROUND_A_DISPLAY = (
    several(unlock(DISPLAY), ASSIGN, lock(DISPLAY)),
    several(unlock(DISPLAY), PRESET, lock(DISPLAY)),
    several(unlock(DISPLAY), RESTORE, lock(DISPLAY)),
)


@pytest.mark.parametrize(
    ("where", "command"),
    [*((CELL, command) for command in AROUND_A_CELL), *((DISPLAY, command) for command in AROUND_A_DISPLAY)],
)
async def test_unlocking_meanwhile_is_no_way_to_change_what_is_locked(rooms: Site, where: Json, command: Json) -> None:
    scene = {"type": "save_scene", "scene": "first", "name": "First"}
    other = {"type": "assign", **CELL, "label": "Gerbang"}  # so that to return to what was is a change
    async with rooms.signed_in(Role.SUPERVISOR) as supervisor, rooms.signed_in(Role.OPERATOR, name="op") as operator:
        await given_by(supervisor, rooms, scene, other, lock(where))
        locked = rooms.control.plans.walls["room"]
        drafted = {"command": command["commands"], "changes": 0}
        for answer in (
            await do(operator, rooms, command),
            await operator.post(
                f"{ROOM}/overrides", json={"command": command, "base_revision": locked.revision, "minutes": 5}
            ),
        ):
            said = answer.json()
            assert (answer.status_code, said["reason"], said["display"]) == (422, "locked", "room-1"), answer.text
            assert said["cell"] == where.get("cell")
            assert "is locked" in said["error"]
        # Step by step in a draft: at the latest the last one, or publishing it, is refused.
        codes = []
        for changes, step in enumerate(drafted["command"]):
            answer = await operator.post(f"{ROOM}/draft/commands", json={"command": step, "changes": changes})
            codes.append(answer.status_code)
        codes.append((await operator.post(f"{ROOM}/draft/publish", json={"changes": len(codes)})).status_code)
        assert 200 not in codes
        assert rooms.control.plans.walls["room"] == locked
        # Those who may lock go on doing so.
        assert (await do(supervisor, rooms, command)).status_code == 200


async def test_who_only_unlocks_is_told_whose_that_is(rooms: Site) -> None:
    async with rooms.signed_in(Role.SUPERVISOR) as supervisor, rooms.signed_in(Role.OPERATOR, name="op") as operator:
        await given_by(supervisor, rooms, lock(CELL))
        for command in (unlock(CELL), several(unlock(CELL), ASSIGN), several(unlock(CELL), PRESET)):
            refused = await do(operator, rooms, command)
            assert (refused.status_code, refused.json()["reason"]) == (403, "locks")
            assert "unlocks cell c1 of display room-1" in refused.json()["error"]
            assert (refused.json()["display"], refused.json()["cell"]) == ("room-1", "c1")


@pytest.mark.parametrize("back", ["undo", "redo"])
async def test_to_take_back_what_a_supervisor_did_to_a_locked_cell_is_the_supervisors(rooms: Site, back: str) -> None:
    async with rooms.signed_in(Role.SUPERVISOR) as supervisor, rooms.signed_in(Role.OPERATOR, name="op") as operator:
        await given_by(supervisor, rooms, lock(CELL), several(unlock(CELL), ASSIGN, lock(CELL)))
        if back == "redo":
            await given_by(supervisor, rooms, {"type": "undo"})
        refused = await do(operator, rooms, {"type": back})
        assert (refused.status_code, refused.json()["reason"], refused.json()["cell"]) == (422, "locked", "c1")
        assert (await do(supervisor, rooms, {"type": back})).status_code == 200


async def test_locks_that_come_or_go_with_their_cells_are_locks_too(rooms: Site) -> None:
    """Both ways: an operator leaves no locked cell behind, and brings none back."""
    free = {"display": "room-1", "cell": "c2"}
    async with rooms.signed_in(Role.SUPERVISOR) as supervisor, rooms.signed_in(Role.OPERATOR, name="op") as operator:
        await given_by(supervisor, rooms, {"type": "resize", **CELL, "x": 360, "y": 0, "w": 360, "h": 720})
        refused = await do(operator, rooms, several(PLACE, lock(free)))
        assert (refused.status_code, refused.json()["cell"]) == (403, "c2")
        assert (await do(operator, rooms, several(PLACE, lock(free), unlock(free)))).status_code == 200
        await given_by(supervisor, rooms, lock(free), several(unlock(free), {"type": "remove", **free}))
        refused = await do(operator, rooms, {"type": "undo"})
        assert (refused.status_code, refused.json()["display"], refused.json()["cell"]) == (403, "room-1", "c2")


async def test_a_draft_of_before_the_lock_does_not_unlock_by_being_rebased(rooms: Site) -> None:
    async with rooms.signed_in(Role.SUPERVISOR) as supervisor, rooms.signed_in(Role.OPERATOR, name="op") as operator:
        changes = 0
        for command in (unlock(CELL), REMOVE):
            added = await operator.post(f"{ROOM}/draft/commands", json={"command": command, "changes": changes})
            assert added.status_code == 200, added.text
            changes = added.json()["changes"]
        await given_by(supervisor, rooms, lock(CELL))
        rebased = await operator.post(f"{ROOM}/draft/rebase", json={"changes": changes})
        assert rebased.status_code == 200, rebased.text
        refused = await operator.post(f"{ROOM}/draft/publish", json={"changes": rebased.json()["changes"]})
        assert (refused.status_code, refused.json()["reason"], refused.json()["cell"]) == (422, "locked", "c1")
        assert rooms.control.plans.walls["room"].cell("room-1", "c1").locked


async def test_cells_that_are_not_theirs_stay_in_their_order(rooms: Site) -> None:
    """By it presets are filled, and a panorama finds what it shows."""
    theirs = Scope(displays={"room-1": None, "room-2": frozenset({"c2"})})
    first = {"type": "move", "display": "room-2", "cell": "c1", "x": 0, "y": 0}

    def order() -> list[str]:
        return [cell.id for cell in rooms.control.plans.walls["room"].display("room-2").layout.cells]

    async with rooms.signed_in(Role.SUPERVISOR) as supervisor, rooms.signed_in(Role.OPERATOR, theirs, "op") as operator:
        before = order()
        await given_by(supervisor, rooms, several(ASSIGN, first))
        after = order()
        assert sorted(after) == sorted(before) != after
        refused = await do(operator, rooms, {"type": "undo"})
        assert (refused.status_code, "not yours" in refused.json()["error"], order()) == (403, True, after)
        assert (await do(operator, rooms, RESTORE)).status_code == 200
        assert order() == after
        assert (await do(operator, rooms, {"type": "undo"})).status_code == 200
        moved = {"type": "move", "display": "room-2", "cell": "c2", "x": 360, "y": 0}  # their own goes where it will
        assert (await do(operator, rooms, moved)).status_code == 200


class AllSeen:
    """In the place of what knows cameras."""

    def camera(self, name: str) -> objects.Camera:
        return objects.Camera(name)


KNOWN = cast("ControlObjects", AllSeen())
OPERATOR_OF_ALL = Person("1", "ani", Role.OPERATOR, EVERYTHING)


@st.composite
def operators(draw: st.DrawFn, wall: Wall) -> Person:
    """Of everything, or of some displays and cells."""
    if draw(st.booleans()):
        return OPERATOR_OF_ALL
    cells = st.none() | st.frozensets(st.sampled_from(("c1", "c2", "c3", "c4")))
    theirs = {display.id: draw(cells) for display in wall.displays if draw(st.booleans())}
    return replace(OPERATOR_OF_ALL, scope=Scope(displays=theirs))


def places(wall: Wall) -> dict[tuple[str, str], tuple[Cell, frozenset[tuple[str, str]]]]:
    """Each cell but for its share of a picture, with those that it shows that picture together with."""
    return {
        (display.id, cell.id): (replace(cell, part=None), frozenset(together(wall, display.id, cell.id)))
        for display, cell in wall.cells
    }


def check_kept(who: Person, before: Wall, after: Wall) -> None:
    """What an operator did left alone what is locked, all locks, and all that is not theirs."""
    old, new = places(before), places(after)
    for display in before.displays:
        there = after.display(display.id)
        assert replace(there, layout=display.layout) == display
        if display.locked:
            assert {at: new.get(at) for at in old | new if at[0] == display.id} == {
                at: cell for at, cell in old.items() if at[0] == display.id
            }
        others, still = (
            [cell.id for cell in one.layout.cells if not who.scope.has_cell(display.id, cell.id)]
            for one in (display, there)
        )
        assert others == still
    for at in old | new:
        was, now = old.get(at), new.get(at)
        if was and was[0].locked:
            assert now == was
        if now and now[0].locked:
            assert was is not None
            assert was[0].locked
        if not who.scope.has_cell(*at):
            assert was == now
    assert (before.tours, before.scenes, before.name) == (after.tours, after.scenes, after.name)


@ENOUGH
@given(with_locks(walls(with_holes())), st.data())
def test_whatever_an_operator_does_what_is_locked_or_not_theirs_stays(wall: Wall, data: st.DataObject) -> None:
    revisions = {wall.revision: wall}
    for _ in range(12):
        who = data.draw(st.none() | operators(wall))
        command = data.draw(commands_for(wall) | locks_around(wall))
        try:
            earlier = {n: revisions[n] for n in revisions_needed(wall, command) if n in revisions}
            after = apply(wall, command, earlier)
            if who is not None:
                check_reach(who, wall, after, touched(wall, command, earlier), diff(wall, after), KNOWN)
        except (LayoutError, ApiError):
            continue
        if who is not None:
            check_kept(who, wall, after)
        wall = revisions[after.revision] = after
