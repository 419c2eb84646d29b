"""HLS from control's door to a gateway's pictures: who may, who may not, who may no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from ingest.bus import Bus
from tests.support.nats import BusServer
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.test_site import held, status
from tests.wallserver.control.test_standing_mosaics import tiling
from tests.wallserver.gateway.conftest import Studio, running_gateway, viewers_on_loopback
from tests.wallserver.gateway.hls.conftest import Later
from tests.wallserver.gateway.pictures import Camera
from wallserver.config import Settings
from wallserver.control.hls import Hls
from wallserver.gateway import confirmation
from wallserver.gateway.hls import stream, streams

__all__ = ["viewers_on_loopback"]

STREAM = "cam.cam-1.main"
PLAYLIST = f"/hls/{STREAM}/index.m3u8"


@dataclass
class Watching:
    """A site with a gateway and a camera that sends pictures."""

    site: Site
    server: BusServer
    http: httpx.AsyncClient

    async def key(self, stream: str | None = None) -> dict[str, str]:
        """The header of a new player's token."""
        token = await self.site.control.people.tokens.for_player("player", stream)
        return {"Authorization": f"Bearer {token}"}

    async def address(self, headers: dict[str, str]) -> str:
        """Where control sends a player."""
        async with self.site.client() as client:
            answer = await client.get(PLAYLIST, headers=headers)
        assert answer.status_code == 307, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return str(answer.headers["location"])

    async def status(self, url: str) -> int:
        """What a gateway answers."""
        return (await self.http.get(url)).status_code


@pytest.fixture
async def watching(settings: Settings, bus_server: BusServer, viewers_on_loopback: None) -> AsyncIterator[Watching]:
    async with running_site(settings, bus_server.address("control")) as site, running_gateway(bus_server):
        await eventually(lambda: site.control.live.workers("gateway"))
        studio = Studio(await bus_server.connect("puller"), Camera(STREAM))
        await studio.open()
        studio.run()
        async with httpx.AsyncClient(trust_env=False) as http:
            yield Watching(site, bus_server, http)
        await studio.pause()


async def test_a_player_with_a_token_is_sent_to_its_pictures(watching: Watching) -> None:
    url = await watching.address(await watching.key(STREAM))
    answer = await watching.http.get(url)
    assert answer.status_code == 200
    assert 'CODECS="avc1.' in answer.text
    assert "cam-1" not in url
    async with watching.site.administrator() as admin:
        assert (await admin.get(PLAYLIST)).headers["location"] != url


async def test_who_may_not_is_told_so(watching: Watching) -> None:
    async with watching.site.client() as nobody:
        refused = await nobody.get(PLAYLIST)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.headers["access-control-allow-origin"] == "*"
        other = await watching.key("cam.cam-2.main")
        assert (await nobody.get(PLAYLIST, headers=other)).status_code == 403
        any_stream = await watching.key()
        assert (await nobody.get("/hls/cam.none.main/index.m3u8", headers=any_stream)).status_code == 404
        assert (await nobody.head(PLAYLIST, headers=any_stream)).status_code == 307
        preflight = await nobody.options(PLAYLIST)
        assert preflight.status_code == 204
        assert "Authorization" in preflight.headers["access-control-allow-headers"]


