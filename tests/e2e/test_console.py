"""A shift at the console in a real browser: on the house that the other tests of this folder use."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import cv2
import httpx
import numpy as np
import pytest
from playwright.async_api import BrowserContext, Download, Locator, Page, Route, expect

from tests.e2e.accessibility import barriers
from tests.e2e.desk import SECOND, WALL, cells, do, drag, middle, sign_in, until
from tests.support.site import Site
from tests.support.waiting import eventually
from wallserver.city.names import CityCamera, city_cameras

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LORONG, ROAD = (next(one for one in city_cameras(9) if (one.lorong is not None) == wanted) for wanted in (True, False))
GREEN = (70, 201, 139)  # of a camera that is live, tokens.css
HIGHWAY = (53, 66, 79)  # shared/basemap.ts
WIDEST = 20  # of a point on the map, in pixels


async def console(desk: BrowserContext, site: Site, said: list[str]) -> Page:
    """The console, with lists and wall on it; `said`: what the browser's policy forbids it from now on."""
    page = await desk.new_page()
    page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
    await page.goto(f"{site.base}/console")
    await page.locator(".cam-row").first.wait_for()
    await page.locator(".mini-cell").first.wait_for()
    return page


def cell(page: Page, name: str) -> Locator:
    return page.locator(f'.mini-cell[data-display="{SECOND}"][data-cell="{name}"]')


async def is_live(page: Page, camera: CityCamera) -> None:
    """The preview shows this camera, and says that it is live because pictures came."""
    await expect(page.locator(".preview h2")).to_have_text(camera.name)
    await expect(page.locator('.stage[data-mark="live"] video')).to_be_visible()


async def is_on_wall(admin: httpx.AsyncClient, name: str, camera: CityCamera) -> None:
    content = {"type": "camera", "camera": camera.id}
    await until(admin, lambda now: now[name]["content"] == content)


