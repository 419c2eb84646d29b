"""A slot gives its sender what can be decoded, and nothing that lies."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ingest.access_unit import AccessUnit
from ingest.gop import GopCache
from tests.wallserver.gateway.pictures import TICKS, Camera, older
from wallserver.gateway.cell_channel import CellChannel
from wallserver.gateway.slot import MAX_BEHIND, MAX_HELD_REPEATS, Slot
from wallserver.gateway.slot_clock import STEP


@dataclass
class Feed:
    """A stream with a cache, fed by the test."""

    stream: str = "cam.a.sub"
    gop: GopCache = field(default_factory=GopCache)
    slots: list[Slot] = field(default_factory=list)
    asked: int = 0

    def cached(self) -> Sequence[AccessUnit]:
        return self.gop.units()

    def request_keyframe(self) -> None:
        self.asked += 1

    def publish(self, units: Sequence[AccessUnit]) -> None:
        for unit in units:
            self.gop.add(unit)
            for slot in self.slots:
                slot.push(unit)


async def take(slot: Slot, count: int) -> list[tuple[bytes, int]]:
    async with asyncio.timeout(2):
        packets = [await slot.recv() for _ in range(count)]
    return [(bytes(packet), packet.pts or 0) for packet in packets]


async def is_silent(slot: Slot) -> bool:
    waiting = asyncio.create_task(slot.recv())
    for _ in range(5):
        await asyncio.sleep(0)
    silent = not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    return silent


def shown(feed: Feed) -> Slot:
    slot = Slot(0, CellChannel())
    slot.show(feed)
    feed.slots.append(slot)
    return slot


async def test_begins_on_the_cached_gop_as_a_burst_that_ends_now() -> None:
    feed = Feed()
    units = Camera(feed.stream).gop(30)
    feed.publish(units)
    taken = await take(shown(feed), 30)
    assert [data for data, _ in taken] == [unit.data for unit in units]
    stamps = [stamp for _, stamp in taken]
    assert all(STEP <= b - a < TICKS for a, b in itertools.pairwise(stamps))
    assert abs(stamps[-1] - time.monotonic_ns() * 9 // 100_000) < 90_000


async def test_what_comes_before_it_is_asked_is_not_sent_twice() -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    slot = shown(feed)
    feed.publish(camera.gop(5))
    taken = await take(slot, 5)
    feed.publish([unit := camera.unit()])
    assert (await take(slot, 1))[0][0] == unit.data
    assert len({data for data, _ in taken}) == 5
    assert await is_silent(slot)


async def test_another_stream_goes_on_where_the_first_ended() -> None:
    first, second = Feed(), Feed("cam.b.sub")
    first.publish(Camera(first.stream, clock=9_000_000_000).gop(3))
    second.publish(units := Camera(second.stream, clock=5).gop(3))
    slot = shown(first)
    before = await take(slot, 3)
    slot.show(second)
    after = await take(slot, 3)
    assert [data for data, _ in after] == [unit.data for unit in units]
    assert before[-1][1] < after[0][1] < before[-1][1] + 90_000


async def test_a_stopped_source_is_one_held_picture_until_it_runs() -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    units = camera.gop(5)
    feed.publish(list(older(units, 60)))
    slot = shown(feed)
    assert (await take(slot, 1))[0][0] == units[0].data
    assert await is_silent(slot)
    feed.publish([live := camera.unit()])
    assert [data for data, _ in await take(slot, 6)] == [unit.data for unit in (*units, live)]


async def test_a_source_whose_machine_has_another_time_is_shown_nevertheless() -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    slot = shown(feed)
    units = list(older(camera.gop(5), 3600))
    feed.publish(units[:2])
    assert (await take(slot, 1))[0][0] == units[0].data
    feed.publish(units[2:])
    assert [data for data, _ in await take(slot, 5)] == [unit.data for unit in units]


async def test_a_stopped_source_answers_keyframe_requests_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wallserver.gateway.slot.KEYFRAME_INTERVAL_CAMERA_S", 0.0)
    feed = Feed()
    feed.publish(list(older(Camera(feed.stream).gop(2), 60)))
    slot = shown(feed)
    await take(slot, 1)
    for _ in range(MAX_HELD_REPEATS):
        slot.keyframe_wanted()
        await take(slot, 1)
    slot.keyframe_wanted()
    assert await is_silent(slot)


async def test_after_a_held_keyframe_of_a_long_gop_comes_the_next_keyframe() -> None:
    feed = Feed(gop=GopCache(max_seconds=0.1))
    camera = Camera(feed.stream)
    feed.publish(units := camera.gop(10))
    slot = shown(feed)
    assert (await take(slot, 1))[0][0] == units[0].data
    assert feed.asked == 1  # a camera that speaks ONVIF sends it sooner
    feed.publish([camera.unit()])
    assert await is_silent(slot)
    feed.publish([keyframe := camera.unit(keyframe=True), follower := camera.unit()])
    assert [data for data, _ in await take(slot, 2)] == [keyframe.data, follower.data]


async def test_a_viewer_that_falls_behind_jumps_to_the_newest_keyframe() -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    feed.publish(camera.gop(2))
    slot = shown(feed)
    await take(slot, 2)
    feed.publish(camera.gop(MAX_BEHIND))
    feed.publish(newest := camera.gop(10))
    taken = await take(slot, 10)
    assert [data for data, _ in taken] == [unit.data for unit in newest]
    assert slot.dropped >= MAX_BEHIND


async def test_a_camera_repeats_its_gop_for_one_viewer_at_most_every_two_seconds() -> None:
    feed = Feed()
    units = Camera(feed.stream).gop(4)
    feed.publish(units)
    slot = shown(feed)
    await take(slot, 4)
    slot.keyframe_wanted()
    slot.keyframe_wanted()
    assert [data for data, _ in await take(slot, 4)] == [unit.data for unit in units]
    slot.keyframe_wanted()
    assert await is_silent(slot)
    assert (slot.keyframe_requests, feed.asked) == (3, 0)


async def test_a_mosaic_is_asked_for_a_keyframe() -> None:
    feed = Feed("mosaic.m")
    slot = shown(feed)
    slot.keyframe_wanted()
    slot.keyframe_wanted()
    assert feed.asked == 1


async def test_an_empty_slot_waits() -> None:
    slot = Slot(0, CellChannel())
    assert await is_silent(slot)
    slot.keyframe_wanted()
    feed = Feed()
    feed.publish(units := Camera(feed.stream).gop(1))
    slot.show(feed)
    assert (await take(slot, 1))[0][0] == units[0].data
    slot.show(None)
    assert slot.stream is None
    assert await is_silent(slot)
