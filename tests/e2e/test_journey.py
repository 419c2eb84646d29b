"""What a room goes through with its wall, from two new screens on: supervisors in a browser, two displays beside them.

Cameras of the simulated city and of GstRtspServer, on two displays that hang below those of the other tests.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.desk import WALL, do, drag, middle, signed_in
from tests.e2e.desk import cells as cells_of
from tests.support.chromium import CODE_SHARE, code_on, look, open_display
from tests.support.gst_cameras import GstCameras, Mount, gst_cameras
from tests.support.site import Site
from tests.support.waiting import eventually
from wallserver.city.names import city_cameras

pytestmark = [pytest.mark.e2e, pytest.mark.gst, pytest.mark.asyncio(loop_scope="session")]

CITY = [camera for camera in city_cameras(9) if camera.id.startswith("cam")]
FOREIGN = [f"gst-{number}" for number in range(1, 12)]
DISPLAYS = ("uji-1", "uji-2")
NAMES = ("Uji A", "Uji B")
SIZE = (1280, 720)
BRIGHT = 60  # somewhere in every picture; a black one has 16

# Looks at every cell that has a camera, twenty times a second: how bright its picture is where it is brightest.
WATCH = """
async (share) => {
  const looks = [];
  Object.assign(window, {looks, looking: true});
  const brightest = ({gray}) => [...atob(gray)].reduce((most, one) => Math.max(most, one.charCodeAt(0)), 0);
  // A picture whose name is late on the line has none for a moment. It has to be there all the same.
  const nameless = () => [...document.querySelectorAll('video.shown')].map((video) => {
    const [canvas, {left, top, width, height}] = [new OffscreenCanvas(16, 9), video.getBoundingClientRect()];
    const drawing = canvas.getContext('2d');
    drawing.drawImage(video, 0, 0, 16, 9);
    const brightest = Math.max(...drawing.getImageData(0, 0, 16, 9).data.filter((_, place) => place % 4 < 3));
    return {camera: null, kind: null, dead: false, rect: [left, top, width, height], brightest};
  });
  const look = async (again = false) => {
    const cells = JSON.parse(await window.readCells(share)).filter((cell) => cell.camera);
    // What the page has decided is on the screen with the next frame.
    if (!again && cells.some(({picture}) => !picture)) {
      await new Promise(requestAnimationFrame);
      return look(true);
    }
    const {plan} = window.wall;
    const named = cells.map(({camera, kind, dead, state, rect, source, ageMs, picture}) => ({
      camera, kind, dead, state, rect, source, ageMs, plan, full: picture?.full,
      brightest: picture ? brightest(picture) : 0,
    }));
    looks.push(named.length ? named : nameless());
  };
  const next = () => look()
    .catch((error) => looks.push([{dead: String(error), brightest: 0}]))
    .then(() => window.looking && setTimeout(next, 50));
  await next();
}
"""


@dataclass(frozen=True, slots=True)
class Room:
    """Two screens that are paired: the first bears two streams, the second one. `admin` does what no page is for."""

    site: Site
    admin: httpx.AsyncClient
    screens: tuple[Page, Page]

    async def show(self, preset: str, cameras: list[str], display: str) -> None:
        """These cameras, and no other ones, in the cells of a preset, in reading order."""
        wall = await do(self.admin, type="preset", display=display, preset=preset)
        cells = next(one for one in wall["displays"] if one["id"] == display)["layout"]["cells"]
        assigned = [
            {"type": "assign", "display": display, "cell": cell["id"], "camera": camera}
            for cell, camera in zip(cells, cameras, strict=True)
        ]
        await do(self.admin, type="several", commands=assigned)


async def until_on(screen: Page, cameras: list[str], *kinds: str) -> None:
    """Until it shows these cameras and no other ones, all of them live; `kinds`: and in these ways."""

    async def so() -> bool:
        seen = [cell for cell in await look(screen) if cell.camera]
        as_wanted = not kinds or sorted(cell.kind for cell in seen) == sorted(kinds)
        return as_wanted and {cell.camera: cell.live for cell in seen} == dict.fromkeys(cameras, True)

    await eventually(so, every=0.1)


@contextlib.asynccontextmanager
async def no_black(screen: Page) -> AsyncIterator[list[list[dict[str, Any]]]]:
    """While this lasts each cell has a picture at every look, and none is a card; afterwards what was looked at."""
    await screen.evaluate(WATCH, CODE_SHARE)
    looks: list[list[dict[str, Any]]] = []
    yield looks
    # A quick change is over within a few looks: some more show that what it led to stays.
    await eventually(partial(screen.evaluate, "window.looks.length > 20"))
    looks += json.loads(await screen.evaluate("window.looking = false, JSON.stringify(window.looks)"))
    for cells in looks:
        assert cells
        assert [cell for cell in cells if cell["dead"] or cell["brightest"] < BRIGHT] == []


@pytest.fixture(scope="module")
def foreign() -> Iterator[GstCameras]:
    """Cameras of GstRtspServer, which encode while somebody watches them."""
    with gst_cameras(*(Mount(f"/{name}", width=320, height=180, kbps=300) for name in FOREIGN)) as cameras:
        yield cameras


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(site: Site, browser: Browser, foreign: GstCameras) -> AsyncIterator[Room]:
    async with site.client() as admin:
        before = (await admin.get(WALL)).json()
        for name in FOREIGN:
            made = {"id": name, "name": f"Kamera {name}", "main_url": foreign.url(f"/{name}")}
            (await admin.post("/api/cameras", json=made)).raise_for_status()
        await do(admin, type="several", commands=[_geometry(before, before["rows"] + 1), *_hung(before["rows"])])
        screens = [await open_display(browser, f"{site.base}/display", *SIZE, decoders=decoders) for decoders in (2, 1)]
        await _pair_all(site, browser, admin, screens)
        yield Room(site, admin, (screens[0], screens[1]))
        for screen in screens:
            await screen.context.close()
        gone = [{"type": "remove_display", "display": display} for display in DISPLAYS]
        await do(admin, type="several", commands=[*gone, _geometry(before, before["rows"])])
        for name in FOREIGN:
            await admin.delete(f"/api/cameras/{name}")


def _geometry(wall: dict[str, Any], rows: int) -> dict[str, Any]:
    kept = {key: wall[key] for key in ("columns", "bezel_x", "bezel_y")}
    return {"type": "set_geometry", "rows": rows, **kept}


def _hung(row: int) -> list[dict[str, Any]]:
    width, height = SIZE
    return [
        {"type": "add_display", "display": display, "name": name, "width": width, "height": height}
        | {"column": column, "row": row}
        for column, (display, name) in enumerate(zip(DISPLAYS, NAMES, strict=True))
    ]


async def _pair_all(site: Site, browser: Browser, admin: httpx.AsyncClient, screens: list[Page]) -> None:
    """A supervisor reads the codes off the screens, and types them into the console; the first one wrong at first."""
    async with signed_in(site, browser, admin, "ratna", "supervisor") as page:
        await page.goto(f"{site.base}/console")
        for name, screen in zip(NAMES, screens, strict=True):
            code = await eventually(partial(code_on, screen))
            line = page.locator(".screens li", has_text=name)
            await expect(line).to_contain_text("belum dipasangkan")
            await line.get_by_role("button", name="Pasangkan").click()
            dialog = page.get_by_role("dialog", name=name)
            await expect(page.locator("#pair-code")).to_be_focused()
            if screen is screens[0]:
                await page.keyboard.type("xxxxxx")
                await page.keyboard.press("Enter")
                await expect(dialog.get_by_role("alert")).to_contain_text("Tidak ada layar")
                await page.locator("#pair-code").fill("")
            await page.locator("#pair-code").press_sequentially(code.lower())
            await page.keyboard.press("Enter")
            await expect(dialog).to_have_count(0)
            await expect(line).to_contain_text(re.compile("(?<!tidak )terhubung"))


async def editor(page: Page, site: Site) -> None:
    await page.goto(f"{site.base}/walls/makassar/edit")
    await page.locator(".ed-row").first.wait_for()
    await page.locator(".ed-wall [data-cell]").first.wait_for()


def cell(page: Page, display: str, name: str) -> Locator:
    return page.locator(f'.ed-wall [data-display="{display}"][data-cell="{name}"]')


async def put(page: Page, name: str, place: Locator) -> None:
    """A camera out of the list into a cell, with the pointer."""
    await page.locator("#search").fill(name)
    row = page.locator(".ed-row").filter(has=page.get_by_text(name, exact=True))
    await drag(page, await middle(row), await middle(place))
    await page.mouse.up()
    await expect(place).to_have_attribute("aria-label", re.compile(re.escape(name)))


async def test_what_a_supervisor_drags_and_publishes_is_on_both_displays_and_a_stale_edit_is_not(
    room: Room, site: Site, browser: Browser
) -> None:
    one, other, foreign = CITY[0], CITY[1], "Kamera gst-1"
    async with (
        signed_in(site, browser, room.admin, "ratna", "supervisor") as ratna,
        signed_in(site, browser, room.admin, "yusuf", "supervisor") as yusuf,
    ):
        await editor(ratna, site)
        await editor(yusuf, site)
        await yusuf.route("**/api/walls", lambda route: route.abort())  # as where both do it in the same instant
        revision = (await room.admin.get(WALL)).json()["revision"]

        await ratna.locator(".modes label", has_text="Draf").click()
        await put(ratna, one.name, cell(ratna, "uji-1", "c1"))
        await put(ratna, foreign, cell(ratna, "uji-1", "c2"))
        await put(ratna, other.name, cell(ratna, "uji-2", "c4"))
        await drag(ratna, await middle(cell(ratna, "uji-1", "c2")), await middle(cell(ratna, "uji-2", "c1")))
        await ratna.mouse.up()
        await expect(cell(ratna, "uji-2", "c1")).to_have_attribute("aria-label", re.compile(foreign))
        assert (await room.admin.get(WALL)).json()["revision"] == revision
        await ratna.locator(".draft-bar .primary").click()
        for screen, cameras in zip(room.screens, ([one.id], ["gst-1", other.id]), strict=True):
            await until_on(screen, cameras)
            assert await screen.evaluate("window.wall.revision") == revision + 1

        await cell(yusuf, "uji-1", "c1").click()
        await yusuf.keyboard.press("x")
        changes = yusuf.locator(".ed-conflict .changes li")
        await expect(changes).to_have_count(3)
        await expect(changes.filter(has_text="Uji B")).to_have_count(2)
        await expect(changes.filter(has_text=one.name)).to_have_count(1)
        assert (await room.admin.get(WALL)).json()["revision"] == revision + 1

        await ratna.locator(".modes label").first.click()
        await ratna.keyboard.press("Control+z")
        for screen in room.screens:
            await until_on(screen, [])
        await expect(cell(ratna, "uji-1", "c1")).to_have_class(re.compile("empty"))
        await ratna.keyboard.press("Control+y")
        await until_on(room.screens[1], ["gst-1", other.id])


async def test_a_camera_is_enlarged_and_made_small_again_without_a_black_picture(room: Room) -> None:
    cameras = [camera.id for camera in CITY[:4]]
    screen, _ = room.screens
    await room.show("2x2", cameras, "uji-1")
    await until_on(screen, cameras)  # in a mosaic but for one, or all of them where the browser has dropped pictures
    async with no_black(screen) as looks:
        await do(room.admin, type="preset", display="uji-1", preset="1")
        await until_on(screen, cameras[:1], "camera")
        await eventually(partial(screen.evaluate, "window.wall.cells[0].source?.[2] === 1280"))  # the main stream
        await do(room.admin, type="undo")
        await until_on(screen, cameras)
    assert all(any(cell["camera"] in {cameras[0], None} for cell in cells) for cells in looks)
    # What is seen are pictures, and not the ground between them.
    assert min(sum(cell["rect"][2] * cell["rect"][3] for cell in cells) for cells in looks) > 0.95 * SIZE[0] * SIZE[1]


async def test_a_server_that_is_killed_and_comes_back_takes_no_picture_off_a_display(room: Room, site: Site) -> None:
    cameras = [camera.id for camera in CITY[:6]]
    shown = {"uji-1": cameras[:4], "uji-2": cameras[2:]}
    for display, screen in zip(DISPLAYS, room.screens, strict=True):
        await room.show("2x2", shown[display], display)
        await until_on(screen, shown[display])
    one, other = room.screens
    before = [await screen.evaluate("window.wall.connections") for screen in room.screens]
    async with no_black(one), no_black(other):
        (control,) = site.roles()["control"]
        control.kill()
        for screen in room.screens:
            await eventually(partial(screen.evaluate, "!window.wall.socketOpen"))

        async def back() -> bool:
            return (await site.health()).get("status") == "ok"

        await eventually(back)
        for screen in room.screens:
            await eventually(partial(screen.evaluate, "window.wall.socketOpen"))
        last = list(await cells_of(room.admin, "uji-2"))[-1]
        await do(room.admin, type="assign", display="uji-2", cell=last, camera=cameras[0])
        await until_on(other, [*cameras[2:5], cameras[0]])
        await until_on(one, shown["uji-1"])
    assert [await screen.evaluate("window.wall.connections") for screen in room.screens] == before


@pytest.mark.timeout(360)  # twenty turns of two seconds, and what else the machine does
async def test_a_tour_of_twenty_cameras_leaves_no_black_picture_passed_through_or_composed(room: Room) -> None:
    cameras = [camera.id for camera in CITY] + FOREIGN
    assert len(cameras) == 20
    whole, composed = room.screens
    await room.show("1", cameras[:1], "uji-1")
    await room.show("2x2", cameras[:4], "uji-2")
    await until_on(whole, cameras[:1], "camera")
    await until_on(composed, cameras[:4], *["mosaic"] * 4)
    cell_of = {display: next(iter(await cells_of(room.admin, display))) for display in DISPLAYS}
    async with no_black(whole) as of_whole, no_black(composed) as of_composed:
        for display, cell in cell_of.items():  # a tour of its own for each: cells of one share its cameras out
            tour = {"id": display, "name": "Uji", "cameras": cameras, "dwell_s": 2, "order": "fixed"}
            await do(room.admin, type="set_tour", tour=tour)
            content = {"type": "tour", "tour": display}
            await do(room.admin, type="assign", display=display, cell=cell, content=content)
        for screen in room.screens:
            seen = "count => new Set(window.looks.flat().flatMap(({camera}) => camera ?? [])).size >= count"
            await eventually(partial(screen.evaluate, seen, len(cameras)), within=240, every=1)
    # A browser that drops pictures gets a mosaic for a while, which leaves no black picture either.
    assert "camera" in {cell["kind"] for cells in of_whole for cell in cells}
    assert {cell["kind"] for cells in of_composed for cell in cells} - {None} == {"mosaic"}
    for display, cell in cell_of.items():
        await do(room.admin, type="clear", display=display, cell=cell)
        await do(room.admin, type="remove_tour", tour=display)
