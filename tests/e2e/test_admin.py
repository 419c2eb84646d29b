"""An administrator's work in a real browser: a file with an error, mended and taken in; a mask; somebody new; cameras
found on the network; a player's token."""

from __future__ import annotations

import csv
import io
import re
from functools import partial

import httpx
import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, expect

from tests.e2e.accessibility import barriers
from tests.support.onvif_device import PASSWORD, USER, Encoder, OnvifDevice, onvif_device, own_address
from tests.support.site import Site, sign_in
from tests.support.waiting import PATIENCE_S, eventually
from wallserver.city.names import city_cameras

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CAMERA = city_cameras(9)[0]
MASKS = f"/api/cameras/{CAMERA.id}/masks"
HOSTILE = "=<img src=x onerror=\"document.title='owned'\">"
PATIENCE_MS = 30_000
STREAM = f"cam.{CAMERA.id}.main"
# What a player would like to watch, of one that knows none of its addresses yet.
OFFER = """async () => {
    const player = new RTCPeerConnection();
    player.addTransceiver('video', {direction: 'recvonly'});
    const {sdp} = await player.createOffer();
    player.close();
    return sdp;
}"""
# Of a recorder: what each of its channels sends.
CHANNELS = tuple(
    Encoder(f"{channel}{size}", width=width, height=width * 9 // 16, source=channel)
    for channel in ("a", "b")
    for size, width in ((1, 1920), (2, 640))
)


async def choose(page: Page, text: str) -> None:
    file = FilePayload(name="kamera.csv", mimeType="text/csv", buffer=text.encode())
    await page.locator("input[type=file]").set_input_files(file)


async def import_a_file(page: Page, admin: httpx.AsyncClient) -> None:
    """A district is another, and a camera is new, whose name would be a script if it were not text."""
    exported = (await admin.get("/api/catalogue.csv")).text
    rows = list(csv.DictReader(io.StringIO(exported.removeprefix("\ufeff")), delimiter=";"))
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0], restval="")
    writer.writeheader()
    writer.writerows(row | ({"district": "Kota Baru"} if row["id"] == CAMERA.id else {}) for row in rows)
    writer.writerow({"id": "new", "name": HOSTILE, "main_url": "rtsp://127.0.0.9:1/", "risk": "purple"})
    await page.get_by_role("link", name="Impor").click()
    await choose(page, written.getvalue())
    errors = page.locator(".errors tbody tr")
    await expect(errors).to_have_count(1, timeout=PATIENCE_MS)
    await expect(errors).to_contain_text(f"{len(rows) + 2}risk")
    await expect(page.get_by_role("button", name="Terapkan")).to_be_disabled()
    assert await barriers(page) == []
    await choose(page, written.getvalue().replace("purple", "red"))
    await expect(page.locator(".changes-table .table-body [role=row]")).to_have_count(2, timeout=PATIENCE_MS)
    await expect(page.locator(".changes-table")).to_contain_text(HOSTILE)
    await page.get_by_role("button", name="Terapkan").click()
    await expect(page.get_by_role("status")).to_contain_text("1 kamera baru, 1 berubah", timeout=PATIENCE_MS)
    assert (await admin.get("/api/cameras/new/entry")).json()["name"] == HOSTILE
    assert (await admin.get(f"/api/cameras/{CAMERA.id}/entry")).json()["has_password"] is True


async def unmask(admin: httpx.AsyncClient) -> None:
    """As somebody else does."""
    made_ms = (await admin.get(MASKS)).json()["made_ms"]
    await admin.put(MASKS, json={"masks": [], "made_ms": made_ms})


