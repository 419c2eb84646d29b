"""The pictures of the handbooks (docs/id, docs/en): each page for people with something on it that is worth a look.

In Indonesian, and in English those of which the words matter most.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingest import causes
from ingest.camera_state import State
from tests.support.chromium import open_display
from tests.support.onvif_device import PASSWORD, USER, Encoder, OnvifDevice, onvif_device
from tests.support.waiting import eventually
from tests.support.wall_commands import change
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.history import StateChange
from wallserver.config import Settings
from wallserver.control.availability import month_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx
    from playwright.async_api import Browser, Page

    from tests.support.site import Site

SIZE = (1280, 800)
ZONE = ZoneInfo("Asia/Makassar")
HOUR = 3_600_000
TOLD_MS = 45_000  # displays report every 10 s, and the page begins 20 s ago
HANDED_OVER = "Banjir di Tallo sejak 13.00, adegan Banjir tampil sementara.\nPosko 7 mati, sudah dilaporkan ke PLN."
UNREACHABLE = {"id": "posko-7", "name": "Posko Banjir Tallo", "district": "Tallo", "risk": "red"}

type Look = Callable[[Page, str], Awaitable[None]]


class Handbook:
    """Takes a page's picture in a language into that language's folder."""

    def __init__(self, browser: Browser, site: Site, docs: Path) -> None:
        self._browser = browser
        self._site = site
        self._docs = docs

    async def take(self, name: str, path: str, look: Look, languages: tuple[str, ...] = ("id",)) -> None:
        """`look`: what is done on the page until it is worth a picture."""
        for language in languages:
            async with signed_in_page(self._browser, self._site, path, language) as page:
                await look(page, language)
                await page.screenshot(path=self._docs / language / f"{name}.jpg", type="jpeg", quality=68)


@asynccontextmanager
async def signed_in_page(
    browser: Browser, site: Site, path: str, language: str, size: tuple[int, int] = SIZE
) -> AsyncIterator[Page]:
    """A page of a window of its own, in a language, of somebody who is signed in (but at `/login`)."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    await context.add_init_script(f"localStorage.setItem('wallserver.language', '{language}')")
    if path != "/login":
        await context.request.post(f"{site.base}/api/login", data=site.credentials)
    page = await context.new_page()
    await page.goto(f"{site.base}{path}")
    yield page
    await context.close()


async def take_all(browser: Browser, site: Site, admin: httpx.AsyncClient, docs: Path) -> None:
    """The pictures of all handbooks. Leaves the site with a month of history, people, and cameras in trouble."""
    book = Handbook(browser, site, docs)
    await book.take("login", "/login", signing_in)
    await book.take("console", "/console", a_lorong_found, ("id", "en"))
    await book.take("editor", "/walls/makassar/edit", a_draft, ("id", "en"))
    await a_shift(site, admin)
    await over_time(browser, site, book)
    await trouble(admin)
    await last_month(site, admin)
    await people(admin)
    await book.take("status", "/status", in_trouble, ("id", "en"))
    await book.take("sheet", "/status#sheet", all_seen)
    await book.take("availability", "/status#availability", a_month, ("id", "en"))
    await book.take("cameras", "/admin#cameras/posko-7", a_camera)
    await book.take("import", "/admin#import", a_file(await changed_file(admin)), ("id", "en"))
    await book.take("discovery", "/admin#discovery", devices_found, ("id", "en"))
    await book.take("masks", f"/admin#masks/{await a_live_camera(admin)}", a_mask)
    await book.take("people", "/admin#people", somebody)
    await take_code(browser, site, docs)


async def a_shift(site: Site, admin: httpx.AsyncClient) -> None:
    """Scenes by the clock, one for a while, and what the shift before left."""
    wall = "/api/walls/makassar"
    for scene, at in (("siang", "06:00"), ("malam", "18:00")):
        added = await admin.post(f"{wall}/schedule", json={"scene": scene, "at": at})
        assert added.status_code == 201, added.text
    await change("makassar", admin, type="preset", display="makassar-2", preset="2x2")
    await change("makassar", admin, type="save_scene", scene="banjir", name="Banjir", key=3)
    await change("makassar", admin, type="recall_scene", scene="malam")
    flood = {"command": {"type": "recall_scene", "scene": "banjir"}, "reason": "banjir di Tallo", "minutes": 60}
    base = (await admin.get(wall)).json()["revision"]
    begun = await admin.post(f"{wall}/overrides", json=flood | {"base_revision": base})
    assert begun.status_code == 201, begun.text
    async with open_catalogue(Settings(state_dir=next(site.state.glob("site-*")))) as catalogue:
        read = await catalogue.handovers.add("Semua normal. Kabel Lorong 12 diganti besok pagi.", "andi")
        await catalogue.handovers.confirm(read.id, "rahma")
        await catalogue.handovers.add(HANDED_OVER, "rahma")


