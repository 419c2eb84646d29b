"""Somebody who is nobody asks for everything, by every name: what is not published is in nothing that they get."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi.routing import APIRoute

from ingest.decoder import Decoder
from ingest.demand import DemandLease
from tests.support.camera_units import i420
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.gateway.viewer import Viewer
from tests.wallserver.public.conftest import (
    Events,
    Gray,
    PublicSite,
    an_offer,
    cameras_in,
    luma_of,
    pictures_in,
)

STRANGE = "0123456789abcdef"
# What may be told of any id: that it is not there, not so, or not to be asked like that.
REFUSED = {400, 403, 404, 405, 410, 415}
# The page is the same for all, whatever it is asked by.
PLACES = (
    "/public/api/cameras/{}",
    "/public/whep/{}/00112233445566778899aabbccddeeff",
    "/public/hls/{}/index.m3u8",
    "/public/hls/{}/video.m3u8",
    "/public/hls/{}/video.m3u8?_HLS_msn=1&_HLS_part=0",
    "/public/live/{}/init.mp4",
    "/public/live/{}/0.m4s",
    "/public/stills/{}.jpg",
    "/public/gate/{}",
    "/public/gate/live/{}",
    "/public/map/{}",
    "/public/{}",
    "/assets/{}",
    "/hls/{}/index.m3u8",
    "/whep/{}",
    "/{}",
)


class Watched:
    """Whose pictures somebody has got, of which they looked at `pictures`."""

    def __init__(self) -> None:
        self.cameras = set[int]()
        self.pictures = 0

    def take(self, gray: Gray) -> None:
        """One more. In each tenth one cells are looked for too: that takes a while."""
        self.cameras |= cameras_in(gray) if self.pictures % 10 == 0 else cameras_in(gray, 1)
        self.pictures += 1


async def all_pictures(city: PublicSite, public_id: str, watched: Watched) -> tuple[Viewer, list[str]]:
    """Everything that there is of a camera: by WebRTC, HLS by its segments and by its parts, and stills.

    The viewer, who stays; and all addresses that had any.
    """
    viewer, session = await city.watch(public_id, sees=watched.take)
    await eventually(lambda: watched.cameras)
    addresses = [session, f"/public/hls/{public_id}/index.m3u8", f"/public/hls/{public_id}/video.m3u8"]
    playlist = await city.playlist(public_id)
    assert "video.m3u8" in await (await city.get(addresses[1])).text()
    segments = [line for line in playlist.splitlines() if line.endswith(".m4s")]
    (init, *parts) = dict.fromkeys(re.findall(r'URI="([^"]+)"', playlist))  # the last one is waited for
    for pieces in (segments, parts):
        answers = [await city.get(name) for name in (init, *pieces)]
        assert {answer.status for answer in answers} == {200}
        for gray in pictures_in(b"".join([await answer.read() for answer in answers]))[::4]:
            watched.take(gray)
    still = f"/public/stills/{public_id}.jpg"
    answer = await city.get(still)
    assert answer.status == 200
    watched.take(luma_of(await answer.read()))
    return viewer, [*addresses, init, *segments, *parts, still]


@asynccontextmanager
async def composed_inside(city: PublicSite, watched: Watched) -> AsyncIterator[None]:
    """The operators watch their wall, which shows all cameras, all the while."""
    (display,) = city.site.control.plans.displays.values()
    stream = display.plan.whep.stream
    bus = await city.server.connect("gateway", "g1")
    DemandLease(bus).set([stream])
    reader, decoder = bus.subscribe(stream), Decoder()
    while not {1, 2} <= watched.cameras:
        frame = decoder.decode(await reader.next())
        assert frame is not None
        watched.take(i420(frame)[: frame.height])
    yield
    await reader.close()


async def test_nothing_of_a_private_camera_is_in_anything_that_anybody_gets(city: PublicSite) -> None:
    inside, before, after = Watched(), Watched(), Watched()
    public_id, withdrawn = await city.publish(), await city.publish("cam-2", name="Pantai")
    async with asyncio.timeout(5 * PATIENCE_S), composed_inside(city, inside):
        viewer, once = await all_pictures(city, withdrawn, before)
        assert before.cameras == {2}  # the marker is found where it may be seen
        assert (await city.admin.delete("/api/cameras/cam-2/public")).status_code == 204
        await eventually(lambda: viewer.pc.connectionState == "closed")
        seen = before.pictures
        for address in once:
            assert (await city.get(address)).status in REFUSED, address

        page = Events()
        url = f"{city.base}/public/events?camera={withdrawn}"
        listening = asyncio.create_task(page.listen(city.http, url))
        watching, _ = await all_pictures(city, public_id, after)
        for address in addresses_of(city, withdrawn):
            answer = await city.get(address)
            assert answer.status in REFUSED, (address, answer.status)
        for name in (withdrawn, "cam-2", "cam.cam-2.sub", "mosaic.city-1"):
            assert (await city.offer(name, await an_offer())).status == 404
        await eventually(lambda: page.told and len(watching.videos[0].pictures) > 20)
        listening.cancel()
        await asyncio.gather(listening, watching.close(), return_exceptions=True)
    assert after.cameras == {1}
    assert before.pictures == seen
    assert [one["id"] for one in page.told[-1]["cameras"]] == [public_id]
    city.said = [said.partition("{")[2] for said in city.said] + [str(page.told)]  # without what was asked
    assert city.leaked() == []
    await viewer.close()


def addresses_of(city: PublicSite, withdrawn: str) -> list[str]:
    """Each place by each name that a camera has or had, and all that control answers at, which is not here."""
    names = (
        *("cam-1", "cam-2", "cam.cam-2.main", "cam.cam-2.sub", "Kamera%202", "mosaic.city-1", "city-1", "city"),
        *(f"public.{withdrawn}", withdrawn, withdrawn.upper(), STRANGE, STRANGE * 2, "0" * 16, "f" * 32),
        *("..%2f..%2fapi%2fcameras", "%2e%2e", "*", "%00", "x" * 200),
    )
    ours = [place.format(name) for place in PLACES for name in names]
    routes = {route.path for route in city.site.app.routes if isinstance(route, APIRoute)}
    theirs = {re.sub(r"\{[^}]*\}", "cam-2", path) for path in routes}
    return ours + sorted(path for path in theirs if not path.startswith("/public"))
