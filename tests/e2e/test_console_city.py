"""The console of a city without pictures: its long list, its map, the enlarged preview, by keys and by the pointer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from playwright.async_api import Browser, Page, Route, expect

from layouts.presets import wall_showing
from tests.e2e.accessibility import barriers
from tests.e2e.desk import control_alone, drag, middle
from tests.support.site import free_port
from tests.support.waiting import eventually
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.config import settings_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CAMERAS = 200
WARN, BAD, CHOSEN = (242, 180, 65), (255, 116, 104), (92, 200, 218)  # tokens.css
DISC = 0.79  # of its square
SCROLLED = "document.querySelector('.cl-rows').scrollTop"
# What has the keys is in the preview, or nothing on the page has them.
REACHED = "document.activeElement === document.body || document.activeElement.closest('.preview') !== null"
# The name of the line that is seen in the middle of the list.
SEEN = """() => {
    const {left, top, width, height} = document.querySelector('.cl-rows').getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2)?.closest('.cam-row')?.textContent;
}"""


def cameras() -> list[CameraEntry]:
    """One hundred in each of two districts, along a line from north-west to south-east."""
    return [
        CameraEntry(
            id=f"cam-{number:03}",
            name=f"Kamera {number:03}",
            district="Mariso" if number < CAMERAS / 2 else "Wajo",
            risk="red",
            latitude=-5.05 - number / 2000,
            longitude=119.40 + number / 2000,
            main_url="rtsp://192.0.2.1/main",
        )
        for number in range(CAMERAS)
    ]


@pytest_asyncio.fixture(loop_scope="session")
async def page(
    tmp_path: Path, browser: Browser, capsys: pytest.CaptureFixture[str], told: dict[str, str]
) -> AsyncIterator[Page]:
    """The console, with its list, its wall and its map; that the cameras' states are those of `told`."""
    settings = settings_of(state_dir=tmp_path / "state", http={"port": free_port()})
    async with open_catalogue(settings) as catalogue:
        await catalogue.cameras.put(cameras())
        await catalogue.walls.add(wall_showing("kota", "Kota", ["cam-000", "cam-001"], cells_per_display=6), "test")

    async def tell(route: Route) -> None:
        answer = await route.fetch()
        news = await answer.json()
        nothing = dict.fromkeys(("since_ms", "cause_id", "cause_en", "last_picture_ms"))
        news["states"] |= {camera: nothing | {"state": state} for camera, state in told.items()}
        await route.fulfill(response=answer, json=news)

    async with control_alone(settings, tmp_path, browser, capsys) as opened:
        await opened.route("**/api/states?*", tell)
        await opened.goto("/console")
        await opened.locator(".cl-row").first.wait_for()
        await opened.locator('.map-place[data-ready="true"]').wait_for()
        yield opened
        await opened.unroute_all(behavior="ignoreErrors")


@pytest.fixture
def told() -> dict[str, str]:
    """By camera, its state."""
    return {}


