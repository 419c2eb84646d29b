"""The number that is burned into each simulated camera's picture, read from everything that a person within a scope can
get: none of a camera outside of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import av
import cv2
import httpx
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from tests.e2e.desk import SECOND, do
from tests.support.camera_units import i420
from tests.support.site import Site, sign_in
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.gateway.conftest import viewers_on_loopback
from wallserver.city.block_code import read
from wallserver.city.names import city_cameras
from wallserver.config import settings_of
from wallserver.control import create_app
from wallserver.people.guard import check_routes

__all__ = ["viewers_on_loopback"]

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CITY = city_cameras(9, 1)
NUMBERS = {camera.id: camera.number for camera in CITY}
# One of them the display shows anyway; the other one is put there.
HERS = ("hls-01", "cam-001")
FOREIGN = "cam-002"
CAMERA = "cam.cam-001.sub"
MOSAIC = f"mosaic.{SECOND}"
OTHER_MOSAIC = "mosaic.makassar-1"
PICTURES, MOST_PICTURES = 8, 300
WITHIN_S = 2.0
# To look for nine markers takes as long as some pictures last; what must not be seen would stay for longer.
_EVERY = 4

type Luma = NDArray[np.uint8]


def markers_in(luma: Luma) -> set[int]:
    """The numbers of all cameras in a picture: of one, or of a display of up to 3×3 cells."""
    height, width = luma.shape
    if whole := read(luma, 0, 0, width, height):
        return {whole[0]}
    return {
        found[0]
        for across in (2, 3)
        for row, column in itertools.product(range(across), repeat=2)
        if (found := read(luma, column * width / across, row * height / across, width / across, height / across))
    }


@dataclass(slots=True)
class Seen:
    """The cameras that were recognised, by the way that their pictures came; and what was refused."""

    markers: dict[str, set[int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def add(self, way: str, luma: Luma) -> None:
        """A picture."""
        self.markers.setdefault(way, set()).update(markers_in(luma))

    def ids(self, way: str) -> set[str]:
        """Whose pictures came that way."""
        return {camera for camera, number in NUMBERS.items() if number in self.markers.get(way, ())}


@contextlib.asynccontextmanager
async def playing(client: httpx.AsyncClient, stream: str, way: str, seen: Seen) -> AsyncIterator[str]:
    """Watch a stream by WebRTC, by a session whose name begins so. Where it is refused there is nothing to watch."""
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    receiver = pc.addTransceiver("video", direction="recvonly").receiver

    async def look() -> None:
        with contextlib.suppress(MediaStreamError):
            for number in itertools.count():
                frame = await receiver.track.recv()
                assert isinstance(frame, av.VideoFrame)
                if number % _EVERY == 0:
                    await asyncio.to_thread(seen.add, way, i420(frame)[: frame.height])

    await pc.setLocalDescription()
    answer = await client.post(
        f"/whep/{stream}", content=pc.localDescription.sdp, headers={"content-type": "application/sdp"}
    )
    looking = asyncio.create_task(look() if answer.status_code == 201 else asyncio.sleep(0), name=f"look at {stream}")
    try:
        if answer.status_code == 201:
            await pc.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        else:
            assert answer.status_code == 403, answer.text
            seen.refused.add(f"{way} {stream}")
        yield answer.headers.get("location", "").rpartition(".")[2][:8]
    finally:
        await pc.close()
        looking.cancel()
        await asyncio.wait({looking})


def by_hls(url: str, cookie: str, wanted: set[int]) -> set[int]:
    """Whose pictures a playlist has, as FFmpeg decodes them: the first ones, and on until all wanted were there."""
    found: set[int] = set()
    options = {"headers": f"Cookie: {cookie}\r\n"}
    with av.open(url, options=options, timeout=(PATIENCE_S, PATIENCE_S)) as container:
        for number, frame in enumerate(container.decode(container.streams.video[0]), start=1):
            found |= markers_in(i420(frame)[: frame.height])
            if (number >= PICTURES and found >= wanted) or number == MOST_PICTURES:
                break
    return found


def luma_of(image: bytes) -> Luma:
    """An image file's brightness."""
    picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


