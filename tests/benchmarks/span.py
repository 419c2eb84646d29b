"""A panorama over two displays: how far apart in time the two halves of a picture are on their screens.

One camera of 1280×720 over both displays of a wall, each in a Chromium of its own. Both pages get the same stream and
show their half of it; the number in the picture and the wall clock at the browser's callback for it are read on both,
and `apart_ms` is what lies between them for the same picture. `alone`: the share of pictures that only one presented.
About a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page

from tests.benchmarks.city_house import DISPLAYS, SECOND_DISPLAY, city_house
from tests.benchmarks.spread import spread
from tests.support.chromium import CODE_SHARE, chromium, code_of, pair
from tests.support.waiting import eventually
from tests.support.wall_commands import change
from wallserver.city.clock import CLIP_PICTURES, FPS

CAMERA = "cam-001"
LAP_MS = 1000 * CLIP_PICTURES / FPS  # a camera's clip, after which its numbers begin again
EDGE_MS = 500  # at the edges of what both were watched, one may have seen what the other was not looked at for


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--seconds", type=float, default=40.0, help="how long both pages are watched")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, measure, leave nothing behind."""
    seconds = min(options.seconds, 5.0) if options.quick else options.seconds
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with (
            city_house(Path(folder), 1) as site,
            chromium() as one,
            chromium() as other,
            site.client() as admin,
        ):
            await _arrange(admin)
            browsers = zip((one, other), DISPLAYS, strict=True)
            pages = [await pair(site, browser, display, 640, 360) for browser, display in browsers]
            for page in pages:
                await eventually(partial(_watched, page), within=60, every=0.5)
            await asyncio.sleep(seconds)
            first, second = [await _presented(page) for page in pages]
    return _compared(first, second)


async def _arrange(admin: httpx.AsyncClient) -> None:
    """A second display, and the camera over both."""
    await change("wall", admin, **SECOND_DISPLAY)
    wall = await change("wall", admin, type="panorama", displays=list(DISPLAYS))
    (cell,) = wall["displays"][0]["layout"]["cells"]
    await change("wall", admin, type="assign", display=DISPLAYS[0], cell=cell["id"], camera=CAMERA)


async def _watched(page: Page) -> bool:
    """Whether the camera is shown; from then on every picture is noted."""
    cells = await page.evaluate("window.wall?.cells ?? []")
    if not (len(cells) == 1 and cells[0]["live"] and cells[0]["kind"] == "camera"):
        return False
    # The whole picture, of which the page shows its half: the number is in the left one.
    await page.evaluate("([slot, share]) => window.watchCell(slot, null, share)", [cells[0]["slot"], CODE_SHARE])
    return True


async def _presented(page: Page) -> list[tuple[int, float]]:
    """Each picture's number, and when it was presented first, in ms since 1970; numbers begin again with each lap."""
    times: list[tuple[int, float]] = []
    last: dict[int, float] = {}
    for seen in await page.evaluate("() => window.seenOfCell()"):
        code = code_of(seen["picture"])
        if code is not None and seen["at"] - last.get(code[1], -LAP_MS) > LAP_MS / 2:
            last[code[1]] = seen["at"]
            times.append((code[1], seen["at"]))
    return times


def _compared(first: list[tuple[int, float]], second: list[tuple[int, float]]) -> dict[str, Any]:
    """A picture of the one is that of this number of the other whose lap it is."""
    begin, end = max(first[0][1], second[0][1]) + EDGE_MS, min(first[-1][1], second[-1][1]) - EDGE_MS
    ours = [one for one in first if begin <= one[1] <= end]
    apart = []
    for number, at in ours:
        nearest = min((abs(at - other) for same, other in second if same == number), default=LAP_MS)
        if nearest < LAP_MS / 2:
            apart.append(nearest)
    return {"apart_ms": spread(apart), "pictures": len(ours), "alone": 1 - len(apart) / len(ours)}
