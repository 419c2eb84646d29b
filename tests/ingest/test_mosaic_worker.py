"""A mosaic's tick over a real bus, at each tempo."""

from __future__ import annotations

import asyncio
import math
import time
from itertools import pairwise

import pytest

from ingest.access_unit import TICKS_PER_SECOND
from ingest.inputs import Inputs
from ingest.lease import Lease, Term
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.mosaic_worker import MosaicWorker
from tests.support.nats import BusServer
from tests.support.nats import bus_server as bus_server
from tests.support.waiting import PATIENCE_S

FPS = 15
SPEC = MosaicSpec("d1", 320, 180, FPS, 500, 1, (MosaicCell("a", "cam.a.sub", 0, 0, 320, 180),))


@pytest.mark.parametrize("divisor", [1, 3])
async def test_a_slower_tempo_keeps_to_the_schedule_and_to_real_timestamps(
    bus_server: BusServer, divisor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiler, gateway = [await bus_server.connect(role) for role in ("tiler", "gateway")]
    inputs = Inputs(tiler)
    monkeypatch.setattr(Inputs, "tempo_divisor", divisor)
    term = Term(time.monotonic)
    term.renewed = math.inf
    worker = MosaicWorker(tiler, inputs, Lease("mosaic.d1", term), lambda _: "", lambda: None)
    reader = gateway.subscribe("mosaic.d1")
    worker.put(SPEC)
    async with asyncio.timeout(PATIENCE_S):
        units = [await reader.next() for _ in range(8)]
    await reader.close()
    await worker.stop()
    await inputs.close()
    interval = divisor * TICKS_PER_SECOND / FPS
    # A busy machine skips ticks; the steps are whole ones all the same, each late by its own delay only.
    steps = [(after.timestamp - before.timestamp) / interval for before, after in pairwise(units)]
    assert sorted(steps)[len(steps) // 2] == pytest.approx(1, abs=0.3)
    total = (units[-1].timestamp - units[0].timestamp) / interval
    assert round(total) <= len(steps) + worker.late
    assert [unit.sequence for unit in units] == list(range(units[0].sequence, units[0].sequence + 8))
