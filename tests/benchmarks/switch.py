"""From camera to camera in one cell, again and again: how long until the new one is on the screen.

Two cameras whose streams, 1280×720 and 640×360, are being pulled, as on a wall whose other displays show them; a
display of one cell, which gets the smaller one where its browser drops pictures (`eased`: at how many switches it did).
From the API call to the frame of the browser that shows the first picture with the new camera's number in its pixels.
Black is a picture on the screen without any number, a freeze a pause of more than half a second. About 3 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page

from tests.benchmarks.city_house import city_house
from tests.benchmarks.spread import spread
from tests.support.chromium import CODE_SHARE, chromium, code_of, look, pair
from tests.support.waiting import eventually
from tests.support.whep_watcher import watching

CAMERAS = ("cam-001", "cam-002")
FREEZE_S = 0.5


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--switches", type=int, default=100, help="how many")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, switch, leave nothing behind."""
    count = min(options.switches, 20) if options.quick else options.switches
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with AsyncExitStack() as stack:
            site = await stack.enter_async_context(city_house(Path(folder), len(CAMERAS)))
            admin = await stack.enter_async_context(site.client())
            for stream in [f"cam.{camera}.{which}" for camera in CAMERAS for which in ("main", "sub")]:
                made = await admin.post("/api/tokens", json={"label": "bench", "stream": stream})
                await stack.enter_async_context(watching(f"{site.base}/whep/{stream}", made.json()["token"]))
            browser = await stack.enter_async_context(chromium())
            page = await pair(site, browser, "wall-1", 640, 360, decoders=64)
            return await _switch(page, Wall(admin), count)


class Wall:
    """The wall as a supervisor rearranges it."""

    def __init__(self, admin: httpx.AsyncClient) -> None:
        self._admin = admin
        self._revision = 0
        self.cell = ""

    async def change(self, **command: Any) -> None:
        """One command."""
        change = {"base_revision": self._revision, "command": {"display": "wall-1", **command}}
        answer = await self._admin.post("/api/walls/wall/commands", json=change)
        answer.raise_for_status()
        self._take(answer.json())

    async def one_cell(self) -> None:
        """A single cell, with the first camera."""
        self._take((await self._admin.get("/api/walls/wall")).json())
        await self.change(type="preset", preset="1")
        await self.show(CAMERAS[0])

    async def show(self, camera: str) -> None:
        """This camera in the cell."""
        await self.change(type="assign", cell=self.cell, camera=camera)

    async def eased(self) -> bool:
        """Whether the display gets less than it could show, because it dropped pictures."""
        return bool((await self._admin.get("/api/displays/wall-1/plan")).json()["eased"])

    def _take(self, wall: dict[str, Any]) -> None:
        self._revision = wall["revision"]
        self.cell = wall["displays"][0]["layout"]["cells"][0]["id"]


async def _switch(page: Page, wall: Wall, count: int) -> dict[str, Any]:
    await wall.one_cell()
    await eventually(lambda: _alone(page), within=60, every=0.5)
    await page.evaluate("share => window.watchScreen(share)", CODE_SHARE)
    chance = random.Random(1)
    took_ms, asked_ms, times, black, eased = [], [], [], 0, 0
    for number in range(1, count + 1):
        began = time.time()
        await wall.show(CAMERAS[number % 2])
        asked_ms.append(1000 * (time.time() - began))
        await asyncio.sleep(1.0 + chance.random())  # anywhere in a GOP
        seen = [(one["at"] / 1000, code_of(one["picture"])) for one in await page.evaluate("window.seenOnScreen()")]
        times += [at for at, _ in seen]
        eased += await wall.eased()
        black += sum(code is None for _, code in seen)
        new = [at for at, code in seen if at >= began and code is not None and code[0] == 1 + number % 2]
        took_ms.append(1000 * (new[0] - began) if new else float("inf"))
    gaps = [after - before for before, after in pairwise(times)]
    return {
        "ms": spread(took_ms),
        "api_ms": spread(asked_ms),
        "black": black,
        "eased": eased,
        "freezes": sum(gap > FREEZE_S for gap in gaps),
        "longest_gap_ms": 1000 * max(gaps),
        "pictures": len(times),
    }


async def _alone(page: Page) -> bool:
    cells = await look(page)
    return len(cells) == 1 and cells[0].live and cells[0].kind == "camera" and cells[0].code is not None
