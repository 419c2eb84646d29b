"""What a display does besides showing pictures: it says its number, and begins anew at night without a black moment."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from tests.e2e.desk import PANEL_SITE, SECOND, brightness, do
from tests.support.chromium import open_display, person
from tests.support.site import Site
from tests.support.waiting import PATIENCE_S, eventually
from tests.support.wall_commands import change

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


# Says whose it is to the browser, and what it gets when it reaches for the page around it.
PANEL_PAGE = """<p></p><script>
let reached = 'everything';
try { void window.parent.document; } catch (error) { reached = error.name; }
document.querySelector('p').textContent = `${window.origin} ${reached}`;
</script>"""

WATCH_HELD = """new MutationObserver(() => {
  window.heldSaid ??= document.querySelector('.held')?.innerText;
}).observe(document, {childList: true, subtree: true});"""


async def test_identify_shows_each_displays_number(site: Site, browser: Browser) -> None:
    pages = [await open_display(browser, address) for address in site.displays[:2]]
    for page in pages:
        await eventually(partial(page.evaluate, "window.wall?.plan"))
    async with site.client() as admin:
        assert (await admin.post("/api/walls/makassar/identify")).json() == {"told": 2, "ms": 8000}
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


async def test_a_site_that_is_allowed_is_shown_apart_from_us_and_asked_again_where_it_was_away(
    site: Site, browser: Browser, admin: httpx.AsyncClient
) -> None:
    context = await person(browser, 960, 540)
    picture = Path(__file__).parents[2].joinpath("docs/display-1080.jpg").read_bytes()
    asked = 0

    async def give(route: Route) -> None:
        nonlocal asked
        if route.request.url.endswith("/papan"):
            await route.fulfill(content_type="text/html", body=PANEL_PAGE)
            return
        asked += 1
        await (route.abort() if asked == 1 else route.fulfill(content_type="image/jpeg", body=picture))

    await context.route(f"{PANEL_SITE}/**", give)
    for cell, kind, path in (("c2", "image", "hujan.jpg"), ("c3", "web", "papan")):
        content = {"type": "panel", "panel": kind, "url": f"{PANEL_SITE}/{path}"}
        await do(admin, type="assign", display=SECOND, cell=cell, content=content)
    page = await context.new_page()
    await page.goto(site.displays[1], wait_until="commit")
    await expect(page.locator(".panel-image")).to_have_text("Gambar tidak dapat dimuat.")
    await expect(page.frame_locator(".panel-web iframe").locator("p")).to_have_text("null SecurityError")
    await expect(page.locator(".panel-image img")).to_be_visible()
    assert await page.locator(".panel-image img").evaluate("(image) => image.naturalWidth") == 1920
    await expect(page.locator(".panel-image")).to_have_text("")
    await context.close()


async def test_a_list_of_states_names_its_cameras_and_says_of_when_it_is(
    site: Site, browser: Browser, admin: httpx.AsyncClient
) -> None:
    away = asyncio.Event()
    sockets: list[WebSocketRoute] = []

    async def between(socket: WebSocketRoute) -> None:
        if not away.is_set():
            sockets.append(socket)
            socket.connect_to_server()

    unreachable = {"id": "mati", "name": "Jl. Tanjung Bunga Selatan · Lorong 14", "main_url": "rtsp://127.0.0.9:9/main"}
    assert (await admin.post("/api/cameras", json=unreachable)).is_success
    for cell, content in (
        ("c2", {"type": "panel", "panel": "states", "selector": {}}),
        ("c3", {"type": "camera", "camera": "mati"}),
    ):
        await do(admin, type="assign", display=SECOND, cell=cell, content=content)
    context = await person(browser, 960, 540)
    await context.route_web_socket("**/ws/display", between)
    page = await context.new_page()
    await page.goto(site.displays[1], wait_until="commit")
    worst = page.locator(".list-row").first
    await expect(worst).to_contain_text("Tidak terjangkau sejak", timeout=60_000)
    name = worst.locator(".list-name")
    await expect(name).to_have_text(unreachable["name"])
    shown, list_shown = await name.bounding_box(), await page.locator(".list-rows").bounding_box()
    assert shown
    assert list_shown
    assert shown["width"] > 0.8 * list_shown["width"]
    end, more = await name.locator(".name-end").bounding_box(), page.locator(".list-more")
    assert end
    assert end["x"] + end["width"] <= shown["x"] + shown["width"] + 1
    rows = await page.locator(".list-row").count()
    await expect(more).to_have_text(f"dan {11 - rows} lagi")
    await expect(page.locator(".panel-states .tone-good").first).to_be_visible()
    away.set()
    await sockets[-1].close()
    await expect(page.locator(".list-as-of")).to_contain_text("Keadaan per ")
    await expect(page.locator(".panel-states .tone-good")).to_have_count(0)
    await expect(page.locator(".list-counts")).to_have_text(re.compile(r"^10\s*1$"))
    away.clear()
    await expect(page.locator(".list-as-of")).to_have_count(0)
    await context.close()
    assert (await admin.delete("/api/cameras/mati")).is_success


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