async def on_map(page: Page, colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Where that colour is."""
    shot = cv2.imdecode(np.frombuffer(await page.locator(".map-place").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert shot is not None
    found: NDArray[np.bool_] = np.abs(shot[:, :, ::-1].astype(int) - colour).max(axis=2) < 12
    return found


async def until_on_map(page: Page, colour: tuple[int, int, int], *, there: bool = True) -> NDArray[np.bool_]:
    """Where that colour is once it is there, or is not, and is so at two looks."""
    found = [await on_map(page, colour)]

    async def still() -> bool:
        found.append(await on_map(page, colour))
        return bool((found[-1].sum() > 10) == there and (found[-1] == found[-2]).all())

    await eventually(still, every=0.2)
    return found[-1]


async def scroll(page: Page) -> None:
    """To the middle of what was found, far from where the list begins."""
    await expect(page.locator(".cam-row").first).to_be_visible()
    await page.mouse.move(*await middle(page.locator(".cl-rows")))
    await page.mouse.wheel(0, 2000)
    await page.wait_for_function(f"() => {SCROLLED} > 1500 && ({SEEN})()")


async def test_the_list_stays_under_the_pointer_and_goes_where_the_keys_are(page: Page) -> None:
    await page.locator("#search").fill("kamera")
    await scroll(page)
    name, scrolled = await page.evaluate(SEEN), await page.evaluate(SCROLLED)
    await page.mouse.click(*await middle(page.locator(".cl-rows")))
    await expect(page.locator(".preview h2")).to_have_text(name)
    assert await page.evaluate(SCROLLED) == scrolled

    # From the search to the first one, which is seen.
    await page.locator("#search").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".preview h2")).to_have_text("Kamera 000")
    await expect(page.locator(".cl-row.active")).to_be_in_viewport()


async def test_keys_open_the_menu_and_clear_the_search_and_a_screen_reader_finds_its_line(page: Page) -> None:
    search, rows = page.locator("#search"), page.locator(".cl-rows")
    await search.fill("kamera")
    await search.press("ArrowDown")
    for key in ("Shift+F10", "ContextMenu"):
        await page.keyboard.press(key)
        await expect(page.get_by_role("menu", name="Kamera 000")).to_be_visible()
        menu, row = await page.locator(".menu").bounding_box(), await page.locator(".cl-row.active").bounding_box()
        assert menu is not None
        assert row is not None
        assert abs(menu["y"] - row["y"]) < row["height"]
        await page.keyboard.press("Escape")
        await expect(rows).to_be_focused()

    # The district, and the first of its hundred cameras: there also when it is not seen.
    await scroll(page)
    active = await rows.get_attribute("aria-activedescendant")
    line = page.locator(f'[id="{active}"]')
    await expect(line).to_have_attribute("aria-posinset", "1")
    await expect(line).to_have_attribute("aria-setsize", "100")
    await expect(line).not_to_be_in_viewport()

    await search.focus()
    await page.keyboard.press("Escape")
    await expect(search).to_have_value("")
    await expect(search).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".mini-cell:focus")).to_have_count(1)
    assert await barriers(page) == []


async def test_nothing_that_the_enlarged_preview_covers_has_the_keys(page: Page) -> None:
    first, second = page.locator(".mini-cell").nth(0), page.locator(".mini-cell").nth(1)
    commands: list[Any] = []
    page.on("request", lambda asked: commands.append(asked.post_data_json) if asked.url.endswith("/commands") else None)
    enlarged, stage = page.locator(".desk.enlarged"), page.locator(".stage")
    await second.focus()
    await page.keyboard.press("Space")
    await first.focus()
    await page.keyboard.press("Enter")
    await expect(stage).to_be_focused()
    await page.keyboard.press("+")
    await expect(page.locator(".zoom-back")).to_be_visible()
    for key in ("Delete", *["Tab"] * 8, "Delete"):
        await page.keyboard.press(key)
        assert await page.evaluate(REACHED)
    covered = page.locator(".top, .cameras, .walls, .map")
    assert await covered.evaluate_all("parts => parts.map(part => part.closest('[inert]') !== null)") == [True] * 4
    assert await barriers(page) == []
    await page.keyboard.press("Escape")
    await expect(enlarged).to_have_count(0)
    await expect(first).to_be_focused()
    assert commands == []

    # What is put on the wall from there is said there.
    await page.keyboard.press("Enter")
    await page.locator(".actions .primary").click()
    await expect(page.locator(".told").get_by_role("button", name="Urungkan")).to_be_visible()
    await page.locator(".told").get_by_role("button", name="Urungkan").click()
    await expect(second).to_have_attribute("data-camera", "cam-001")

    # By its key one goes to the wall with it, to see it.
    await page.keyboard.press("p")
    await expect(enlarged).to_have_count(0)
    await expect(second).to_be_focused()
    await expect(second).to_have_attribute("data-camera", "cam-000")
    assert [one["command"]["type"] for one in commands] == ["assign", "undo", "assign"]


async def test_the_map_stays_where_somebody_moved_it_whatever_becomes_of_cameras(
    page: Page, told: dict[str, str]
) -> None:
    await page.locator("#search").fill("kamera")
    await page.locator(".cam-row").nth(2).click()
    await until_on_map(page, CHOSEN)
    x, y = await middle(page.locator(".map-place"))
    box = await page.locator(".map-place").bounding_box()
    assert box is not None
    for _ in range(5):
        await drag(page, (x - box["width"] * 0.45, y), (x + box["width"] * 0.45, y))
        await page.mouse.up()
    await until_on_map(page, CHOSEN, there=False)
    told["cam-150"] = "unreachable"
    counts = page.locator(".counts")
    await expect(counts).to_contain_text("tidak terjangkau")
    told["cam-150"] = "live"
    await expect(counts).not_to_contain_text("tidak terjangkau")
    assert (await on_map(page, CHOSEN)).sum() == 0


async def test_each_state_has_a_shape_of_its_own_on_the_map(page: Page, told: dict[str, str]) -> None:
    # Among many as the worst of them, over their number.
    assert (await on_map(page, BAD)).sum() == 0
    told["cam-010"] = "unreachable"
    await until_on_map(page, BAD)
    await page.locator("#search").fill("cam-010")
    for state, colour in (("unreachable", BAD), ("frozen", WARN)):
        told["cam-010"] = state
        rows, columns = np.nonzero(await until_on_map(page, colour))
        share = len(rows) / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1))
        assert share < DISC - 0.1, (state, share)