async def draw_a_mask(page: Page, admin: httpx.AsyncClient) -> None:
    """Four clicks over the still, a corner by keyboard, saved: the next still is masked there. What somebody else does
    to the masks meanwhile is not overwritten unseen.
    """
    save, unsaved = page.get_by_role("button", name="Simpan"), page.locator(".masks .actions .quiet")
    await page.get_by_role("link", name="Kamera", exact=True).click()
    await page.locator("#search").fill(CAMERA.id)
    await page.get_by_role("link", name=CAMERA.name, exact=True).click()
    await page.get_by_role("link", name="Gambar mask").click()
    picture = page.locator(".still-box")
    await expect(picture.locator("img")).to_be_visible(timeout=PATIENCE_MS)
    await page.get_by_role("button", name="Gambar poligon").click()
    box = await picture.bounding_box()
    assert box is not None
    for x, y in ((0.2, 0.4), (0.6, 0.4), (0.6, 0.8), (0.2, 0.8), (0.2, 0.4)):
        await page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    corners = page.locator(".mask-handle")
    await expect(corners).to_have_count(4)
    await corners.nth(0).focus()
    await page.keyboard.press("Shift+ArrowUp")
    assert await barriers(page) == []
    await save.click()
    await expect(page.get_by_role("status")).to_contain_text("berlaku sekarang", timeout=PATIENCE_MS)
    (mask,) = (await admin.get(MASKS)).json()["masks"]
    expected = ((2000, 3500), (6000, 4000), (6000, 8000), (2000, 8000))
    for point, wanted in zip(mask["points"], expected, strict=True):
        assert point == pytest.approx(wanted, abs=60)
    await expect(unsaved).to_have_count(0)  # what holds has been read
    await unmask(admin)
    await page.get_by_role("button", name="Tambah persegi").click()
    await save.click()
    await expect(page.get_by_role("alert")).to_contain_text("belum disimpan", timeout=PATIENCE_MS)
    assert (await admin.get(MASKS)).json()["masks"] == []
    await save.click()
    await expect(page.get_by_role("status")).to_contain_text("berlaku sekarang", timeout=PATIENCE_MS)
    await expect(unsaved).to_have_count(0)
    await page.get_by_role("button", name="Hapus (2)").click()
    await page.get_by_role("button", name="Hapus (1)").click()
    await save.click()
    await expect(page.get_by_role("status")).to_contain_text("seluruh gambar", timeout=PATIENCE_MS)


async def make_a_person(page: Page, site: Site) -> None:
    """An operator of one district, whose first password lets them in once."""
    await page.get_by_role("link", name="Pengguna").click()
    await page.get_by_role("button", name="Pengguna baru").click()
    await page.get_by_label("Nama").fill("siti")
    await page.get_by_role("group", name="Kamera di kecamatan").get_by_label("Semua").uncheck()
    await page.get_by_label("Kota Baru").check()
    await page.get_by_label("Juga kamera").press_sequentially("cam-7, cam-8", delay=20)
    await page.get_by_role("button", name="Tambahkan").click()
    password = await page.locator(".password").inner_text(timeout=PATIENCE_MS)
    async with httpx.AsyncClient(base_url=site.base, headers={"X-Wallserver": "1"}) as client:
        me = await sign_in(client, "siti", password)
        assert (me["role"], me["must_change_password"]) == ("operator", True)
        assert me["scope"]["cameras"] == {
            "ids": ["cam-7", "cam-8"],
            "groups": [{"district": "Kota Baru", "place": None}],
        }
        await page.get_by_role("button", name="siti").click()
        await page.get_by_role("button", name="Nonaktifkan").click()
        await page.get_by_role("dialog").get_by_role("button", name="Nonaktifkan").click()
        await expect(page.get_by_role("row", name=re.compile("siti"))).to_contain_text("dinonaktifkan")
        assert (await client.get("/api/me")).status_code == 401


