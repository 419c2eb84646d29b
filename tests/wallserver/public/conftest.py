"""A site with real parts: control, a tiler, the public gateway, and two cameras, of which one is published."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import httpx
import numpy as np
import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar
from numpy.typing import NDArray
from yarl import URL

from ingest.tiler import run_tiler
from tests.support.camera_units import CameraUnits
from tests.support.nats import BusServer, bus_server
from tests.support.site import free_port
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.control.conftest import CANARY, Site, running_site, settings
from tests.wallserver.gateway.conftest import viewers_on_loopback
from tests.wallserver.gateway.viewer import Viewer
from wallserver.city.block_code import read
from wallserver.config import Settings
from wallserver.control.routes.pages import static_folder
from wallserver.public.process import run_public

__all__ = ["bus_server", "settings", "viewers_on_loopback"]

type Gray = NDArray[np.uint8]

NAME, GROUP = "Simpang Lima", "Losari"
# What of the published camera, and of the others, nobody outside may learn: names, ids, addresses, the exact place.
SECRETS = (CANARY, "Kamera", "cam-", "Mariso", "Lorong", "10.0.0.", "-5.1476", "119.4327", "admin")
POSITION = (-5.147665, 119.432731)
CUT = {"reason": "Unjuk rasa", "public_text": "Sedang ditutup sementara"}


def camera_in(gray: Gray) -> int | None:
    """Whose picture it is, by the code in it."""
    found = read(gray, 0, 0, gray.shape[1], gray.shape[0])
    return None if found is None else found[0]


def cameras_in(gray: Gray, most_in_a_row: int = 3) -> set[int]:
    """Whose pictures are in it, whole or as cells of a mosaic of up to so many in a row."""
    height, width = gray.shape
    found = set[int]()
    for parts in range(1, most_in_a_row + 1):
        w, h = width // parts, height // parts
        for row, column in itertools.product(range(parts), repeat=2):
            cell = gray[row * h : (row + 1) * h, column * w : (column + 1) * w]
            code = read(cell, 0, 0, w, h)
            found |= set() if code is None else {code[0]}
    return found


def gray_of(frame: av.VideoFrame) -> Gray:
    """A decoded picture's brightness."""
    return np.asarray(frame.to_ndarray(format="gray"), np.uint8)


def luma_of(jpeg: bytes) -> Gray:
    """A JPEG's brightness."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def pictures_in(mp4: bytes) -> list[Gray]:
    """The brightness of each picture in an init segment with what follows it."""
    with av.open(io.BytesIO(mp4), "r") as container:
        return [gray_of(frame) for frame in container.decode(video=0)]


async def an_offer() -> str:
    """Of somebody who will not come."""
    viewer = Viewer(1, channel=False)
    try:
        return await viewer.offer()
    finally:
        await viewer.close()


@dataclass
class PublicSite:
    """All of it. `said`: every answer that an anonymous client got, headers and text."""

    site: Site
    server: BusServer
    http: ClientSession
    base: str
    admin: httpx.AsyncClient
    said: list[str] = field(default_factory=list)
    playing: asyncio.Task[None] | None = None

    async def get(self, path: str, **more: Any) -> ClientResponse:
        """What anybody gets there, with its body."""
        return await self.ask("GET", path, **more)

    async def ask(self, method: str, path: str, **more: Any) -> ClientResponse:
        """The same by any method."""
        answer = await self.http.request(method, URL(self.base + path, encoded=True), allow_redirects=False, **more)
        body = await answer.read()
        self.said.append(f"{method} {path} {dict(answer.headers)} {body.decode(errors='replace')}")
        return answer

    async def publish(self, camera: str = "cam-1", **more: Any) -> str:
        """An administrator publishes a camera; its public id, once the public gateway knows it."""
        wanted = {"name": NAME, "group": GROUP, "position": POSITION} | more
        answer = await self.admin.put(f"/api/cameras/{camera}/public", json=wanted)
        assert answer.status_code == 200, answer.text
        public_id = str(answer.json()["public_id"])
        await eventually(lambda: self.knows(public_id))
        return public_id

    async def knows(self, public_id: str) -> bool:
        """Whether the public is told of it."""
        answer = await self.get(f"/public/api/cameras/{public_id}")
        return answer.status == 200

    async def watch(
        self, public_id: str, more: str = "", sees: Callable[[Gray], object] = lambda _: None
    ) -> tuple[Viewer, str]:
        """Somebody watches by WebRTC: a picture has come. And the session's address.

        `more`: lines of the offer; `sees`: is given the brightness of each picture.
        """
        viewer = Viewer(1, channel=False, sees=lambda frame: sees(gray_of(frame)))
        answer = await self.offer(public_id, await viewer.offer() + more)
        assert answer.status == 201, await answer.text()
        await viewer.accept(await answer.text())
        await eventually(lambda: viewer.videos[0].pictures)
        return viewer, answer.headers["Location"]

    async def offer(self, public_id: str, sdp: str) -> ClientResponse:
        """An offer."""
        return await self.ask(
            "POST", f"/public/whep/{public_id}", data=sdp, headers={"Content-Type": "application/sdp"}
        )

    async def playlist(self, public_id: str) -> str:
        """The media playlist, as soon as there is one."""

        async def there() -> str:
            answer = await self.get(f"/public/hls/{public_id}/video.m3u8")
            return await answer.text() if answer.status == 200 else ""

        return await eventually(there, every=0.2)

    async def fetched(self, playlist: str) -> bytes:
        """All that a playlist lists, one after the other."""
        names = [line.partition('URI="')[2].rstrip('"') for line in playlist.splitlines() if "EXT-X-MAP" in line]
        names += [line for line in playlist.splitlines() if line.endswith(".m4s")]
        answers = [await self.get(name) for name in names]
        assert {answer.status for answer in answers} == {200}
        return b"".join([await answer.read() for answer in answers])

    def no_picture(self) -> None:
        """The cameras send nothing any more."""
        assert self.playing is not None
        self.playing.cancel()

    async def cut_off(self, **more: Any) -> None:
        """A supervisor's click."""
        answer = await self.admin.put("/api/public/cut-off", json=CUT | {"kind": "all"} | more)
        assert answer.status_code == 204, answer.text

    def leaked(self, words: tuple[str, ...] = SECRETS) -> list[str]:
        """What of that stands in anything that anybody was told."""
        return [word for word in words for said in self.said if word in said]


