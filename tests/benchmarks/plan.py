"""What the planner's plans cost, against the two pure ways: everything passed through, everything in one mosaic.

A display of 16, 36 and 64 cells (cameras of 640×360 at 15 pictures a second) in Chromium: CPU of the house and of the
browser, pictures a second that a cell gets, and those dropped. The house runs on one core, the browser on the other.
The planner's way is what the page says of its own machine (`declared`); for the other two it is made to say that it
bears everything, or nothing but one stream, and not to tell of what it drops, so that it stays so. A display has 62
slots: of 64 cells two are composed in any case. `worst_ratio`: the CPU of the planner's choice to the least that there
is, by trying everything, over small displays of every kind; `worse_looking`: how often it had more stills or smaller
pictures than that. `dark`: cells without a picture at the end of a measurement. `replanned`: how often the plan became
another one meanwhile, as nobody edits: what is counted then is of several. `dominated`: how often the planner lost
to a pure way on every axis. `a_core_bears`: streams and megapixels a second of the plan for each core that the browser
took, of which `PER_CORE` in display/machine.ts is to be no more where nothing is dropped. The simulated city is on both
cores, and counts in neither. About 15 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.async_api import BrowserContext, Page

from tests.benchmarks.city_house import city_house
from tests.benchmarks.cores import cpu_s, cpu_s_by_role, machine_s, pin, running_on
from tests.support.chromium import chromium, pair, saying
from tests.support.plan_questions import best_of_all, random_question
from tests.support.site import Site
from tests.support.waiting import eventually
from tests.support.wall_commands import change
from wallserver.control.choice import choose

PRESETS = {16: "4x4", 36: "6x6", 64: "8x8"}
SLOTS = 58  # as many as a display can have
SETTLE_S = 12.0

# How many streams the page is made to say that it bears; None: what it finds out itself.
DECODERS = {"planner": None, "passthrough": 1024, "mosaic": 1}

# Keeps the peer connections for their figures, and what the server is told of the machine.
COUNTS = """
(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    window.declared ??= JSON.parse(text).machine;
    return send.call(this, text);
  };
  const Stock = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Stock {
    constructor(...options) { super(...options); window.connections.push(this); }
  };
  window.counted = async () => {
    const counts = {frames: 0, dropped: 0, cells: 0};
    for (const video of document.querySelectorAll('video.shown')) {
      const {totalVideoFrames, droppedVideoFrames} = video.getVideoPlaybackQuality();
      const slot = Number(video.dataset.slot);
      const cells = window.wall.cells.filter((cell) => cell.slot === slot).length;
      counts.frames += totalVideoFrames;
      counts.dropped += droppedVideoFrames;
      counts.cells += cells * (totalVideoFrames - droppedVideoFrames);
    }
    for (const report of (await window.connections.at(-1).getStats()).values())
      if (report.type === 'inbound-rtp') {
        counts.frames += report.framesDropped ?? 0;
        counts.dropped += report.framesDropped ?? 0;
      }
    return counts;
  };
})();
"""

# The window is small, for want of a GPU that would paint a large one; the display is not.
SCREEN = """
for (const [side, pixels] of Object.entries({width: 1920, height: 1080}))
  Object.defineProperty(window.screen, side, {get: () => pixels});
"""

# A display that drops pictures gets less: this one says that it drops none.
SILENT = """
(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    const said = JSON.parse(text);
    return send.call(this, said.t === 'report' ? JSON.stringify({...said, dropped: 0}) : text);
  };
})();
"""


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--seconds", type=float, default=45, help="how long each of the nine measurements lasts")
    parser.add_argument("--small-cases", type=int, default=1000, help="displays in which everything is tried")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, show it in nine ways, leave nothing behind."""
    seconds = min(options.seconds, 10) if options.quick else options.seconds
    cases = min(options.small_cases, 100) if options.quick else options.small_cases
    house, others = _cores()
    mosaic = {"passthrough_cells": SLOTS}
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with city_house(Path(folder), max(PRESETS), mosaic=mosaic) as site:
            pin(site, house)
            with running_on(others):
                async with chromium() as browser, site.client() as admin:
                    first = await pair(site, browser, "wall-1", 640, 360)
                    measured = await _measure_all(site, first.context, admin, seconds)
    lost = [
        (cells, pure)
        for cells, ways in measured.items()
        for pure in ("passthrough", "mosaic")
        if _lost_everywhere(ways["planner"], ways[pure])
    ]
    return {
        **_against_everything(cases),
        "dominated": len(lost),
        "planner_dropped": max(ways["planner"]["dropped"] for ways in measured.values()),
        "planner_replanned": sum(ways["planner"]["replanned"] for ways in measured.values()),
        "planner_dark": sum(ways["planner"]["dark"] for ways in measured.values()),
        **{f"cells_{cells}": ways for cells, ways in measured.items()},
        "affinity": {"house": sorted(house), "browser": sorted(others)},
        "seconds": seconds,
    }


