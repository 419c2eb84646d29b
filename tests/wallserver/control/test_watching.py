"""When cameras were watched is kept, and what was said in it; what nobody saw is never taken for good."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ingest import causes
from ingest.camera_state import State, StreamStatus
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.test_site import status
from wallserver.catalogue import now_ms
from wallserver.control import watching
from wallserver.control.historian import Historian
from wallserver.control.watching import Watching

MAIN, SUB = "cam.cam-1.main", "cam.cam-1.sub"
T = now_ms() - 3_600_000  # control itself forgets what is older than its days


class Room:
    """A site with a clock of ours, in which somebody watches or not."""

    def __init__(self, site: Site) -> None:
        self.now_ms, self.there = T, True
        catalogue = site.control.catalogue
        self.watching = Watching(catalogue.availability, lambda: self.there, 3650, lambda: self.now_ms)
        self.historian = Historian(catalogue.history, self.watching, 3650, lambda: self.now_ms)
        self.historian.ready = True
        self._catalogue = catalogue

    def pass_s(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now_ms += 1000
            self.watching.look()

    def says(self, stream: str, state: State, since_ms: int, cause: causes.Cause = causes.NONE) -> None:
        said = StreamStatus.from_json(status(stream, state, since_ms=since_ms))
        words: dict[str, Any] = {"cause_id": cause.indonesian, "cause_en": cause.english, "updated_ms": self.now_ms}
        self.historian.said(replace(said, camera="cam-1", **words))

    async def kept(self) -> list[tuple[str, str, int]]:
        await self.historian.write()
        changes = await self._catalogue.history.of("cam-1", 2**63 - 1, 100)
        return [(change.stream, change.state.value, change.at_ms - T) for change in reversed(changes)]


async def test_times_between_two_watchings_are_gaps(site: Site) -> None:
    room, availability = Room(site), site.control.catalogue.availability
    room.pass_s(60)
    await room.watching.write()
    room.pass_s(10)
    room.there = False
    room.pass_s(30)
    assert room.watching.since_ms is None
    room.there = True
    room.pass_s(11)
    await room.watching.write()
    assert await availability.watched_ms(T, T + 200_000) == 69_000 + 10_000
    room.now_ms += 60_000  # the process was stopped
    room.pass_s(6)
    await room.watching.write()
    assert await availability.watched_ms(T, T + 200_000) == 69_000 + 10_000 + 5_000


async def test_no_time_is_counted_twice_where_the_clock_is_set_back(site: Site) -> None:
    room, availability = Room(site), site.control.catalogue.availability
    room.pass_s(60)
    await room.watching.write()
    room.pass_s(10)  # not written yet
    room.now_ms -= 40_000
    room.pass_s(60)
    await room.watching.write()
    assert await availability.watched_ms(T, T + 200_000) == 30_000 + 59_000
    room.now_ms -= 50_000
    again = Watching(availability, lambda: True, 3650, lambda: room.now_ms)  # control, started anew
    for _ in range(11):
        room.now_ms += 1000
        again.look()
    await again.write()
    assert await availability.watched_ms(T, T + 200_000) == 30_000 + 10_000 + 10_000


async def test_a_clock_that_is_far_behind_takes_nothing_away_unless_it_stays_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_DOUBTS", 4)
    room, availability = Room(site), site.control.catalogue.availability
    room.pass_s(61)
    await room.watching.write()
    behind = Room(site)
    behind.now_ms = T - 90 * 24 * 3_600_000
    for _ in range(3):
        behind.pass_s(10)
        await behind.watching.write()
    assert await availability.watched_ms(T, T + 200_000) == 60_000
    behind.now_ms = T + 100_000  # the network's time has come
    behind.pass_s(11)
    await behind.watching.write()
    assert await availability.watched_ms(0, T + 200_000) == 60_000 + 10_000
    behind = Room(site)
    behind.now_ms = T - 90 * 24 * 3_600_000
    for doubts in range(5):
        assert bool(await availability.watched_ms(T, T + 200_000)), doubts
        behind.pass_s(10)
        await behind.watching.write()
    assert await availability.watched_ms(T, T + 200_000) == 0


async def test_the_first_word_after_a_gap_is_kept_though_it_be_the_same(site: Site) -> None:
    room = Room(site)
    room.pass_s(1)
    room.says(SUB, State.LIVE, T + 1000)
    room.pass_s(5)
    room.says(SUB, State.LIVE, T + 1000)
    room.there = False
    room.pass_s(10)
    room.says(SUB, State.LIVE, T + 1000)
    room.there = True
    room.pass_s(4)
    room.says(SUB, State.LIVE, T + 1000)
    room.says(SUB, State.LIVE, T + 1000)
    assert await room.kept() == [(SUB, "live", 1000), (SUB, "live", 20_000)]


async def test_what_began_before_it_was_watched_is_kept_from_then_and_again_from_now(site: Site) -> None:
    room = Room(site)
    room.pass_s(10)
    room.says(SUB, State.UNREACHABLE, T - 5000, causes.UNREACHABLE)
    assert await room.kept() == [(SUB, "unreachable", -5000), (SUB, "unreachable", 10_000)]


async def test_a_camera_whose_one_stream_is_let_go_has_a_word_from_the_other(site: Site) -> None:
    room = Room(site)
    room.pass_s(1)
    room.says(SUB, State.LIVE, T + 1000)
    room.pass_s(1)
    room.says(MAIN, State.UNREACHABLE, T + 2000, causes.UNREACHABLE)
    room.pass_s(1)
    room.says(MAIN, State.OFF, T + 3000, causes.NOT_NEEDED)
    room.pass_s(1)
    room.says(SUB, State.LIVE, T + 1000)
    room.says(SUB, State.LIVE, T + 1000)
    assert (await room.kept())[2:] == [(MAIN, "off", 3000), (SUB, "live", 4000)]