class Events:
    """A page that listens."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    async def listen(self, http: ClientSession, url: str) -> None:
        """Until cancelled."""
        async with http.get(url) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            async for line in answer.content:
                if line.startswith(b"data: {"):  # what only says that it is alive tells nothing
                    self.told.append(json.loads(line.removeprefix(b"data: ")))

    def state(self, public_id: str) -> tuple[str, str | None] | None:
        """The camera's state and text, as told last."""
        cameras = self.told[-1]["cameras"] if self.told else []
        return next(((one["state"], one["text"]) for one in cameras if one["id"] == public_id), None)


@asynccontextmanager
async def public_site(
    settings: Settings, server: BusServer, basemap: Path | None = None, **public: Any
) -> AsyncIterator[PublicSite]:
    """Run it with these settings of `public` and that map; cam-1's pictures say 1, cam-2's 2."""
    port = free_port()
    values = {"enabled": True, "addresses": ["127.0.0.1"], "port": port} | public
    ours = settings.model_copy(
        update={
            "public": type(settings.public).model_validate(values),
            "mosaic": settings.mosaic.model_copy(update={"standing_cells": 0, "width": 960, "height": 540}),
        }
    )
    asyncio.get_running_loop().set_debug(False)  # a whole site in one loop
    cameras = [CameraUnits(number, f"cam.cam-{number}.sub") for number in (1, 2)]
    puller = await server.connect("puller")

    async def play() -> None:
        while True:
            for camera in cameras:
                puller.publish(camera.next())
            await asyncio.sleep(1 / 15)

    stop = asyncio.Event()
    page = (ours.timezone, static_folder(), basemap)
    running = [
        asyncio.create_task(run_tiler(server.address("tiler"), "t1", stop)),
        asyncio.create_task(run_public(server.address("public"), "p1", ours.public, *page, stop)),
    ]
    playing = asyncio.create_task(play())
    try:
        async with (
            running_site(ours, server.address("control")) as site,
            site.administrator() as admin,
            ClientSession(cookie_jar=DummyCookieJar()) as http,
        ):
            there = PublicSite(site, server, http, f"http://127.0.0.1:{port}", admin, playing=playing)
            await eventually(lambda: _answers(there))
            yield there
    finally:
        playing.cancel()
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(playing, *running, return_exceptions=True)


async def _answers(there: PublicSite) -> bool:
    try:
        return (await there.get("/public/api/cameras")).status == 200
    except OSError:
        return False


@pytest.fixture
async def city(settings: Settings, bus_server: BusServer, viewers_on_loopback: None) -> AsyncIterator[PublicSite]:
    """A public page as a site has it that says no more than it must."""
    async with public_site(settings, bus_server) as there:
        yield there
