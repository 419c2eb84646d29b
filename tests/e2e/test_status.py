"""The page /status in Chromium, of a real house: states, stills, availability, figures."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from tests.e2e.conftest import CAMERAS, HLS
from tests.support.site import Site


async def test_the_status_page_shows_states_stills_a_month_and_figures(site: Site, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    await context.request.post(f"{site.base}/api/login", data={"username": "admin", "password": site.password})
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(f"{site.base}/status")
    rows = page.locator(".table-body [role=row]")
    await expect(rows).to_have_count(CAMERAS + HLS)
    await expect(page.locator(".tally li").last.locator(".tally-count")).to_have_text(f"{CAMERAS + HLS}")
    await expect(rows.first).to_contain_text("Langsung")
    await page.keyboard.press("/")
    await page.keyboard.type("tidak ada yang bernama begini")
    await expect(page.locator(".sentence")).to_contain_text("Tidak ada kamera yang cocok")
    await page.get_by_role("button", name="Hapus saringan").click()
    await page.get_by_role("link", name="Lembar gambar").click()
    await expect(page.locator(".tile.picture-fresh img")).to_have_count(CAMERAS + HLS, timeout=20_000)
    await page.get_by_role("link", name="Ketersediaan").click()
    await expect(page.locator(".shares tbody tr").first.locator(".share")).to_contain_text("%", timeout=20_000)
    await page.get_by_role("link", name="Sistem").click()
    await expect(page.locator(".chart canvas")).to_have_count(4, timeout=20_000)
    await expect(page.locator(".system")).to_contain_text("gateway")
    assert problems == []
    await context.close()