@contextlib.asynccontextmanager
async def siti(site: Site, admin: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """An operator who may see two cameras, signed in."""
    scope = {"cameras": {"ids": list(HERS)}}
    made = (await admin.post("/api/users", json={"name": "siti", "role": "operator", "scope": scope})).json()
    async with httpx.AsyncClient(base_url=site.base, headers={"X-Wallserver": "1"}, timeout=30) as client:
        await sign_in(client, "siti", made["password"])
        chosen = {"current": made["password"], "new": "sore siang di losari"}
        assert (await client.post("/api/me/password", json=chosen)).is_success
        yield client
    assert (await admin.delete(f"/api/users/{made['user']['id']}")).is_success


async def every_image(client: httpx.AsyncClient, seen: Seen) -> None:
    """Whatever address answers with a picture: stills, thumbnails, those of streams and of displays, and what comes
    to it one day."""
    streams = [f"cam.{camera}.{kind}" for camera in NUMBERS for kind in ("main", "sub")]
    objects = {
        "camera": list(NUMBERS),
        "stream": [*streams, MOSAIC, OTHER_MOSAIC],
        "display": [SECOND, "makassar-1"],
        "wall": ["makassar"],
    }
    parts = dict.fromkeys(("session", "replay", "revision", "code", "name", "user", "entry", "override", "note"), "1")
    for route in check_routes(create_app(settings_of()).routes):
        method, path = route.split(" ")
        kind = next((kind for kind in objects if f"{{{kind}}}" in path), None)
        shown_ones = list(NUMBERS) if "{shown}" in path else [""]
        if method != "GET" or path.startswith(("/whep/", "/hls/", "/api/oidc")):
            continue
        for name, shown in itertools.product(objects[kind] if kind else [""], shown_ones):
            address = path.format(**parts | {str(kind): name, "shown": shown})
            for query in ({}, {"width": "640"}):
                answer = await client.get(address, params=query)
                if answer.headers.get("content-type", "").startswith("image/"):
                    seen.add(path, luma_of(answer.content))
                elif answer.status_code == 403:
                    seen.refused.add(f"{path} {name}")


async def test_nobody_sees_a_picture_of_a_camera_outside_their_scope(
    site: Site, admin: httpx.AsyncClient, viewers_on_loopback: None
) -> None:
    seen = Seen()
    await do(admin, type="assign", display=SECOND, cell="c2", camera="cam-001")
    async with siti(site, admin) as operator:
        foreign_still = await admin.get(f"/api/cameras/{FOREIGN}/still")
        assert markers_in(luma_of(foreign_still.content)) == {NUMBERS[FOREIGN]}  # which is found where it is
        cookie = f"ws_session={operator.cookies['ws_session']}"
        wanted = {CAMERA: {NUMBERS["cam-001"]}, MOSAIC: {NUMBERS[camera] for camera in HERS}}
        by_ffmpeg = asyncio.gather(
            *(
                asyncio.to_thread(by_hls, f"{site.base}/hls/{stream}/index.m3u8", cookie, numbers)
                for stream, numbers in wanted.items()
            )
        )
        await every_image(operator, seen)
        whep = [*(f"cam.{camera}.main" for camera in (*HERS, FOREIGN)), OTHER_MOSAIC]
        for camera in ("cam-001", FOREIGN):
            begun = await operator.post(f"/api/cameras/{camera}/replay")
            if begun.status_code == 403:
                seen.refused.add(f"replay {camera}")
            else:
                assert begun.status_code == 201, begun.text
                async with playing(operator, begun.json()["stream"], "replay", seen):
                    await eventually(lambda: seen.ids("replay"))
        for stream in whep:
            way = f"whep {stream}"
            async with playing(operator, stream, way, seen):
                if way.partition(" ")[2].removeprefix("cam.").removesuffix(".main") in HERS:
                    await eventually(partial(seen.ids, way))
        for stream, found in zip(wanted, await by_ffmpeg, strict=True):
            seen.markers[f"hls {stream}"] = found
        for stream in (f"cam.{FOREIGN}.sub", OTHER_MOSAIC):
            assert (await operator.get(f"/hls/{stream}/index.m3u8")).status_code == 403
        # What is composed for her ends when a camera comes that she may not see; and begins anew without it.
        async with playing(operator, MOSAIC, "whep mosaic", seen) as session:
            await eventually(lambda: seen.ids("whep mosaic") == set(HERS), within=30)
            await do(admin, type="assign", display=SECOND, cell="c3", camera=FOREIGN)
            assert await ended_after_s(site, admin, session) < WITHIN_S
        assert (await operator.get(f"/api/streams/{MOSAIC}/still")).status_code == 403
        await do(admin, type="clear", display=SECOND, cell="c3")
        await eventually(lambda: may_watch(operator), every=0.2)
        async with playing(operator, MOSAIC, "whep mosaic again", seen):
            await eventually(lambda: seen.ids("whep mosaic again") == set(HERS), within=30)
        # Nor does a camera go on that is taken from her while she watches it.
        stream = f"cam.{HERS[1]}.main"
        async with playing(operator, stream, f"whep {stream}", seen) as session:
            await eventually(lambda: watched(admin, stream), within=20, every=0.2)
            (user,) = [one for one in (await admin.get("/api/users")).json() if one["name"] == "siti"]
            scope = {"cameras": {"ids": [HERS[0]]}}
            assert (await admin.patch(f"/api/users/{user['id']}", json={"scope": scope})).is_success
            assert await ended_after_s(site, admin, session) < WITHIN_S
    foreign = {way: cameras for way in seen.markers if (cameras := seen.markers[way] - {NUMBERS[one] for one in HERS})}
    assert not foreign
    for way in ("/api/cameras/{camera}/still", "whep mosaic", "whep mosaic again", f"hls {MOSAIC}"):
        assert seen.ids(way) == set(HERS), way
    assert seen.ids(f"hls {CAMERA}") == {"cam-001"}
    assert seen.ids("replay")
    assert seen.refused >= {
        *(f"/api/cameras/{{camera}}/still {camera}" for camera in NUMBERS if camera not in HERS),
        *(f"/api/streams/{{stream}}/still cam.{camera}.main" for camera in NUMBERS if camera not in HERS),
        f"/api/streams/{{stream}}/still {OTHER_MOSAIC}",
        f"replay {FOREIGN}",
        f"whep cam.{FOREIGN}.main cam.{FOREIGN}.main",
        f"whep {OTHER_MOSAIC} {OTHER_MOSAIC}",
    }


async def watched(admin: httpx.AsyncClient, stream: str) -> bool:
    """Whether pictures of it leave, in a session of WHEP."""
    found = (await admin.get("/api/sessions")).json()["sessions"]
    return any(session["stream"] == stream and session["packets"] > 0 for session in found)


async def ended_after_s(site: Site, admin: httpx.AsyncClient, session: str) -> float:
    """For how many seconds after the administrator's last change the session went on, by the house's own clock."""
    (entry,) = (await admin.get("/api/audit", params={"who": "admin", "limit": 1})).json()
    closed = re.compile(rf"timestamp=(\S+) .*event=session .*session={session} .*state=closed")
    found = await eventually(lambda: closed.search((site.state / "house.log").read_text()), every=0.2)
    assert found is not None
    return datetime.fromisoformat(found[1]).timestamp() - float(entry["at_ms"]) / 1000


async def may_watch(operator: httpx.AsyncClient) -> bool:
    """Whether the camera that has left is in the picture no more."""
    return (await operator.get(f"/api/streams/{MOSAIC}/still")).status_code != 403
