"""The page in a real Chromium, on a phone and on a desk: it finds a camera, by its name or on the map, shows it as well
as it can, says how, and blanks it.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, Error, Page, Request, Route, expect

from tests.e2e.accessibility import barriers
from tests.support.chromium import chromium, executable, person
from tests.support.debian import require
from tests.support.nats import BusServer
from tests.support.pmtiles import map_of_one_tile
from tests.support.waiting import eventually
from tests.wallserver.public.conftest import CUT, GROUP, NAME, POSITION, PublicSite, public_site
from wallserver.config import Settings
from wallserver.control.routes.pages import static_folder
from wallserver.public.pages import load_page

pytestmark = pytest.mark.e2e

SIZES = {"phone": (390, 780), "desk": (1440, 900)}
DESK = SIZES["desk"]
# There is no room by WebRTC, which is said; HLS then fails without a word, and what was said is true no more.
FULL = "Gambar datang beberapa detik lebih lambat."
NO_ROOM = f"""
const ask = window.fetch;
window.fetch = (address, ...more) => `${{address}}`.includes('/public/whep/')
  ? Promise.resolve(new Response(JSON.stringify({{detail: 'full', detail_id: '{FULL}'}}), {{status: 503}}))
  : ask(address, ...more);"""
# As where a network lets no UDP through: an answer comes, and nothing after it.
NO_UDP = r"""
const accept = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function ({type, sdp}) {
  return accept.call(this, {type, sdp: sdp.replace(/a=candidate.*\r\n/g, '')});
};"""
STILLS = "Gambar diam, diperbarui setiap 2 detik"
WHOSE_DATA = "Data peta: OpenStreetMap"
PICTURES = """new Promise((resolve) => {
  const video = document.querySelector('video');
  let count = 0;
  const look = () => (++count === 3 ? resolve(video.videoWidth) : video.requestVideoFrameCallback(look));
  video.requestVideoFrameCallback(look);
})"""


@dataclass(frozen=True, slots=True)
class Way:
    """How a picture comes, what keeps the better ways from it, and what is said then."""

    name: str
    words: str
    script: str = ""
    blocked: Sequence[str] = ()


WAYS = (
    Way("webrtc", "Langsung, seketika"),
    Way("hls", "Langsung, beberapa detik lebih lambat", NO_UDP),
    # Nor is this one told anything: it has to ask.
    Way("stills", STILLS, NO_ROOM, ("**/public/hls/**", "**/public/events**")),
)


@dataclass(slots=True)
class Opened:
    """A page that shows a camera; `asked`: all that it has fetched so far."""

    page: Page
    size: str
    way: Way
    wrong: list[Error] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def pictured(self, what: str) -> None:
        """For a person to look at, where one wants to."""
        await _picture_of(self.page, f"{what} {self.way.name} {self.size}")


def test_the_public_gets_no_page_of_the_operators() -> None:
    page = load_page(static_folder(), "Asia/Makassar")
    stems = {name.partition("-")[0] for name in page.assets}
    assert "public" in stems
    assert not stems & {"console", "desk", "display", "editor", "login"}
    assert page.assets[next(name for name in page.assets if name.endswith(".mjs"))][1] == "text/javascript"


async def test_a_phone_and_a_desk_see_a_camera_in_every_way_until_it_is_cut_off(
    settings: Settings, bus_server: BusServer, viewers_on_loopback: None, tmp_path: Path
) -> None:
    require(lambda: executable() is not None, "chromium")
    basemap = tmp_path / "city.pmtiles"
    basemap.write_bytes(map_of_one_tile(255, WHOSE_DATA))
    async with public_site(settings, bus_server, basemap) as city, chromium() as browser:
        public_id = await city.publish()
        opening = (_watch(browser, city, public_id, size, way) for way in WAYS for size in SIZES)
        pages = await asyncio.gather(*opening)
        english = pages[-1].page
        await english.get_by_text("English").click()
        await expect(english.get_by_text("Stills, refreshed every 2 seconds")).to_be_visible()
        city.no_picture()
        for opened in pages:
            way = opened.page.locator(".way")
            await expect(way).to_have_text(re.compile("No picture|Tidak ada gambar"))
        await city.cut_off()
        for opened in pages:
            await expect(opened.page.get_by_text(CUT["public_text"])).to_be_visible()
            await expect(opened.page.locator("video, img")).to_have_count(0)
        for opened in pages:
            await opened.pictured("cut off")
            assert not opened.wrong
            await opened.page.close()


async def _watch(browser: Browser, city: PublicSite, public_id: str, size: str, way: Way) -> Opened:
    """Somebody opens the page, finds the camera, and is shown it that way."""
    page = await (await person(browser, *SIZES[size])).new_page()
    opened = Opened(page, size, way)
    page.on("pageerror", partial(_keep, opened.wrong))
    page.on("request", partial(_note, opened.asked))
    await page.add_init_script(way.script)
    for pattern in way.blocked:
        await page.route(pattern, _abort)
    await page.goto(f"{city.base}/public")
    link = page.get_by_role("list", name="Kamera kota").get_by_role("link", name=NAME)
    await expect(link).to_be_visible()
    if way.name == "webrtc":
        await _found_on_map(opened)
    await page.get_by_placeholder("Cari kamera").fill("lima losari")
    await link.press("Enter")
    await expect(page.get_by_text(way.words)).to_be_visible()
    assert page.url == f"{city.base}/public/c/{public_id}"
    if way.words == STILLS:
        await expect(page.get_by_role("img", name=NAME)).to_be_visible()
        assert await page.evaluate("document.querySelector('img').naturalWidth") == 640
        await expect(page.get_by_text(FULL)).to_have_count(0)
    else:
        assert await page.evaluate(PICTURES) == 640
    await opened.pictured("watch")
    return opened


async def _found_on_map(opened: Opened) -> None:
    """The map has what the list has, at a rounded place, on the site's streets; a phone fetches it when it is asked."""
    page = opened.page
    place = page.locator(".map-place")
    if opened.size == "phone":
        await expect(place).to_have_count(0)
        assert not [url for url in opened.asked if "/city_map" in url or "maplibre" in url]
        await opened.pictured("list")
        await page.get_by_role("button", name="Tampilkan peta").press("Enter")
    await expect(page.locator('.map-place[data-ready="true"]')).to_be_visible()
    await expect(place).to_contain_text(WHOSE_DATA)

    async def streets() -> bool:
        shot = cv2.imdecode(np.frombuffer(await place.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
        return shot is not None and int(np.median(shot)) > 60  # the ground without them has 19

    await eventually(streets, every=0.3)
    await opened.pictured("map")
    box = await place.bounding_box()
    assert box is not None
    # The only one lies in the middle of what the map's edges leave free (shared/city_map.ts).
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 14)
    here = page.get_by_role("list", name="Kamera di titik ini").get_by_role("link")
    await expect(here).to_have_text(f"{NAME}{GROUP}")
    await opened.pictured("map chosen")
    assert await barriers(page) == []
    pieces = [url for url in opened.asked if "/public/map/basemap" in url]
    assert pieces
    exact = {str(degrees) for degrees in POSITION}
    assert not [part for part in exact if part in await page.content()]


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
        page = await (await person(browser, *DESK)).new_page()
        await page.route("http://wall.test/**", through)
        await page.goto("http://wall.test/console")
        await page.get_by_role("button", name=re.compile("^Publik: ")).click()
        seen = page.get_by_role("dialog", name="Yang dilihat publik")
        await expect(seen.get_by_role("row", name=NAME)).to_contain_text("Terlihat publik")
        await _picture_of(page, "public list")
        await seen.get_by_role("button", name="Putus semua").click()
        await _picture_of(page, "cut off dialog")
        await page.get_by_role("button", name="Putus sekarang").press("Enter")
        await eventually(is_cut)
        await expect(seen.get_by_role("row", name=NAME)).to_contain_text("Diputus")
        await _picture_of(page, "public list cut")
        await seen.get_by_role("button", name="Buka lagi").click()
        await eventually(is_there)
        await page.goto("http://wall.test/admin#cameras/cam-2")
        await page.get_by_label("Nama untuk publik").fill("Pantai Losari")
        await _picture_of(page, "publish")
        await page.get_by_role("button", name="Publikasikan").click()
        await expect(page.get_by_role("button", name="Tarik dari publik")).to_be_visible()
        assert len((await city.admin.get("/api/public")).json()["cameras"]) == 2


def _keep(found: list[Error], error: Error) -> None:
    found.append(error)


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)


async def _abort(route: Route) -> None:
    await route.abort()


async def _picture_of(page: Page, name: str) -> None:
    """For a person to look at, where one wants to."""
    if folder := os.environ.get("PUBLIC_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{re.sub('[^a-z]+', '-', name.lower())}.png")
