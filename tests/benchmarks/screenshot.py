"""Makes the pictures in docs: a display of a wall of three, and the pages for people. `./run screenshot`.

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


async def take_display(browser: Browser, address: str, name: str, size: tuple[int, int]) -> None:
    """A display with all its cameras live."""
    page = await open_display(browser, address, *size)

    async def all_live() -> bool:
        cells = [cell for cell in await look(page) if not cell.dead]
        return len(cells) >= 7 and all(cell.live for cell in cells)

    await eventually(all_live, within=90, every=0.5)
    await page.screenshot(path=DOCS / f"display-{name}.jpg", type="jpeg", quality=80)
    await page.context.close()


async def take_editor(browser: Browser, site: Site, name: str, size: tuple[int, int]) -> None:
    """The editor with a cell selected and stills in all of them."""
    page = await open_page(browser, site, "/walls/makassar/edit", size)
    await page.locator(".ed-wall [data-cell]").first.wait_for()
    await all_stills(page)
    await page.locator(f'[data-display="{MIDDLE}"][data-cell="c5"]').click()
    await page.wait_for_timeout(1500)  # the thumbnails of the list
    await page.mouse.move(5, 5)
    await page.screenshot(path=DOCS / f"editor-{name}.jpg", type="jpeg", quality=84)
    await page.context.close()


async def take_console(browser: Browser, site: Site, name: str, size: tuple[int, int]) -> None:
    """The console with a lorong found, and live."""
    page = await open_page(browser, site, "/console", size)
    await page.locator('.map-place[data-ready="true"]').wait_for()
    await all_stills(page)
    await page.locator("#search").fill("lorong")
    await page.keyboard.press("ArrowDown")
    await page.locator('.stage[data-mark="live"] video').wait_for()
    await page.screenshot(path=DOCS / f"console-{name}.jpg", type="jpeg", quality=84)
    await page.context.close()


async def take_status(browser: Browser, site: Site, name: str, size: tuple[int, int]) -> None:
    """The contact sheet of the status page."""
    page = await open_page(browser, site, "/status#sheet", size)

    async def all_seen() -> bool:
        return await page.locator(".tile.picture-fresh img").count() == CAMERAS

    await eventually(all_seen, within=60, every=0.5)
    await page.screenshot(path=DOCS / f"status-{name}.jpg", type="jpeg", quality=84)
    await page.context.close()


async def open_page(browser: Browser, site: Site, path: str, size: tuple[int, int]) -> Page:
    """A page for people, of a window of its own, signed in."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, device_scale_factor=1)
    await context.request.post(f"{site.base}/api/login", data={"username": "admin", "password": site.password})
    page = await context.new_page()
    await page.goto(f"{site.base}{path}")
    return page


async def all_stills(page: Page) -> None:
    """Until every cell has its picture."""

    async def are_there() -> bool:
        return await page.locator(".no-still").count() == 0

    await eventually(are_there, within=60, every=0.5)


async def main() -> None:
    """Start a small city, arrange its wall, take the pictures."""
    with tempfile.TemporaryDirectory(prefix="wallserver-shot-") as folder:
        async with demo(Path(folder), CAMERAS, per_display=8) as site, chromium() as browser, site.client() as admin:
            await site.live(CAMERAS, within=240)
            await arrange(admin)
            for name, size in SIZES.items():
                await take_display(browser, site.displays[0], name, size)
                await take_editor(browser, site, name, size)
            await take_console(browser, site, "1080", SIZES["1080"])
            await take_status(browser, site, "1080", SIZES["1080"])


if __name__ == "__main__":
    asyncio.run(main())
