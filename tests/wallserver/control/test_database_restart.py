"""PostgreSQL restarts in the middle of work: no viewer loses a picture, and no edit is lost or done twice."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import httpx
import pytest

from layouts.presets import wall_showing
from layouts.wall_json import wall_from_json
from tests.support.nats import BusServer
from tests.support.postgres import PostgresCluster
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import CAMERAS
from tests.wallserver.control.with_gateway import site_with_gateway
from tests.wallserver.gateway.conftest import Studio, viewers_on_loopback
from tests.wallserver.gateway.pictures import FPS, Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver.catalogue import open_catalogue
from wallserver.config import Settings
from wallserver.people.rights import Role

__all__ = ["viewers_on_loopback"]

pytestmark = pytest.mark.postgres

STREAM = "cam.cam-1.main"
COMMANDS = "/api/walls/city/commands"


class Editor:
    """Somebody who puts one camera after the other into a cell, and tries again while the site says so."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.asked: list[str] = []
        self.put_off = 0

    async def work(self) -> None:
        """Until cancelled: each edit is made for the revision that the one before it made."""
        for camera in itertools.cycle(camera.id for camera in CAMERAS[:5]):
            self.asked.append(camera)
            await eventually(lambda: self._done(len(self.asked)))

    async def _done(self, revision: int) -> bool:
        command = {"type": "assign", "display": "city-1", "cell": "c6", "camera": self.asked[-1]}
        answer = await self._client.post(COMMANDS, json={"base_revision": revision, "command": command})
        if answer.status_code == 503:
            self.put_off += 1
            return False
        if answer.status_code == 409:  # it was done: what was lost is the answer
            assert answer.json()["snapshot"]["revision"] == revision + 1
            return True
        assert (answer.status_code, answer.json()["revision"]) == (200, revision + 1), answer.text
        return True


async def test_a_restart_of_postgresql_costs_no_picture_and_no_edit(
    on_postgres: Settings, cluster: PostgresCluster, bus_server: BusServer, viewers_on_loopback: None
) -> None:
    async with open_catalogue(on_postgres) as catalogue:
        await catalogue.cameras.put(CAMERAS)
        await catalogue.walls.add(wall_showing("city", "Kota", [camera.id for camera in CAMERAS]), "test")
    async with site_with_gateway(on_postgres, bus_server) as (site, puller), site.administrator() as admin:
        studio = Studio(puller, Camera(STREAM))
        await studio.open()
        studio.run()
        viewer = Viewer(1, channel=False)
        async with site.signed_in(Role.VIEWER, name="siti") as siti:
            offer, sdp = await viewer.offer(), {"content-type": "application/sdp"}
            answer = await siti.post(f"/whep/{STREAM}", content=offer, headers=sdp)
            await viewer.accept(answer.text)
            await eventually(lambda: viewer.videos[0].pictures)
            editor = Editor(admin)
            editing = asyncio.create_task(editor.work(), name="edits")
            await more_than(lambda: len(editor.asked), 5)
            await asyncio.to_thread(cluster.stop)
            await more_than(lambda: editor.put_off, 1)
            site.control.viewers.rights_changed()  # the gateway asks whether she may watch still: nobody can tell
            await more_than(lambda: len(viewer.videos[0].pictures), 2 * FPS)
            await asyncio.to_thread(cluster.start)
            await more_than(lambda: len(editor.asked), 4)
            assert not editing.done()
            editing.cancel()
            await asyncio.gather(editing, return_exceptions=True)
            await check_edits(admin, editor)
            await studio.pause()
            numbers = viewer.videos[0].numbers
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            assert (await siti.get("/api/me")).status_code == 200
        await viewer.close()


async def more_than(count: Any, more: int) -> None:
    """Until it has grown by so many."""
    wanted = count() + more
    await eventually(lambda: count() >= wanted)


async def check_edits(admin: httpx.AsyncClient, editor: Editor) -> None:
    """Each edit that was answered is one revision, in its order; the last one may have been cut off."""
    last = (await admin.get("/api/walls/city")).json()["revision"]
    assert last - 1 in {len(editor.asked), len(editor.asked) - 1}
    for revision, camera in enumerate(editor.asked[: last - 1], start=2):
        wall = wall_from_json((await admin.get(f"/api/walls/city/revisions/{revision}")).json())
        assert wall.display("city-1").layout.cell("c6").camera == camera
