"""A right is withdrawn: the last picture leaves within 2 s, of a camera and of what is composed of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from ingest.bus import Bus
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.with_gateway import site_with_gateway
from tests.wallserver.gateway.conftest import Studio, viewers_on_loopback
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver.config import Settings
from wallserver.people.rights import Role
from wallserver.people.scope import CameraScope, Scope

__all__ = ["viewers_on_loopback"]

STREAM = "cam.cam-1.main"
MOSAIC = "mosaic.city-1_whep"
WITHIN_S = 2.0

type Withdraw = Callable[[Site, httpx.AsyncClient, str], Awaitable[object]]


@pytest.fixture
async def with_gateway(
    settings: Settings, bus_server: BusServer, viewers_on_loopback: None
) -> AsyncIterator[tuple[Site, Bus, Bus]]:
    async with site_with_gateway(settings, bus_server) as (site, puller):
        yield site, puller, await bus_server.connect("tiler")


async def remove(site: Site, admin: httpx.AsyncClient, user: str) -> object:
    return await admin.delete(f"/api/users/{user}")


async def narrow(site: Site, admin: httpx.AsyncClient, user: str) -> object:
    return await admin.patch(f"/api/users/{user}", json={"scope": {"cameras": {"ids": ["cam-2"]}}})


async def sign_out(site: Site, admin: httpx.AsyncClient, user: str) -> object:
    return await admin.delete(f"/api/users/{user}/sessions")


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
        withdrawn_at = time.monotonic()
        await withdraw(site, admin, user)
        await eventually(lambda: no_sessions(site), within=WITHIN_S)
        ended_s = time.monotonic() - withdrawn_at
        assert ended_s < WITHIN_S
        again = await siti.post(f"/whep/{asked}", content=offer, headers={"content-type": "application/sdp"})
        assert again.status_code in {401, 403}
        last = len(viewer.videos[0].timestamps)
    await studio.pause()
    assert len(viewer.videos[0].timestamps) == last
    await viewer.close()


async def no_sessions(site: Site) -> bool:
    found, silent = await site.control.sessions.figures()
    return not found and not silent
