"""Makes the pictures in docs: a display of a wall of three, and those of the handbooks. `./run screenshot`.

A small city; the wall is arranged through the API as a supervisor would arrange it, and looked at in Chromium.
"""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page

from tests.benchmarks.screenshot_pages import no_gaps, signed_in_page, take_all
from tests.benchmarks.screenshot_public import take_public
from tests.support.chromium import chromium, look, open_display
from tests.support.site import Site, demo
from tests.support.waiting import eventually
from tests.support.wall_commands import change

DOCS = Path(__file__).parents[2] / "docs"
CAMERAS = 24
SIZES = {"1080": (1920, 1080), "2160": (3840, 2160)}
do = partial(change, "makassar")
LEFT, MIDDLE, RIGHT = (f"makassar-{number}" for number in (1, 2, 3))


def panel(kind: str, **more: Any) -> dict[str, Any]:
    """A panel as a content."""
    return {"type": "panel", "panel": kind, **more}


def arrangement() -> list[dict[str, Any]]:
    """Three displays side by side: one large camera and its surroundings, the city in 3×3, and what is wrong."""
    tour = {"id": "lorong", "name": "Tur lorong", "selector": {}, "dwell_s": 15, "order": "fixed"}
    text = panel("text", text="Siaga banjir\nPosko 112")
    return [
        {"type": "set_geometry", "columns": 3, "rows": 1, "bezel_x": 36, "bezel_y": 0},
        {"type": "preset", "display": LEFT, "preset": "1+7"},
        {"type": "assign", "display": LEFT, "cell": "c1", "fit": "cover"},
        {"type": "preset", "display": MIDDLE, "preset": "3x3"},
        {"type": "preset", "display": RIGHT, "preset": "1+5"},
        {"type": "set_tour", "tour": tour},
        {"type": "assign", "display": LEFT, "cell": "c8", "content": panel("clock", time_zone="Asia/Makassar")},
        {"type": "assign", "display": RIGHT, "cell": "c1", "content": panel("states", selector={})},
        {"type": "assign", "display": RIGHT, "cell": "c5", "content": text},
        {"type": "assign", "display": RIGHT, "cell": "c6", "content": panel("clock", time_zone="Asia/Jakarta")},
        {"type": "lock", "display": RIGHT, "cell": "c1"},
    ]


async def arrange(admin: httpx.AsyncClient) -> None:
    """Do it all, and keep two scenes."""
    # The demo hangs three displays in two rows.
    await do(admin, type="set_geometry", columns=3, rows=2, bezel_x=36, bezel_y=0)
    await do(admin, type="change_display", display=RIGHT, column=2, row=0)
    await do(admin, type="several", commands=arrangement())
    for key, name in enumerate(("Siang", "Malam", "Banjir"), start=1):
        await do(admin, type="save_scene", scene=name.lower(), name=name, key=key)


async def take_display(browser: Browser, address: str, name: str, size: tuple[int, int]) -> Page:
    """A display with all its cameras live."""
    page = await open_display(browser, address, *size)

    async def all_live() -> bool:
        cells = [cell for cell in await look(page) if not cell.dead]
        return len(cells) >= 7 and all(cell.live for cell in cells)

    await eventually(all_live, within=90, every=0.5)
    await page.screenshot(path=DOCS / f"display-{name}.jpg", type="jpeg", quality=80)
    return page


async def take_editor(browser: Browser, site: Site, name: str, size: tuple[int, int]) -> None:
    """The editor with a cell chosen and a picture in all of them, as large as a supervisor's screen."""
    async with signed_in_page(browser, site, "/walls/makassar/edit", "id", size) as page:
        await page.locator(".ed-wall [data-cell]").first.wait_for()
        await no_gaps(page)
        await page.locator(f'[data-display="{MIDDLE}"][data-cell="c5"]').click()
        await page.wait_for_timeout(1500)  # the thumbnails of the list
        await page.mouse.move(5, 5)
        await page.screenshot(path=DOCS / f"editor-{name}.jpg", type="jpeg", quality=80)


async def main() -> None:
    """Start a small city, arrange its wall, take the pictures; then those of a city with a public page."""
    with tempfile.TemporaryDirectory(prefix="wallserver-shot-") as folder:
        async with demo(Path(folder), CAMERAS, per_display=8) as site, chromium() as browser, site.client() as admin:
            await site.live(CAMERAS, within=240)
            await arrange(admin)
            # On the pages that follow a display is connected.
            shown = [await take_display(browser, site.displays[0], *sized) for sized in SIZES.items()]
            await shown[-1].context.close()
            for sized in SIZES.items():
                await take_editor(browser, site, *sized)
            await take_all(browser, site, admin, DOCS)
    async with chromium() as browser:
        await take_public(browser, DOCS)


if __name__ == "__main__":
    asyncio.run(main())
