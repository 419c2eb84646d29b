"""A mosaic's tick over a real bus, at each tempo."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import resource
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ingest import mosaic_worker
from ingest.access_unit import TICKS_PER_SECOND, AccessUnit
from ingest.cell_table import CellState, CellTable
from ingest.compositor import Compositor
from ingest.decoders import Decoders, Shown
from ingest.lease import Lease, Term
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.mosaic_worker import MosaicWorker
from ingest.stream_reader import StreamReader
from tests.ingest.test_tiler import playing
from tests.support.camera_units import CameraUnits
from tests.support.nats import BusServer
from tests.support.nats import bus_server as bus_server
from tests.support.waiting import PATIENCE_S, eventually

FPS = 15
SPEC = MosaicSpec("d1", 320, 180, FPS, 500, 1, (MosaicCell("a", "cam.a.sub", 0, 0, 320, 180),))


@dataclass
class Watched:
    """A mosaic whose lease never ends, and one who watches it. `living`: streams whose owners say that they have
    pictures."""

    worker: MosaicWorker
    reader: StreamReader
    living: set[str]

    async def units(self, count: int) -> list[AccessUnit]:
        """The next pictures."""
        async with asyncio.timeout(PATIENCE_S):
            return [await self.reader.next() for _ in range(count)]

    async def until(self, good: Any) -> tuple[AccessUnit, CellState]:
        """The first picture of which, or of whose one cell, that is so."""
        async with asyncio.timeout(PATIENCE_S):
            async for unit in self.reader:
                assert unit.cells is not None
                (cell,) = unit.cells.cells
                if good(unit, cell):
                    return unit, cell
        raise AssertionError("the stream ended")


@pytest.fixture
async def watched(bus_server: BusServer) -> AsyncIterator[Watched]:
    """A tiler's mosaic that nobody has told yet what to show."""
    tiler, gateway = [await bus_server.connect(role) for role in ("tiler", "gateway")]
    decoders, term, living = Decoders(bus_server.address("tiler"), "t1"), Term(time.monotonic), set[str]()
    term.renewed = math.inf
    lease = Lease("mosaic.d1", term)
    worker = MosaicWorker(tiler, decoders, lease, lambda _: "", living.__contains__, lambda: None)
    reader = gateway.subscribe("mosaic.d1")
    yield Watched(worker, reader, living)
    await reader.close()
    await worker.stop()
    await decoders.close()


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
    watched: Watched, divisor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Decoders, "tempo_divisor", divisor)
    watched.worker.put(SPEC)
    units = await watched.units(8)
    interval = divisor * TICKS_PER_SECOND / FPS
    # A busy machine skips ticks, and counts them; otherwise each is late by its own delay only, and never early.
    steps, total = len(units) - 1, (units[-1].timestamp - units[0].timestamp) / interval
    assert steps - 1 < total < steps + watched.worker.late + 1
    assert [unit.sequence for unit in units] == list(range(units[0].sequence, units[0].sequence + 8))


async def test_the_picture_before_stays_until_that_of_a_camera_which_lives_is_there(
    watched: Watched, bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosaic_worker, "_MOVE_SECONDS", 0.05)
    monkeypatch.setattr(mosaic_worker, "_LIVE_SECONDS", PATIENCE_S)
    watched.living.add("cam.b.sub")
    puller = await bus_server.connect("puller")
    cameras = [CameraUnits(1, "cam.a.sub", gop=15)]
    async with playing(puller, cameras):
        watched.worker.put(SPEC)
        await watched.until(lambda _, cell: cell.age_ms is not None)
        watched.worker.put(replace(SPEC, layout_epoch=2, cells=(MosaicCell("b", "cam.b.sub", 0, 0, 320, 180),)))
        made = watched.worker.made
        _, cell = await watched.until(lambda unit, cell: unit.sequence > made + 5 or cell.camera == "b")
        assert cell.camera == "a"
        cameras.append(CameraUnits(2, "cam.b.sub", gop=15))
        _, cell = await watched.until(lambda _, cell: cell.camera == "b")
        assert cell.age_ms is not None


async def test_a_mosaic_outlives_a_picture_that_nobody_can_make(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosaic_worker, "_AGAIN_SECONDS", 0.1)
    watched.worker.put(SPEC)
    (before,) = await watched.units(1)
    compose, broken = Compositor.compose, threading.Event()

    def break_once(self: Compositor, *arguments: Any) -> CellTable:
        if not broken.is_set():
            broken.set()
            raise SystemError("nobody has foreseen this")
        return compose(self, *arguments)

    monkeypatch.setattr(Compositor, "compose", break_once)
    after, _ = await watched.until(lambda unit, _: unit.discontinuity)
    assert broken.is_set()
    assert after.keyframe
    assert after.sequence > before.sequence
    (following,) = await watched.units(1)
    assert following.sequence == after.sequence + 1


