"""The first sign-in, in a real browser: the password that was printed, one's own, and out and in again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.accessibility import barriers
from tests.e2e.desk import printed_password
from tests.support.chromium import chromium, executable, person
from tests.support.debian import require
from tests.support.nats import BusServer
from tests.support.site import free_port
from wallserver.config import settings_of
from wallserver.control import run_control

pytestmark = pytest.mark.e2e
OWN = "raba siang di losari"


async def test_the_first_password_is_changed_before_anything_else(
    tmp_path: Path, bus_server: BusServer, capsys: pytest.CaptureFixture[str]
) -> None:
    require(lambda: executable() is not None, "chromium")
    settings = settings_of(state_dir=tmp_path / "state", http={"port": free_port()})
    stop = asyncio.Event()
    running = asyncio.create_task(run_control(settings, bus_server.address("control"), stop))
    first = await printed_password(capsys)
    async with chromium() as browser:
        context = await person(browser, 1366, 768, base_url=f"http://127.0.0.1:{settings.http.port}")
        page = await context.new_page()
        blocked: list[str] = []
        page.on("console", lambda said: blocked.append(said.text) if "Security Policy" in said.text else None)
        await first_sign_in(page, first)
        await expect(page.get_by_role("button", name="Keluar")).to_be_visible()
        assert not blocked
    stop.set()
    await running


async def first_sign_in(page: Page, first: str) -> None:
    """By keyboard; what is wrong is said, and there is no way round."""
    await page.goto("/console")
    await page.wait_for_url("**/login")
    assert await barriers(page) == []
    await page.keyboard.type("admin")
    await page.keyboard.press("Tab")
    await page.keyboard.type(first)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("dibuat oleh orang lain")).to_be_visible()
    await expect(page.get_by_label("Kata sandi baru")).to_be_focused()
    await page.goto("/console")
    await page.wait_for_url("**/login#password")
    await page.get_by_label("Kata sandi sekarang").fill(first)
    for new, again, said in (
        (OWN, "another one", "tidak sama"),
        ("aaaaaaaaaaaaa", "aaaaaaaaaaaaa", "karakter yang sama"),
    ):
        await page.get_by_label("Kata sandi baru").fill(new)
        await page.get_by_label("Sekali lagi").fill(again)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text(said)
    await page.get_by_label("Kata sandi baru").fill(OWN)
    await page.get_by_label("Sekali lagi").fill(OWN)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/console")
