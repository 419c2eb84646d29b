"""A wall of two displays, a draft that changes every cell of both, published: how long until both show it.

Four cameras of 640×360 on each display, in Chromium, all eight of them on the wall before as after: what is measured is
the change, not a camera that has to be reached first. Once each cell is a stream of its own, once each display is one
mosaic (the page says what its machine bears). From the API call that publishes to the first look at the page's decoded
pictures in which every cell shows the number of its new camera. `apart_ms`: between the two displays. `late`: how many
took more than 3 s; they count as 3 s. About 4 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page

from tests.benchmarks.city_house import DISPLAYS, SECOND_DISPLAY, city_house
from tests.benchmarks.spread import spread
from tests.support.chromium import CODE_SHARE, chromium, code_of, look, pair
from tests.support.site import Site
from tests.support.waiting import eventually
from tests.support.wall_commands import change

EACH = 4
CAMERAS = [f"cam-{number:03}" for number in range(1, len(DISPLAYS) * EACH + 1)]
# What the page is made to say that it bears: as many streams as there are, or one.
WAYS = {"passthrough": 64, "mosaic": 1}
LONGEST_S = 3.0

# As often as the screen is drawn: once the cells are called as wanted, what is in their pixels, some times.
RECORD = """
async ([wanted, share, ms]) => {
  const looks = [], end = Date.now() + ms;
  const inOrder = (cells) =>
    [...cells].sort((a, b) => Math.round(a.rect[1] - b.rect[1]) || Math.round(a.rect[0] - b.rect[0]));
  const names = (cells) => inOrder(cells).map((cell) => cell.camera).join();
  while (Date.now() < end && looks.length < 30) {
    if (names(window.wall?.cells ?? []) === wanted.join()) {
      const cells = inOrder(JSON.parse(await window.readCells(share)));
      if (names(cells) === wanted.join()) looks.push(cells);
    }
    await new Promise(requestAnimationFrame);
  }
  return JSON.stringify(looks);
}
"""


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--publishes", type=int, default=50, help="how many, for each way")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, publish, leave nothing behind."""
    count = min(options.publishes, 5) if options.quick else options.publishes
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with (
            city_house(Path(folder), len(CAMERAS), main="sub") as site,
            chromium() as browser,
            site.client() as admin,
        ):
            wall = Wall(admin)
            await wall.begin()
            return {way: await _measure(site, browser, wall, decoders, count) for way, decoders in WAYS.items()}


class Wall:
    """The wall as a supervisor prepares it in a draft."""

    def __init__(self, admin: httpx.AsyncClient) -> None:
        self._admin = admin
        self._cells: dict[str, list[str]] = {}
        self._changes = 0

    async def begin(self) -> None:
        """Two displays of four cells."""
        wall = await change("wall", self._admin, **SECOND_DISPLAY)
        for display in DISPLAYS:
            wall = await change("wall", self._admin, type="preset", display=display, preset="2x2")
        for one in wall["displays"]:
            self._cells[one["id"]] = [cell["id"] for cell in one["layout"]["cells"]]

    async def prepare(self, turn: int) -> dict[str, list[str]]:
        """Another camera into each cell: what each display is to show, cell by cell."""
        wanted = {
            display: [CAMERAS[(turn + EACH * place + cell) % len(CAMERAS)] for cell in range(EACH)]
            for place, display in enumerate(DISPLAYS)
        }
        self._changes = 0
        for display, cameras in wanted.items():
            for cell, camera in zip(self._cells[display], cameras, strict=True):
                await self._draft({"type": "assign", "display": display, "cell": cell, "camera": camera})
        return wanted

    async def publish(self) -> None:
        """The draft to all displays at once."""
        answer = await self._admin.post("/api/walls/wall/draft/publish", json={"changes": self._changes})
        answer.raise_for_status()

    async def _draft(self, command: dict[str, Any]) -> None:
        asked = {"changes": self._changes, "command": command}
        answer = await self._admin.post("/api/walls/wall/draft/commands", json=asked)
        self._changes = answer.raise_for_status().json()["changes"]


async def _measure(site: Site, browser: Browser, wall: Wall, decoders: int, count: int) -> dict[str, Any]:
    pages = [await pair(site, browser, display, 640, 360, decoders=decoders) for display in DISPLAYS]
    chance, took_ms, apart_ms, late = random.Random(3), [], [], 0
    wanted = await wall.prepare(0)
    await wall.publish()
    await eventually(lambda: _all_shown(pages, wanted), within=60, every=0.5)
    for turn in range(1, count + 1):
        wanted = await wall.prepare(turn)
        recording = [
            asyncio.create_task(page.evaluate(RECORD, [wanted[display], CODE_SHARE, 1000 * (LONGEST_S + 1)]))
            for page, display in zip(pages, DISPLAYS, strict=True)
        ]
        await asyncio.sleep(0.3 + chance.random() / 5)  # anywhere in a tick
        began = time.time()
        await wall.publish()
        looks = [json.loads(text) for text in await asyncio.gather(*recording)]
        ends_ms = [_shown_after_ms(seen, wanted[display], began) for seen, display in zip(looks, DISPLAYS, strict=True)]
        late += max(ends_ms) >= 1000 * LONGEST_S
        took_ms.append(max(ends_ms))
        apart_ms.append(max(ends_ms) - min(ends_ms))
    for page in pages:
        await page.context.close()
    return {"ms": spread(took_ms), "apart_ms": spread(apart_ms), "late": late, "publishes": count}


def _shown_after_ms(looks: list[list[dict[str, Any]]], wanted: list[str], began: float) -> float:
    for cells in looks:
        codes = [code_of(cell["picture"]) for cell in cells]
        if [code and code[0] for code in codes] == [CAMERAS.index(camera) + 1 for camera in wanted]:
            return float(min(1000 * LONGEST_S, max(cell["at"] for cell in cells) - 1000 * began))
    return 1000 * LONGEST_S


async def _all_shown(pages: list[Page], wanted: dict[str, list[str]]) -> bool:
    for page, display in zip(pages, DISPLAYS, strict=True):
        cells = await look(page)
        if {cell.camera for cell in cells if cell.code} != set(wanted[display]):
            return False
    return True
