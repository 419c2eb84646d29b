"""36 and 64 cameras of 640×360, 15 pictures a second, in one mosaic of 1080p, through the whole house, in real time.

Cores: every process of the house but the gateway and the simulated city. Age: from the moment at which the city sends
a picture to the moment at which the mosaic's access unit that first shows it is at a reader on the bus, read from the
codes in the decoded mosaic. What is decoded is what the cells' size needs (display-aware), as the product does it.
Late and dropped: ticks that the tiler skipped, and access units that it did not decode, while it was measured.
Lateness: by how much its ticks were late in the last minute, the 95th percentile (goal: 3 ms). Decoders: processes that
decode for it.
About 5 minutes; the first run ever encodes the city's pictures, which takes some more.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ingest.access_unit import AccessUnit
from ingest.bucket import Mirror
from ingest.bus import Bus
from ingest.bus_address import BusAddress
from ingest.decoder import Decoder
from tests.benchmarks.city_house import city_house
from tests.benchmarks.cores import cpu_s_by_role, machine_s
from tests.benchmarks.spread import spread
from tests.support.camera_units import i420
from tests.support.site import Site
from tests.support.waiting import eventually
from tests.support.wall_commands import change
from wallserver.city.block_code import read
from wallserver.city.clock import age_s
from wallserver.city.names import city_cameras

COUNTS = (36, 64)
# What is measured is a wall that hangs, not one that starts.
SETTLE_S = 20.0
_NOT_COUNTED = {"gateway", "city"}


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, help="cameras in the mosaic")
    parser.add_argument("--seconds", type=float, default=60, help="how long to measure")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """A site of its own for each number of cameras; leaves nothing behind."""
    seconds = 10.0 if options.quick else options.seconds
    return {str(count): await live(count, seconds) for count in options.counts}


async def live(count: int, seconds: float, **mosaic: int) -> dict[str, Any]:
    """So many cameras in one mosaic, measured for so long. `mosaic`: settings of that name."""
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with city_house(Path(folder), count, mosaic=mosaic) as site:
            await _show_all(site, count)
            of_house = Path(folder) / "state" / "bus"
            # Who may read pictures may not read what workers say, and the other way round.
            async with _on_bus(of_house, "gateway") as pictures, _on_bus(of_house, "control") as control:
                return await _measure(site, pictures, control.bucket("workers").mirror("tiler.*"), count, seconds)


@asynccontextmanager
async def _on_bus(credentials: Path, role: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(BusAddress.from_file(credentials / f"{role}.yaml"), role, "bench")
    try:
        yield bus
    finally:
        await bus.close()


async def _show_all(site: Site, count: int) -> None:
    """Every camera on the one display, as a supervisor arranges it."""
    async with site.client() as admin:
        side = math.ceil(math.sqrt(count))
        wall = await change("wall", admin, type="preset", display="wall-1", preset=f"{side}x{side}")
        cells = wall["displays"][0]["layout"]["cells"]
        for cell, camera in zip(cells, city_cameras(count, 0), strict=False):
            await change("wall", admin, type="assign", display="wall-1", cell=cell["id"], camera=camera.id)


async def _measure(site: Site, bus: Bus, workers: Mirror, count: int, seconds: float) -> dict[str, Any]:
    ages = Ages({camera.id: camera.number for camera in city_cameras(count, 0)})
    await asyncio.sleep(SETTLE_S)
    stream = await _mosaic_shown(site)
    watching = asyncio.create_task(_watch(bus, stream, ages))
    await eventually(lambda: ages.seen)
    ages.begin()
    before, machine, said, began = cpu_s_by_role(site), machine_s(), _said(workers.values, stream), time.monotonic()
    await asyncio.sleep(seconds)
    elapsed = time.monotonic() - began
    after, machine_after, said_after = cpu_s_by_role(site), machine_s(), _said(workers.values, stream)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    if (now := await _mosaic_shown(site)) != stream:
        raise RuntimeError(f"the display went from {stream} to {now} while it was measured")
    cores = {role: (after[role] - before.get(role, 0.0)) / elapsed for role in after}
    return {
        "cpu_cores": sum(used for role, used in cores.items() if role not in _NOT_COUNTED),
        "age_ms": spread(ages.ms),
        **{key: said_after[key] - said[key] for key in ("late", "dropped")},
        "tick_lateness_ms": {"p95": said_after["lateness_ms"]},
        "decoders": said_after["decoders"],
        "fps": (said_after["pictures"] - said["pictures"]) / elapsed,
        "cells_seen": len(ages.seen),
        "not_read": ages.not_read,
        "cpu_cores_by_role": cores,
        "cpu_cores_else": {what: (machine_after[what] - machine[what]) / elapsed for what in machine},
    }


async def _mosaic_shown(site: Site) -> str:
    """The composed stream that the display's plan has now: it changes its name as the display is arranged anew."""
    async with site.client() as admin:
        plan = (await admin.get("/api/displays/wall-1/plan")).raise_for_status().json()
    if not plan["canvases"]:
        raise RuntimeError(f"the display shows no mosaic: {[cell['way'] for cell in plan['cells']]}")
    shown: str = plan["slots"][plan["canvases"][0]["slot"]]
    return shown


def _said(workers: dict[str, dict[str, Any]], stream: str) -> dict[str, float]:
    """What the tilers say of this mosaic, of what they did not decode, and of how many processes decode."""
    mosaics = [one["mosaics"][stream] for one in workers.values() if stream in one["mosaics"]]
    if not mosaics:
        raise RuntimeError(f"no tiler makes {stream}, only {[list(one['mosaics']) for one in workers.values()]}")
    return {
        "late": sum(one["late"] for one in mosaics),
        "pictures": sum(one["pictures"] for one in mosaics),
        "lateness_ms": max(one["lateness_ms"] for one in mosaics),
        "dropped": sum(one["dropped"] for one in workers.values()),
        "decoders": sum(one["decoders"] for one in workers.values()),
    }


class Ages:
    """Ages (ms) of new pictures in the mosaic. `begin` forgets what was before."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self._numbers = numbers
        self._last: dict[str, int] = {}
        self.begin()

    def begin(self) -> None:
        """From here on it counts."""
        self.ms: list[float] = []
        self.seen: set[str] = set()
        self.not_read = 0

    def saw(self, camera: str, code: tuple[int, int] | None, at: float) -> None:
        """A cell whose picture is new, in an access unit that came at `at` (`time.time()`)."""
        if code is None:
            self.not_read += 1
        elif self._last.get(camera) != code[1]:
            self._last[camera] = code[1]
            self.seen.add(camera)
            self.ms.append(1000 * age_s(self._numbers[camera], code[1], at))


async def _watch(bus: Bus, stream: str, ages: Ages) -> None:
    decoder = Decoder()
    reader = bus.subscribe(stream)
    try:
        async for unit in reader:
            at = time.time()
            await asyncio.to_thread(_look, decoder, unit, at, ages)
    finally:
        await reader.close()


def _look(decoder: Decoder, unit: AccessUnit, at: float, ages: Ages) -> None:
    frame = decoder.decode(unit)
    if frame is None or unit.cells is None:
        return
    luma = i420(frame)[: frame.height]
    for cell in unit.cells.cells:
        if cell.live:
            x, y, w, h = cell.rect
            ages.saw(cell.camera, read(luma[y : y + h, x : x + w], 0, 0, w, h), at)
