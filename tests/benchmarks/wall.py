"""36 cameras at 640×360, 15 fps on one display, a mosaic of 1080p, for 5 minutes (about 7 with the start).

What the whole house costs (every process of `wallserver run`, the bus included; not the simulated city, not Chromium),
and how long any cell was stale: its number unchanged for 1 s, or its age above 1 s, read from the pixels in the browser
twice a second (a look takes 20 ms of the same two cores). --disturb kills one camera and pauses another: they must be
reported, and only they.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.async_api import Page

from tests.benchmarks.cores import cpu_s, cpu_s_by_role, machine_s
from tests.benchmarks.spread import spread
from tests.support.chromium import chromium, look, open_display
from tests.support.site import Site, demo
from tests.support.waiting import eventually
from wallserver.city.clock import age_s
from wallserver.city.names import city_cameras

LOOKS_PER_SECOND = 2
STALE_S = 1.0


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--cameras", type=int, default=36, help="RTSP cameras on the display")
    parser.add_argument("--hls", type=int, default=0, help="HLS cameras, on a second display that is not looked at")
    parser.add_argument("--seconds", type=float, default=300, help="how long to measure")
    parser.add_argument("--disturb", action="store_true", help="kill the second camera and pause the fourth")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, watch it, leave nothing behind."""
    seconds = min(options.seconds, 20) if options.quick else options.seconds
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with demo(Path(folder), options.cameras, options.hls) as site, chromium() as browser:
            await site.live(options.cameras + options.hls, within=420)
            # A small window: what is read is the decoded picture, whatever its size on the page, and a browser without
            # a GPU would spend the second core on painting.
            page = await open_display(browser, site.displays[0], 640, 360, decoders=1)
            await eventually(lambda: _all_seen(page, options.cameras), within=60, every=0.5)
            if options.disturb:
                await _disturb(site)
            return await _measure(site, page, options, seconds)


async def _all_seen(page: Page, cameras: int) -> bool:
    return len({cell.camera for cell in await look(page) if cell.code}) == cameras


async def _disturb(site: Site) -> None:
    token = (site.state / "city-control.token").read_text().strip()
    address = (site.state / "city-control.url").read_text().strip()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        for camera, how in (("cam-002", "kill"), ("cam-004", "pause")):
            (await client.post(f"{address}/control/{camera}/{how}")).raise_for_status()


