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
from tests.support.wall_commands import change

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


async def test_a_display_that_is_taken_off_its_wall_shows_nothing_of_it_and_comes_back_by_an_undo(
    site: Site, browser: Browser
) -> None:
    page = await open_display(browser, site.displays[1])
    all_live = "window.wall?.cells.length > 0 && window.wall.cells.every((one) => one.live)"
    await eventually(partial(page.evaluate, all_live), within=60, every=0.2)
    async with site.client() as admin:
        display = (await admin.get("/api/walls/makassar")).json()["displays"][1]["id"]
        await change("makassar", admin, type="remove_display", display=display)
        notice = page.locator(".notice")
        await expect(notice).to_contain_text("tidak ada di dinding")
        await expect(page.locator("video")).to_have_count(0)
        await asyncio.sleep(6)  # longer than a connection may be silent
        connections = await page.evaluate("window.wall.connections")
        await change("makassar", admin, type="undo")
    await eventually(partial(page.evaluate, all_live), within=60, every=0.2)
    await expect(notice).to_be_hidden()
    assert await page.evaluate("window.wall.connections") == connections
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
