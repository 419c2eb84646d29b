"""A mosaic's tick over a real bus, at each tempo."""

from __future__ import annotations

import asyncio
import contextlib
import math
import resource
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from ingest.access_unit import TICKS_PER_SECOND
from ingest.bus import Bus
from ingest.cell_table import CellTable
from ingest.compositor import Compositor
from ingest.decoders import Decoders
from ingest.lease import Lease, Term
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.mosaic_worker import MosaicWorker
from tests.support.nats import BusServer
from tests.support.nats import bus_server as bus_server
from tests.support.waiting import PATIENCE_S, eventually

FPS = 15
SPEC = MosaicSpec("d1", 320, 180, FPS, 500, 1, (MosaicCell("a", "cam.a.sub", 0, 0, 320, 180),))


def working(tiler: Bus, decoders: Decoders) -> MosaicWorker:
    """A worker whose lease never ends."""
    term = Term(time.monotonic)
    term.renewed = math.inf
    return MosaicWorker(tiler, decoders, Lease("mosaic.d1", term), lambda _: "", lambda: None)


@contextlib.contextmanager
def no_more_files() -> Iterator[None]:
    """This process may open none for a moment."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("divisor", [1, 3])
async def test_a_slower_tempo_keeps_to_the_schedule_and_to_real_timestamps(
    bus_server: BusServer, divisor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiler, gateway = [await bus_server.connect(role) for role in ("tiler", "gateway")]
    decoders = Decoders(bus_server.address("tiler"), "t1")
    monkeypatch.setattr(Decoders, "tempo_divisor", divisor)
    worker = working(tiler, decoders)
    reader = gateway.subscribe("mosaic.d1")
    worker.put(SPEC)
    async with asyncio.timeout(PATIENCE_S):
        units = [await reader.next() for _ in range(8)]
    await reader.close()
    await worker.stop()
    await decoders.close()
    interval = divisor * TICKS_PER_SECOND / FPS
    # A busy machine skips ticks; the steps are whole ones all the same, each late by its own delay only.
    steps = [(after.timestamp - before.timestamp) / interval for before, after in pairwise(units)]
    assert sorted(steps)[len(steps) // 2] == pytest.approx(1, abs=0.3)
    total = (units[-1].timestamp - units[0].timestamp) / interval
    assert round(total) <= len(steps) + worker.late
    assert [unit.sequence for unit in units] == list(range(units[0].sequence, units[0].sequence + 8))


async def test_what_could_not_be_had_is_tried_again_when_it_is_told_again(bus_server: BusServer) -> None:
    """No memory for other cells: the stream goes on as it was, or pauses where it may not; then it is as told."""
    tiler = await bus_server.connect("tiler")
    decoders = Decoders(bus_server.address("tiler"), "t1")
    worker = working(tiler, decoders)
    other = replace(SPEC, layout_epoch=2, cells=(replace(SPEC.cells[0], w=318),))
    try:
        worker.put(SPEC)
        await eventually(lambda: worker.made > 1)
        with no_more_files(), pytest.raises(OSError, match="open files"):
            worker.put(other)
        made = worker.made
        await eventually(lambda: worker.made > made + 1)
        with no_more_files(), pytest.raises(OSError, match="open files"):
            worker.put(replace(other, era=1))
        made = worker.made
        await asyncio.sleep(3 / FPS)
        assert worker.made == made
        worker.put(replace(other, era=1))
        await eventually(lambda: worker.made > made + 1)
    finally:
        await worker.stop()
        await decoders.close()


@pytest.mark.parametrize("then", [SPEC.cells, ()], ids=["the cells stay", "the cells change"])
async def test_nothing_composed_before_an_era_is_published_in_it_or_kept(
    bus_server: BusServer, then: tuple[MosaicCell, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Masks arrive while a picture is composed without them, just after a keyframe."""
    tiler, gateway = [await bus_server.connect(role) for role in ("tiler", "gateway")]
    decoders, loop = Decoders(bus_server.address("tiler"), "t1"), asyncio.get_running_loop()
    worker = working(tiler, decoders)
    reader = gateway.subscribe("mosaic.d1")
    composed: list[int] = []
    kept: list[int] = []
    compose = Compositor.compose

    def composing(self: Compositor, spec: MosaicSpec, *more: Any) -> CellTable:
        composed.append(spec.era)
        if len(composed) == 4:
            told = threading.Event()

            def tell() -> None:
                worker.put(replace(spec, era=9, cells=then))
                kept.append(len(worker._gop.units()))
                told.set()

            loop.call_soon_threadsafe(tell)
            told.wait(5)
        return compose(self, spec, *more)

    monkeypatch.setattr(Compositor, "compose", composing)
    worker.put(replace(SPEC, era=8))
    async with asyncio.timeout(15):
        units = [await reader.next() for _ in range(5)]
    await reader.close()
    await worker.stop()
    await decoders.close()
    assert composed[:4] == [8, 8, 8, 8]
    assert [(unit.cells.era, unit.keyframe) for unit in units if unit.cells] == [
        (8, True), (8, False), (8, False), (9, True), (9, False),
    ]  # fmt: skip
    assert [unit.sequence for unit in units] == [0, 1, 2, 3, 4]
    assert kept == [0]
    assert {unit.cells.era for unit in worker._gop.units() if unit.cells} == {9}


async def test_what_is_kept_back_comes_later_and_what_is_withdrawn_meanwhile_never(bus_server: BusServer) -> None:
    tiler, gateway = [await bus_server.connect(role) for role in ("tiler", "gateway")]
    decoders = Decoders(bus_server.address("tiler"), "t1")
    worker = working(tiler, decoders)
    reader = gateway.subscribe("mosaic.d1")
    worker.put(replace(SPEC, era=8, delay_ms=600))
    async with asyncio.timeout(PATIENCE_S):
        first = await reader.next()
    late_s = (time.time_ns() - first.arrived_wall_ns) / 1e9
    assert 0.6 <= late_s < 3
    assert time.monotonic_ns() - first.arrived_mono_ns < 1e9  # as young as any to those who look for dead sources
    assert len(worker._kept_back) > 5
    worker.withdraw()
    withdrawn_ns = time.time_ns()
    assert not worker._kept_back
    assert worker._gop.units() == ()
    async with asyncio.timeout(PATIENCE_S):
        while (unit := await reader.next()).cells is not None and unit.cells.era == 8:
            assert unit.arrived_wall_ns < withdrawn_ns - 0.5e9  # was on its way
    assert unit.cells is not None
    assert (unit.cells.era, unit.cells.cells, unit.keyframe) == (9, (), True)
    assert unit.arrived_wall_ns >= withdrawn_ns
    await reader.close()
    await worker.stop()
    await decoders.close()