async def test_nobody_is_waited_for_long_while_an_era_keeps_all_cells_back(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The camera lives, and has no picture here for as long as anybody would wait: the other cells come first."""
    monkeypatch.setattr(mosaic_worker, "_MOVE_SECONDS", 0.05)
    monkeypatch.setattr(mosaic_worker, "_PAUSED_SECONDS", 0.2)
    monkeypatch.setattr(mosaic_worker, "_LIVE_SECONDS", 2 * PATIENCE_S)
    watched.living.add("cam.b.sub")
    watched.worker.put(SPEC)
    await watched.until(lambda _, cell: cell.camera == "a")
    watched.worker.put(replace(SPEC, layout_epoch=2, era=1, cells=(MosaicCell("b", "cam.b.sub", 0, 0, 320, 180),)))
    _, cell = await watched.until(lambda _, cell: cell.camera == "b")
    assert cell.age_ms is None


async def test_changes_that_follow_each_other_do_not_keep_all_cells_back_for_longer(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosaic_worker, "_MOVE_SECONDS", PATIENCE_S)
    monkeypatch.setattr(mosaic_worker, "_PAUSED_SECONDS", 0.5)

    async def change_again_and_again() -> None:
        for number in itertools.count(2):
            watched.worker.put(
                replace(
                    SPEC,
                    layout_epoch=number,
                    era=1,
                    cells=(MosaicCell("b", "cam.b.sub", 0, 0, 320, 180 - number % 2 * 2),),
                )
            )
            await asyncio.sleep(0.05)

    watched.worker.put(SPEC)
    await watched.until(lambda _, cell: cell.camera == "a")
    changing = asyncio.create_task(change_again_and_again())
    await watched.until(lambda _, cell: cell.camera == "b")
    changing.cancel()
    await asyncio.gather(changing, return_exceptions=True)


async def test_a_camera_that_is_slow_stops_no_changes_that_follow_each_other(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They follow sooner than a drawing may take, beside a camera that lives and has no picture here."""
    monkeypatch.setattr(mosaic_worker, "_MOVE_SECONDS", 0.4)
    monkeypatch.setattr(mosaic_worker, "_LIVE_SECONDS", 0.8)
    watched.living.add("cam.b.sub")
    read: list[frozenset[str]] = []
    hide = Decoders.hide

    def hiding(self: Decoders, shown: Shown) -> None:
        hide(self, shown)
        read.append(self.streams)

    monkeypatch.setattr(Decoders, "hide", hiding)
    watched.worker.put(SPEC)
    await watched.until(lambda _, cell: cell.camera == "a")

    async def turns() -> None:
        for turn in itertools.count(2):
            cells = (MosaicCell("b", "cam.b.sub", 0, 0, 320, 180 - turn % 2 * 2),)
            watched.worker.put(replace(SPEC, layout_epoch=turn, cells=cells))
            await asyncio.sleep(0.2)

    turning = asyncio.create_task(turns())
    await watched.until(lambda _, cell: cell.camera == "b")
    turning.cancel()
    await asyncio.gather(turning, return_exceptions=True)
    assert len(read) > 1
    assert all("cam.b.sub" in streams for streams in read), "no turn began to read it anew"


async def test_what_could_not_be_had_is_tried_again_when_it_is_told_again(watched: Watched) -> None:
    """No memory for other cells: the stream goes on as it was, or pauses where it may not; then it is as told."""
    worker, other = watched.worker, replace(SPEC, layout_epoch=2, cells=(replace(SPEC.cells[0], w=318),))
    worker.put(SPEC)
    await eventually(lambda: worker.made > 1)
    with no_more_files(), pytest.raises(OSError, match="open files"):
        worker.put(other)
    made = worker.made
    await eventually(lambda: worker.made > made + 1)
    with no_more_files(), pytest.raises(OSError, match="open files"):
        worker.put(replace(other, era=1))
    made = worker.made
    ticks = len(worker._lateness_s)
    await eventually(lambda: len(worker._lateness_s) > ticks + 2)
    assert worker.made == made
    worker.put(replace(other, era=1))
    await eventually(lambda: worker.made > made + 1)


@pytest.mark.parametrize("then", [SPEC.cells, ()], ids=["the cells stay", "the cells change"])
async def test_nothing_composed_before_an_era_is_published_in_it_or_kept(
    watched: Watched, then: tuple[MosaicCell, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Masks arrive while a picture is composed without them, just after a keyframe."""
    worker, loop = watched.worker, asyncio.get_running_loop()
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
            told.wait(PATIENCE_S)
        return compose(self, spec, *more)

    monkeypatch.setattr(Compositor, "compose", composing)
    worker.put(replace(SPEC, era=8))
    units = await watched.units(5)
    assert composed[:4] == [8, 8, 8, 8]
    assert [(unit.cells.era, unit.keyframe) for unit in units if unit.cells] == [
        (8, True), (8, False), (8, False), (9, True), (9, False),
    ]  # fmt: skip
    assert [unit.sequence for unit in units] == [0, 1, 2, 3, 4]
    assert kept == [0]
    assert {unit.cells.era for unit in worker._gop.units() if unit.cells} == {9}


async def test_what_is_kept_back_comes_later_and_what_is_withdrawn_meanwhile_never(watched: Watched) -> None:
    worker = watched.worker
    worker.put(replace(SPEC, era=8, delay_ms=600))
    (first,) = await watched.units(1)
    late_s = (time.time_ns() - first.arrived_wall_ns) / 1e9
    age_s = (time.monotonic_ns() - first.arrived_mono_ns) / 1e9
    assert late_s >= 0.6
    assert late_s - age_s >= 0.59  # as young as any to those who look for dead sources
    await eventually(lambda: len(worker._kept_back) > 2)
    worker.withdraw()
    withdrawn_ns = time.time_ns()
    assert not worker._kept_back
    assert worker._gop.units() == ()
    async with asyncio.timeout(PATIENCE_S):
        while (unit := await watched.reader.next()).cells is not None and unit.cells.era == 8:
            assert unit.arrived_wall_ns < withdrawn_ns - 0.5e9  # was on its way
    assert unit.cells is not None
    assert (unit.cells.era, unit.cells.cells, unit.keyframe) == (9, (), True)
    assert unit.arrived_wall_ns >= withdrawn_ns