def _cores() -> tuple[set[int], set[int]]:
    """For the house, and for the browser and whoever measures."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others[:1]) or {first}


async def _measure_all(
    site: Site, context: BrowserContext, admin: httpx.AsyncClient, seconds: float
) -> dict[int, dict[str, dict[str, Any]]]:
    measured: dict[int, dict[str, dict[str, Any]]] = {}
    for cells, preset in sorted(PRESETS.items(), reverse=True):
        await _lay_out(admin, preset, cells)
        measured[cells] = {}
        for way, decoders in DECODERS.items():
            for page in context.pages:
                await page.close()
            page = await context.new_page()
            await page.add_init_script(COUNTS)
            await page.add_init_script(SCREEN)
            if decoders is not None:
                await page.add_init_script(saying(decoders))
                await page.add_init_script(SILENT)
            await page.goto(f"{site.base}/display", wait_until="commit")
            # A way that is more than a core bears never has them all: that is a result too (`dark`).
            with contextlib.suppress(AssertionError):
                await eventually(partial(_all_there, page, cells), within=60, every=1)
            await asyncio.sleep(SETTLE_S)
            measured[cells][way] = await _measure(site, page, admin, seconds)
    return measured


async def _lay_out(admin: httpx.AsyncClient, preset: str, cells: int) -> None:
    """So many cells, a camera in each."""
    wall = await change("wall", admin, type="preset", display="wall-1", preset=preset)
    layout = wall["displays"][0]["layout"]["cells"]
    shown = {cell["content"].get("camera") for cell in layout}
    names = [camera["id"] for camera in (await admin.get("/api/cameras")).json()]
    missing = [name for name in names if name not in shown]
    for cell in layout[:cells]:
        if "camera" not in cell["content"]:
            await change("wall", admin, type="assign", display="wall-1", cell=cell["id"], camera=missing.pop(0))


async def _all_there(page: Page, cells: int) -> bool:
    return await _pictures(page) >= cells


async def _pictures(page: Page) -> int:
    """How many cells have a picture; which of them are late is for the figures to say."""
    count: int = await page.evaluate("(window.wall?.cells ?? []).filter((cell) => cell.source).length")
    return count


async def _measure(site: Site, page: Page, admin: httpx.AsyncClient, seconds: float) -> dict[str, Any]:
    began, roles, browser, machine = time.monotonic(), cpu_s_by_role(site), _browser_s(), machine_s()
    counts = await page.evaluate("window.counted()")
    numbers = await _plans_of(admin, seconds)
    after = await page.evaluate("window.counted()")
    elapsed = time.monotonic() - began
    roles_after, machine_after = cpu_s_by_role(site), machine_s()
    plan = (await admin.get("/api/displays/wall-1/plan")).json()
    ways = [cell["way"] for cell in plan["cells"]]
    frames = after["frames"] - counts["frames"]
    browser_cores, cost = (_browser_s() - browser) / elapsed, plan["cost"]
    return {
        "server_cores": sum(roles_after[role] - roles.get(role, 0) for role in roles_after) / elapsed,
        "browser_cores": browser_cores,
        "cell_fps": (after["cells"] - counts["cells"]) / elapsed / len(ways),
        "dropped": (after["dropped"] - counts["dropped"]) / frames if frames else 1.0,
        "ways": {way: ways.count(way) for way in dict.fromkeys(ways)},
        "dark": len(ways) - await _pictures(page),
        "eased": plan["eased"],
        "replanned": len(numbers) - 1,
        "declared": await page.evaluate("window.declared"),
        "reckoned": cost,
        "a_core_bears": {key: cost[key] / browser_cores for key in ("decoders", "mpixels_s")},
        "server_cores_by_role": {role: (roles_after[role] - roles.get(role, 0)) / elapsed for role in roles_after},
        "stolen": (machine_after["stolen"] - machine["stolen"]) / elapsed,
    }


async def _plans_of(admin: httpx.AsyncClient, seconds: float) -> set[int]:
    """The numbers of the display's plans in this time."""
    numbers, end = set(), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        numbers.add((await admin.get("/api/displays/wall-1/plan")).json()["plan"])
        await asyncio.sleep(min(1.0, left))
    return numbers


def _browser_s() -> float:
    children = psutil.Process().children(recursive=True)
    return sum(cpu_s(process) for process in children if process.name().startswith("chrom"))


def _lost_everywhere(planner: dict[str, Any], pure: dict[str, Any]) -> bool:
    """Whether the pure way was better on every axis. One that the planner has chosen is no better than itself."""
    if planner["ways"] == pure["ways"] or pure["dark"] > planner["dark"]:
        return False
    less = all(pure[axis] < planner[axis] for axis in ("server_cores", "browser_cores", "dropped"))
    return less and bool(pure["cell_fps"] > planner["cell_fps"])


def _against_everything(cases: int) -> dict[str, Any]:
    """The planner's choice against every choice that there is, over small displays."""
    worst, worse_looking = 1.0, 0
    for seed in range(cases):
        question = random_question(seed)
        if not question.spots:
            continue
        found, best = choose(question), best_of_all(question)
        if question.rank(found)[:4] != question.rank(best)[:4]:
            worse_looking += 1
        else:
            worst = max(worst, found.cost.server_cores / best.cost.server_cores)
    return {"worst_ratio": worst, "worse_looking": worse_looking, "small_cases": cases}
