"""What players send that cannot be played, and what can but not yet: through control to a real gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from starlette.types import Message

from ingest.bus import Bus
from ingest.camera_state import StreamStatus
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.test_site import status
from tests.wallserver.control.test_standing_mosaics import tiling
from tests.wallserver.control.with_gateway import player_of, site_with_gateway
from tests.wallserver.gateway.conftest import Studio, viewers_on_loopback
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver.catalogue.database import Database
from wallserver.catalogue.masks import Masks
from wallserver.config import MosaicSettings, Settings
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras
from wallserver.control.routes import whep
from wallserver.control.transcodes import Transcodes
from wallserver.gateway import confirmation
from wallserver.people.rights import Role

__all__ = ["viewers_on_loopback"]

STREAM = "cam.cam-1.main"


@pytest.fixture
async def with_gateway(
    settings: Settings, bus_server: BusServer, viewers_on_loopback: None
) -> AsyncIterator[tuple[Site, Bus]]:
    async with site_with_gateway(settings, bus_server) as site_and_puller:
        yield site_and_puller


async def no_sessions(site: Site) -> bool:
    found, silent = await site.control.sessions.figures()
    return not found and not silent


AUDIO_ONLY = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=recvonly
a=rtcp-mux
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 00:00
a=setup:actpass
a=rtpmap:111 opus/48000/2
"""


@pytest.mark.parametrize(
    ("stream", "offer", "status"),
    [
        (STREAM, "v=0\r\n" + "a=x\r\n" * 60_000, 413),  # more than any browser's, less than what a body may have
        (STREAM, AUDIO_ONLY, 422),
        (STREAM, "hello", 400),
        ("cam.nobody.main", AUDIO_ONLY, 404),
        ("mosaic.nobody", AUDIO_ONLY, 404),
    ],
    ids=["300 kB", "no video", "no SDP", "unknown camera", "unknown mosaic"],
)
async def test_what_cannot_be_played_is_a_problem_in_words(
    with_gateway: tuple[Site, Bus], stream: str, offer: str, status: int
) -> None:
    site, _ = with_gateway
    async with player_of(site, None) as player:
        answer = await player.post(f"/whep/{stream}", content=offer)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert len(answer.json()["detail"]) > 10
    assert await no_sessions(site)


async def test_an_offer_of_a_megabyte_is_not_even_read(with_gateway: tuple[Site, Bus]) -> None:
    site, _ = with_gateway
    async with player_of(site, None) as player:
        assert (await player.post(f"/whep/{STREAM}", content="v" * 1_000_000)).status_code == 413
    assert await no_sessions(site)


async def test_a_stream_that_is_not_live_yet_is_played_when_it_comes(with_gateway: tuple[Site, Bus]) -> None:
    site, puller = with_gateway
    viewer = Viewer(1, channel=False)
    async with player_of(site, STREAM) as player:
        answer = await player.post(f"/whep/{STREAM}", content=await viewer.offer())
        assert answer.status_code == 201
        await viewer.accept(answer.text)
        await eventually(lambda: viewer.pc.connectionState == "connected")
        assert not viewer.videos[0].timestamps
        studio = Studio(puller, Camera(STREAM))
        await studio.open()
        studio.run()
        await eventually(lambda: len(viewer.videos[0].pictures) > 5)
        await studio.pause()
        assert (await player.delete(answer.headers["location"])).status_code == 200
    await viewer.close()
    await eventually(lambda: no_sessions(site))


async def test_a_session_is_only_for_who_opened_it_and_by_its_address(with_gateway: tuple[Site, Bus]) -> None:
    """Also where control does not know it, as after its restart: then the gateway does."""
    site, _ = with_gateway
    viewer = Viewer(1, channel=False)
    fragment = {"content-type": "application/trickle-ice-sdpfrag", "if-match": "*"}
    async with player_of(site, None) as player, player_of(site, None) as other:
        answer = await player.post(f"/whep/{STREAM}", content=await viewer.offer())
        there = answer.headers["location"]
        elsewhere = there.replace("cam-1", "cam-2")
        for _ in ("by this control", "by one before it"):
            for who, path in ((other, there), (other, elsewhere), (player, elsewhere)):
                patched = await who.patch(path, content="a=ice-ufrag:abcd\r\n", headers=fragment)
                assert (patched.status_code, (await who.delete(path)).status_code) == (404, 404)
            for gateway in site.control.sessions.gateways:
                site.control.sessions.leave(gateway)
        assert not await no_sessions(site)
        assert (await player.delete(there)).status_code == 200
    await viewer.close()
    assert await no_sessions(site)


