"""What a display does besides showing pictures: it says its number, and begins anew at night without a black moment."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from tests.e2e.desk import brightness
from tests.support.chromium import open_display, person
from tests.support.site import Site
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


WATCH_HELD = """new MutationObserver(() => {
  window.heldSaid ??= document.querySelector('.held')?.innerText;
}).observe(document, {childList: true, subtree: true});"""


async def test_identify_shows_each_displays_number(site: Site, browser: Browser) -> None:
    pages = [await open_display(browser, address) for address in site.displays[:2]]
    for page in pages:
        await eventually(partial(page.evaluate, "window.wall?.plan"))
    async with site.client() as admin:
        assert (await admin.post("/api/walls/makassar/identify")).json() == {"told": 2}
    for number, page in enumerate(pages, start=1):
        await expect(page.locator(".identify-number")).to_have_text(str(number))
        await page.context.close()


async def test_a_reload_shows_the_last_pictures_until_the_new_ones_are_there(site: Site, browser: Browser) -> None:
    sockets: list[WebSocketRoute] = []

    looked_at = asyncio.Event()
    looked_at.set()

    async def between(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        await looked_at.wait()
        socket.connect_to_server()

    context = await person(browser, 1280, 720)
    await context.route_web_socket("**/ws/display", between)
    page = await context.new_page()
    await page.add_init_script(WATCH_HELD)
    await page.goto(site.displays[0], wait_until="commit")

    async def pictures() -> bool:
        return bool(await page.evaluate("window.wall?.cells.length >= 9 && window.wall.cells.every((one) => one.live)"))

    await eventually(pictures, within=60, every=0.2)
    before = await brightness(page)
    assert before > 40
    looked_at.clear()  # without its plan no new picture comes
    async with page.expect_event("domcontentloaded"):
        sockets[-1].send('{"t": "reload"}')  # what control says when this display's turn has come
    # From its first picture on; until then a browser keeps the old page on the screen, which a screenshot cannot see.
    held = page.locator(".held img")
    await expect(held).to_be_visible()
    darkest = await brightness(page)
    looked_at.set()
    async with asyncio.timeout(PATIENCE_S):
        while not await pictures():
            if await held.count():
                darkest = min(darkest, await brightness(page))
    assert darkest > 0.7 * before
    assert (await page.evaluate("window.heldSaid")).startswith("Gambar sejak")
    await expect(page.locator(".held")).to_have_count(0)
    await context.close()
