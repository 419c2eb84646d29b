"""A slot gives its sender what can be decoded, and nothing that lies."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from ingest.access_unit import AccessUnit
from ingest.cell_table import CellState, CellTable
from ingest.gop import GopCache
from tests.wallserver.gateway.pictures import TICKS, Camera, older
from wallserver.gateway.cell_channel import CellChannel
from wallserver.gateway.packetise import Packets, packetise
from wallserver.gateway.slot import MAX_BEHIND_NS, MAX_HELD_REPEATS, Slot
from wallserver.gateway.slot_clock import MARKS, STEP


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

    def packets(self, unit: AccessUnit) -> Packets:
        return packetise(unit.data)

    def publish(self, units: Sequence[AccessUnit]) -> None:
        for unit in units:
            self.gop.add(unit)
            for slot in self.slots:
                slot.push(unit)


def take(slot: Slot, count: int) -> list[tuple[bytes, int]]:
    """What it has to send: exactly so much at least, and its stamps."""
    taken = [slot.take() for _ in range(count)]
    return [(unit.data, stamp) for stamp, unit in filter(None, taken)]


def is_silent(slot: Slot) -> bool:
    return slot.take() is None


@dataclass
class Outlet:
    """A sender that only counts."""

    wakes: int = 0

    def wake(self) -> None:
        self.wakes += 1

    def on_wire(self, stamp: int) -> int | None:
        return stamp & 0xFFFFFFFF


def shown(feed: Feed) -> Slot:
    slot = Slot(0, CellChannel())
    slot.show(feed)
    feed.slots.append(slot)
    return slot


def test_begins_on_the_cached_gop_as_a_burst_that_ends_now() -> None:
    feed = Feed()
    units = Camera(feed.stream).gop(30)
    feed.publish(units)
    taken = take(shown(feed), 30)
    assert [data for data, _ in taken] == [unit.data for unit in units]
    stamps = [stamp for _, stamp in taken]
    assert all(STEP <= b - a < TICKS for a, b in itertools.pairwise(stamps))
    assert abs(stamps[-1] - time.monotonic_ns() * 9 // 100_000) < 90_000


def test_what_comes_before_it_is_asked_is_not_sent_twice() -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    slot = shown(feed)
    feed.publish(camera.gop(5))
    taken = take(slot, 5)
    feed.publish([unit := camera.unit()])
    assert take(slot, 1)[0][0] == unit.data
    assert len({data for data, _ in taken}) == 5
    assert is_silent(slot)


def test_another_stream_goes_on_where_the_first_ended() -> None:
    first, second = Feed(), Feed("cam.b.sub")
    first.publish(Camera(first.stream, clock=9_000_000_000).gop(3))
    second.publish(units := Camera(second.stream, clock=5).gop(3))
    slot = shown(first)
    before = take(slot, 3)
    slot.show(second)
    after = take(slot, 3)
    assert [data for data, _ in after] == [unit.data for unit in units]
    assert before[-1][1] < after[0][1] < before[-1][1] + 90_000


def test_pictures_of_another_stream_are_told_apart_though_their_layout_is_late() -> None:
    first, second = Feed(), Feed("cam.b.sub")
    first.publish(Camera(first.stream).gop(3))
    second.publish(Camera(second.stream, clock=5).gop(3))
    channel = CellChannel()
    slot = Slot(0, channel)

    def marks_of(feed: Feed) -> set[int]:
        slot.show(feed)
        marks = set()
        while (taken := slot.take()) is not None:
            channel.picture(0, taken[0], taken[1], 0)
            marks.add(taken[0] % MARKS)
        return marks

    (mark_of_first,) = marks_of(first)
    (mark_of_second,) = marks_of(second)
    assert mark_of_first != mark_of_second
    slot.show(first)  # of which nothing leaves
    assert marks_of(second) == {mark_of_second}  # so that the layout that was told holds


def test_pictures_of_a_mosaic_whose_cells_have_moved_are_told_apart_from_those_before() -> None:
    channel = CellChannel()
    slot = Slot(0, channel)
    feed = Feed("mosaic.m")
    slot.show(feed)
    feed.slots.append(slot)
    marks = []
    for number, unit in enumerate(Camera(feed.stream).gop(6)):
        cells = CellTable(7 + number // 3, (640, 360), (CellState("a", (0, 0, 640, 360), 1, 0, live=True),))
        feed.publish([replace(unit, cells=cells)])
        taken = slot.take()
        assert taken is not None
        channel.picture(0, *taken, 0)
        marks.append(taken[0] % MARKS)
    assert marks[:3] == [marks[0]] * 3
    assert marks[3:] == [marks[3]] * 3
    assert marks[0] != marks[3]


def test_a_stopped_source_is_one_held_picture_until_it_runs() -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    units = camera.gop(5)
    feed.publish(list(older(units, 60)))
    slot = shown(feed)
    assert take(slot, 1)[0][0] == units[0].data
    assert is_silent(slot)
    feed.publish([live := camera.unit()])
    assert [data for data, _ in take(slot, 6)] == [unit.data for unit in (*units, live)]


def test_a_source_whose_machine_has_another_time_is_shown_nevertheless() -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    slot = shown(feed)
    units = list(older(camera.gop(5), 3600))
    feed.publish(units[:2])
    assert take(slot, 1)[0][0] == units[0].data
    feed.publish(units[2:])
    assert [data for data, _ in take(slot, 5)] == [unit.data for unit in units]


def test_a_stopped_source_answers_keyframe_requests_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wallserver.gateway.slot.KEYFRAME_INTERVAL_CAMERA_S", 0.0)
    feed = Feed()
    feed.publish(list(older(Camera(feed.stream).gop(2), 60)))
    slot = shown(feed)
    take(slot, 1)
    for _ in range(MAX_HELD_REPEATS):
        slot.keyframe_wanted()
        take(slot, 1)
    slot.keyframe_wanted()
    assert is_silent(slot)


def test_after_a_held_keyframe_of_a_long_gop_comes_the_next_keyframe() -> None:
    feed = Feed(gop=GopCache(max_seconds=0.1))
    camera = Camera(feed.stream)
    feed.publish(units := camera.gop(10))
    slot = shown(feed)
    assert take(slot, 1)[0][0] == units[0].data
    assert feed.asked == 1  # a camera that speaks ONVIF sends it sooner
    feed.publish([camera.unit()])
    assert is_silent(slot)
    feed.publish([keyframe := camera.unit(keyframe=True), follower := camera.unit()])
    assert [data for data, _ in take(slot, 2)] == [keyframe.data, follower.data]


def at_pace(units: Sequence[AccessUnit], fps: int) -> list[AccessUnit]:
    began = units[0].arrived_mono_ns
    return [replace(unit, arrived_mono_ns=began + place * 10**9 // fps) for place, unit in enumerate(units)]


@pytest.mark.parametrize("fps", [5, 25])
def test_a_viewer_that_falls_behind_jumps_to_the_newest_keyframe(fps: int) -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    feed.publish(camera.gop(2))
    slot = shown(feed)
    take(slot, 2)
    seconds = MAX_BEHIND_NS // 10**9
    late = at_pace(camera.gop(seconds * fps + 2), fps)
    feed.publish(late[:-1])
    assert slot.traffic.dropped == 0
    feed.publish(late[-1:])
    assert slot.traffic.dropped == seconds * fps + 1
    feed.publish(newest := camera.gop(10))
    taken = take(slot, 10)
    assert [data for data, _ in taken] == [unit.data for unit in newest]


def test_what_was_old_when_a_viewer_came_does_not_put_it_behind() -> None:
    feed = Feed()
    camera = Camera(feed.stream)
    feed.publish(units := at_pace(camera.gop(20), 2))  # ten seconds
    slot = shown(feed)
    slot.take()
    feed.publish([replace(camera.unit(), arrived_mono_ns=units[-1].arrived_mono_ns + 3 * 10**9)])
    assert slot.traffic.dropped == 0
    assert len(take(slot, 20)) == 20


def test_a_camera_repeats_its_gop_for_one_viewer_at_most_every_two_seconds() -> None:
    feed = Feed()
    units = Camera(feed.stream).gop(4)
    feed.publish(units)
    slot = shown(feed)
    take(slot, 4)
    slot.keyframe_wanted()
    slot.keyframe_wanted()
    assert [data for data, _ in take(slot, 4)] == [unit.data for unit in units]
    slot.keyframe_wanted()
    assert is_silent(slot)
    assert (slot.traffic.keyframe_requests, feed.asked) == (3, 0)


def test_a_mosaic_is_asked_for_a_keyframe() -> None:
    feed = Feed("mosaic.m")
    slot = shown(feed)
    slot.keyframe_wanted()
    slot.keyframe_wanted()
    assert feed.asked == 1


def test_an_empty_slot_waits() -> None:
    slot = Slot(0, CellChannel())
    assert is_silent(slot)
    slot.keyframe_wanted()
    feed = Feed()
    feed.publish(units := Camera(feed.stream).gop(1))
    slot.show(feed)
    assert take(slot, 1)[0][0] == units[0].data
    slot.show(None)
    assert slot.stream is None
    assert is_silent(slot)


def test_whoever_takes_is_told_that_there_is_something() -> None:
    feed, outlet = Feed(), Outlet()
    camera = Camera(feed.stream)
    slot = shown(feed)
    feed.publish(camera.gop(2))
    slot.attach(outlet)
    assert outlet.wakes == 1
    take(slot, 2)
    feed.publish([camera.unit()])
    assert outlet.wakes == 2
    slot.attach(None)
    feed.publish([camera.unit()])
    assert outlet.wakes == 2


def test_one_that_takes_as_soon_as_it_is_told_gets_all_of_a_stopped_source_that_runs_again() -> None:
    """The sender takes within `push`: nothing may be half changed then."""
    feed = Feed()
    camera = Camera(feed.stream)
    units = camera.gop(5)
    feed.publish(list(older(units, 60)))
    slot = shown(feed)
    taken: list[bytes] = []

    class Taking(Outlet):
        def wake(self) -> None:
            while (one := slot.take()) is not None:
                taken.append(one[1].data)

    slot.attach(Taking())
    assert taken == [units[0].data]
    feed.publish([live := camera.unit()])
    assert taken[1:] == [unit.data for unit in (*units, live)]
    feed.publish([last := camera.unit()])
    assert taken[-1] == last.data


def test_what_came_out_of_the_cache_is_not_sent_again_when_its_turn_comes() -> None:
    """A feed hands a picture to many slots in turns; meanwhile one of them may have begun anew, with that picture."""
    feed = Feed("mosaic.m")
    camera = Camera(feed.stream)
    feed.publish(camera.gop(2))
    slot = shown(feed)
    take(slot, 2)
    feed.gop.add(late := camera.unit(keyframe=True))
    slot._restart()
    assert take(slot, 1)[0][0] == late.data
    slot.push(late)
    assert is_silent(slot)


def test_what_was_withdrawn_is_sent_to_nobody_who_is_late() -> None:
    feed = Feed("mosaic.m")
    camera = Camera(feed.stream)
    feed.publish(camera.gop(2))
    slot = shown(feed)
    take(slot, 2)
    feed.publish([camera.unit() for _ in range(3)])
    feed.gop.clear()
    slot.withdraw()
    assert is_silent(slot)
    feed.publish([keyframe := camera.unit(keyframe=True), follower := camera.unit()])
    assert [data for data, _ in take(slot, 2)] == [keyframe.data, follower.data]
    slot.withdraw()  # one that is not late notices nothing
    feed.publish([unit := camera.unit()])
    assert [data for data, _ in take(slot, 1)] == [unit.data]
    assert is_silent(slot)
    assert slot.traffic.dropped == 3
