"""A display that hangs for long while its wall is edited every five seconds: does anything grow?

36 cameras of 640×360 through the whole house, on one display in Chromium. Each edit is one of what supervisors do:
another preset, another camera in a cell, two cells swapped, a cell enlarged by recalling a scene, undo. Twice a minute,
after a collection of garbage: the page's JS heap, DOM nodes, detached ones, event listeners, peer connections that are
not closed, elements of video, and the memory of each role's process, of each that a role starts for itself (decoders
come and go with what is shown), and of each of the browser's. For each: how it began and ended, the most, and its slope
an hour over the last two thirds. `dark`: how many of those looks found a cell with a camera that
showed no live picture more than four seconds after an edit. --minutes 120 by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.async_api import CDPSession, Page

from tests.benchmarks.city_house import city_house
from tests.benchmarks.cores import machine_s
from tests.benchmarks.trend import Sample, trend
from tests.support.chromium import chromium, pair
from tests.support.site import Site
from tests.support.waiting import eventually
from tests.support.wall_commands import change

DISPLAY = "wall-1"
CAMERAS = 36
EDIT_S = 5.0
LOOK_EVERY = 6  # edits
HOW = ("preset", "assign", "assign", "swap", "swap", "recall_scene", "undo")
PRESETS = ("2x2", "3x3", "4x4", "5x5", "1+5", "1+7", "2+8")

# Counts what the page makes, without keeping it: what is only held by this list would look like a leak.
PEERS = """
(() => {
  const Stock = window.RTCPeerConnection, made = [];
  window.RTCPeerConnection = class extends Stock {
    constructor(...options) { super(...options); made.push(new WeakRef(this)); }
  };
  window.openPeers = () => made.filter((peer) => {
    const state = peer.deref()?.connectionState;
    return state !== undefined && state !== 'closed';
  }).length;
})();
"""
DARK = "window.wall.cells.filter((cell) => cell.camera && !cell.live).length"
LIVE = "window.wall?.cells.filter((cell) => cell.live).length"


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--minutes", type=float, default=20, help="how long")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, edit its wall, leave nothing behind."""
    minutes = min(options.minutes, 1.0) if options.quick else options.minutes
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with city_house(Path(folder), CAMERAS) as site, chromium() as browser, site.client() as admin:
            page = await pair(site, browser, DISPLAY, 1280, 720)
            await page.add_init_script(PEERS)
            await page.reload(wait_until="commit")
            await eventually(partial(_shows_all, page), within=90, every=1)
            editor = Editor(admin, random.Random(7))
            await editor.begin()
            return await _soak(Kiosk(site, page, await _devtools(page)), editor, 60 * minutes)


async def _shows_all(page: Page) -> bool:
    return bool(await page.evaluate(LIVE) == CAMERAS)


async def _devtools(page: Page) -> CDPSession:
    session = await page.context.new_cdp_session(page)
    for domain in ("DOM", "HeapProfiler", "Runtime"):
        await session.send(f"{domain}.enable")
    await session.send("DOM.getDocument")  # detached nodes are told of a document that was asked for
    return session


async def _soak(kiosk: Kiosk, editor: Editor, seconds: float) -> dict[str, Any]:
    began, machine = time.monotonic(), machine_s()
    looks = 0
    while (passed := time.monotonic() - began) < seconds:
        due = began + passed + EDIT_S
        await editor.edit()
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if sum(editor.edits.values()) % LOOK_EVERY == 0:
            await kiosk.look(time.monotonic() - began)
            looks += 1
    return {
        **{name: trend(samples) for name, samples in kiosk.page_samples.items()},
        "memory_mb": {name: trend(samples) for name, samples in kiosk.memory_samples.items()},
        "dark": kiosk.dark,
        "looks": looks,
        "edits": dict(editor.edits),
        "minutes": seconds / 60,
        "stolen": (machine_s()["stolen"] - machine["stolen"]) / seconds,
    }


class Kiosk:
    """The display's page, and all processes behind it. `dark`: see the module."""

    def __init__(self, site: Site, page: Page, devtools: CDPSession) -> None:
        self.page_samples: dict[str, list[Sample]] = defaultdict(list)
        self.memory_samples: dict[str, list[Sample]] = defaultdict(list)
        self.dark = 0
        self._site = site
        self._page = page
        self._devtools = devtools

    async def look(self, at_s: float) -> None:
        """Take a sample of everything."""
        self.dark += bool(await self._page.evaluate(DARK))
        await self._devtools.send("HeapProfiler.collectGarbage")
        counters = await self._devtools.send("Memory.getDOMCounters")
        heap = await self._devtools.send("Runtime.getHeapUsage")
        detached = await self._devtools.send("DOM.getDetachedDomNodes")
        figures = {
            "heap_mb": heap["usedSize"] / 1e6,
            "nodes": counters["nodes"],
            "detached_nodes": len(detached["detachedNodes"]),
            "listeners": counters["jsEventListeners"],
            "peer_connections": await self._page.evaluate("window.openPeers()"),
            "videos": await self._page.evaluate("document.querySelectorAll('video').length"),
        }
        for name, value in figures.items():
            self.page_samples[name].append((at_s, float(value)))
        for role, processes in (self._site.roles() | {"browser": _browser()}).items():
            self._take(at_s, role, processes)
            if role not in ("browser", "supervisor"):
                self._take(at_s, f"{role}, each of its own", [one for each in processes for one in _children(each)])

    def _take(self, at_s: float, of: str, processes: Sequence[psutil.Process]) -> None:
        """The mean of a role's processes, of which there may be more at one time than at another."""
        if taken := [megabytes for one in processes if (megabytes := _memory_mb(one)) is not None]:
            self.memory_samples[of].append((at_s, sum(taken) / len(taken)))


def _memory_mb(process: psutil.Process) -> float | None:
    """What is its own alone: of what it shares the parts change with who else is there. None of one that has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return float(process.memory_full_info().uss / 1e6)
    return None


def _children(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def _browser() -> Sequence[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if one.name().startswith("chrom")]


class Editor:
    """What a supervisor does, by chance. `edits`: how often what."""

    def __init__(self, admin: httpx.AsyncClient, chance: random.Random) -> None:
        self.edits: Counter[str] = Counter()
        self._admin = admin
        self._chance = chance
        self._undoable = 0
        self._wall: dict[str, Any] = {}
        self._cameras: list[str] = []

    async def begin(self) -> None:
        """Keep a scene to come back to."""
        self._cameras = [camera["id"] for camera in (await self._admin.get("/api/cameras")).json()]
        await self._change(type="save_scene", scene="calm", name="Calm")

    async def edit(self) -> None:
        """Once."""
        how = self._chance.choice(HOW if self._undoable else HOW[:-1])
        cells = [cell["id"] for cell in self._wall["displays"][0]["layout"]["cells"]]
        if how == "swap" and len(cells) > 1:
            one, other = self._chance.sample(cells, 2)
            command = {"display": DISPLAY, "cell": one, "other_display": DISPLAY, "other_cell": other}
        elif how == "preset":
            command = {"display": DISPLAY, "preset": self._chance.choice(PRESETS)}
        elif how == "recall_scene":
            command = {"scene": "calm"}
        elif how == "undo":
            command = {}
        else:
            how = "assign"
            command = {
                "display": DISPLAY,
                "cell": self._chance.choice(cells),
                "camera": self._chance.choice(self._cameras),
            }
        await self._change(type=how, **command)
        self.edits[how] += 1
        self._undoable += -1 if how == "undo" else 1  # and never back to before the scene

    async def _change(self, **command: Any) -> None:
        self._wall = await change("wall", self._admin, **command)
