"""The pictures of docs/public.md: what a citizen sees of a small city, on a desk and on a phone. `./run screenshot`.

There is room for one by WebRTC: whoever comes then is told so, as in a crowd.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from tests.benchmarks.public_city import PublicCity, public_city
from tests.support.chromium import chromium
from wallserver.city.names import city_cameras

if TYPE_CHECKING:
    import httpx
    from playwright.async_api import Browser, Page

DOCS = Path(__file__).parents[2] / "docs"
CAMERAS = 15
_CITIZEN: dict[str, Any] = {"timezone_id": "Asia/Makassar", "locale": "id-ID"}
DESK = _CITIZEN | {"viewport": {"width": 1280, "height": 860}}
PHONE = _CITIZEN | {"viewport": {"width": 390, "height": 720}, "device_scale_factor": 2, "has_touch": True}
PATIENCE_MS = 60_000
AT_ONCE, LATER = "Langsung, seketika", "Langsung, beberapa detik lebih lambat"
CUT: dict[str, Any] = {
    "reason": "unjuk rasa",
    "public_text": "Ditutup selama kegiatan di Lapangan Karebosi.",
    "for_s": 3 * 3600,
}


async def take_public(browser: Browser, docs: Path) -> None:
    """A city of its own, whose cameras are all published."""
    with tempfile.TemporaryDirectory(prefix="wallserver-shot-") as folder:
        async with (
            public_city(Path(folder), CAMERAS, webrtc_viewers=1) as city,
            city.site.client() as admin,
        ):
            camera = await _publish_all(admin)
            await _take_all(browser, city, admin, camera, docs)


async def _take_all(browser: Browser, city: PublicCity, admin: httpx.AsyncClient, camera: str, docs: Path) -> None:
    address = f"{city.proxy}/public/c/{camera}"
    async with _page(browser, DESK, f"{city.proxy}/public") as page:
        await page.locator('.map-place[data-ready="true"]').wait_for()
        await page.locator(".cameras a").nth(4).focus()
        await page.wait_for_timeout(500)
        await page.screenshot(path=docs / "public-list.jpg", type="jpeg", quality=75)
    async with _page(browser, PHONE, f"{city.proxy}/public") as page:
        await page.locator(".cameras a").nth(5).wait_for()
        await page.screenshot(path=docs / "public-phone.jpg", type="jpeg", quality=70)
    async with _page(browser, DESK, address) as first, _page(browser, PHONE, address) as second:
        await _plays(first, AT_ONCE)
        await _plays(second, LATER)
        await first.screenshot(path=docs / "public-watch.jpg", type="jpeg", quality=75)
        await second.screenshot(path=docs / "public-crowd.jpg", type="jpeg", quality=70)
        cut = await admin.put("/api/public/cut-off", json=CUT | {"kind": "all"})
        assert cut.status_code == 204, cut.text
        await expect(second.get_by_text(CUT["public_text"])).to_be_visible()
        await second.screenshot(path=docs / "public-cut-off.jpg", type="jpeg", quality=70)


async def _publish_all(admin: httpx.AsyncClient) -> str:
    """The public id of the last one."""
    public_id = ""
    for camera in city_cameras(CAMERAS, hls=0):
        shown = {"name": camera.name, "group": camera.district, "position": (camera.latitude, camera.longitude)}
        answer = await admin.put(f"/api/cameras/{camera.id}/public", json=shown)
        answer.raise_for_status()
        public_id = str(answer.json()["public_id"])
    return public_id


@asynccontextmanager
async def _page(browser: Browser, size: dict[str, Any], address: str) -> AsyncIterator[Page]:
    context = await browser.new_context(**size)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(address)
    yield page
    await context.close()


async def _plays(page: Page, words: str) -> None:
    await expect(page.locator(".way")).to_have_text(words, timeout=PATIENCE_MS)
    await page.wait_for_timeout(1000)


async def main() -> None:
    """These pictures alone."""
    async with chromium() as browser:
        await take_public(browser, DOCS)


if __name__ == "__main__":
    asyncio.run(main())
