"""The whole way of a picture, read from the pixels of a real browser."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.e2e.desk import WALL, do
from tests.support.chromium import CODE_SHARE, SeenCell, code_of, look, open_display
from tests.support.site import Site
from tests.support.waiting import eventually
from wallserver.city.clock import age_s
from wallserver.city.names import city_cameras

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NUMBERS = {camera.id: camera.number for camera in city_cameras(9, 1)}
DISPLAY = "makassar-1"


@pytest_asyncio.fixture(loop_scope="session")
async def page(site: Site, browser: Browser) -> AsyncIterator[Page]:
    # It bears two streams: one cell is passed through, and the others are a mosaic.
    opened = await open_display(browser, site.displays[0], decoders=2)
    yield opened
    await opened.context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def admin(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.client() as client:
        yield client


def right(cell: SeenCell, *, at_most: float = 5.0) -> bool:
    """Whether a cell shows the camera it is labelled with, live, and no older than `at_most` seconds: benchmarks are
    for how young they are.
    """
    if cell.camera is None or cell.code is None or not cell.live:
        return False
    number = NUMBERS[cell.camera]
    return cell.code[0] == number and age_s(number, cell.code[1], cell.at) <= at_most


async def all_right(page: Page, cells: int = 9, kind: str | None = None) -> list[SeenCell]:
    seen = await look(page)
    good = [cell for cell in seen if right(cell) and kind in (None, cell.kind)]
    return good if len(good) == cells else []


async def test_every_cell_of_the_mosaic_shows_its_camera_with_numbers_advancing(page: Page) -> None:
    first = await eventually(lambda: all_right(page), within=60, every=0.2)
    assert [cell.kind for cell in first].count("mosaic") == 8
    assert {cell.camera for cell in first} == {name for name in NUMBERS if name.startswith("cam")}
    before = {cell.camera: cell.code for cell in first}

    async def advanced() -> bool:
        return all(cell.code not in (None, before[cell.camera]) for cell in await look(page) if cell.camera)

    await eventually(advanced)


async def test_a_layout_change_moves_the_cells_and_a_large_one_is_passthrough(
    page: Page, admin: httpx.AsyncClient
) -> None:
    await eventually(lambda: all_right(page), within=60, every=0.2)
    await do(admin, type="preset", display=DISPLAY, preset="1+5")
    try:

        async def as_planned() -> list[SeenCell]:
            """The small ones, and the large one; each may come as it came before until its own way is there."""
            cells = sorted(await all_right(page, 6), key=lambda cell: cell.rect[2] * cell.rect[3])
            return cells if [cell.kind for cell in cells] == ["mosaic"] * 5 + ["camera"] else []

        *small, large = await eventually(as_planned, every=0.1)
        cells = {
            cell["content"].get("camera"): cell["id"]
            for cell in (await admin.get(WALL)).json()["displays"][0]["layout"]["cells"]
        }
        other = small[0].camera
        await do(
            admin,
            type="swap",
            display=DISPLAY,
            cell=cells[large.camera],
            other_display=DISPLAY,
            other_cell=cells[other],
        )

        async def swapped() -> bool:
            seen = await all_right(page, 6)
            return bool(seen) and max(seen, key=lambda c: c.rect[2] * c.rect[3]).camera != large.camera

        await eventually(swapped, every=0.1)
    finally:
        await do(admin, type="preset", display=DISPLAY, preset="3x3")
        await refill(admin)


async def refill(admin: httpx.AsyncClient) -> None:
    """All nine cameras in the nine cells again."""
    cells = (await admin.get(WALL)).json()["displays"][0]["layout"]["cells"]
    for cell, camera in zip(cells, [name for name in NUMBERS if name.startswith("cam")], strict=True):
        await do(admin, type="assign", display=DISPLAY, cell=cell["id"], camera=camera)


async def test_a_tour_leaves_no_black_picture_and_the_flight_recorder_has_each_of_its_steps(
    page: Page, admin: httpx.AsyncClient
) -> None:
    await eventually(lambda: all_right(page), within=60, every=0.2)
    cameras = [name for name in NUMBERS if name.startswith("cam")]
    tour = {"id": "keliling", "name": "Keliling", "cameras": cameras, "dwell_s": 2, "order": "fixed"}
    try:
        await do(admin, type="preset", display=DISPLAY, preset="1")

        async def alone() -> bool:
            return len(await look(page)) == 1 and bool(await all_right(page, 1, "camera"))

        await eventually(alone, every=0.1)
        await do(admin, type="set_tour", tour=tour)
        cell = (await admin.get(WALL)).json()["displays"][0]["layout"]["cells"][0]["id"]
        wall = await do(admin, type="assign", display=DISPLAY, cell=cell, content={"type": "tour", "tour": "keliling"})
        seen: list[tuple[float, str]] = []
        read: set[str] = set()
        # Every camera has its turn of 2 s, and one of them was looked at in its midst.
        while len(read) < len(cameras) or seen[-1][0] - seen[0][0] < 20 or _of_one_turn(seen)[1] < 0.5:
            (shown,) = await read_cells(page)
            if not shown["picture"]:  # what the page has decided is on the screen with the next frame
                (shown,) = await read_cells(page)
            assert shown["picture"], f"no picture of {shown['camera']}"
            assert max(base64.b64decode(shown["picture"]["gray"])) > 60, f"a black picture of {shown['camera']}"
            if (code := code_of(shown["picture"])) is not None:
                read.add(shown["camera"])
                assert code[0] == NUMBERS[shown["camera"]], "a wrong name over a picture"
            seen.append((shown["at"] / 1000, shown["camera"]))
            assert seen[-1][0] - seen[0][0] < 120, f"only {sorted(read)} were to be read"
            await asyncio.sleep(0.05)
        assert (await admin.get(WALL)).json()["revision"] == wall["revision"]

        # In the middle of a turn: what the display reports is exact to a tenth of a second.
        at, _, then = _of_one_turn(seen)
        told: dict[str, Any] = {}

        async def proved() -> bool:
            nonlocal told
            answer = await admin.get(f"{WALL}/history", params={"at": str(int(at * 1000))})
            (told,) = answer.json()["displays"][0]["layout"]["cells"]
            return bool(told["drew"] and told["drew"]["camera"] == then and told["drew"]["frames"] and told["step"])

        try:
            await eventually(proved, every=0.5)
        except AssertionError as error:
            raise AssertionError(f"not {then}: {told}") from error
    finally:
        await do(admin, type="preset", display=DISPLAY, preset="3x3")
        await refill(admin)


async def read_cells(page: Page) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(await page.evaluate("share => window.readCells(share)", CODE_SHARE))
    return cells


def _of_one_turn(seen: list[tuple[float, str]]) -> tuple[float, float, str]:
    """The middle of the turn that was looked at most often, for how long, and whose it was; not the first one, which
    had begun before, nor the last one.
    """
    turns = [list(looks) for _, looks in itertools.groupby(seen, key=lambda look: look[1])][1:-1]
    looks = max(turns, key=len, default=seen[:1])
    return (looks[0][0] + looks[-1][0]) / 2, looks[-1][0] - looks[0][0], looks[0][1]


async def test_a_killed_tiler_comes_back_and_so_do_its_pictures(page: Page, site: Site) -> None:
    await eventually(lambda: all_right(page), within=60, every=0.2)
    (tiler,) = site.roles()["tile"]
    tiler.kill()

    async def nothing_composed_is_live() -> bool:
        return not any(cell.live for cell in await look(page) if cell.kind == "mosaic")

    await eventually(nothing_composed_is_live, every=0.1)  # the page says so itself, within its 2 s
    await eventually(lambda: all_right(page), every=0.2)


async def test_without_control_the_pictures_go_on(page: Page, site: Site) -> None:
    await eventually(lambda: all_right(page), within=60, every=0.2)
    (control,) = site.roles()["control"]
    connections = await page.evaluate("window.wall.connections")
    before: dict[str | None, tuple[int, int] | None] = {}

    async def gone_on() -> bool:
        seen = await look(page)
        return bool(seen) and all(right(cell) and cell.code != before.get(cell.camera) for cell in seen)

    control.suspend()
    try:
        for _ in range(10):  # looks spread over the time in which nothing may change
            before |= {cell.camera: cell.code for cell in await look(page)}
            await eventually(gone_on, every=0.3)
        assert await page.evaluate("window.wall.connections") == connections
    finally:
        control.resume()


async def test_a_killed_gateway_is_come_back_from(page: Page, site: Site) -> None:
    await eventually(lambda: all_right(page), within=60, every=0.2)
    (gateway,) = site.roles()["gateway"]
    gateway.kill()
    await eventually(lambda: all_right(page), within=60, every=0.3)


async def test_nobody_gets_in_without_a_token(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.base) as stranger:
        for path in ("/api/cameras", "/api/walls", "/api/displays"):
            assert (await stranger.get(path)).status_code == 401
        assert (await stranger.post("/whep/cam.cam-001.sub", content="v=0")).status_code == 401
        assert (await stranger.get("/healthz")).status_code == 200
