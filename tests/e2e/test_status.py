"""The page /status in a real browser, of the house that the other tests of this folder use."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import BrowserContext, expect

from tests.e2e.accessibility import barriers
from tests.e2e.conftest import CAMERAS, HLS
from tests.support.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ALL = CAMERAS + HLS


async def test_the_status_page_shows_states_stills_a_month_and_figures(site: Site, desk: BrowserContext) -> None:
    problems: list[str] = []
    page = await desk.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Security Policy" in said.text else None)
    await page.goto(f"{site.base}/console")
    await page.get_by_role("link", name="Keadaan").click()
    await page.wait_for_url("**/status")
    rows = page.locator(".table-body [role=row]")
    await expect(rows).to_have_count(ALL)
    live = page.locator(".tally button", has_text="Langsung")
    await expect(live.locator(".tally-count")).to_have_text(str(ALL))
    assert await barriers(page) == []

    # By keys: search, what finds nothing, back, and the other tabs.
    await page.keyboard.press("/")
    await page.keyboard.type("tidak ada yang bernama begini")
    await expect(page.locator(".sentence")).to_contain_text("Tidak ada kamera yang cocok")
    await page.keyboard.press("Escape")
    await expect(rows).to_have_count(ALL)
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".table-body")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("2")
    await expect(page.locator(".tile.picture-fresh img")).to_have_count(ALL)
    await page.keyboard.press("3")
    await expect(page.locator(".shares tbody tr").first.locator(".share")).to_have_text(re.compile(r"\d %|tidak ada"))
    # A month in which nobody watched says so.
    await page.locator(".availability select").select_option(index=1)
    await expect(page.locator(".not-firm")).to_contain_text("bukan bukti")
    await expect(page.locator(".shares tbody tr").first).to_contain_text("0,00 %")
    assert await barriers(page) == []
    await page.keyboard.press("4")
    await expect(page.locator(".chart canvas")).to_have_count(4)
    await expect(page.locator(".system")).to_contain_text("gateway")
    assert await barriers(page) == []
    assert problems == []
