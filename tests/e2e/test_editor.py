"""The editor in a real browser, on the house that the other tests of this folder use, with a display beside it."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, Request, expect

from tests.e2e.accessibility import barriers
from tests.e2e.desk import SECOND, WALL, brightness, cells, drag, middle, until
from tests.support.chromium import look, open_display
from tests.support.site import Site
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def editor(desk: BrowserContext, site: Site) -> Page:
    page = await desk.new_page()
    await page.goto(f"{site.base}/walls/makassar/edit")
    await page.locator(".ed-row").first.wait_for()
    await page.locator(".ed-wall [data-cell]").first.wait_for()
    return page


# The browser says that the page is behind another one, or that it is looked at again.
HIDE = """
(hidden) => {
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event('visibilitychange'));
}
"""


def cell(page: Page, name: str, display: str = SECOND) -> Locator:
    return page.locator(f'.ed-wall [data-display="{display}"][data-cell="{name}"]')


async def test_a_supervisor_arranges_a_display_by_hand(
    site: Site, browser: Browser, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    shown = await open_display(browser, site.displays[1])
    page = await editor(desk, site)
    camera = page.locator(".ed-row").nth(1)
    name = await camera.locator(".ed-row-name").text_content() or ""

    # A camera out of the list onto an empty cell; green while it hangs over it.
    target = cell(page, "c2")
    await drag(page, await middle(camera), await middle(target))
    await expect(page.locator(".ed-ghost.legal")).to_be_visible()
    await page.mouse.up()
    await expect(target).to_have_attribute("aria-label", re.compile(re.escape(name)))
    assert await barriers(page) == []

    async def on_display() -> bool:
        return any(seen.live and seen.camera.startswith("cam") for seen in await look(shown) if seen.camera)

    await eventually(on_display, every=0.1)

    # Selected it is live, it alone; while nobody looks at the page, and when it is let go, nothing is asked for.
    await target.click()
    live = page.locator(".ed-wall .ed-live.runs video")
    await expect(target.locator(".ed-live.runs video")).to_have_js_property("videoWidth", 640)
    await expect(live).to_have_count(1)
    assert await brightness(target) > 40
    for hidden in (True, False):
        await page.evaluate(HIDE, hidden)
        await expect(live).to_have_count(0 if hidden else 1)
        await expect(target.locator("img.still")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".ed-wall video")).to_have_count(0)

    await target.click()
    # A zoom that is taken from the hand while it is drawn is none; one that is drawn to its end is, once.
    before = (await admin.get(WALL)).json()["revision"]
    picture = page.locator(".zoom")
    x, y = await middle(picture)
    commands: list[Request] = []
    page.on("request", lambda asked: commands.append(asked) if asked.url.endswith("/commands") else None)
    await drag(page, (x, y), (x + 60, y + 30))
    await expect(page.locator(".zoom-box")).to_be_visible()
    await picture.dispatch_event("pointercancel")
    await page.mouse.up()
    await expect(page.locator(".zoom-box")).to_have_count(0)
    assert commands == []
    assert "zoom" not in (await cells(admin))["c2"]
    await drag(page, (x, y), (x + 60, y + 30))
    await expect(page.locator(".zoom-box")).to_be_visible()
    await page.mouse.up()
    await until(admin, lambda now: "zoom" in now["c2"])
    assert len(commands) == 1
    assert (await admin.get(WALL)).json()["revision"] == before + 1

    # Its edge over its neighbour is red, and changes nothing; away from it, it is resized.
    handle = page.locator(".ed-handle.s")
    x, y = await middle(handle)
    await drag(page, (x, y), (x, y + 60))
    await expect(page.locator(".ed-ghost.illegal")).to_be_visible()
    await page.mouse.up()
    assert (await cells(admin))["c2"]["h"] == 360
    await drag(page, (x, y), (x, y - 40))
    await page.mouse.up()
    await until(admin, lambda now: now["c2"]["h"] < 360)

    # Split by key, undo by key, twice, and redo: as it was, step by step.
    await page.keyboard.press("x")
    await until(admin, lambda now: len(now) == 7)
    await page.keyboard.press("Control+z")
    await until(admin, lambda now: len(now) == 4)
    await page.keyboard.press("Control+z")
    await until(admin, lambda now: now["c2"]["h"] == 360)
    await page.keyboard.press("Control+y")
    await until(admin, lambda now: now["c2"]["h"] < 360)
    await shown.context.close()


async def test_a_small_picture_that_is_not_followed_by_another_looks_old_wherever_it_is(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    page = await editor(desk, site)
    await cell(page, "c1").click()
    small = [page.locator(".thumb .still").first, page.locator(".zoom .still")]
    for picture in small:
        await expect(picture).not_to_have_class(re.compile("dead"))
    await page.route("**/still", lambda route: route.abort())
    for picture in small:
        await expect(picture).to_have_class(re.compile("dead"), timeout=20_000)
    await expect(page.locator(".thumb .still-age").first).to_have_text(re.compile(r"^\d+ dtk$"))
    await expect(page.locator(".zoom .still-age")).to_have_text(re.compile(r"^\d+ dtk yang lalu$"))
    await page.close()


async def test_a_scene_is_saved_and_recalled_by_its_digit(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    page = await editor(desk, site)
    before = await cells(admin)
    await page.keyboard.press("s")
    await page.locator("#scene-name").fill("Uji")
    await page.keyboard.press("Enter")
    digit = await page.locator(".scene", has_text="Uji").locator("kbd").inner_text()
    await cell(page, "c1").click()
    await page.keyboard.press("Delete")
    await until(admin, lambda now: now["c1"]["content"] == {"type": "empty"})
    await page.keyboard.press(digit)
    await until(admin, lambda now: now == before)
    await page.get_by_label(re.compile("Hapus adegan: Uji")).click()
    await expect(page.locator(".scene", has_text="Uji")).to_have_count(0)


async def test_a_stale_edit_shows_what_changed_and_can_be_applied_on_top(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    first, second = await editor(desk, site), await editor(desk, site)
    # The second one does not hear of it before it edits, as where two do it in the same instant.
    await second.route("**/api/walls", lambda route: route.abort())
    await cell(first, "c1").click()
    await first.keyboard.press("Delete")
    await until(admin, lambda now: now["c1"]["content"] == {"type": "empty"})
    await cell(second, "c3").click()
    await second.keyboard.press("v")
    conflict = second.locator(".ed-conflict")
    await expect(conflict.locator(".changes li")).to_have_count(1)
    await expect(cell(second, "c1")).to_have_class(re.compile("changed"))
    assert len(await cells(admin)) == 4
    await conflict.locator(".primary").click()
    await until(admin, lambda now: len(now) == 5)
    await expect(conflict).to_have_count(0)


async def test_a_draft_is_seen_by_nobody_until_it_is_published(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    page = await editor(desk, site)
    before = await cells(admin)
    await page.locator(".modes label", has_text="Draf").click()
    await cell(page, "c1").click()
    for _ in range(3):
        await page.keyboard.down("h")  # held, it splits once
    await page.keyboard.up("h")
    await expect(page.locator('.ed-wall [data-display="makassar-2"].drafted')).to_have_count(2)
    assert await cells(admin) == before
    await page.locator(".draft-bar .primary").click()
    await until(admin, lambda now: len(now) == len(before) + 1)
    await expect(page.locator(".draft-bar .primary")).to_have_count(0)


async def test_everything_can_be_done_by_keyboard(site: Site, desk: BrowserContext, admin: httpx.AsyncClient) -> None:
    page = await editor(desk, site)
    await cell(page, "c1").focus()
    await page.keyboard.press("ArrowRight")
    await expect(cell(page, "c2")).to_be_focused()
    await page.keyboard.press("Shift+ArrowUp")
    await until(admin, lambda now: now["c2"]["h"] < 360)
    await page.keyboard.press("Enter")
    await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await until(admin, lambda now: now["c2"]["content"]["type"] == "camera")
    await expect(cell(page, "c2")).to_be_focused()

    # An answer that nobody understands is said, and holds up nothing that comes behind it.
    await page.route("**/api/walls/makassar/commands", lambda route: route.fulfill(body="<html>"), times=1)
    await page.keyboard.press("Delete")
    await expect(page.get_by_role("alert")).to_contain_text("Belum pasti")
    await page.keyboard.press("Delete")
    await until(admin, lambda now: now["c2"]["content"] == {"type": "empty"})
    await expect(page.get_by_role("alert")).to_have_count(0)