async def picture(download: Download) -> tuple[int, ...]:
    """The size of the JPEG that was saved."""
    decoded = cv2.imdecode(np.fromfile(await download.path(), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.std() > 5  # not one colour
    return tuple(int(side) for side in decoded.shape)


async def point_on_map(page: Page) -> tuple[float, float]:
    """Where on the page the only green point of the map is, once it is alone there and stands still."""
    place = page.locator(".map-place")
    found: list[tuple[float, float]] = []

    async def is_drawn() -> bool:
        shot = cv2.imdecode(np.frombuffer(await place.screenshot(), np.uint8), cv2.IMREAD_COLOR)
        assert shot is not None
        rows, columns = np.nonzero(np.abs(shot[:, :, ::-1].astype(int) - GREEN).max(axis=2) < 12)
        if len(rows) < 10 or np.ptp(rows) > WIDEST or np.ptp(columns) > WIDEST:
            return False
        found.append((float(columns.mean()), float(rows.mean())))
        return found[-2:-1] == found[-1:]

    await eventually(is_drawn, every=0.2)
    box = await place.bounding_box()
    assert box is not None
    return box["x"] + found[-1][0], box["y"] + found[-1][1]


async def test_an_operator_finds_a_lorong_and_puts_it_on_the_wall(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    said: list[str] = []
    page = await console(desk, site, said)

    # By search: its still or its live picture, and onto the wall with the pointer.
    row = page.locator(".cam-row", has_text=LORONG.name)
    await page.locator("#search").fill(f"{LORONG.lorong} {LORONG.district}".lower())
    await row.click()
    await is_live(page, LORONG)
    await drag(page, await middle(row), await middle(cell(page, "c2")))
    await expect(cell(page, "c2")).to_have_class(re.compile("legal"))
    await page.mouse.up()
    await is_on_wall(admin, "c2", LORONG)
    await expect(cell(page, "c2").locator("img.still")).to_be_visible()
    assert await barriers(page) == []

    # By map: of what is searched for, its point alone stands there.
    await page.locator("#search").fill(ROAD.id)
    await page.mouse.click(*await point_on_map(page))
    await is_live(page, ROAD)
    await cell(page, "c3").click()
    await page.locator(".actions .primary").click()
    await is_on_wall(admin, "c3", ROAD)

    # Enlarged its main stream, a picture of it as a file, the last 30 seconds again, and back.
    await cell(page, "c3").dblclick()
    await expect(page.locator(".desk.enlarged")).to_be_visible()
    await expect(page.locator(".stage video")).to_have_js_property("videoWidth", 1280)
    async with page.expect_download() as saving:
        await page.locator("#snapshot").click()
    saved = await saving.value
    assert re.fullmatch(rf"{ROAD.id}_\d{{8}}-\d{{6}}-WITA\.jpg", saved.suggested_filename)
    assert await picture(saved) == (720, 1280, 3)
    await page.locator("#replay").click()
    await expect(page.locator('.stage[data-mark="replay"]')).to_be_visible()
    await expect(page.locator(".mark")).to_contain_text("WITA")
    await page.keyboard.press("Escape")
    await is_live(page, ROAD)
    await page.keyboard.press("Escape")
    await expect(page.locator(".desk.enlarged")).to_have_count(0)
    assert said == []
    await page.get_by_role("button", name="Keluar").click()
    await page.wait_for_url("**/login")
    await sign_in(desk, site.base, "admin", site.password)


async def test_the_page_asks_with_its_html_for_what_it_shows_first_and_only_once(
    site: Site, desk: BrowserContext
) -> None:
    page = await console(desk, site, [])
    entries = "performance.getEntriesByType('resource').map((one) => [new URL(one.name).pathname, one.initiatorType])"
    asked = await page.evaluate(entries)
    assert [by for path, by in asked if path == "/api/cameras"] == ["link"]
    for named in ("/api/me", "/api/walls", "/api/displays", "/assets/city_map-", "/assets/maplibre-gl-worker-"):
        assert next(by for path, by in asked if path.startswith(named)) != "fetch"


SHORTENED = """() => [...document.querySelectorAll('.short-name')].map((name) => {
  const [head, end] = [name.querySelector('.name-head'), name.lastElementChild];
  const cut = end.getBoundingClientRect().right > name.getBoundingClientRect().right + 1;
  return [name.textContent, head.scrollWidth > head.clientWidth, cut && head !== end];
})"""


@pytest.mark.parametrize("path", ["/console", "/walls/makassar/edit", "/status#sheet"])
async def test_a_name_keeps_the_end_that_tells_it_from_its_neighbours(
    site: Site, desk: BrowserContext, path: str
) -> None:
    page = await desk.new_page()
    await page.set_viewport_size({"width": 1100, "height": 620})
    await page.goto(site.base + path)
    await page.locator(".short-name").nth(8).wait_for()
    names: list[tuple[str, bool, bool]] = await page.evaluate(SHORTENED)
    assert {LORONG.name, ROAD.name} <= {name for name, _, _ in names}
    assert any(shortened for _, shortened, _ in names)
    assert [name for name, _, cut in names if cut] == []
    await page.close()


async def test_without_the_server_nothing_is_called_live_and_nothing_moves_out_of_sight(
    site: Site, desk: BrowserContext
) -> None:
    page = await console(desk, site, [])
    good = page.locator(":is(.counts, .cam-row, .mini-label, .screens) .tone-good")
    await expect(good.first).to_be_visible()
    await desk.route("**/api/**", lambda route: route.abort())
    await expect(page.locator(".away")).to_be_visible()
    await expect(good).to_have_count(0)
    await expect(page.locator(".counts li").first).to_have_attribute("title", re.compile("^Langsung per "))
    await expect(page.locator(".cam-row .tone-warn").first).to_be_visible()
    await expect(page.locator(".screens")).to_be_in_viewport(ratio=1)
    await desk.unroute("**/api/**")
    await expect(page.locator(".away")).to_have_count(0)
    await expect(good.first).to_be_visible()
    await page.close()


async def test_the_map_has_the_sites_own_streets_and_asks_nobody_else(site: Site, desk: BrowserContext) -> None:
    said: list[str] = []
    asked: list[tuple[str, dict[str, str]]] = []
    desk.on("request", lambda request: asked.append((request.url, request.headers)))
    place = (await console(desk, site, said)).locator(".map-place")

    async def streets() -> bool:
        shot = cv2.imdecode(np.frombuffer(await place.screenshot(), np.uint8), cv2.IMREAD_COLOR)
        assert shot is not None
        return bool((np.abs(shot[:, :, ::-1].astype(int) - HIGHWAY).max(axis=2) < 12).mean() > 0.03)

    await eventually(streets, every=0.2)
    pieces = [headers for url, headers in asked if url == f"{site.base}/api/map/basemap"]
    assert pieces
    assert all(headers["range"].startswith("bytes=") for headers in pieces)
    servers = {urlsplit(url).netloc for url, _ in asked if url.startswith("http")}
    assert servers == {urlsplit(site.base).netloc}
    assert said == []


async def test_a_shift_can_be_worked_by_keyboard_alone(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    page = await console(desk, site, [])
    await page.keyboard.press("/")
    await page.keyboard.type(f"{LORONG.lorong} {LORONG.district}")
    await page.keyboard.press("ArrowDown")
    await is_live(page, LORONG)
    for _ in range(2):  # held for a moment, which is no second time
        await page.keyboard.down("Enter")
    await page.keyboard.up("Enter")
    await expect(page.locator(".in-hand")).to_contain_text(LORONG.name)
    for _ in range(20):  # to the last display's first cells, wherever that hangs
        if await cell(page, "c2").evaluate("cell => cell === document.activeElement"):
            break
        at = await page.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
        box = await cell(page, "c2").bounding_box()
        assert box is not None
        down = box["y"] > at["y"] + 2
        await page.keyboard.press("ArrowDown" if down else "ArrowRight" if box["x"] > at["x"] else "ArrowLeft")
    await page.keyboard.press("Enter")
    await is_on_wall(admin, "c2", LORONG)
    await expect(cell(page, "c2")).to_have_attribute("aria-label", re.compile(re.escape(LORONG.name)))
    await page.keyboard.press("Enter")
    await expect(page.locator(".desk.enlarged")).to_be_visible()
    await is_live(page, LORONG)
    async with page.expect_download() as saving:
        await page.keyboard.press("s")
    assert (await picture(await saving.value))[2] == 3
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+z")
    await until(admin, lambda now: now["c2"]["content"] == {"type": "empty"})
    # What follows at once waits for what is on its way.
    revision, before = (await admin.get(WALL)).json()["revision"], await cells(admin)
    await cell(page, "c1").focus()
    await page.keyboard.press("Delete")
    await page.keyboard.press("Control+z")

    async def both_done() -> bool:
        return bool((await admin.get(WALL)).json()["revision"] == revision + 2)

    await eventually(both_done, every=0.1)
    assert await cells(admin) == before
    await page.keyboard.press("?")
    await expect(page.locator(".help")).to_be_visible()
    assert await barriers(page) == []
    await page.keyboard.press("Escape")
    await expect(page.locator(".help")).to_have_count(0)

    # What was refused is said at its wall, and not at another one.
    await page.route("**/api/walls", with_another_wall)
    await page.route("**/api/walls/lain/overrides", lambda route: route.fulfill(json=[]))
    await do(admin, type="lock", display=SECOND, cell="c1")
    await expect(page.locator(".wall")).to_have_count(2)
    await expect(cell(page, "c1")).to_have_class(re.compile("locked"))
    await cell(page, "c1").press("Delete")
    await expect(page.locator(".wall", has=cell(page, "c1")).locator(".problem")).to_contain_text("dikunci")
    await expect(page.locator(".wall .problem")).to_have_count(1)
    await do(admin, type="unlock", display=SECOND, cell="c1")


async def with_another_wall(route: Route) -> None:
    """The demo has only one."""
    answer = await route.fetch()
    walls = await answer.json()
    another = {**walls[0], "id": "lain", "name": "Lain", "displays": []}
    await route.fulfill(response=answer, json=[*walls, another])
