"""The page in a real Chromium, on a phone: it finds a camera, shows it as well as it can, says how, and blanks it."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Error, Page, Route, ViewportSize, expect

from tests.support.chromium import chromium, executable
from tests.support.debian import require
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.public.conftest import CUT, NAME, PublicSite, public_site
from wallserver.config import Settings
from wallserver.control.routes.pages import static_folder
from wallserver.public.pages import load_page

pytestmark = pytest.mark.e2e

PHONE: ViewportSize = {"width": 390, "height": 780}
DESK: ViewportSize = {"width": 1440, "height": 900}
NO_WEBRTC = "delete window.RTCPeerConnection;"
STILLS = "Gambar diam, diperbarui setiap 2 detik"
PATIENCE_MS = 40_000
PICTURES = """new Promise((resolve) => {
  const video = document.querySelector('video');
  let count = 0;
  const look = () => (++count === 3 ? resolve(video.videoWidth) : video.requestVideoFrameCallback(look));
  video.requestVideoFrameCallback(look);
})"""


def test_the_public_gets_no_page_of_the_operators() -> None:
    page = load_page(static_folder())
    stems = {name.partition("-")[0] for name in page.assets}
    assert "public" in stems
    assert not stems & {"console", "display", "editor", "login"}


async def test_the_page_shows_a_camera_by_what_there_is_and_blanks_it(
    settings: Settings, bus_server: BusServer, viewers_on_loopback: None
) -> None:
    require(lambda: executable() is not None, "chromium")
    async with public_site(settings, bus_server) as city, chromium() as browser:
        public_id = await city.publish()
        pages: list[Page] = []
        for script, blocked, words in (
            ("", None, "Langsung, seketika"),
            (NO_WEBRTC, None, "Langsung, beberapa detik lebih lambat"),
            (NO_WEBRTC, "**/public/hls/**", STILLS),
        ):
            page = await browser.new_page(viewport=PHONE if script else DESK)
            wrong: list[Error] = []
            page.on("pageerror", partial(_keep, wrong))
            await page.add_init_script(script)
            if blocked is not None:
                await page.route(blocked, _abort)
                await page.route("**/public/events**", _abort)  # nor is it told anything: it has to ask
            await page.goto(f"{city.base}/public")
            await _picture_of(page, f"list {page.viewport_size}")
            await page.get_by_placeholder("Cari kamera").fill("lima losari")
            await page.get_by_role("link", name=NAME).press("Enter")
            await expect(page.get_by_text(words)).to_be_visible(timeout=PATIENCE_MS)
            assert page.url == f"{city.base}/public/c/{public_id}"
            if words == STILLS:
                await expect(page.get_by_role("img", name=NAME)).to_be_visible()
                assert await page.evaluate("document.querySelector('img').naturalWidth") == 640
            else:
                assert await page.evaluate(PICTURES) == 640
            await _picture_of(page, words)
            assert not wrong
            pages.append(page)
        told, _, asks = pages
        await asks.get_by_text("English").click()
        await expect(asks.get_by_text("Stills, refreshed every 2 seconds")).to_be_visible()
        city.no_picture()
        for page in (told, asks):
            await expect(page.locator(".way")).to_have_text(re.compile("No picture|Tidak ada gambar"), timeout=20_000)
        await city.cut_off()
        for page in (told, asks):
            await expect(page.get_by_text(CUT["public_text"])).to_be_visible(timeout=2_000)
            await expect(page.locator("video, img")).to_have_count(0, timeout=2_000)
            await _picture_of(page, f"cut off {page.viewport_size}")
            await page.close()


async def test_a_supervisor_cuts_all_off_and_lifts_it_from_the_console(city: PublicSite) -> None:
    require(lambda: executable() is not None, "chromium")
    public_id = await city.publish()

    async def through(route: Route) -> None:
        """The pages of control, which listens nowhere in this test."""
        asked = route.request
        headers = {name: value for name, value in asked.headers.items() if name in {"content-type", "x-wallserver"}}
        answer = await city.admin.request(asked.method, asked.url, headers=headers, content=asked.post_data_buffer)
        told = {name: value for name, value in answer.headers.items() if name != "content-encoding"}
        await route.fulfill(status=answer.status_code, headers=told, body=answer.content)

    async def state() -> str:
        return str((await (await city.get(f"/public/api/cameras/{public_id}")).json())["state"])

    async def is_cut() -> bool:
        return await state() == "cut_off"

    async def is_there() -> bool:
        return await state() == "available"

    async with chromium() as browser:
        page = await browser.new_page(viewport=DESK)
        await page.route("http://wall.test/**", through)
        await page.goto("http://wall.test/console")
        await page.get_by_role("button", name=re.compile("^Publik: ")).click(timeout=PATIENCE_MS)
        seen = page.get_by_role("dialog", name="Yang dilihat publik")
        await expect(seen.get_by_role("row", name=NAME)).to_contain_text("Terlihat publik")
        await _picture_of(page, "public list")
        await seen.get_by_role("button", name="Putus semua").click()
        await _picture_of(page, "cut off dialog")
        await page.get_by_role("button", name="Putus sekarang").press("Enter")
        await eventually(is_cut, within=2)
        await expect(seen.get_by_role("row", name=NAME)).to_contain_text("Diputus")
        await _picture_of(page, "public list cut")
        await seen.get_by_role("button", name="Buka lagi").click()
        await eventually(is_there)
        await page.goto("http://wall.test/admin#cameras/cam-2")
        await page.get_by_label("Nama untuk publik").fill("Pantai Losari", timeout=PATIENCE_MS)
        await _picture_of(page, "publish")
        await page.get_by_role("button", name="Publikasikan").click()
        await expect(page.get_by_role("button", name="Tarik dari publik")).to_be_visible(timeout=PATIENCE_MS)
        assert len((await city.admin.get("/api/public")).json()["cameras"]) == 2


def _keep(found: list[Error], error: Error) -> None:
    found.append(error)


async def _abort(route: Route) -> None:
    await route.abort()


async def _picture_of(page: Page, name: str) -> None:
    """For a person to look at, where one wants to."""
    if folder := os.environ.get("PUBLIC_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{re.sub('[^a-z]+', '-', name.lower())}.png")
