"""300 simulated cameras (640×360, 15 fps, 400 kbit/s) pulled and published, for 60 s (about 2 minutes with the start).

Real pullers on a real nats-server, and a reader on the bus that sees every access unit: what pulling costs, each
process under a key of its own, and whether any camera's pictures came late. The very first run encodes the city's
pictures, which takes some minutes more.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from math import ceil
from pathlib import Path
from typing import Any

import psutil

from ingest.bucket_feed import Mirror
from ingest.bus import Bus
from ingest.bus_address import BusAddress
from ingest.nats_server import running_server, write_configuration
from tests.support.site import free_port
from tests.support.waiting import eventually
from wallserver.city.names import city_cameras
from wallserver.demo import CITY_PASSWORD, CITY_USER

PASSWORD = "of-this-run-only"


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--cameras", type=int, default=300, help="how many")
    parser.add_argument("--per-process", type=int, default=150, help="cameras to a puller")
    parser.add_argument("--seconds", type=float, default=60, help="how long to measure")
    parser.add_argument("--no-replay", action="store_true", help="keep nothing for instant replay")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a bus, a city, pullers and a reader; leave nothing behind."""
    cameras = min(options.cameras, 60) if options.quick else options.cameras
    seconds = min(options.seconds, 15) if options.quick else options.seconds
    pullers = ceil(cameras / options.per_process)
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        folder = Path(name)
        files = write_configuration(folder)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(running_server(folder))
            rtsp_port = free_port()
            city = await stack.enter_async_context(city_process(folder, cameras, rtsp_port))
            control = await Bus.connect(BusAddress.from_file(files["control"]), "control", "bench")
            stack.push_async_callback(control.close)
            await _answer(control, rtsp_port)
            command = ["wallserver", "pull", "--bus", str(files["puller"])]
            command += [] if options.no_replay else ["--replay", str(folder / "replay")]
            running = [await stack.enter_async_context(process(*command)) for _ in range(pullers)]
            streams = [f"cam.{camera.id}.sub" for camera in city_cameras(cameras, 0)]
            await control.bucket("plans").put("bench", {"streams": streams})
            workers, began = control.bucket("workers").mirror(), time.monotonic()
            await eventually(lambda: _live(workers) >= cameras, within=420, every=0.5)
            live_after_s = time.monotonic() - began
            figures = await _measure(files["tiler"], running, city, seconds)
            return {"cameras": cameras, "pullers": pullers, "live_after_s": live_after_s, **figures}


@asynccontextmanager
async def process(*command: str, env: dict[str, str] | None = None) -> AsyncIterator[psutil.Process]:
    """`python -m COMMAND…` for a while."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *command), env=os.environ | (env or {}), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), 6)


def city_process(folder: Path, cameras: int, rtsp_port: int) -> contextlib.AbstractAsyncContextManager[psutil.Process]:
    """A city of RTSP cameras at 127.0.0.1."""
    ports = ("--rtsp-port", str(rtsp_port), "--http-port", str(free_port()))
    amount = ("--cameras", str(cameras), "--hls", "0")
    return process("wallserver", "city", "--state", str(folder), *ports, *amount, env={CITY_PASSWORD: PASSWORD})


async def _answer(control: Bus, rtsp_port: int) -> None:
    """Where each camera is, as control says it."""

    async def source(subject: str, _: Any) -> dict[str, Any]:
        _, camera, quality = subject.removeprefix("req.source.").split(".")
        url = f"rtsp://127.0.0.1:{rtsp_port}/{camera}/{quality}"
        return {"url": url, "username": CITY_USER, "password": PASSWORD, "transport": "tcp", "kind": "rtsp"}

    await control.serve("req.source.>", source)


def _live(workers: Mirror) -> int:
    """How many cameras are live, as the pullers' heartbeats say."""
    return sum(int(said["live"]) for worker, said in workers.values.items() if worker.startswith("puller."))


async def _measure(
    credentials: Path, pullers: Sequence[psutil.Process], city: psutil.Process, seconds: float
) -> dict[str, Any]:
    reader = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.subscriber", str(credentials), str(seconds)),
        stdout=asyncio.subprocess.PIPE,
    )
    bus = next(child for child in psutil.Process().children(recursive=True) if child.name() == "nats-server")
    await asyncio.sleep(1.5)  # its start, which is not what is measured
    processes = [process for puller in pullers for process in (puller, *puller.children())]
    watched = {"bus": [bus], "subscriber": [psutil.Process(reader.pid)], "pullers": processes, "city": [city]}
    machine, before, began = psutil.cpu_times(), _cpu(watched), time.monotonic()
    await asyncio.sleep(seconds - 0.5)
    after, elapsed, machine_after = _cpu(watched), time.monotonic() - began, psutil.cpu_times()
    memory = sum(process.memory_full_info().pss for process in processes) / 1e6
    output, _ = await reader.communicate()
    seen: dict[str, dict[str, float]] = json.loads(output)
    cores = {role: (after[role] - before[role]) / elapsed for role in watched}
    return {
        "cpu_cores": cores["pullers"],
        "rss_mb_per_camera": memory / len(seen),
        "gaps_over_200ms": sum(one["gaps"] for one in seen.values()),
        "fps_mean": sum(one["units"] for one in seen.values()) / seconds / len(seen),
        "missing": sum(one["missing"] for one in seen.values()),
        "longest_gap_ms": 1000 * max(one["longest_s"] for one in seen.values()),
        "streams_seen": len(seen),
        "cpu_cores_by_role": cores,
        "cpu_cores_else": {
            "idle": (machine_after.idle - machine.idle) / elapsed,
            "stolen": (machine_after.steal - machine.steal) / elapsed,
        },
        "pss_mb": memory,
    }


def _cpu(watched: dict[str, list[psutil.Process]]) -> dict[str, float]:
    """CPU seconds so far, user and system."""
    return {
        role: sum(times.user + times.system for times in (process.cpu_times() for process in processes))
        for role, processes in watched.items()
    }
