"""Scenes at their times, changes for a while: by a clock that we hold, over restarts of control."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from layouts.apply import apply
from layouts.commands import AddDisplay, Assign, Command, DeleteScene, Lock, SaveScene, SetGeometry, Undo, Unlock
from layouts.contents import CameraContent
from layouts.wall import Wall
from tests.support.clock import Ticking
from tests.wallserver.control.conftest import Site, running_site
from wallserver.config import Settings, WallSettings
from wallserver.control.revision_words import DRAFT, cause_of
from wallserver.control.site import Control, open_control
from wallserver.control.wall_clock import OverriddenError, last_due_ms, next_due_ms
from wallserver.control.wall_edits import _TRIES
from wallserver.people.rights import Role

WITA = ZoneInfo("Asia/Makassar")
MINUTE = 60_000
PLACE = ("city-1", "c1")


def at(text: str, zone: ZoneInfo = WITA) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def assign(camera: str, cell: str = "c1") -> Assign:
    return Assign("city-1", cell, CameraContent(camera))


def shown(control: Control, cell: str = "c1") -> str | None:
    return control.plans.walls["city"].cell("city-1", cell).camera


async def do(control: Control, *commands: Command) -> Wall:
    for command in commands:
        _, wall = await control.edits.do("city", command, "ani", DRAFT)
    return wall


@pytest.mark.parametrize(
    ("hour", "days", "now", "last", "following"),
    [
        ("06:00", "1234567", "2026-11-28T06:00", "2026-11-28T06:00", "2026-11-29T06:00"),
        ("06:00", "1234567", "2026-11-28T05:59", "2026-11-27T06:00", "2026-11-28T06:00"),
        ("18:30", "12345", "2026-11-28T19:00", "2026-11-27T18:30", "2026-11-30T18:30"),  # a Saturday
        ("00:00", "6", "2026-11-28T00:00", "2026-11-28T00:00", "2026-12-05T00:00"),
        ("12:00", "7", "2026-11-28T00:00", "2026-11-22T12:00", "2026-11-29T12:00"),
    ],
)
def test_a_time_of_the_day_was_and_will_be(hour: str, days: str, now: str, last: str, following: str) -> None:
    assert last_due_ms(hour, days, WITA, at(now)) == at(last)
    assert next_due_ms(hour, days, WITA, at(now)) == at(following)


def test_an_hour_that_a_zone_leaves_out_or_has_twice_is_due_once_a_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for day in ("2026-03-29", "2026-10-25"):
        times = {last_due_ms("02:30", "1234567", berlin, at(f"{day}T00:00", berlin) + n * MINUTE) for n in range(1439)}
        assert len(times) == 2  # of the day before, and of that day


async def test_scenes_are_recalled_at_their_times_and_once(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        await do(control, SaveScene("day", "Siang"), assign("cam-6"), SaveScene("night", "Malam"))
        wall = control.plans.walls["city"]
        await control.clock.add_time(wall, "day", "06:00", "1234567", "ani")
        await control.clock.add_time(wall, "night", "18:00", "1234567", "budi")
        await do(control, assign("cam-5"))
        await control.clock.tick()
        assert shown(control) == "cam-5"  # what was due before it was written is not made up for
        clock.now = at("2026-11-28T18:00")
        await control.clock.tick()
        assert shown(control) == "cam-6"
        (newest,) = await control.catalogue.walls.changes("city", 2**62, 1)
        assert (newest.made_by, newest.said_en) == (
            "budi",
            "Schedule: Scene Malam recalled: Layar 1, cell 1 = Kamera 6.",
        )
        assert cause_of(newest.said_id) == "schedule"
        revision = await do(control, assign("cam-4"))
        clock.now += 30 * MINUTE
        await control.clock.tick()
        assert control.plans.walls["city"] == revision
    clock.now = at("2026-11-30T09:00")  # it was not there for two evenings and two mornings: the last one holds
    async with open_control(settings, clock) as control:
        await control.clock.tick()
        assert shown(control) == "cam-1"
        assert len(await control.catalogue.walls.changes("city", 2**62, 50)) == 8


@pytest.mark.parametrize(("first", "second"), [("18:00", "18:00"), ("18:00", "19:00")])
async def test_of_scenes_of_several_displays_that_are_due_each_is_recalled(
    settings: Settings, first: str, second: str
) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        await do(control, SetGeometry(2, 1, 0, 0), AddDisplay("city-2", "Layar 2", 1920, 1080, 1, 0))
        await do(control, Assign("city-2", "c1", CameraContent("cam-2")))
        await do(control, SaveScene("left", "Kiri", None, ("city-1",)), SaveScene("right", "Kanan", None, ("city-2",)))
        for scene, time in (("left", first), ("right", second)):
            await control.clock.add_time(control.plans.walls["city"], scene, time, "1234567", "ani")
        before = await do(control, assign("cam-6"), Assign("city-2", "c1", CameraContent("cam-5")))
    clock.now = at("2026-11-28T19:30")
    async with open_control(settings, clock) as control:
        with others_are_quicker(control):
            await control.clock.tick()
        for _ in range(2):
            await control.clock.tick()
        wall = control.plans.walls["city"]
        assert (shown(control), wall.cell("city-2", "c1").camera) == ("cam-1", "cam-2")
        assert wall.revision == before.revision + _TRIES + 2
        assert control.clock.problems == {}


async def test_scenes_that_were_missed_are_recalled_in_the_order_of_their_times(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        await do(control, SetGeometry(2, 1, 0, 0), AddDisplay("city-2", "Layar 2", 1920, 1080, 1, 0))
        await do(control, Assign("city-2", "c1", CameraContent("cam-2")), SaveScene("both", "Keduanya"))
        await do(control, assign("cam-3"), SaveScene("left", "Kiri", None, ("city-1",)))
        for scene, time in (("left", "19:00"), ("both", "18:00"), ("left", "17:00")):
            await control.clock.add_time(control.plans.walls["city"], scene, time, "1234567", "ani")
        before = await do(control, assign("cam-6"), Assign("city-2", "c1", CameraContent("cam-5")))
        clock.now = at("2026-11-28T19:30")
        await control.clock.tick()
        wall = control.plans.walls["city"]
        assert (shown(control), wall.cell("city-2", "c1").camera) == ("cam-3", "cam-2")
        assert wall.revision == before.revision + 2  # what 17:00 asks for, those after it show anyway


async def ticking(control: Control, clock: Ticking, until: str, step_ms: int = 30_000) -> None:
    while clock.now < at(until):
        clock.now += step_ms
        await control.clock.tick()


async def test_a_scene_is_recalled_at_its_time_though_a_clock_that_was_ahead_was_there_before(
    settings: Settings,
) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        await do(control, SaveScene("day", "Siang"))
        await control.clock.add_time(control.plans.walls["city"], "day", "18:00", "1234567", "ani")
        await do(control, assign("cam-6"))
        clock.now = at("2026-11-28T20:00")  # the machine's own clock, before it is set by the network's
        await control.clock.tick()
        assert shown(control) == "cam-1"
        clock.now = at("2026-11-28T12:01")
        await control.clock.tick()
        await do(control, assign("cam-6"))
        await ticking(control, clock, "2026-11-28T12:03")
    async with open_control(settings, clock) as control:  # over a restart
        await ticking(control, clock, "2026-11-28T17:59:30")
        assert shown(control) == "cam-6"
        await ticking(control, clock, "2026-11-28T18:00")
        assert shown(control) == "cam-1"
        await do(control, assign("cam-6"))
        await ticking(control, clock, "2026-11-28T18:05")
        assert shown(control) == "cam-6"


async def test_what_was_recalled_stays_so_over_a_clock_that_is_behind_for_a_while(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T17:59"))
    async with open_control(settings, clock) as control:
        await do(control, SaveScene("day", "Siang"))
        await control.clock.add_time(control.plans.walls["city"], "day", "18:00", "1234567", "ani")
        await ticking(control, clock, "2026-11-28T18:00")
        await do(control, assign("cam-6"))
        clock.now -= 2000  # set by a little
        await ticking(control, clock, "2026-11-28T18:10", 1000)
        assert shown(control) == "cam-6"
    clock.now = at("2000-01-01T00:00")  # a power cut, and a battery that is empty
    async with open_control(settings, clock) as control:
        await ticking(control, clock, "2000-01-01T00:02")
        clock.now = at("2026-11-28T18:20")
        await ticking(control, clock, "2026-11-28T18:25")
        assert shown(control) == "cam-6"
        await ticking(control, clock, "2026-11-29T18:00")
        assert shown(control) == "cam-1"


async def test_a_scene_that_cannot_be_recalled_is_said_and_tried_at_its_next_time(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        await do(control, SaveScene("day", "Siang"), assign("cam-6"))
        entry = await control.clock.add_time(control.plans.walls["city"], "day", "13:00", "1234567", "ani")
        await do(control, Lock(*PLACE))
        clock.now = at("2026-11-28T13:00")
        for _ in range(2):
            await control.clock.tick()
        assert "is locked" in str(control.clock.problems[entry.id])
        await do(control, DeleteScene("day"))
        clock.now = at("2026-11-29T13:00")
        await control.clock.tick()
        assert "no scene 'day'" in str(control.clock.problems[entry.id])
        assert shown(control) == "cam-6"


async def test_what_is_there_for_a_while_returns_by_itself_and_what_others_did_stays(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        before = control.plans.walls["city"]
        _, override = await control.clock.override(before, assign("cam-6"), clock.now + 5 * MINUTE, "ani")
        await do(control, assign("cam-6", "c2"))
        clock.now += 5 * MINUTE - 1
        await control.clock.tick()
        assert (shown(control), shown(control, "c2")) == ("cam-6", "cam-6")
        assert control.clock.overrides_of("city") == [override]
    clock.now += 1
    async with open_control(settings, clock) as control:  # over a restart
        await control.clock.tick()
        assert (shown(control), shown(control, "c2")) == ("cam-1", "cam-6")
        (newest,) = await control.catalogue.walls.changes("city", 2**62, 1)
        assert newest.said_id == "Kembali dari yang sementara: Layar 1, sel 1 = Kamera 1."
        assert await control.catalogue.timed.overrides() == []
        revision = control.plans.walls["city"].revision
        await control.clock.tick()
        assert control.plans.walls["city"].revision == revision


@contextmanager
def others_are_quicker(control: Control) -> Iterator[None]:
    """Whatever is to be committed, somebody else's change comes first."""
    walls = control.catalogue.walls
    commit = walls.commit

    async def commit_second(wall: Wall, *more: Any) -> None:
        await commit(apply(await walls.get("city"), assign("cam-3", "c5")), "budi")
        await commit(wall, *more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(walls, "commit", commit_second)
        yield


async def test_what_is_there_for_a_while_returns_in_time_though_the_clock_was_ahead(settings: Settings) -> None:
    clock = Ticking(at("2026-12-28T12:00"))
    async with open_control(settings, clock) as control:
        await control.clock.override(control.plans.walls["city"], assign("cam-6"), clock.now + 10 * MINUTE, "ani")
        clock.now = at("2026-11-28T12:00")
        await ticking(control, clock, "2026-11-28T12:09")
        assert shown(control) == "cam-6"
        await ticking(control, clock, "2026-11-28T12:11")
        assert shown(control) == "cam-1"


async def test_what_is_there_for_longer_than_the_clock_was_ahead_returns_in_time_too(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:30"))
    async with open_control(settings, clock) as control:
        await control.clock.override(control.plans.walls["city"], assign("cam-6"), clock.now + 60 * MINUTE, "ani")
        for corrected in ("2026-11-28T12:10", "2026-11-28T12:00"):  # in two steps
            clock.now = at(corrected)
            await control.clock.tick()
        await ticking(control, clock, "2026-11-28T12:59")
        assert shown(control) == "cam-6"
        await ticking(control, clock, "2026-11-28T13:01")
        assert shown(control) == "cam-1"


async def test_what_is_there_for_a_while_stays_so_long_over_a_clock_that_is_behind(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        await control.clock.override(control.plans.walls["city"], assign("cam-6"), clock.now + 10 * MINUTE, "ani")
        clock.now = at("2000-01-01T00:00")
        await ticking(control, clock, "2000-01-01T00:05")
        clock.now = at("2026-11-28T12:06")
        await ticking(control, clock, "2026-11-28T12:09")
        assert shown(control) == "cam-6"
        await ticking(control, clock, "2026-11-28T12:11")
        assert shown(control) == "cam-1"


async def test_what_is_due_while_others_are_quicker_is_done_at_a_later_tick(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        await do(control, assign("cam-4", "c2"), SaveScene("day", "Siang"), assign("cam-6", "c2"))
        wall = control.plans.walls["city"]
        await control.clock.override(wall, assign("cam-5"), clock.now + 5 * MINUTE, "ani")
        with others_are_quicker(control):
            clock.now += 5 * MINUTE
            await control.clock.tick()
            assert shown(control) == "cam-5"
        await control.clock.tick()
        assert shown(control) == "cam-1"
        entry = await control.clock.add_time(control.plans.walls["city"], "day", "13:00", "1234567", "ani")
        clock.now = at("2026-11-28T13:00")
        with others_are_quicker(control):
            await control.clock.tick()
            assert shown(control, "c2") == "cam-6"
        await control.clock.tick()
        assert (shown(control, "c2"), control.clock.problems.get(entry.id)) == ("cam-4", None)


@pytest.mark.parametrize("of", ["walls.commit", "timed.overrides"])
async def test_what_was_kept_while_the_database_went_away_returns_too(settings: Settings, of: str) -> None:
    """In the moment in which it is kept, or in which control reads that it is."""
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        part, name = of.split(".")
        there = getattr(control.catalogue, part)
        does = getattr(there, name)

        async def lost(*what: Any) -> Any:
            await does(*what)
            raise OSError("the connection is gone")

        wall, until_ms = control.plans.walls["city"], clock.now + 5 * MINUTE
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(there, name, lost)
            with pytest.raises(OSError, match="gone"):
                await control.clock.override(wall, assign("cam-6"), until_ms, "ani")
        kept = await control.catalogue.walls.get("city")  # others may see it before anybody has said so
        with pytest.raises(OverriddenError):
            await control.clock.override(kept, assign("cam-5"), until_ms + MINUTE, "budi")
        await control.edits.settle()
        assert shown(control) == "cam-6"
        clock.now += 5 * MINUTE
        await control.clock.tick()
        assert shown(control) == "cam-1"


async def test_what_was_ended_while_the_database_went_away_does_not_return(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        await control.clock.override(control.plans.walls["city"], assign("cam-6"), clock.now + 5 * MINUTE, "ani")
        commit = control.catalogue.walls.commit

        async def lost(*what: Any) -> None:
            await commit(*what)
            raise OSError("the connection is gone")

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(control.catalogue.walls, "commit", lost)
            with pytest.raises(OSError, match="gone"):
                await do(control, Undo())
        await control.edits.settle()
        assert (shown(control), control.clock.overrides_of("city")) == ("cam-1", [])


async def test_what_is_locked_returns_when_it_is_unlocked_and_says_so_until_then(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        before = control.plans.walls["city"]
        _, override = await control.clock.override(before, assign("cam-6"), clock.now + 5 * MINUTE, "ani")
        await do(control, Lock(*PLACE))
        clock.now += 5 * MINUTE
        with capture_logs() as logs:
            await control.clock.tick()
            await do(control, assign("cam-5", "c2"))
            for _ in range(2):
                await control.clock.tick()
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
            "what was there for a while cannot return yet"
        ]
        problem = control.clock.problems[override.id]
        assert ("is locked" in str(problem), problem.reason) == (True, "locked")
        assert control.clock.overrides_of("city") == [override]
    async with open_control(settings, clock) as control:  # over a restart
        await control.clock.tick()
        assert shown(control) == "cam-6"
        await do(control, Unlock(*PLACE))
        await control.clock.tick()
        assert (shown(control), shown(control, "c2")) == ("cam-1", "cam-5")
        assert (control.clock.overrides_of("city"), control.clock.problems) == ([], {})


async def test_what_belongs_into_a_draft_goes_there_also_when_it_is_for_a_while(settings: Settings) -> None:
    small = settings.model_copy(update={"walls": WallSettings(changes="small")})
    asked = {"base_revision": 1, "minutes": 5}
    preset = {"command": {"type": "preset", "display": "city-1", "preset": "2x2"}}
    camera = {"command": {"type": "assign", "display": "city-1", "cell": "c1", "camera": "cam-6"}}
    async with running_site(small) as site, site.administrator() as client:
        path = "/api/walls/city/overrides"
        refused = await client.post(path, json=asked | preset)
        assert (refused.status_code, "draft" in refused.json()["error"]) == (422, True)
        async with site.signed_in(Role.OPERATOR) as operator:
            assert (await operator.post(path, json=asked | preset | {"live": True})).status_code == 403
            allowed = (await operator.post(path, json=asked | camera)).json()
        assert allowed["wall"]["revision"] == 2
        assert (await client.delete(f"{path}/{allowed['override']['id']}")).status_code == 204
        said = asked | preset | {"live": True, "base_revision": 3}
        assert (await client.post(path, json=said)).status_code == 201


async def test_a_second_override_of_the_same_cell_is_refused(settings: Settings) -> None:
    clock = Ticking(at("2026-11-28T12:00"))
    async with open_control(settings, clock) as control:
        until = clock.now + 5 * MINUTE
        await control.clock.override(control.plans.walls["city"], assign("cam-6"), until, "ani")
        with pytest.raises(OverriddenError, match="ani"):
            await control.clock.override(control.plans.walls["city"], assign("cam-5"), until, "budi")
        await control.clock.override(control.plans.walls["city"], assign("cam-5", "c2"), until, "budi")
        assert (shown(control), shown(control, "c2")) == ("cam-6", "cam-5")


async def test_both_by_http(site: Site) -> None:
    wall = "/api/walls/city"
    async with site.administrator() as client:
        scene = {"type": "save_scene", "scene": "day", "name": "Siang", "key": 1}
        await client.post(f"{wall}/commands", json={"base_revision": 1, "command": scene})
        added = await client.post(f"{wall}/schedule", json={"scene": "day", "at": "06:00", "days": "5541"})
        assert added.status_code == 201, added.text
        (listed,) = (await client.get(f"{wall}/schedule")).json()
        assert (listed["at"], listed["days"], listed["made_by"], listed["problem"]) == ("06:00", "145", "admin", None)
        assert listed["made_ms"] <= site.control.now_ms() < listed["next_ms"]
        for wrong in (
            {"scene": "none", "at": "06:00"},
            {"scene": "day", "at": "24:00"},
            {"scene": "day", "at": "6:00"},
            {"scene": "day", "at": "06:00", "days": "8"},
        ):
            assert (await client.post(f"{wall}/schedule", json=wrong)).status_code == 422, wrong
        assert (await client.delete(f"{wall}/schedule/{listed['id']}")).status_code == 204
        assert (await client.get(f"{wall}/schedule")).json() == []

        command = {"type": "assign", "display": "city-1", "cell": "c1", "camera": "cam-6"}
        asked = {"base_revision": 2, "command": command, "minutes": 5, "reason": " banjir di Tallo "}
        refused: list[tuple[dict[str, Any], int]] = [
            ({"base_revision": 1}, 409),
            ({"minutes": 0}, 422),
            ({"until_ms": 5}, 422),
            ({"minutes": None, "until_ms": 5}, 422),
            ({"command": {"type": "explode"}}, 422),
            ({"reason": "a\x00b"}, 422),
            ({"reason": "x" * 201}, 422),
        ]
        for change, code in refused:
            answer = await client.post(f"{wall}/overrides", json=asked | change)
            assert answer.status_code == code, answer.text
        made = await client.post(f"{wall}/overrides", json=asked)
        assert (made.status_code, made.json()["wall"]["revision"]) == (201, 3)
        nothing = await client.post(f"{wall}/overrides", json=asked | {"base_revision": 3})
        assert (nothing.status_code, "nothing to return to" in nothing.json()["error"]) == (422, True)
        other = {"base_revision": 3, "command": command | {"camera": "cam-5"}}
        again = await client.post(f"{wall}/overrides", json=asked | other)
        assert (again.status_code, again.json()["override"]["made_by"]) == (409, "admin")
        newest = (await client.get(f"{wall}/revisions")).json()[0]
        assert (newest["said_en"], newest["cause"]) == (
            "For a while (banjir di Tallo): Layar 1, cell 1 = Kamera 6.",
            "override",
        )
        (listed,) = (await client.get(f"{wall}/overrides")).json()
        assert (listed["revision"], listed["problem"], listed["problem_reason"]) == (3, None, None)
        lock = {"type": "lock", "display": "city-1", "cell": "c1"}
        await client.post(f"{wall}/commands", json={"base_revision": 3, "command": lock})
        locked = await client.delete(f"{wall}/overrides/{listed['id']}")
        assert (locked.status_code, locked.json()["cell"], locked.json()["reason"]) == (422, "c1", "locked")
        await client.post(f"{wall}/commands", json={"base_revision": 4, "command": lock | {"type": "unlock"}})
        assert (await client.delete(f"{wall}/overrides/{listed['id']}")).status_code == 204
        assert shown(site.control) == "cam-1"
        assert (await client.get(f"{wall}/revisions")).json()[0]["cause"] == "returned"
        assert (await client.delete(f"{wall}/overrides/{listed['id']}")).status_code == 404
