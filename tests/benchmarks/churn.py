"""5,000 WHEP viewers that come and go, against one gateway: does anything of them stay? (About 10 minutes.)

A real gateway process and nats-server, a camera of 320×180 at 15 pictures a second, viewers in two other processes. The
first batch is for warming up; after each batch, with no session left, the gateway's memory, descriptors, threads and
asyncio tasks are read, and the slope of each over the connects.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from ingest.bus import Bus
from ingest.bus_address import BusAddress
from ingest.nats_server import running_server, write_configuration
from tests.benchmarks.spread import spread
from tests.support.gateways import gateway_process
from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import Studio
from tests.wallserver.gateway.pictures import Camera

GATEWAY, STREAM = "churned", "cam.churn.sub"
FIGURES = ("rss_mb", "fds", "threads", "tasks")


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--connects", type=int, default=5000, help="how many viewers come and go")
    parser.add_argument("--batch", type=int, default=250, help="viewers from look to look")
    parser.add_argument("--processes", type=int, default=2, help="processes of viewers")
    parser.add_argument("--at-a-time", type=int, default=8, help="viewers at a time in each of them")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a bus, a gateway, a camera and viewers; leave nothing behind."""
    connects = min(options.connects, 400) if options.quick else options.connects
    batch = min(options.batch, 100) if options.quick else options.batch
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        files = write_configuration(Path(name))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(running_server(Path(name)))
            control = await _connect(stack, files["control"], "control")
            running = gateway_process(Path(name), files["gateway"], control, GATEWAY)
            gateway = await stack.enter_async_context(running)
            studio = Studio(await _connect(stack, files["puller"], "puller"), Camera(STREAM))
            await studio.open()
            studio.run()
            stack.push_async_callback(studio.pause)
            first = {
                "bus": str(files["control"]),
                "gateway": GATEWAY,
                "stream": STREAM,
                "at_a_time": options.at_a_time,
            }
            viewers = [await stack.enter_async_context(_viewers(first)) for _ in range(options.processes)]
            return await _churn(gateway, control, viewers, connects, batch)


async def _connect(stack: AsyncExitStack, credentials: Path, role: str) -> Bus:
    bus = await Bus.connect(BusAddress.from_file(credentials), role, f"bench-{role}")
    stack.push_async_callback(bus.close)
    return bus


@asynccontextmanager
async def _viewers(first: dict[str, Any]) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.churn_viewers"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(first).encode() + b"\n")
    try:
        yield child
    finally:
        child.stdin.close()
        await asyncio.wait_for(child.wait(), 20)


async def _churn(
    gateway: psutil.Process,
    control: Bus,
    viewers: Sequence[asyncio.subprocess.Process],
    connects: int,
    batch: int,
) -> dict[str, Any]:
    looks, connect_ms, failed, spent_s = [], [], 0, 0.0
    cpu_before = 0.0
    for done in range(0, connects + batch, batch):  # the first batch is not counted
        began = time.monotonic()
        answers = await asyncio.gather(*(_come_and_go(child, batch // len(viewers)) for child in viewers))
        elapsed = time.monotonic() - began
        looks.append(await _look(gateway, control))
        if done:
            spent_s += elapsed
            failed += sum(answer["failed"] for answer in answers)
            connect_ms += [ms for answer in answers for ms in answer["connect_ms"]]
        else:
            cpu_before = sum(gateway.cpu_times()[:2])
        print(f"{done:6} {elapsed:6.1f} s  {looks[-1]}", file=sys.stderr, flush=True)
    cpu_s = sum(gateway.cpu_times()[:2]) - cpu_before
    return {
        "connects": len(connect_ms),
        "failed": failed,
        "connects_per_s": len(connect_ms) / spent_s,
        "gateway_cpu_ms_per_connect": 1000 * cpu_s / len(connect_ms),
        "connect_ms": spread(connect_ms),
        **{name: _course([look[name] for look in looks], batch) for name in FIGURES},
    }


async def _come_and_go(child: asyncio.subprocess.Process, count: int) -> dict[str, Any]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{count}\n".encode())
    answer: dict[str, Any] = json.loads(await child.stdout.readline())
    return answer


async def _look(gateway: psutil.Process, control: Bus) -> dict[str, float]:
    """The gateway once every session has ended."""

    async def calm() -> bool:
        said = await _heartbeat(control)
        return said.get("sessions") == 0 and said.get("streams") == 0

    await eventually(calm, within=60, every=0.5)
    said = await control.request(f"req.gateway.{GATEWAY}.sessions", {}, timeout=5)
    return {
        "rss_mb": gateway.memory_info().rss / 1e6,
        "fds": gateway.num_fds(),
        "threads": gateway.num_threads(),
        "tasks": said["tasks"],
    }


async def _heartbeat(control: Bus) -> dict[str, Any]:
    entry = await control.bucket("workers").get(f"gateway.{GATEWAY}")
    return (entry.value if entry else None) or {}


def _course(values: Sequence[float], batch: int) -> dict[str, float]:
    """First, last and largest value, and the slope for 1,000 connects: over all, and over the second half alone."""
    half = values[len(values) // 2 :]
    return {
        "before": values[0],
        "after": values[-1],
        "max": max(values),
        "per_1000": 1000 / batch * _slope(values),
        "per_1000_second_half": 1000 / batch * _slope(half),
    }


def _slope(values: Sequence[float]) -> float:
    """By least squares, for each step."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread_x = sum((place - middle) ** 2 for place in range(len(values)))
    return sum((place - middle) * (value - mean) for place, value in enumerate(values)) / spread_x if spread_x else 0.0
