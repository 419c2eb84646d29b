"""Glass to glass on one machine: a live-encoded RTSP camera through the whole house to a page in Chromium.

The stamp (wall clock, ms) is drawn immediately before the live encode and read back from the decoded picture in
`requestVideoFrameCallback`: once in a passthrough cell (main stream, 1280×720), once in a cell of a 1080p mosaic of
twelve moving cells (sub stream). About 3 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page

from tests.benchmarks.spread import spread
from tests.support.chromium import CODE_SHARE, chromium, code_of, look, pair
from tests.support.live_camera import PASSWORD, USER
from tests.support.site import free_port, house
from tests.support.waiting import eventually
from tests.support.wall_commands import change
from wallserver.city.live_camera import live_age_ms

WARM_UP_S = 10.0


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--pictures", type=int, default=600, help="pictures to measure of each kind")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, measure, leave nothing behind."""
    wanted = 100 if options.quick else options.pictures
    port = free_port()
    url = f"rtsp://127.0.0.1:{port}/live"
    camera = {"id": "live", "name": "Langsung", "main_url": f"{url}/main", "sub_url": f"{url}/sub"}
    camera |= {"username": USER, "password": PASSWORD}
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with live_camera(port), house(Path(folder), [camera]) as site, chromium() as browser:
            # A small window: a browser without a GPU would spend a core on painting, and wait for itself.
            page = await pair(site, browser, "wall-1", 640, 360, decoders=2)
            async with site.client() as admin:
                await arrange(admin)
            await eventually(lambda: _all_live(page), within=60, every=0.5)
            await asyncio.sleep(WARM_UP_S)  # what is measured is a wall that hangs, not one that starts
            passthrough = await measure(page, "camera", wanted)
            mosaic = await measure(page, "mosaic", wanted)
    return {"passthrough_ms": passthrough, "mosaic_ms": mosaic}


@contextlib.asynccontextmanager
async def live_camera(port: int) -> AsyncIterator[None]:
    """The camera in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.live_camera", str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), 30)
        yield
    finally:
        process.terminate()
        await process.wait()


async def arrange(admin: httpx.AsyncClient) -> None:
    """One large cell and twelve small ones, all of the one camera."""
    wall = await change("wall", admin, type="preset", display="wall-1", preset="1+12")
    for cell in wall["displays"][0]["layout"]["cells"]:
        await change("wall", admin, type="assign", display="wall-1", cell=cell["id"], camera="live")


async def _all_live(page: Page) -> bool:
    cells = await look(page)
    return len(cells) == 13 and all(cell.live and cell.code for cell in cells)


async def measure(page: Page, kind: str, wanted: int) -> dict[str, Any]:
    """Ages (ms) of `wanted` pictures at the moment the browser presented them."""
    facts = await page.evaluate("kind => window.wall.cells.find((cell) => cell.kind === kind)", kind)
    await page.evaluate(
        "([slot, source, share]) => window.watchCell(slot, source, share)", [facts["slot"], facts["source"], CODE_SHARE]
    )
    ages: list[float] = []
    unread = 0
    while len(ages) < wanted:
        await asyncio.sleep(1)
        for seen in await page.evaluate("() => window.seenOfCell()"):
            code = code_of(seen["picture"])
            if code is None:
                unread += 1
            else:
                ages.append(live_age_ms(code[1], seen["at"] / 1000))
    return {**spread(ages), "n": len(ages), "unread": unread}
