"""A right is withdrawn: the last picture leaves within 2 s, of a camera and of what is composed of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import yaml

from ingest.bus import Bus
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.with_gateway import site_with_gateway
from tests.wallserver.gateway.conftest import Studio, viewers_on_loopback
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver import people_cli
from wallserver.config import Settings
from wallserver.gateway import confirmation
from wallserver.people.rights import Role
from wallserver.people.scope import CameraScope, Scope

__all__ = ["viewers_on_loopback"]

STREAM = "cam.cam-1.main"
MOSAIC = "mosaic.city-1_whep"

type Withdraw = Callable[[Site, httpx.AsyncClient, str], Awaitable[object]]


@pytest.fixture
async def with_gateway(
    settings: Settings, bus_server: BusServer, viewers_on_loopback: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Site, Bus, Bus]]:
    monkeypatch.setattr(confirmation, "CONFIRM_S", 3600)  # because control says so at once, and not by asking it
    async with site_with_gateway(settings, bus_server) as (site, puller):
        yield site, puller, await bus_server.connect("tiler")


async def remove(site: Site, admin: httpx.AsyncClient, user: str) -> object:
    return await admin.delete(f"/api/users/{user}")


async def narrow(site: Site, admin: httpx.AsyncClient, user: str) -> object:
    return await admin.patch(f"/api/users/{user}", json={"scope": {"cameras": {"ids": ["cam-2"]}}})


async def sign_out(site: Site, admin: httpx.AsyncClient, user: str) -> object:
    return await admin.delete(f"/api/users/{user}/sessions")


async def remove_on_the_server(site: Site, admin: httpx.AsyncClient, user: str) -> object:
    """By `wallserver people remove`, beside a control that runs."""
    config = site.settings.state_dir / "config.yaml"
    config.write_text(yaml.safe_dump({"state_dir": str(site.settings.state_dir)}))
    await asyncio.to_thread(people_cli.remove, "siti", config)
    return None


async def another_camera(site: Site, admin: httpx.AsyncClient, user: str) -> object:
    """Onto the display whose mosaic is watched comes a camera that its viewer may not see."""
    command = {"type": "assign", "display": "city-1", "cell": "c2", "camera": "cam-6"}
    return await admin.post("/api/walls/city/commands", json={"base_revision": 2, "command": command})


@pytest.mark.parametrize(
    ("asked", "behind", "withdraw"),
    [
        (STREAM, STREAM, remove),
        (STREAM, STREAM, narrow),
        (STREAM, STREAM, sign_out),
        (STREAM, STREAM, remove_on_the_server),
        ("mosaic.city-1", MOSAIC, narrow),
        ("mosaic.city-1", MOSAIC, another_camera),
    ],
)
async def test_the_last_picture_leaves_within_two_seconds(
    with_gateway: tuple[Site, Bus, Bus], asked: str, behind: str, withdraw: Withdraw
) -> None:
    site, puller, tiler = with_gateway
    cameras = CameraScope(frozenset({f"cam-{n}" for n in range(1, 6)}))
    studio = Studio(puller if behind == STREAM else tiler, Camera(behind))
    await studio.open()
    studio.run()
    viewer = Viewer(1, channel=False)
    offer = await viewer.offer()
    async with site.administrator() as admin, site.signed_in(Role.VIEWER, Scope(cameras=cameras), "siti") as siti:
        clear = {"type": "clear", "display": "city-1", "cell": "c6"}  # what shows cam-6, which she may not see
        await admin.post("/api/walls/city/commands", json={"base_revision": 1, "command": clear})
        site.control.objects._left.clear()  # as seconds later
        answer = await siti.post(f"/whep/{asked}", content=offer, headers={"content-type": "application/sdp"})
        assert answer.status_code == 201, answer.text
        await viewer.accept(answer.text)
        await eventually(lambda: len(viewer.videos[0].pictures) > 2)
        user = (await site.control.people.accounts.named("siti")).id
        await withdraw(site, admin, user)
        await eventually(lambda: no_sessions(site))
        again = await siti.post(f"/whep/{asked}", content=offer, headers={"content-type": "application/sdp"})
        assert again.status_code in {401, 403}
        last = len(viewer.videos[0].timestamps)
    await studio.pause()
    assert len(viewer.videos[0].timestamps) == last
    await viewer.close()


async def test_a_withdrawn_token_ends_what_is_watched_by_it_by_webrtc_and_by_hls(
    with_gateway: tuple[Site, Bus, Bus],
) -> None:
    site, puller, _ = with_gateway
    studio = Studio(puller, Camera(STREAM))
    await studio.open()
    studio.run()
    viewer = Viewer(1, channel=False)
    offer = await viewer.offer()
    async with site.administrator() as admin, httpx.AsyncClient(trust_env=False) as http:
        made = await admin.post("/api/tokens", json={"label": "VLC", "stream": STREAM})
        async with site.client(authorization=f"Bearer {made.json()['token']}") as player:
            sdp = {"content-type": "application/sdp"}
            answer = await player.post(f"/whep/{STREAM}", content=offer, headers=sdp)
            assert answer.status_code == 201, answer.text
            await viewer.accept(answer.text)
            await eventually(lambda: len(viewer.videos[0].pictures) > 2)
            sent = await player.get(f"/hls/{STREAM}/index.m3u8")
            assert sent.status_code == 307, sent.text
            playlist = sent.headers["location"]
            assert (await http.get(playlist)).status_code == 200
            (token,) = (await admin.get("/api/tokens")).json()
            assert (await admin.delete(f"/api/tokens/{token['id']}")).status_code == 204
            await eventually(lambda: no_sessions(site))
            await eventually(lambda: is_gone(http, playlist), every=0.1)
            again = await player.post(f"/whep/{STREAM}", content=offer, headers=sdp)
            assert again.status_code == 401
            assert (await player.get(f"/hls/{STREAM}/index.m3u8")).status_code == 401
        last = len(viewer.videos[0].timestamps)
    await studio.pause()
    assert len(viewer.videos[0].timestamps) == last
    await viewer.close()


async def test_gateways_are_to_ask_though_the_change_cannot_be_written_down_yet(site: Site) -> None:
    said = site.control.viewers._changed
    async with site.administrator() as admin:
        said.clear()
        async with site.control.catalogue.database.deciding():
            search = {"hosts": ["http://127.0.0.1:9/onvif"]}
            asking = asyncio.create_task(admin.post("/api/discovery", json=search))
            await eventually(said.is_set)
            assert not asking.done()
        assert (await asking).is_success


async def test_gateways_are_told_once_of_what_is_done_here(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    viewers, audit, told, looks = site.control.viewers, site.control.people.audit, list[str](), list[bool]()
    others_wrote = audit.others_wrote

    async def looking() -> bool:
        looks.append(await others_wrote())
        return looks[-1]

    monkeypatch.setattr(viewers, "rights_changed", lambda: told.append("ask"))
    monkeypatch.setattr(audit, "others_wrote", looking)
    async with site.administrator() as admin, site.signed_in(Role.VIEWER, name="siti"):
        await eventually(lambda: len(looks) > 1)
        told.clear()
        user = (await site.control.people.accounts.named("siti")).id
        assert (await admin.delete(f"/api/users/{user}/sessions")).is_success
        seen = len(looks)
        await eventually(lambda: len(looks) > seen + 1)
    assert told == ["ask"]


async def no_sessions(site: Site) -> bool:
    found, silent = await site.control.sessions.figures()
    return not found and not silent


async def is_gone(http: httpx.AsyncClient, url: str) -> bool:
    return (await http.get(url)).status_code == 404