async def over_time(browser: Browser, site: Site, book: Handbook) -> None:
    """The note that waits, and the wall's own page, once all its displays have told what they draw."""
    await book.take("handover", "/console", a_note, ("id", "en"))
    displays = [await open_display(browser, address, *SIZE) for address in site.displays[1:]]
    await displays[0].wait_for_timeout(TOLD_MS)
    await book.take("schedule", "/walls/makassar", what_is_on_and_next, ("id", "en"))
    await book.take("history", "/walls/makassar#history", a_cell_of_the_past, ("id", "en"))
    await book.take("coverage", "/walls/makassar#coverage", what_was_missed, ("id", "en"))
    for display in displays:
        await display.context.close()


async def trouble(admin: httpx.AsyncClient) -> None:
    """A camera that does not answer (on the wall, so that it is tried), and one that somebody switched off."""
    away = (await cameras(admin))[-1]["id"]
    added = await admin.post("/api/cameras", json=UNREACHABLE | {"main_url": "rtsp://127.0.0.9:9/main"})
    assert added.status_code in {200, 201}, added.text
    off = await admin.put(f"/api/cameras/{away}/off", json={"reason": "tiang diganti"})
    assert off.status_code == 204, off.text
    await change("makassar", admin, type="assign", display="makassar-3", cell="c4", camera=UNREACHABLE["id"])

    async def known() -> bool:
        return any(one["id"] == UNREACHABLE["id"] and one["state"] == "unreachable" for one in await cameras(admin))

    await eventually(known, within=60, every=0.5)


async def cameras(admin: httpx.AsyncClient) -> list[dict[str, Any]]:
    """What the catalogue has, by id."""
    found: list[dict[str, Any]] = (await admin.get("/api/cameras")).json()
    return sorted(found, key=lambda camera: str(camera["id"]))


async def a_live_camera(admin: httpx.AsyncClient) -> str:
    """The id of one."""
    return next(str(camera["id"]) for camera in await cameras(admin) if camera["state"] == "live")


async def last_month(site: Site, admin: httpx.AsyncClient) -> None:
    """All cameras were watched in the month before this one, the first only from its 20th; each had an outage."""
    first = datetime.now(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    from_ms, until_ms = month_of(f"{first - timedelta(days=1):%Y-%m}", ZONE)
    outages = (
        (State.UNREACHABLE, causes.UNREACHABLE),
        (State.STALE, causes.NO_PICTURES),
        (State.REFUSED, causes.WRONG_PASSWORD),
    )
    async with open_catalogue(Settings(state_dir=next(site.state.glob("site-*")))) as catalogue:
        await catalogue.availability.watched(from_ms, until_ms)
        changes = []
        for at, camera in enumerate(await cameras(admin)):
            state, cause = outages[at % 3]
            added = from_ms + (0 if at else 20 * 24 * HOUR)
            began = added + (20 + 23 * at) * HOUR
            lasted = (1 + at * at % 17) * HOUR // 2
            for when, what, why in (
                (added, State.LIVE, causes.NONE),
                (began, state, cause),
                (began + lasted, State.LIVE, causes.NONE),
            ):
                changes.append(
                    StateChange(f"cam.{camera['id']}.sub", camera["id"], when, what, why.indonesian, why.english)
                )
        await catalogue.history.add(changes)


async def people(admin: httpx.AsyncClient) -> None:
    """Some who work here."""
    district = (await cameras(admin))[0]["district"]
    scope = {"walls": ["makassar"], "cameras": {"groups": [{"district": district}]}}
    for name, role, where in (
        ("andi", "supervisor", None),
        ("rahma", "operator", None),
        ("siti", "operator", scope),
        ("tamu", "viewer", scope),
    ):
        added = await admin.post("/api/users", json={"name": name, "role": role, "scope": where})
        assert added.status_code == 201, added.text


async def changed_file(admin: httpx.AsyncClient) -> str:
    """The catalogue as it was exported, with a contractor for some, a camera more, and an error."""
    exported = (await admin.get("/api/catalogue.csv")).text
    rows = list(csv.DictReader(io.StringIO(exported.removeprefix("\ufeff")), delimiter=";"))
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0], restval="")
    writer.writeheader()
    writer.writerows(row | ({"contractor": "CV Lontara"} if at % 3 == 0 else {}) for at, row in enumerate(rows))
    writer.writerow(UNREACHABLE | {"id": "posko-8", "name": "Posko Banjir Wajo", "main_url": "rtsp://127.0.0.9:9/8"})
    writer.writerow({"id": "posko 9", "name": "Posko 9", "main_url": "rtsp://127.0.0.9:9/9", "risk": "ungu"})
    return written.getvalue()


async def signing_in(page: Page, _language: str) -> None:
    """A name is typed."""
    await page.locator("input").first.fill("siti")


async def a_lorong_found(page: Page, _language: str) -> None:
    """A lorong is found, and live."""
    await page.locator('.map-place[data-ready="true"]').wait_for()
    await no_gaps(page)
    await page.locator("#search").fill("lorong")
    await page.keyboard.press("ArrowDown")
    await page.locator('.stage[data-mark="live"] video').wait_for()
    await page.wait_for_timeout(1000)