async def _measure(site: Site, page: Page, options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    watch = Watch({camera.id: camera.number for camera in city_cameras(options.cameras, options.hls)})
    before, started, shown, rest = cpu_s_by_role(site), time.monotonic(), await pictures_shown(page), _rest()
    while time.monotonic() - started < seconds:
        at = time.monotonic()
        watch.saw([(cell.camera, cell.code, cell.at) for cell in await look(page)])
        await asyncio.sleep(max(0, 1 / LOOKS_PER_SECOND - (time.monotonic() - at)))
    elapsed = time.monotonic() - started
    after, shown_after, rest_after = cpu_s_by_role(site), await pictures_shown(page), _rest()
    cores = {role: (after[role] - before.get(role, 0)) / elapsed for role in after}
    house = [role for role in cores if role != "city"]
    memory = {role: _memory(processes) for role, processes in site.families().items()}
    return {
        "cpu_cores": sum(cores[role] for role in house),
        "stale_cell_seconds": sum(watch.stale.values()),
        "rss_mb": sum(memory[role][0] for role in house),
        "pss_mb": sum(memory[role][1] for role in house),
        "cameras": options.cameras,
        "seconds": elapsed,
        "looks": watch.looks,
        "wrong_cell": watch.wrong,
        "mosaic_fps": (shown_after - shown) / elapsed,
        "age_s": watch.ages(),
        "stale_spans_s": watch.spans,
        "stale_cells": {camera: stale for camera, stale in watch.stale.items() if stale},
        "cpu_cores_by_role": cores,
        "cpu_cores_else": {what: (rest_after[what] - rest[what]) / elapsed for what in rest},
        "rss_mb_by_role": {role: rss for role, (rss, _) in memory.items()},
    }


async def pictures_shown(page: Page) -> int:
    """How many pictures of the mosaic the browser has decoded and not dropped, so far."""
    count: int = await page.evaluate(
        """() => {
          const quality = document.querySelector('video.shown').getVideoPlaybackQuality();
          return quality.totalVideoFrames - quality.droppedVideoFrames;
        }"""
    )
    return count


@dataclass(slots=True)
class Watch:
    """What the browser showed over time."""

    numbers: dict[str, int]
    stale: dict[str, float] = field(default_factory=dict)
    # When any cell was stale: from, to (s), the most cells at once, cores then stolen by the machine's other tenants.
    spans: list[list[float]] = field(default_factory=list)
    wrong: int = 0
    looks: int = 0
    _changed: dict[str, tuple[int, float]] = field(default_factory=dict)
    _ages: list[float] = field(default_factory=list)
    _first: float | None = None
    _before: float | None = None
    _in_span: bool = False
    _stolen: float = 0.0
    _stolen_before: float = 0.0

    def saw(self, cells: list[tuple[str | None, tuple[int, int] | None, float]]) -> None:
        """One look at all cells: (camera, block code, wall clock)."""
        now = time.time()
        passed = now - self._before if self._before else 0.0
        self._before = now
        self._first = self._first or now
        self.looks += 1
        stale = 0
        seen = {camera: (code, at) for camera, code, at in cells if camera}
        for camera, number in self.numbers.items():
            if camera.startswith("hls"):
                continue
            code, at = seen.get(camera, (None, now))
            if code is not None and code[0] != (number - 1) % 64 + 1:
                self.wrong += 1
            elif code is not None:
                self._picture(camera, code[1], at)
            last, since = self._changed.get(camera, (-1, now))
            self._changed.setdefault(camera, (last, since))
            late = now - since > STALE_S
            if late or (last >= 0 and age_s(number, last, at) > STALE_S):
                self.stale[camera] = self.stale.get(camera, 0.0) + passed
                stale += 1
        self._span(now - self._first, passed, stale)

    def _span(self, at_s: float, passed: float, stale: int) -> None:
        stolen = psutil.cpu_times().steal
        stale = stale if passed else 0  # the first look has seen no time pass
        if stale and not self._in_span:
            self.spans.append([at_s - passed, 0, 0, 0])
            self._stolen_before = self._stolen
        if stale:
            begin, _, most, _ = self.spans[-1]
            self.spans[-1][1:] = [at_s, max(stale, most), (stolen - self._stolen_before) / (at_s - begin)]
        self._in_span, self._stolen = stale > 0, stolen

    def _picture(self, camera: str, picture: int, at: float) -> None:
        if self._changed.get(camera, (-1, 0.0))[0] != picture:
            self._changed[camera] = (picture, at)
            self._ages.append(age_s(self.numbers[camera], picture, at))

    def ages(self) -> dict[str, float | None]:
        """Ages of new pictures at the moment they were looked at, seconds."""
        return spread(self._ages)


def _rest() -> dict[str, float]:
    """CPU seconds so far of the browser, of measuring, idle, and stolen by the machine's other tenants."""
    own = psutil.Process()
    children = own.children(recursive=True)
    browser = [process for process in children if process.name().startswith("chrom")]
    driver = [process for process in own.children() if process.name() == "node"]
    return {
        "browser": sum(map(cpu_s, browser)),
        "measuring": sum(map(cpu_s, [own, *driver])),
    } | machine_s()


def _memory(processes: list[psutil.Process]) -> tuple[float, float]:
    """(RSS, PSS) of a role, MB."""
    full = [process.memory_full_info() for process in processes]
    return sum(m.rss for m in full) / 1e6, sum(m.pss for m in full) / 1e6
