"""A hundred cameras behind one address lose their power and come back: real sockets, real pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from ingest.backoff import Importance
from ingest.camera_state import State
from ingest.pull import Shared, SourcePuller
from ingest.source import SourceSpec
from tests.ingest.test_token_bucket import most_within
from tests.support.rtsp_camera import SESSION, Client, Request, RtspCamera, recorded_pictures, rtsp_camera
from tests.support.waiting import eventually

CAMERAS, SHOWN = 100, 12


async def sparing(client: Client, request: Request) -> bool:
    """Keyframes only, two a second: a hundred of these cost nothing."""
    if request.method == "PLAY":
        client.answer(request, headers={"Session": SESSION})
        client.play(recorded_pictures()[:1], every_s=0.5)
    return request.method == "PLAY"


class City:
    """Pullers of one process, and when each camera was live again."""

    def __init__(self, camera: RtspCamera, shared: Shared) -> None:
        self.back: dict[int, float] = {}
        self._shared = shared
        self.pullers = [self._puller(camera, number) for number in range(CAMERAS)]

    def live(self) -> int:
        return sum(puller.state is State.LIVE for puller in self.pullers)

    def _puller(self, camera: RtspCamera, number: int) -> SourcePuller:
        stream = f"cam.c{number}.main"
        return SourcePuller(
            stream,
            epoch=lambda: 1,
            fetch=_at(stream, f"{camera.url}/{number}"),
            publish=lambda _: None,
            changed=partial(self._changed, number),
            importance=lambda: Importance.SHOWN if number < SHOWN else Importance.DEMANDED,
            shared=self._shared,
        )

    def _changed(self, number: int) -> None:
        if self.pullers[number].state is State.LIVE:
            self.back.setdefault(number, asyncio.get_running_loop().time())


def _at(stream: str, url: str) -> Callable[[], Awaitable[SourceSpec]]:
    async def fetch() -> SourceSpec:
        return SourceSpec(stream, url)

    return fetch


async def test_they_are_not_flooded_and_all_back_soon(shared: Shared) -> None:
    asyncio.get_running_loop().set_debug(False)  # a hundred cameras and their pullers share it
    async with rtsp_camera(sparing) as camera:
        city = City(camera, shared)
        try:
            await eventually(lambda: city.live() == CAMERAS)
            camera.dead = True
            await camera.send_all_away()
            # Long enough that all wait long.
            await eventually(lambda: camera.connections > 5 * CAMERAS)
            assert city.live() == 0
            city.back.clear()
            camera.dead = False
            began = asyncio.get_running_loop().time()
            await eventually(lambda: city.live() == CAMERAS)
        finally:
            await asyncio.gather(*(puller.stop() for puller in city.pullers))
    waited = {number: at - began for number, at in city.back.items()}
    assert most_within(camera.connected_at, 0.1) <= 20
    assert sorted(waited.values())[int(0.95 * CAMERAS)] < 15
    assert max(waited[number] for number in range(SHOWN)) < 5
