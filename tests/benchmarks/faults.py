"""Every hostile mode of tests/support/hostile_camera.py, several cameras of each at a time, against a real puller.

A mode after the other: how long it takes from the first connection until the bus has the right state of each camera,
whether any other state is said meanwhile, and whether cameras that behave, pulled by the same process, miss a beat.
Twice, for the memory; at the end what the puller still holds: files, threads. About 6 minutes (1 with --quick, once).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psutil

from ingest.camera_state import State
from ingest.ownership import LINGER_SECONDS
from tests.benchmarks.spread import percentile
from tests.support.hostile_camera import EXPECTED, MODES
from tests.support.pull_site import HEALTHY, Site, held, pull_site, rss_mb
from tests.support.rtsp_camera import RtspCamera, rtsp_camera
from tests.support.waiting import eventually

# Some of these send pictures before they fail: live is no wrong word for them.
LIVE_FIRST = {"packets that stop", "reset in mid-picture"}
PATIENCE_S = 20.0

type Json = dict[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--each", type=int, default=10, help="cameras of each mode at a time (a full run has 50)")


async def run(options: argparse.Namespace) -> Json:
    """A bus and a puller of its own; leaves nothing behind."""
    each, dwell_s, rounds = (min(options.each, 5), 0.5, 1) if options.quick else (options.each, 2.0, 2)
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with pull_site(Path(folder)) as (site, puller):
            return await _measure(site, puller, each, dwell_s, rounds)


async def _measure(site: Site, puller: psutil.Process, each: int, dwell_s: float, rounds: int) -> Json:
    began, stolen = time.monotonic(), psutil.cpu_times().steal
    before, memory_mb = held(puller), [rss_mb(puller)]
    results: list[Json] = []
    for _ in range(rounds):
        modes = {}
        for number, mode in enumerate(MODES):
            modes[mode] = await _run_mode(site, mode, number, each, dwell_s)
            print(f"{mode}: {modes[mode]}", file=sys.stderr)
        results += modes.values()
        memory_mb.append(rss_mb(puller))
    seconds = time.monotonic() - began
    await site.demand([])
    with contextlib.suppress(AssertionError):  # what is left then is the finding
        await eventually(lambda: held(puller)["files"] <= before["files"], within=LINGER_SECONDS + 5, every=0.5)
    after = held(puller)
    per_minute = (memory_mb[-1] - memory_mb[1]) / (seconds / rounds) * 60 if rounds > 1 else None
    return {
        "wrong": sum(result["wrong"] for result in results),
        "undetected": sum(result["undetected"] for result in results),
        "gaps_over_200ms": sum(result["gaps"] for result in results),
        "slowest_p99_ms": max((result["p99_ms"] for result in results if result["p99_ms"] is not None), default=None),
        "each": each,
        "healthy": len(HEALTHY),
        "seconds": seconds,
        "files": {"before": before["files"], "after": after["files"]},
        "threads": {"before": before["threads"], "after": after["threads"]},
        # Of the second round: in the first one everything is needed for the first time.
        "rss_mb": {"before": memory_mb[0], "after": memory_mb[-1], "slope_per_minute": per_minute},
        "cpu_cores_stolen": (psutil.cpu_times().steal - stolen) / seconds,
        "modes": modes,
    }


async def _run_mode(site: Site, mode: str, number: int, each: int, dwell_s: float) -> Json:
    """Cameras of one mode, at an address of their own: those of the last one are still being waited for."""
    names = [f"cam.mode{number}-{index}.main" for index in range(each)]
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        cameras: dict[str, RtspCamera] = {}
        for name in names:
            site.said.pop(name, None)  # of the last round
            cameras[name] = await stack.enter_async_context(rtsp_camera(MODES[mode], f"127.0.{number + 1}.1"))
            site.urls[name] = cameras[name].url
        await site.demand(names)
        expected, cause = EXPECTED[mode]
        with contextlib.suppress(AssertionError):
            await eventually(lambda: all(site.said_at(name, expected) for name in names), within=PATIENCE_S)
        await asyncio.sleep(dwell_s)
        fine = {State.CONNECTING, expected} | ({State.LIVE} if mode in LIVE_FIRST else set())
        took = sorted(
            (at - cameras[name].connected_at[0]) * 1000 for name in names if (at := site.said_at(name, expected))
        )
        said = [status for name in names for _, status in site.said[name]]
    return {
        "p50_ms": percentile(took, 0.5),
        "p99_ms": percentile(took, 0.99),
        "wrong": sum(status.state not in fine for status in said),
        "undetected": each - len(took),
        "gaps": len(site.gaps(began, time.monotonic())),
        "other_sentences": sum(status.state is expected and status.cause_en != cause.english for status in said),
    }
