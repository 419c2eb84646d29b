"""A site with nothing but a bus, one puller that is a process, and cameras: some that behave, and others.

What the puller says and publishes is seen here as control and a display see it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from ingest.bus import Bus
from ingest.camera_state import State, StreamStatus
from tests.support.nats import BusServer, bus_server_in
from tests.support.waiting import eventually

HEALTHY = [f"cam.healthy-{number}.main" for number in range(5)]
GAP_MS = 200
# Of every camera that asks for them.
CREDENTIALS = {"username": "operator", "password": "rahasia"}

type Json = dict[str, Any]


@contextlib.asynccontextmanager
async def pull_site(folder: Path) -> AsyncIterator[tuple[Site, psutil.Process]]:
    """All of it, once the cameras that behave are live. The puller writes its log to `folder`/puller.log."""
    async with (
        bus_server_in(folder) as server,
        _puller(server, folder / "puller.log") as puller,
        _healthy_camera() as url,
    ):
        site = await Site.on(server, url)
        tasks = [asyncio.create_task(site.watch()), *(asyncio.create_task(site.read(name)) for name in HEALTHY)]
        try:
            site.urls.update((name, f"{url}/{name}") for name in HEALTHY)
            await site.demand([])
            await eventually(lambda: all(site.state(name) is State.LIVE for name in HEALTHY))
            yield site, puller
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(slots=True)
class Site:
    """Control and a display, as far as a puller knows them."""

    control: Bus
    gateway: Bus
    healthy_url: str  # a camera that behaves is behind each address below it
    urls: dict[str, str] = field(default_factory=dict)
    # Stream → what was said of it and when, by the monotonic clock.
    said: defaultdict[str, list[tuple[float, StreamStatus]]] = field(default_factory=lambda: defaultdict(list))
    # When pictures of healthy cameras arrived at the puller, by the same clock.
    arrived: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    # Healthy cameras whose pictures did not follow on the one before: each time, once for the first one.
    broke_off: list[str] = field(default_factory=list)

    @classmethod
    async def on(cls, server: BusServer, healthy_url: str) -> Site:
        """A site on this bus."""
        site = cls(await server.connect("control"), await server.connect("gateway"), healthy_url)
        await site.control.serve("req.source.>", site._where)
        return site

    async def demand(self, names: list[str]) -> None:
        """Show these and the healthy ones."""
        await self.control.bucket("plans").put("display", {"streams": [*HEALTHY, *names]})

    async def watch(self) -> None:
        """Hear every status."""
        async for change in self.control.bucket("status").watch():
            if change.value is not None:
                self.said[change.key].append((time.monotonic(), StreamStatus.from_json(change.value)))

    async def read(self, name: str) -> None:
        """Hear a healthy camera's pictures."""
        reader = self.gateway.subscribe(name)
        try:
            while True:
                au = await reader.next()
                self.arrived[name].append(au.arrived_mono_ns / 1e9)
                if au.discontinuity:
                    self.broke_off.append(name)
        finally:
            await reader.close()

    def state(self, name: str) -> State | None:
        """What was said last."""
        return self.said[name][-1][1].state if self.said[name] else None

    def said_at(self, name: str, state: State) -> float | None:
        """When it was said first that the stream is in this state."""
        return next((at for at, status in self.said[name] if status.state is state), None)

    def gaps(self, since: float, until: float) -> list[tuple[float, float]]:
        """When a healthy camera's pictures paused: from, to."""
        return [
            (earlier, later)
            for times in self.arrived.values()
            for earlier, later in pairwise(times)
            if since < later <= until and (later - earlier) * 1000 > GAP_MS
        ]

    async def _where(self, subject: str, _: Json) -> Json:
        url = self.urls[subject.removeprefix("req.source.")]
        return {"url": url, "kind": "hls" if url.startswith("http") else "rtsp"} | CREDENTIALS


@contextlib.asynccontextmanager
async def _puller(server: BusServer, log: Path) -> AsyncIterator[psutil.Process]:
    arguments = ["-m", "wallserver", "pull", "--bus", str(server.files["puller"])]
    with log.open("wb") as file:
        async with process(arguments, stderr=file) as puller:
            yield psutil.Process(puller.pid)


@contextlib.asynccontextmanager
async def _healthy_camera() -> AsyncIterator[str]:
    """In a process of its own: hostile ones, which this one is, take what CPU they get."""
    async with process(["-m", "tests.support.rtsp_camera"], stdout=asyncio.subprocess.PIPE) as camera:
        assert camera.stdout is not None
        yield (await asyncio.wait_for(camera.stdout.readline(), 30)).decode().strip()


@contextlib.asynccontextmanager
async def process(arguments: list[str], **more: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process for a while, ended with SIGTERM."""
    started = await asyncio.create_subprocess_exec(sys.executable, *arguments, **more)
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.terminate()
        await started.wait()


def held(puller: psutil.Process) -> dict[str, int]:
    """Open files and threads."""
    return {"files": puller.num_fds(), "threads": puller.num_threads()}


def rss_mb(puller: psutil.Process) -> float:
    """Its resident memory."""
    return float(puller.memory_info().rss) / 1e6
