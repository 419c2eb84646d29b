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

CAMERA = "cam-001"


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


async def _presented(page: Page) -> dict[int, float]:
    """When each picture was presented first, in ms since 1970, by its number."""
    times: dict[int, float] = {}
    for seen in await page.evaluate("() => window.seenOfCell()"):
        if (code := code_of(seen["picture"])) is not None:
            times.setdefault(code[1], seen["at"])
    return times


def _compared(first: dict[int, float], second: dict[int, float]) -> dict[str, Any]:
    begin, end = max(min(first), min(second)), min(max(first), max(second))
    numbers = {number for number in first.keys() | second.keys() if begin <= number <= end}
    both = [number for number in numbers if number in first and number in second]
    apart = spread(abs(first[number] - second[number]) for number in both)
    return {"apart_ms": apart, "pictures": len(both), "alone": 1 - len(both) / len(numbers)}