async def test_a_camera_that_is_switched_off_ends_within_seconds(watching: Watching) -> None:
    url = await watching.address(await watching.key(STREAM))
    assert await watching.status(url) == 200
    async with watching.site.administrator() as admin:
        switched = await admin.put("/api/cameras/cam-1/off", json={"reason": "test"})
        assert switched.status_code < 300, switched.text
    await eventually(lambda: _ended(watching.http, url), every=0.1)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many viewers of HLS may go on, each time that control said so of all of them."""
    counts: list[int] = []
    confirmed = confirmation.confirmed

    async def counting(bus: Bus, watched: Sequence[confirmation.Watched]) -> Sequence[confirmation.Allowed] | None:
        allowed = await confirmed(bus, watched)
        if allowed and all(allowed):
            counts.append(len(allowed))
        return allowed

    monkeypatch.setattr(confirmation, "confirmed", counting)
    return counts


async def test_a_restart_of_control_ends_nothing(
    settings: Settings, bus_server: BusServer, viewers_on_loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "CONFIRM_S", 0.3)
    monkeypatch.setattr(stream, "FOLDER_S", 1000.0)
    monkeypatch.setattr(streams, "IDLE_S", 1_000_000.0)
    later, confirmed = Later(), counted(monkeypatch)
    for module in (stream, streams):
        monkeypatch.setattr(module, "time", later)
    async with running_gateway(bus_server), httpx.AsyncClient(trust_env=False) as http:
        studio = Studio(await bus_server.connect("puller"), Camera(STREAM))
        await studio.open()
        studio.run()
        async with running_site(settings, bus_server.address("control")) as site:
            await eventually(lambda: site.control.live.workers("gateway"))
            watching = Watching(site, bus_server, http)
            url = await watching.address(await watching.key())
            assert await watching.status(url) == 200
        async with running_site(settings, bus_server.address("control")):
            for _ in range(3):
                later.ahead += 600
                confirmed.clear()
                await eventually(lambda: len(confirmed) > 1)
                assert (await http.get(url)).status_code == 200
        # Without any control it ends: nobody can say that the right is still there.
        later.ahead += 1001
        await eventually(lambda: _ended(http, url), every=0.1)
        await studio.pause()


async def _ended(http: httpx.AsyncClient, url: str) -> bool:
    return (await http.get(url)).status_code == 404


async def test_the_target_fits_the_gop(watching: Watching) -> None:
    hls = watching.site.control.hls
    puller = await watching.server.connect("puller")
    for gop_s, target in ((2.0, 2), (2.3, 2), (3.0, 3), (1.0, 2), (9.0, 4)):
        await puller.bucket("status").put(STREAM, status(STREAM, gop_s=gop_s))
        await eventually(partial(_is, hls, target))
    assert hls._target_of("cam.unknown.main") == 4
    assert hls._target_of("mosaic.city-1_whep") == 2


async def test_a_camera_with_a_long_gop_comes_through_a_transcode(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed = counted(monkeypatch)
    puller = await watching.server.connect("puller", "owner")
    await puller.bucket("status").put(STREAM, status(STREAM, worker="owner", gop_s=10.0))
    live = watching.site.control.live
    await eventually(lambda: (known := live.status(STREAM)) is not None and known.gop_s == 10.0)
    async with tiling(watching.server):
        url = await watching.address(await watching.key(STREAM))

        async def playlist() -> str:
            answer = await watching.http.get(url, timeout=PATIENCE_S)
            return answer.text if answer.status_code == 200 else ""

        assert "RESOLUTION=640x360" in await eventually(playlist, every=0.2)
        onlooker = await watching.server.connect("control", "onlooker")
        spec = await held(onlooker.bucket("mosaics"), "cam-1_transcode_main")
        assert (spec["bitrate_kbps"], spec["burn_in"]) == (444, True)
        assert [cell["stream"] for cell in spec["cells"]] == [STREAM]
        # It is confirmed, and goes on while it is watched, also where the GOP has become short.
        await puller.bucket("status").put(STREAM, status(STREAM, worker="owner", gop_s=2.0))
        await eventually(lambda: (known := live.status(STREAM)) is not None and known.gop_s == 2.0)
        media = url.replace("index.m3u8", "video.m3u8")
        before = len(confirmed)
        async with asyncio.timeout(PATIENCE_S):
            while len(confirmed) == before:
                assert (await watching.http.get(media)).status_code == 200
        assert watching.site.control.player_streams.behind("mosaic.cam-1_transcode_main") is None, "no name for players"


def _is(hls: Hls, target: int) -> bool:
    return hls._target_of(STREAM) == target
