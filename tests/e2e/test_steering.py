"""A camera is turned in a real browser: by the pointer, by keys, to a saved place; and by one person at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.e2e.accessibility import barriers
from tests.support.onvif_device import PASSWORD, USER, OnvifDevice, Turning, onvif_device, own_address
from tests.support.rtsp_camera import rtsp_camera
from tests.support.site import Site, sign_in
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAME = "Simpang yang berputar"
PTZ = "/api/cameras/turning/ptz"
SECRET = "dua belas huruf lebih"


@asynccontextmanager
async def turning_camera(admin: httpx.AsyncClient) -> AsyncIterator[Turning]:
    """A camera of the catalogue that turns, for a while."""
    turning = Turning()
    device = OnvifDevice(own_address(), ptz=turning)
    async with onvif_device(device), rtsp_camera(host=device.address) as camera:
        entry = {"id": "turning", "name": NAME, "main_url": camera.url, "username": USER, "password": PASSWORD}
        made = await admin.post("/api/cameras", json=entry | {"onvif_url": device.url, "main_profile": "main"})
        assert made.status_code == 201
        try:
            yield turning
        finally:
            await admin.delete("/api/cameras/turning")


@asynccontextmanager
async def another_operator(site: Site, admin: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Budi, signed in, for a while."""
    made = (await admin.post("/api/users", json={"name": "budi", "role": "operator"})).json()
    try:
        async with httpx.AsyncClient(base_url=site.base, headers={"X-Wallserver": "1"}) as budi:
            await sign_in(budi, "budi", made["password"])
            await budi.post("/api/me/password", json={"current": made["password"], "new": SECRET})
            yield budi
    finally:
        await admin.delete(f"/api/users/{made['user']['id']}")


def button(page: Page, name: str) -> Locator:
    return page.locator(".steering").get_by_role("button", name=name, exact=True)


async def moves(turning: Turning, velocity: tuple[float, float, float]) -> None:
    await eventually(lambda: turning.moves and turning.velocity == velocity)


async def test_a_camera_is_turned_and_taken_over(site: Site, desk: BrowserContext, admin: httpx.AsyncClient) -> None:
    async with turning_camera(admin) as turning, another_operator(site, admin) as budi:
        page = await desk.new_page()
        await page.goto(f"{site.base}/console")
        await page.locator("#search").fill(NAME)
        await page.locator(".cam-row", has_text=NAME).click()
        await page.locator("#steer").click()

        async def taken_over() -> bool:
            """Budi goes on until it is, else it would be free again after 8 s."""
            answer = await budi.post(f"{PTZ}/move", json={"zoom": 1})
            return answer.status_code == 409

        going_on = asyncio.create_task(eventually(taken_over, within=3 * PATIENCE_S, every=0.5))
        await expect(page.locator(".steering").get_by_text("budi mengarahkan kamera ini")).to_be_visible()
        await expect(button(page, "ke kiri")).to_have_attribute("aria-disabled", "true")
        assert await barriers(page) == []
        await button(page, "Ambil alih").click()
        await button(page, "ke kiri").hover()
        await page.mouse.down()
        await going_on
        await moves(turning, (-1, 0, 0))
        assert (await budi.post(f"{PTZ}/move", json={"zoom": 1})).json()["held"]["by"] == "admin"
        left = turning.position[0]
        await eventually(lambda: turning.position[0] < left - 1.2)  # longer than one word of it lasts
        async with page.expect_request(f"**{PTZ}/stop"):
            await page.mouse.up()
        await eventually(lambda: not turning.moves)

        # By keys: those of the pad, together, and its buttons with Enter.
        await page.keyboard.down("ArrowUp")
        await moves(turning, (0, 1, 0))
        await page.keyboard.down("ArrowRight")
        await moves(turning, (1, 1, 0))
        await page.keyboard.up("ArrowUp")
        await moves(turning, (1, 0, 0))
        await page.keyboard.up("ArrowRight")
        await eventually(lambda: not turning.moves)
        await button(page, "lebih dekat").focus()
        await page.keyboard.down("Enter")
        await moves(turning, (0, 0, 1))
        async with page.expect_request(f"**{PTZ}/stop"):
            await page.keyboard.up("Enter")
        await eventually(lambda: not turning.moves)

        await page.get_by_label("Posisi tersimpan").select_option("Gerbang")
        await button(page, "Ke sana").click()
        await eventually(lambda: turning.went_to == ["1"])
        assert await barriers(page) == []

        # Whoever turns to another window lets go.
        await button(page, "kanan bawah").hover()
        await page.mouse.down()
        await moves(turning, (1, -1, 0))
        async with page.expect_request(f"**{PTZ}/stop"):
            await page.evaluate("window.dispatchEvent(new Event('blur'))")
        await eventually(lambda: not turning.moves)
        await page.close()
