"""A shift hands over, and a wall over time: its schedule, what it showed, what it covered. In a real browser, on the
house that the other tests of this folder use."""

from __future__ import annotations

import time
from datetime import datetime
from datetime import time as time_of_day
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.e2e.accessibility import barriers
from tests.e2e.desk import SECOND, WALL, do, signed_in, until
from tests.support.site import Site
from tests.support.waiting import eventually
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.flight import Drawn
from wallserver.config import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]
SUNDAY = 7

NOTE = "Pompa Tallo mati sejak 13.00.\nPetugas sudah jalan."
EMPTY = {"type": "empty"}


async def test_a_shift_leaves_a_note_and_the_next_one_confirms_it(
    site: Site, browser: Browser, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    page = await desk.new_page()
    await page.goto(f"{site.base}/console")
    await page.locator("#handover").wait_for()
    await page.keyboard.press("h")
    await page.locator("#handover-text").fill(NOTE)
    await page.get_by_role("button", name="Tinggalkan catatan").click()
    note = page.locator(".notes li").first
    await expect(note).to_contain_text("belum dikonfirmasi")
    await expect(note.get_by_role("button")).to_have_count(0)  # one's own is for others to confirm
    assert await barriers(page) == []
    await page.keyboard.press("Escape")
    await expect(page.locator(".handover-banner")).to_have_count(0)

    async with signed_in(site, browser, admin, "budi", "operator") as other:
        await other.goto(f"{site.base}/console")
        banner = other.locator(".handover-banner")
        await expect(banner).to_contain_text("Petugas sudah jalan.")
        await expect(banner).to_contain_text("admin")
        await other.locator(".mini-cell").first.wait_for()
        assert await barriers(other) == []
        await banner.get_by_role("button", name="Sudah saya baca").click()
        await expect(banner).to_have_count(0)
        await other.keyboard.press("h")
        await expect(other.locator(".notes li").first).to_contain_text("dibaca budi")


async def proof_of_the_override(site: Site, admin: httpx.AsyncClient) -> None:
    """As a display would have told it."""
    found = (await admin.get(f"{WALL}/revisions")).json()
    at = next(one for one in found if one["cause"] == "override")
    then = (await admin.get(f"{WALL}/history", params={"at": at["made_ms"]})).json()
    (display,) = [one for one in then["displays"] if one["id"] == SECOND]
    camera = next(cell["camera"] for cell in display["layout"]["cells"] if cell["id"] == "c1")
    drawn = Drawn(SECOND, "c1", camera, at["made_ms"] - 1000, at["made_ms"] + 5000, 1, 150)
    async with open_catalogue(Settings(state_dir=next(site.state.glob("site-*")))) as catalogue:
        await catalogue.flight.put_drawn([drawn])


async def test_a_wall_says_what_is_on_and_why_what_was_on_it_and_what_it_covered(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    await do(admin, type="save_scene", scene="siang", name="Siang", displays=[SECOND])
    page = await desk.new_page()
    await page.goto(f"{site.base}/walls/makassar")
    on_now = page.locator(".on-now")
    await expect(on_now).to_contain_text("Siang")
    assert await barriers(page) == []

    # A scene at a time of the day, and at another one.
    await page.get_by_label("Jam (WITA)").fill("05:30")
    await page.get_by_role("button", name="Tambah").click()
    await expect(page.locator(".times tbody tr")).to_contain_text("05:30")
    await page.get_by_role("button", name="Ubah 05:30").click()
    await page.get_by_label("Jam (WITA)").fill("06:00")
    await page.locator(".days label", has_text="Min").click()
    await page.get_by_role("button", name="Simpan perubahan").click()
    row = page.locator(".times tbody tr")
    await expect(row).to_contain_text("06:00")
    await expect(row).to_contain_text("Sen Sel Rab Kam Jum Sab")
    # The bar shows what is to come of today, and nothing as if it had been on before it was written down.
    now = datetime.now(ZoneInfo("Asia/Makassar"))
    is_to_come = now.time() < time_of_day(6) and now.isoweekday() != SUNDAY
    await expect(page.locator(".day .day-now")).to_have_count(1)
    await expect(page.locator(".band")).to_have_count(1 if is_to_come else 0)

    # For a while, with a reason; and back by hand.
    await do(admin, type="clear", display=SECOND, cell="c1")
    await expect(on_now).to_contain_text("Susunan tangan")
    await page.get_by_label("Alasan").fill("banjir di Tallo")
    await page.get_by_role("button", name="Tampilkan sementara").click()
    await expect(on_now).to_contain_text("Sementara sampai")
    await expect(on_now).to_contain_text("banjir di Tallo")
    await until(admin, lambda now: now["c1"]["content"] != EMPTY)
    assert await barriers(page) == []
    console = await desk.new_page()
    await console.goto(f"{site.base}/console")
    await expect(console.locator(".temporary")).to_contain_text("Sementara sampai")
    await console.close()
    await page.get_by_role("button", name="Kembalikan sekarang").click()
    await expect(on_now).to_contain_text("Susunan tangan")
    await until(admin, lambda now: now["c1"]["content"] == EMPTY)
    await page.get_by_role("button", name="Hapus 06:00").click()
    await expect(row).to_have_count(0)

    # Back in time, change by change: the last one took away what the one before had put there.
    await page.keyboard.press("2")
    await page.locator(".time-line").wait_for()  # half a minute ago, when a quick machine had no wall yet
    there = page.locator(f'.past-cell[data-display="{SECOND}"][data-cell="c1"]')
    await proof_of_the_override(site, admin)
    newest = (await admin.get(WALL)).json()["revision"]

    async def is_newest() -> bool:
        await page.keyboard.press(".")
        return await page.get_by_text(f"Revisi {newest}", exact=True).count() > 0

    await eventually(is_newest, every=0.2)
    await expect(there).to_have_class("past-cell proof-none changed")
    await page.keyboard.press(",")
    await expect(page.locator(".what")).to_contain_text("banjir di Tallo")
    await expect(there).to_contain_text("admin")
    await expect(there).to_contain_text("150 gambar")
    await there.click()
    await expect(page.locator(".past-details")).to_contain_text("Ditaruh oleh")
    await expect(page.locator(".differences li")).to_have_count(1)
    assert await barriers(page) == []

    hour = page.get_by_label("Jam (WITA)")
    await hour.fill("25:99")
    await hour.press("Enter")
    await expect(page.locator("#time-wrong")).to_contain_text("14:03")
    await expect(hour).to_have_value("25:99")
    await page.get_by_role("button", name="Ke sekarang").click()
    await expect(page.locator("#time-wrong")).to_have_count(0)

    # What of the city was seen.
    await page.keyboard.press("3")
    await expect(page.locator(".standings button")).to_have_count(3)
    await page.get_by_role("button", name="hijau").click()
    await page.locator(".table-body [role=row]").first.wait_for()
    assert await barriers(page) == []
    began = time.time()
    await page.locator(".minutes").fill("45")
    async with page.expect_request("**/coverage?**") as asked:  # another span is counted at once
        await page.get_by_label("Sejak").select_option("1")
    (since_ms,) = parse_qs(urlsplit((await asked.value).url).query)["from"]
    assert began - 1 < int(since_ms) / 1000 + 3600 < time.time() + 1
    await expect(page.locator(".minutes")).to_have_value("45")  # what is being typed stays
    address = await page.get_by_role("link", name="Unduh CSV").get_attribute("href")
    table = await desk.request.get(f"{site.base}{address}")
    assert (await table.text()).removeprefix("\ufeff").startswith("Kecamatan;")
    await do(admin, type="delete_scene", scene="siang")
