"""Who is decoded next and who is left out when the CPU does not suffice; the clock is passed in."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.access_unit import AccessUnit
from ingest.backlog import JOIN_S, LONG_WAIT_S, Backlog, Waiting
from ingest.mosaic import Need
from ingest.stream_input import StreamInput
from tests.support.units import gop

FPS = 15


def stream(name: str, width: int = 320) -> StreamInput:
    entry = StreamInput(name)
    entry.show(Need(width))
    return entry


def joined(count: int) -> list[AccessUnit]:
    """What a reader is given when it joins a stream."""
    first, *others = gop(1, count)
    return [replace(first, discontinuity=True), *others]


def put_all(backlog: Backlog, entry: StreamInput, units: list[AccessUnit], now: float) -> list[bool]:
    return [backlog.put(entry, unit, now) for unit in units]


def drain(backlog: Backlog) -> list[Waiting]:
    out = []
    while (waiting := backlog.take()) is not None:
        out.append(waiting)
        backlog.done(waiting.entry)
    return out


def orders(waiting: list[Waiting]) -> list[tuple[str, int]]:
    return [(each.entry.stream, each.unit.sequence) for each in waiting]


def test_what_comes_live_is_decoded_in_its_order() -> None:
    backlog, a, b = Backlog(), stream("a"), stream("b")
    for unit in gop(1, 3):
        put_all(backlog, a, [unit], 10.0)
        put_all(backlog, b, [unit], 10.0)
    assert orders(drain(backlog)) == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3), ("b", 3)]


def test_who_joins_catches_up_after_the_others_and_shows_only_its_last_picture() -> None:
    backlog, old, new = Backlog(), stream("old"), stream("new")
    put_all(backlog, new, joined(4), 10.0)
    put_all(backlog, old, gop(1, 2), 10.0)
    taken = drain(backlog)
    assert orders(taken) == [("old", 1), ("old", 2), ("new", 1), ("new", 2), ("new", 3), ("new", 4)]
    assert [each.catching_up for each in taken] == [False, False, True, True, True, False]
    put_all(backlog, new, gop(5, 1), 11.0)
    assert [each.catching_up for each in drain(backlog)] == [False]


def test_a_join_is_not_a_delay_and_costs_nobody_his_place() -> None:
    backlog, old, new = Backlog(), stream("old"), stream("new", 100)
    put_all(backlog, new, joined(30), 10.0)
    assert backlog.behind_s(11.0) == 0.0
    assert put_all(backlog, old, gop(1, 2), 11.0) == [True, True]
    assert len(drain(backlog)) == 32
    assert backlog.dropped == 0


def test_who_has_not_caught_up_in_time_begins_at_the_next_keyframe() -> None:
    backlog, entry = Backlog(), stream("a")
    put_all(backlog, entry, joined(30), 10.0)
    assert backlog.put(entry, gop(30, 2)[1], 10.0 + JOIN_S + 0.1) is False
    assert drain(backlog) == []
    assert backlog.dropped == 31
    put_all(backlog, entry, gop(61, 2), 13.0)
    (first, second) = drain(backlog)
    assert first.unit.discontinuity
    assert not second.unit.discontinuity
    assert not first.catching_up


def test_a_keyframe_within_what_there_is_to_catch_up_on_comes_at_once() -> None:
    backlog, entry = Backlog(), stream("a")
    put_all(backlog, entry, [*joined(20), *gop(21, 3)], 10.0)
    assert orders(drain(backlog)) == [("a", 21), ("a", 22), ("a", 23)]
    assert backlog.dropped == 0


def test_one_stream_at_a_time_gives_its_place_the_smallest_cell_first() -> None:
    backlog = Backlog()
    entries = [stream("wide", 960), stream("small", 200), stream("middle", 320)]
    for entry in entries:
        put_all(backlog, entry, gop(1, 30)[1:4], 10.0)
    late = gop(1, 30)[4]
    taken = [backlog.put(entry, late, 10.0 + LONG_WAIT_S + 0.1) for entry in entries]
    assert taken == [True, False, True]
    assert [name for name, _ in orders(drain(backlog))] == ["wide"] * 3 + ["middle"] * 3 + ["wide", "middle"]
    assert backlog.dropped == 4
    assert entries[1].left_out_s == 10.0 + LONG_WAIT_S + 0.1


def test_first_goes_who_has_a_keyframe_waiting_and_so_is_not_seen_to_stop() -> None:
    backlog, small, wide = Backlog(), stream("small", 200), stream("wide", 960)
    put_all(backlog, small, gop(1, 30)[1:4], 10.0)
    put_all(backlog, wide, [*gop(1, 30)[28:], *gop(31, 2)], 10.0)
    assert backlog.put(small, gop(1, 30)[4], 10.0 + LONG_WAIT_S + 0.1)
    taken = drain(backlog)
    assert orders(taken) == [("small", 2), ("small", 3), ("small", 4), ("wide", 31), ("wide", 32), ("small", 5)]
    assert [each.unit.discontinuity for each in taken] == [False, False, False, True, False, False]
    assert backlog.dropped == 2


def test_last_goes_who_would_lose_a_keyframe_that_waits() -> None:
    backlog, small, wide = Backlog(), stream("small", 200), stream("wide", 960)
    put_all(backlog, small, gop(1, 3), 10.0)
    put_all(backlog, wide, gop(1, 30)[1:4], 10.0)
    assert backlog.put(small, gop(1, 4)[3], 10.0 + LONG_WAIT_S + 0.1)
    assert orders(drain(backlog)) == [("small", 1), ("small", 2), ("small", 3), ("small", 4)]


def test_a_stream_that_nobody_wants_any_more_waits_no_longer() -> None:
    backlog, gone, other = Backlog(), stream("gone"), stream("other")
    put_all(backlog, gone, gop(1, 3), 10.0)
    put_all(backlog, other, joined(2), 10.0)
    backlog.forget(gone)
    backlog.forget(other)
    assert drain(backlog) == []


def test_a_stream_is_decoded_by_one_thread_at_a_time_and_in_its_order() -> None:
    backlog, a, b = Backlog(), stream("a"), stream("b")
    for unit in gop(1, 2):
        put_all(backlog, a, [unit], 10.0)
    put_all(backlog, b, gop(1, 1), 10.0)
    first, second = backlog.take(), backlog.take()
    assert first is not None
    assert second is not None
    assert orders([first, second]) == [("a", 1), ("b", 1)]
    assert backlog.take() is None
    assert backlog.behind_s(20.0) == 0.0  # what waits for its own stream wants no thread
    backlog.done(b)
    assert backlog.take() is None
    backlog.done(a)
    assert orders(drain(backlog)) == [("a", 2)]


def test_nor_is_a_joined_stream_by_two() -> None:
    backlog, entry = Backlog(), stream("a")
    put_all(backlog, entry, joined(2), 10.0)
    assert backlog.take() is not None
    assert backlog.take() is None
    put_all(backlog, entry, gop(3, 1), 10.0)
    backlog.done(entry)
    assert orders(drain(backlog)) == [("a", 3)]


def test_a_slow_one_keeps_the_keyframe_that_is_its_next() -> None:
    backlog, entry = Backlog(), stream("a")
    put_all(backlog, entry, gop(1, 1), 10.0)
    assert backlog.take() is not None
    put_all(backlog, entry, [*gop(1, 2)[1:], *gop(3, 1)], 10.0)
    late = gop(3, 3)[1:]
    assert put_all(backlog, entry, late, 10.0 + LONG_WAIT_S + 0.1) == [True, True]
    backlog.done(entry)
    assert orders(drain(backlog)) == [("a", 3), ("a", 4), ("a", 5)]
    assert backlog.dropped == 1


def test_one_that_costs_more_than_a_thread_has_takes_no_place_but_its_own() -> None:
    house = House(9, load=0.4, threads=2, heavy=32)
    house.run(20)
    slow, *others = (len(house.decoded[entry]) for entry in house.entries)
    assert others == [20 * FPS] * 8
    assert 0.1 < slow / (20 * FPS) < 0.4  # each GOP up to where half a second is missing


class House:
    """Streams that send, and threads of a given speed: `load` for all of them together.

    The first stream's pictures cost `heavy` times what another's do.
    """

    def __init__(self, streams: int, load: float, gop_units: int = 30, *, threads: int = 1, heavy: float = 1.0) -> None:
        self.backlog = Backlog()
        self.entries = [stream(f"c{number}") for number in range(streams)]
        self.left_out_at: list[float] = []
        self.worst_wait_s = 0.0
        self.decoded: dict[StreamInput, list[AccessUnit]] = defaultdict(list)
        self._gop = gop_units
        weights = [heavy, *[1.0] * (streams - 1)]
        costs = [load * threads * weight / (streams * FPS) for weight in weights]  # of decoding one
        self._cost_s = dict(zip(self.entries, costs, strict=True))
        self._threads = threads
        self._busy: list[tuple[float, int]] = []  # until when, with which stream
        self._now = 0.0

    def run(self, seconds: int) -> None:
        count = len(self.entries)
        for number in range(seconds * FPS):
            for place, entry in enumerate(self.entries):
                now = 100 + (number + place / count) / FPS
                self._decode(now)
                phase = (number + 7 * place) % self._gop
                unit = replace(gop(number, 1)[0], keyframe=number == 0 or phase == 0)
                before = self.backlog.dropped
                self.backlog.put(entry, unit, now)
                if self.backlog.dropped > before + 1:
                    self.left_out_at.append(now)
        self._decode(float("inf"))

    def _decode(self, until: float) -> None:
        """What the threads do until then."""
        while True:
            if len(self._busy) < self._threads and (waiting := self.backlog.take()) is not None:
                begun = max(self._now, waiting.since_s)
                self.worst_wait_s = max(self.worst_wait_s, begun - waiting.since_s)
                self.decoded[waiting.entry].append(waiting.unit)
                place = self.entries.index(waiting.entry)
                heapq.heappush(self._busy, (begun + self._cost_s[waiting.entry], place))
            elif self._busy and self._busy[0][0] < until:
                self._now, place = heapq.heappop(self._busy)
                self.backlog.done(self.entries[place])
            else:
                return


@pytest.mark.parametrize(("load", "threads", "heavy"), [(0.95, 1, 1.0), (0.95, 2, 1.0), (0.8, 2, 8.0)])
def test_nothing_is_left_out_while_the_decoder_keeps_up(load: float, threads: int, heavy: float) -> None:
    house = House(36, load, threads=threads, heavy=heavy)
    house.run(20)
    assert house.backlog.dropped == 0
    assert house.worst_wait_s < 0.1


@pytest.mark.parametrize(
    ("streams", "load", "worst_s"), [(36, 1.2, 0.9), (36, 2.0, 1.0), (100, 1.5, 0.9), (9, 1.5, 0.9)]
)
def test_the_wait_stays_bounded_and_streams_do_not_jump_together(streams: int, load: float, worst_s: float) -> None:
    house = House(streams, load)
    house.run(30)
    assert house.worst_wait_s < worst_s
    # What is decoded is what there was time for: no more is left out than must be.
    assert house.backlog.dropped / (streams * 30 * FPS) < 1 - 1 / load + 0.05
    together = max(sum(at <= other < at + 0.1 for other in house.left_out_at) for at in house.left_out_at)
    assert together <= streams / 3
    # And every stream had its share.
    shares = [len(units) for units in house.decoded.values()]
    assert min(shares) > 0.4 * max(shares)


@given(
    st.integers(1, 12),
    st.floats(0.5, 6),
    st.integers(1, 60),
    st.integers(1, 3),
    st.floats(1, 30),
)
def test_never_is_a_gop_decoded_with_a_hole(
    streams: int, load: float, gop_units: int, threads: int, heavy: float
) -> None:
    house = House(streams, load, gop_units, threads=threads, heavy=heavy)
    house.run(8)
    for units in house.decoded.values():
        for before, unit in zip([None, *units], units, strict=False):
            follows = before is not None and unit.sequence == before.sequence + 1
            assert follows or (unit.keyframe and (before is None or unit.discontinuity))
    assert sum(map(len, house.decoded.values())) + house.backlog.dropped == streams * 8 * FPS
