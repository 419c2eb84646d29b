"""A hundred viewers of one mosaic ask for a keyframe at the same moment: how many IDRs that costs the tiler.

A real tiler and a real gateway on a real bus; the viewers do ICE, DTLS and SRTP, and send a picture loss indication
each (RFC 4585, 6.3.1). What the mosaic's stream has of keyframes in the second that follows is counted at the bus; a
keyframe comes every two seconds anyway, so storms begin just after one. About a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from ingest.bus import Bus
from ingest.mosaic import MosaicCell, MosaicSpec
from tests.benchmarks.cores import family_cpu_s
from tests.benchmarks.pull import process
from tests.benchmarks.push_servers import GatewayServer, connect_all
from tests.support.camera_units import CameraUnits
from tests.support.drain import draining
from tests.support.gateways import gateway_process
from tests.support.nats import bus_server_in

STREAM, FPS = "mosaic.storm", 15
PROFILE = "SRTP_AEAD_AES_256_GCM"
WATCH_S = 1.0


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--viewers", type=int, default=100, help="how many ask at once")
    parser.add_argument("--storms", type=int, default=10, help="how often")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """A bus, a tiler, a gateway and viewers of its own; leaves nothing behind."""
    storms = 2 if options.quick else options.storms
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        async with AsyncExitStack() as stack:
            folder = Path(name)
            bus = await stack.enter_async_context(bus_server_in(folder))
            control = await bus.connect("control")
            tiler = await stack.enter_async_context(process("wallserver", "tile", "--bus", str(bus.files["tiler"])))
            gateway = await stack.enter_async_context(
                gateway_process(folder, bus.files["gateway"], control, "storm", addresses=["127.0.0.1"])
            )
            drain = await stack.enter_async_context(draining("127.0.0.1"))
            playing = asyncio.create_task(_play(await bus.connect("puller")))
            stack.callback(playing.cancel)
            await control.bucket("mosaics").put(STREAM.removeprefix("mosaic."), _spec().to_json())
            await control.bucket("plans").put("bench", {"streams": [STREAM]})
            mosaic = Mosaic()
            watching = asyncio.create_task(mosaic.follow(await bus.connect("gateway", "watch")))
            stack.callback(watching.cancel)
            await connect_all(GatewayServer(gateway, control, "storm", STREAM), drain, options.viewers, PROFILE)
            await asyncio.sleep(3)
            began, cpu = time.monotonic(), family_cpu_s(tiler)
            keyframes = []
            for _ in range(storms):
                await mosaic.keyframe()
                before = mosaic.keyframes
                await drain.want_keyframes()
                await asyncio.sleep(WATCH_S)
                keyframes.append(mosaic.keyframes - before)
            count = await drain.count()
            return {
                "viewers": count.viewers,
                "asked": storms * count.viewers,
                "keyframes_of_each_storm": {"max": max(keyframes), "mean": sum(keyframes) / storms},
                "lost": count.lost,
                "tiler_cores": (family_cpu_s(tiler) - cpu) / (time.monotonic() - began),
            }


class Mosaic:
    """The stream, as a reader on the bus sees it. `keyframes`: so far."""

    def __init__(self) -> None:
        self.keyframes = 0
        self._came = asyncio.Event()

    async def follow(self, bus: Bus) -> None:
        """Read until cancelled."""
        async for unit in bus.subscribe(STREAM):
            if unit.keyframe:
                self.keyframes += 1
                self._came.set()

    async def keyframe(self) -> None:
        """Returns with the next one."""
        self._came.clear()
        await self._came.wait()


def _spec() -> MosaicSpec:
    w, h = 640, 360
    cells = tuple(MosaicCell(f"c{n}", f"cam.c{n}.sub", n % 2 * w, n // 2 * h, w, h) for n in range(4))
    return MosaicSpec(STREAM.removeprefix("mosaic."), 2 * w, 2 * h, FPS, 2000, 1, cells)


async def _play(bus: Bus) -> None:
    """Four cameras in real time, until cancelled."""
    cameras = [CameraUnits(number, f"cam.c{number}.sub") for number in range(4)]
    while True:
        for camera in cameras:
            bus.publish(camera.next())
        await asyncio.sleep(1 / FPS)