async def a_note(page: Page, _language: str) -> None:
    """It waits over the desk."""
    await page.locator(".handover-banner").wait_for()
    await page.locator('.map-place[data-ready="true"]').wait_for()
    await no_gaps(page)


async def what_is_on_and_next(page: Page, _language: str) -> None:
    """A scene for a while, the day with its scenes, and their times."""
    await page.locator(".band-while").first.wait_for()
    await page.locator(".times tbody tr").nth(1).wait_for()


async def a_cell_of_the_past(page: Page, _language: str) -> None:
    """The newest change with its differences, and a cell that its display drew."""
    await page.locator(".past-cell.proof-drawn").first.wait_for()
    await page.locator(".past-cell.proof-drawn").nth(2).click()
    await page.locator(".differences li").first.wait_for()


async def what_was_missed(page: Page, _language: str) -> None:
    """Lorongs of the class that the city has most of."""
    await page.locator(".segments button").last.click()
    await page.locator(".table-body [role=row]").first.wait_for()
    await page.wait_for_timeout(500)


async def a_draft(page: Page, language: str) -> None:
    """A draft of two changes, with what it costs; a cell is selected. In another language it is there already."""
    await page.locator(".ed-wall [data-cell]").first.wait_for()
    await no_gaps(page)
    await page.locator(".modes label").last.click()
    cells = page.locator('[data-display="makassar-2"][data-cell]')
    for at in (0, 4):
        await cells.nth(at).click()
        if language == "id":
            await page.keyboard.press("Delete")
        await page.wait_for_timeout(1500)
    await page.locator(".draft-bar .cost").wait_for()
    await page.wait_for_timeout(1500)


async def in_trouble(page: Page, _language: str) -> None:
    """The list of cameras, with those that are not well at its head."""
    await page.locator(".tally").wait_for()
    await page.get_by_text("Posko Banjir Tallo").first.wait_for()
    await page.wait_for_timeout(1000)


async def all_seen(page: Page, _language: str) -> None:
    """Stills of nearly all cameras."""

    async def seen() -> bool:
        return await page.locator(".tile.picture-fresh img").count() >= 20

    await eventually(seen, within=90, every=0.5)


async def a_month(page: Page, _language: str) -> None:
    """The month before this one."""
    await page.locator("select").first.select_option(index=1)
    await page.locator(".shares tbody tr").first.wait_for()


async def a_camera(page: Page, _language: str) -> None:
    """What is written of one."""
    await page.locator(".cameras-table .table-body [role=row]").first.wait_for()
    await page.wait_for_timeout(1000)


def a_file(text: str) -> Look:
    """The preview of it."""

    async def look(page: Page, _language: str) -> None:
        file: Any = {"name": "kamera.csv", "mimeType": "text/csv", "buffer": text.encode()}
        await page.locator("input[type=file]").set_input_files(file)
        await page.locator(".errors tbody tr").first.wait_for()

    return look


async def a_mask(page: Page, _language: str) -> None:
    """A rectangle that is not saved yet."""
    await page.locator(".still-box img").wait_for()
    await page.get_by_role("button", name="Tambah persegi").click()
    await page.wait_for_timeout(500)


async def devices_found(page: Page, _language: str) -> None:
    """Cameras on the network: one that is chosen, one that does not let us in, and a recorder."""
    channels = tuple(
        Encoder(f"{channel}{size}", width=width, height=height, source=channel)
        for channel in ("a", "b")
        for size, width, height in (("1", 2560, 1440), ("2", 704, 576))
    )
    devices = (
        OnvifDevice("127.20.0.17", name="Simpang%20Lima"),
        OnvifDevice("127.20.0.18", "never", name="Gerbang%20Timur"),
        OnvifDevice("127.20.0.30", name="Perekam%20Pasar", profiles=channels),
    )
    async with AsyncExitStack() as stack:
        for device in devices:
            device.stream_url = f"rtsp://{device.address}/{{}}".format
            await stack.enter_async_context(onvif_device(device))
        await page.locator("#hosts").fill(", ".join(device.address for device in devices))
        await page.locator("#camera-user").fill(USER)
        await page.locator("#camera-password").fill(PASSWORD)
        await page.locator(".search-form button:enabled").click()
        await page.locator(".found tbody tr").nth(3).wait_for()
        await page.locator(".search-form button:enabled").wait_for()
        await page.locator(".found tbody input[type=checkbox]").first.check()
        await page.wait_for_timeout(500)


async def somebody(page: Page, _language: str) -> None:
    """What one of them may."""
    await page.get_by_role("button", name="siti").click()
    await page.wait_for_timeout(500)


async def take_code(browser: Browser, site: Site, docs: Path) -> None:
    """A display that nobody has paired yet."""
    page = await open_display(browser, f"{site.base}/display", *SIZE)
    await page.locator("p.code").first.wait_for()
    await page.screenshot(path=docs / "id" / "display-code.jpg", type="jpeg", quality=72)
    await page.context.close()


async def no_gaps(page: Page) -> None:
    """Until every cell has its picture."""

    async def are_there() -> bool:
        return await page.locator(".no-still").count() == 0

    await eventually(are_there, within=60, every=0.5)
