"""Threads that decode what waits, whichever is free: real threads, and streams whose decoding is a wait."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator

import pytest

from ingest.access_unit import AccessUnit
from ingest.inputs import _DecodingThreads
from ingest.stream_input import StreamInput
from tests.support.units import gop
from tests.support.waiting import eventually

THREADS = 2


class Stream(StreamInput):
    """Takes up to `cost_s` to decode one. `overlapped`: whether two threads ever did so at once."""

    def __init__(self, name: str, cost_s: float) -> None:
        super().__init__(name)
        self.decoded: list[int] = []
        self.overlapped = False
        self._cost_s = cost_s
        self._busy = False

    def decode(self, unit: AccessUnit, *, shown: bool = True) -> None:
        """Note it."""
        self.overlapped |= self._busy
        self._busy = True
        time.sleep(self._cost_s)
        self.decoded.append(unit.sequence)
        self._busy = False


@pytest.fixture
async def threads() -> AsyncIterator[_DecodingThreads]:
    decoding = _DecodingThreads(THREADS)
    yield decoding
    await decoding.close()


async def test_all_is_decoded_each_stream_in_its_order_by_one_thread_at_a_time(threads: _DecodingThreads) -> None:
    drawn = random.Random(1)
    streams = [Stream(f"cam.{number}.sub", drawn.random() / 2000) for number in range(5)]
    units = {entry: gop(1, 600) for entry in streams}
    for begin in range(0, 600, 6):  # after each of these all is quiet, and has to begin again
        some = [(entry, unit) for entry in streams for unit in units[entry][begin : begin + 6]]
        some.sort(key=lambda one: (one[1].sequence, drawn.random()))
        for entry, unit in some:
            threads.put(entry, unit)
        await eventually(lambda: all(len(entry.decoded) == begin + 6 for entry in streams), every=0.001)  # noqa: B023
    assert [entry.decoded for entry in streams] == [list(range(1, 601))] * 5
    assert not any(entry.overlapped for entry in streams)


async def test_a_stream_that_is_too_dear_for_one_thread_slows_no_mosaic_down(threads: _DecodingThreads) -> None:
    slow = Stream("cam.slow.main", 0.19)
    for first in range(1, 76, 15):
        for unit in gop(first, 15):
            threads.put(slow, unit)
            await asyncio.sleep(1 / 15)
    assert threads.dropped > 0
    assert threads.tempo.divisor == 1


async def test_a_picture_that_breaks_what_nobody_foresaw_costs_its_stream_alone(threads: _DecodingThreads) -> None:
    class Broken(Stream):
        def decode(self, unit: AccessUnit, *, shown: bool = True) -> None:
            super().decode(unit, shown=shown)
            raise MemoryError

    broken, well = Broken("cam.broken.sub", 0.0), Stream("cam.well.sub", 0.0)
    for unit in gop(1, 30):
        threads.put(broken, unit)
        threads.put(well, unit)
    await eventually(lambda: len(broken.decoded) == len(well.decoded) == 30)


async def test_they_end_at_once_whatever_waits(threads: _DecodingThreads) -> None:
    slow = Stream("cam.slow.main", 0.05)
    for unit in gop(1, 100):
        threads.put(slow, unit)
    assert threads._wake.qsize() <= THREADS  # words that nobody waits for would pile up
    await eventually(lambda: slow.decoded)
    await threads.close()
    decoded = len(slow.decoded)
    assert decoded < 50
    await asyncio.sleep(0.2)
    assert len(slow.decoded) == decoded