async def test_an_administrator_imports_masks_and_makes_somebody(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    before = (await admin.get(f"/api/cameras/{CAMERA.id}/entry")).json()["district"]
    said: list[str] = []
    page = await desk.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
    try:
        await page.goto(f"{site.base}/admin")
        await expect(page.locator(".cameras-table .table-body [role=row]").first).to_be_visible(timeout=PATIENCE_MS)
        await import_a_file(page, admin)
        await draw_a_mask(page, admin)
        await make_a_person(page, site)
        await page.get_by_role("link", name="Jejak audit").click()
        await expect(page.locator("table.audit")).to_contain_text("Mask privasi", timeout=PATIENCE_MS)
        assert await barriers(page) == []
        await page.get_by_role("link", name="Pengaturan").click()
        await expect(page.locator("table.plain")).to_contain_text("http.port", timeout=PATIENCE_MS)
    finally:  # the other tests of this folder share the house
        await admin.delete("/api/cameras/new")
        await admin.patch(f"/api/cameras/{CAMERA.id}", json={"district": before})
        await unmask(admin)
        for user in (await admin.get("/api/users")).json():
            if user["name"] == "siti":
                await admin.delete(f"/api/users/{user['id']}")
    await eventually(lambda: page.evaluate("document.title !== 'owned'"))
    assert said == []


async def test_cameras_of_the_network_are_found_and_taken_in_all_or_none(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    recorder, closed = OnvifDevice(own_address(), profiles=CHANNELS), OnvifDevice(own_address(), "never")
    recorder.stream_url = f"rtsp://{recorder.address}/{{}}".format
    page = await desk.new_page()
    rows = page.locator(".found tbody tr")
    first, second = (rows.filter(has_text=recorder.address).nth(at) for at in range(2))
    add = page.get_by_role("button", name="Tambahkan ke katalog (2)")
    try:
        async with onvif_device(recorder), onvif_device(closed):
            await page.goto(f"{site.base}/admin#discovery")
            await page.locator("#hosts").fill(f"{recorder.url}, {closed.url}")
            await page.locator("#camera-user").fill(USER)
            await page.locator("#camera-password").fill(PASSWORD)
            await page.locator(".search-form").get_by_role("button").click()
            await expect(rows).to_have_count(3)
            refused = rows.filter(has_text=closed.address)
            await expect(refused).to_contain_text("menolak nama pengguna atau kata sandi ini")
        assert (recorder.refused, len(closed.refused)) == ([], 1)  # which locks many a camera for half an hour

        for row, channel in ((first, "a"), (second, "b")):
            main = row.get_by_label(re.compile("^Aliran utama"))
            await expect(main).to_have_value(f"{channel}1")
            await expect(main).to_contain_text(f"H.264 1920×1080, 25 fps ({channel}1)")
            await expect(row.get_by_label(re.compile("^Aliran kecil"))).to_have_value(f"{channel}2")
        assert await barriers(page) == []

        for row, camera in ((first, "pasar-1"), (second, CAMERA.id)):
            await row.get_by_label(re.compile("^Id: ")).fill(camera)
        await add.click()
        await expect(second.get_by_role("alert")).to_contain_text("sudah dipakai kamera lain")
        assert (await admin.get("/api/cameras/pasar-1/entry")).status_code == 404
        await second.get_by_label(re.compile("^Id: ")).fill("pasar-2")
        await add.click()
        for row, channel, camera in ((first, "a", "pasar-1"), (second, "b", "pasar-2")):
            await expect(row.get_by_role("link", name=camera)).to_be_visible()
            entry = (await admin.get(f"/api/cameras/{camera}/entry")).json()
            urls = (entry["main_url"], entry["sub_url"])
            assert urls == tuple(f"rtsp://{recorder.address}/{channel}{size}" for size in (1, 2))
            assert entry["has_password"] is True
        assert PASSWORD not in await page.content()
    finally:
        for camera in ("pasar-1", "pasar-2"):
            await admin.delete(f"/api/cameras/{camera}")
        await admin.delete("/api/discovery")


async def make_a_token(page: Page) -> str:
    """For one stream, told once: whoever looks again sees whose it is, and what it opens."""
    await page.get_by_role("button", name="Token baru").click()
    await page.get_by_label("Label").fill("Pos jaga")
    await page.get_by_label("Aliran").fill(STREAM)
    assert await barriers(page) == []
    await page.get_by_role("button", name="Tambahkan").click()
    told, row = page.locator(".given"), page.get_by_role("row", name="Pos jaga")
    await expect(told).to_contain_text("Pos jaga")
    await expect(row).to_contain_text(f"{CAMERA.name} {STREAM}")
    assert await barriers(page) == []
    token = await told.locator("code").inner_text()
    await told.get_by_role("button", name="Tutup").click()
    assert token not in await page.content()
    await page.reload()
    await expect(row).to_contain_text(STREAM)
    assert token not in await page.content()
    return token


async def offered(player: httpx.AsyncClient, offer: str) -> httpx.Response | None:
    """What is said to an offer, once there is a gateway."""
    answer = await player.post(f"/whep/{STREAM}", content=offer)
    return None if answer.status_code == 503 else answer


async def test_a_players_token_opens_its_stream_until_it_is_withdrawn(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    for one in (await admin.get("/api/tokens")).json():  # the other tests of this folder leave theirs
        await admin.delete(f"/api/tokens/{one['id']}")
    page = await desk.new_page()
    await page.goto(f"{site.base}/admin#tokens")
    nothing = page.get_by_text("Tidak ada token.")
    await expect(nothing).to_be_visible()
    token, offer = await make_a_token(page), await page.evaluate(OFFER)
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    async with httpx.AsyncClient(base_url=site.base, headers=sent, timeout=PATIENCE_S) as player:
        opened = await eventually(partial(offered, player, offer), every=0.2)
        assert opened is not None
        assert (opened.status_code, "m=video" in opened.text) == (201, True)

        await page.get_by_role("button", name="Cabut Pos jaga").click()
        dialog = page.get_by_role("dialog", name="Cabut: Pos jaga?")
        await dialog.get_by_role("button", name="Batal").click()
        assert (await player.get(f"/whep/{STREAM}")).status_code == 204
        await page.get_by_role("button", name="Cabut Pos jaga").click()
        await dialog.get_by_role("button", name="Cabut").click()
        await expect(page.get_by_role("status")).to_contain_text("Token dicabut.")
        await expect(nothing).to_be_visible()
        assert (await player.get(f"/whep/{STREAM}")).status_code == 401
        assert (await player.post(f"/whep/{STREAM}", content=offer)).status_code == 401
