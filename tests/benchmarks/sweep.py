"""500 simulated cameras visited in turn for a minute, 50 of them broken in as many ways (about 2 minutes).

A real judge on a real nats-server; the healthy cameras are the city's, the broken ones answer from this process. What a
visit costs, and whether each broken camera is called what it is: "confusion" says by mode how often each state was
newly said, "wrong" counts those that were not to be expected.
That a camera is frozen or has moved is not seen by one visit.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psutil

from ingest.bus import Bus
from ingest.bus_address import BusAddress
from ingest.judge_settings import JudgeSettings
from ingest.nats_server import running_server, write_configuration
from tests.benchmarks.cores import cpu_s, machine_s
from tests.benchmarks.pull import PASSWORD, city_process, process
from tests.support.black import black_pictures
from tests.support.hostile_camera import MODES
from tests.support.rtsp_camera import Client, Request, rtsp_camera
from tests.support.site import free_port
from tests.support.waiting import eventually
from wallserver.city.names import MAX_RTSP
from wallserver.demo import CITY_USER

# What each way of being broken has to be called. The first five are not in MODES.
EXPECTED: dict[str, str] = {
    "black": "black",
    "nothing listens": "unreachable",
    "wrong password": "refused",
    "no such path": "not_found",
    "no such name": "unreachable",
    "no answer": "unreachable",
    "half an answer": "unreachable",
    "byte drip": "unreachable",
    "endless head": "unsupported",
    "garbage": "unsupported",
    "web server": "unsupported",
    "web page": "unsupported",
    "numbers without end": "unsupported",
    "length without end": "unsupported",
    "challenge without end": "refused",
    "hangs up": "unreachable",
    "redirect": "unsupported",
    "redirect request": "unsupported",
    "refuses every password": "refused",
    "nonce always stale": "refused",
    "forbids": "refused",
    "overloaded": "unreachable",
    "no transport": "unsupported",
    "no video": "unsupported",
    "empty description": "unsupported",
    "huge description": "unsupported",
    "half a description": "unreachable",
    "play without packets": "stale",
    "no keyframe": "stale",
    "nothing that decodes": "unsupported",
}
HEALTHY = "healthy"
# As in real life most of a site's cameras are elsewhere than the others; here all have one address.
SETTINGS = JudgeSettings(sweep_s=10, visits_per_second=42, visits_per_host=500)


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--cameras", type=int, default=500, help="how many; a tenth of them broken")
    parser.add_argument("--seconds", type=float, default=60, help="how long to measure")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a bus, a city, broken cameras and a judge; leave nothing behind."""
    cameras = min(options.cameras, 100) if options.quick else options.cameras
    seconds = min(options.seconds, 20) if options.quick else options.seconds
    broken = dict(zip(range(cameras // 10), itertools.cycle(EXPECTED), strict=False))
    modes = {f"cam-{number:03d}": broken.get(number, HEALTHY) for number in range(cameras)}
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        folder = Path(name)
        files = write_configuration(folder)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(running_server(folder))
            rtsp_port = free_port()
            await stack.enter_async_context(city_process(folder, MAX_RTSP, rtsp_port))
            sources = await _sources(stack, modes, f"rtsp://127.0.0.1:{rtsp_port}")
            control = await Bus.connect(BusAddress.from_file(files["control"]), "control", "bench")
            stack.push_async_callback(control.close)
            found = _Found(modes)
            await _answer(control, sources)
            following = asyncio.create_task(found.follow(control))
            stack.callback(following.cancel)
            command = ("wallserver", "judge", "--bus", str(files["judge"]))
            judge = await stack.enter_async_context(process(*command))
            await eventually(lambda: found.cameras == cameras, within=300, every=0.5)
            return {"cameras": cameras, "broken": len(broken), **await _measure(control, judge, found, seconds)}


async def _sources(stack: AsyncExitStack, modes: dict[str, str], city: str) -> dict[str, dict[str, Any]]:
    """Where each camera is, as control says it."""
    sources = {}
    for number, (camera, mode) in enumerate(modes.items()):
        url = f"{city}/cam-{number % MAX_RTSP + 1:03d}/sub"
        password = PASSWORD if mode != "wrong password" else "another"
        if mode == "nothing listens":
            url = f"rtsp://127.0.0.1:{free_port()}/live"
        elif mode == "no such name":
            url = "rtsp://kamera.invalid/live"
        elif mode == "no such path":
            url = f"{city}/nowhere"
        elif mode not in (HEALTHY, "wrong password"):
            answering = _black if mode == "black" else MODES[mode]
            url = (await stack.enter_async_context(rtsp_camera(answering))).url
        source = {"url": url, "username": CITY_USER, "password": password, "transport": "tcp", "kind": "rtsp"}
        sources[camera] = source | {"credential": f"of {camera}"}
    return sources


async def _black(client: Client, request: Request) -> bool:
    """Sends black pictures."""
    if request.method == "PLAY":
        client.answer(request)
        client.play(black_pictures())
    return request.method == "PLAY"


async def _answer(control: Bus, sources: dict[str, dict[str, Any]]) -> None:
    async def source(subject: str, _: Any) -> dict[str, Any]:
        return sources[subject.split(".")[3]]

    async def cameras(_subject: str, _: Any) -> dict[str, Any]:
        streams = {camera: f"cam.{camera}.sub" for camera in sources}
        return {"version": "1", "settings": SETTINGS.model_dump(), "cameras": streams}

    await control.serve("req.source.>", source)
    await control.serve("req.sweep.cameras", cameras)


class _Found:
    """What the judge says of each camera; `states` by mode, of what is said from `begin` on."""

    def __init__(self, modes: dict[str, str]) -> None:
        self._modes = modes
        self._now: dict[str, str] = {}
        self.states: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @property
    def cameras(self) -> int:
        """How many have been visited."""
        return len(self._now)

    def said_of(self, mode: str) -> set[str]:
        """What is said now of the cameras that are broken in this way."""
        return {state for camera, state in self._now.items() if self._modes[camera] == mode}

    def begin(self) -> None:
        """Count from here."""
        self.states.clear()
        for camera, state in self._now.items():
            self.states[self._modes[camera]][state] += 1

    async def follow(self, control: Bus) -> None:
        """Until cancelled."""
        async for change in control.bucket("health").watch():
            if change.value is not None:
                camera, state = change.value["camera"], change.value["state"]
                changed = self._now.get(camera) != state
                self._now[camera] = state
                self.states[self._modes[camera]][state] += changed

    def wrong(self) -> int:
        """How often a state was said that is not the one to be said."""
        return sum(
            count
            for mode, states in self.states.items()
            for state, count in states.items()
            if state != EXPECTED.get(mode, "live")
        )


async def _measure(control: Bus, judge: psutil.Process, found: _Found, seconds: float) -> dict[str, Any]:
    workers = control.bucket("workers").mirror()

    def visits() -> int:
        return sum(int(said["visits"]) for key, said in workers.values.items() if key.startswith("judge."))

    await eventually(lambda: visits() > 0)
    # A black camera is called so at its third visit.
    await eventually(lambda: found.said_of("black") == {"black"}, within=120)
    found.begin()
    machine, cpu, count, began = machine_s(), cpu_s(judge), visits(), time.monotonic()
    await asyncio.sleep(seconds)
    elapsed, machine_after = time.monotonic() - began, machine_s()
    return {
        "visits_per_second": (visits() - count) / elapsed,
        "cpu_cores": (cpu_s(judge) - cpu) / elapsed,
        "cpu_ms_per_visit": 1000 * (cpu_s(judge) - cpu) / max(1, visits() - count),
        "wrong": found.wrong(),
        "pss_mb": judge.memory_full_info().pss / 1e6,
        "cpu_cores_else": {what: (machine_after[what] - machine[what]) / elapsed for what in machine},
        "confusion": {mode: dict(+states) for mode, states in sorted(found.states.items())},
    }