async def test_a_player_that_goes_away_amid_its_offer_is_no_failure_of_ours(site: Site) -> None:
    token = await site.control.people.tokens.for_player("player", STREAM)
    told: list[Message] = []
    sent: Iterator[Message] = iter(
        ({"type": "http.request", "body": b"v=0\r\n", "more_body": True}, {"type": "http.disconnect"})
    )

    async def receive() -> Message:
        return next(sent, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        told.append(message)

    headers = {"host": "wall.test", "authorization": f"Bearer {token}", "content-type": "application/sdp"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": f"/whep/{STREAM}",
        "raw_path": f"/whep/{STREAM}".encode(),
        "query_string": b"",
        "client": ("127.0.0.1", 5),
        "server": ("wall.test", 80),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await site.app(scope, receive, send)  # nothing is raised, which a server would log with a traceback
    assert told[0]["status"] == 400


async def test_who_loses_the_right_before_the_offer_is_whole_gets_no_answer(with_gateway: tuple[Site, Bus]) -> None:
    site, _ = with_gateway
    viewer = Viewer(1, channel=False)
    async with site.administrator() as admin, site.signed_in(Role.VIEWER, name="siti") as siti:
        user = (await site.control.people.accounts.named("siti")).id

        async def slowly(offer: str) -> AsyncIterator[bytes]:
            yield offer[:10].encode()
            assert (await admin.delete(f"/api/users/{user}/sessions")).is_success
            yield offer[10:].encode()

        body, sdp = slowly(await viewer.offer()), {"content-type": "application/sdp"}
        assert (await siti.post(f"/whep/{STREAM}", content=body, headers=sdp)).status_code == 401
    await viewer.close()
    assert await no_sessions(site)


async def test_an_offer_that_does_not_come_whole_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whep, "_BODY_S", 0.1)

    async def never() -> AsyncIterator[bytes]:
        yield b"v=0"
        await asyncio.Event().wait()

    async with player_of(site, STREAM) as player:
        answer = await player.post(f"/whep/{STREAM}", content=never())
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"
    assert "in time" in answer.json()["detail"]


async def test_many_offers_at_once_are_all_answered(with_gateway: tuple[Site, Bus]) -> None:
    """As many as come from one room at a time: they wait for each other, and none is refused."""
    site, _ = with_gateway
    viewers = [Viewer(1, channel=False) for _ in range(20)]
    async with player_of(site, STREAM) as player:
        offers = [await viewer.offer() for viewer in viewers]
        answers = await asyncio.gather(*(player.post(f"/whep/{STREAM}", content=offer) for offer in offers))
        assert {answer.status_code for answer in answers} == {201}
        await asyncio.gather(*(player.delete(answer.headers["location"]) for answer in answers))
    for viewer in viewers:
        await viewer.close()
    assert await no_sessions(site)


@pytest.mark.parametrize(
    "of", [{"b_frames": True}, {"codec": "hevc"}, {"codec": "mjpeg"}, {"width": 3840, "height": 2160}]
)
def test_what_a_browser_cannot_play_as_it_is_comes_through_a_transcode(of: dict[str, Any]) -> None:
    live = Live(lambda: 0)
    transcodes = Transcodes(live, MaskedCameras(Masks(Database("sqlite+aiosqlite://"), lambda: 0)), MosaicSettings())
    assert transcodes.for_webrtc(STREAM) == STREAM  # nothing is known of it
    live._statuses[STREAM] = StreamStatus.from_json(status(STREAM, gop_s=10.0))
    assert transcodes.for_webrtc(STREAM) == STREAM
    live._statuses[STREAM] = StreamStatus.from_json(status(STREAM, **of))
    assert transcodes.for_webrtc(STREAM) == "mosaic.cam-1_transcode_main"
    (mosaic, settings), (light, _) = transcodes.mosaics()
    assert (mosaic.stream, light.stream) == ("mosaic.cam-1_transcode_main", "mosaic.cam-1_transcode_main_light")
    assert mosaic.canvas == ((1920, 1080) if "width" in of else (640, 360))
    assert settings.bitrate_kbps <= MosaicSettings().bitrate_kbps
    assert transcodes.for_webrtc("mosaic.city-1_whep") == "mosaic.city-1_whep"


async def test_a_camera_with_b_frames_is_played_and_who_got_it_as_it_was_comes_back_for_that(
    with_gateway: tuple[Site, Bus], bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "CONFIRM_S", 0.3)
    site, puller = with_gateway
    studio = Studio(puller, Camera(STREAM))
    await studio.open()
    studio.run()
    early, viewer = Viewer(1, channel=False), Viewer(1, channel=False)
    async with player_of(site, STREAM) as player, tiling(bus_server):
        answer = await player.post(f"/whep/{STREAM}", content=await early.offer())
        await early.accept(answer.text)
        await eventually(lambda: len(early.videos[0].pictures) > 2)
        await puller.bucket("status").put(STREAM, status(STREAM, b_frames=True))
        await eventually(lambda: not site.control.live.plays(STREAM))
        await eventually(lambda: no_sessions(site))
        answer = await player.post(f"/whep/{STREAM}", content=await viewer.offer())
        assert answer.status_code == 201
        await viewer.accept(answer.text)
        await eventually(lambda: len(viewer.videos[0].pictures) > 5)
        found, _ = await site.control.sessions.figures()
        assert [one["stream"] for one in found] == ["mosaic.cam-1_transcode_main"]
        await player.delete(answer.headers["location"])
    await studio.pause()
    await early.close()
    await viewer.close()
