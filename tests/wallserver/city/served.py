"""A city of given cameras on free ports, in the test's own loop, and the clients that look at it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from wallserver.city.block_code import read
from wallserver.city.city import City
from wallserver.city.clock import CLIP_PICTURES, FPS, picture_count
from wallserver.city.names import OWN_CLIPS, CityCamera
from wallserver.city.rtsp_server import RtspServer

USER, PASSWORD = "viewer", "only for tests"


@dataclass(frozen=True)
class Served:
    """A city that runs."""

    city: City
    port: int

    def url(self, path: str, password: str = PASSWORD) -> str:
        return f"rtsp://{USER}:{password.replace(' ', '%20')}@127.0.0.1:{self.port}/{path}"


@contextlib.asynccontextmanager
async def served(clips: Path, *cameras: CityCamera) -> AsyncIterator[Served]:
    """These cameras, up from the beginning."""
    city = City(cameras)
    for camera in cameras:
        city.add(camera, clips)
    server = await RtspServer(city.track, USER, PASSWORD).listen("127.0.0.1", 0)
    play = asyncio.create_task(city.play())
    try:
        yield Served(city, server.sockets[0].getsockname()[1])
    finally:
        play.cancel()
        await asyncio.gather(play, return_exceptions=True)
        server.close()
        server.close_clients()
        await server.wait_closed()


def camera_at_its_seam(*, within_s: tuple[float, float]) -> CityCamera:
    """A camera that shows clip 1 and begins it anew in so many seconds: the phases of those that share it differ."""
    now = time.time_ns()
    for number in range(1, 901, OWN_CLIPS):
        left = (CLIP_PICTURES - picture_count(number, now) % CLIP_PICTURES) / FPS
        if within_s[0] <= left <= within_s[1]:
            return CityCamera(f"cam-{number}", "at its seam", "Wajo", None, "rtsp", number)
    raise AssertionError("no camera is at its seam")


@dataclass(frozen=True)
class Seen:
    """A decoded picture: its code, its RTP timestamp (90 kHz), when it was there (time.time())."""

    code: tuple[int, int] | None
    timestamp: int
    at: float
    luma: bytes
    size: tuple[int, int]


def watch(url: str, count: int, **options: str) -> list[Seen]:
    """PyAV as a client: the first `count` pictures. Blocks; run it in a thread."""
    return list(watching(url, count, **options))


def watching(url: str, count: int, **options: str) -> Iterator[Seen]:
    """The same one by one."""
    low_delay = {"fflags": "nobuffer", "analyzeduration": "500000", "probesize": "500000"}
    with av.open(url, options=low_delay | options, timeout=(10, 10)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            luma = frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.uint8, copy=False)
            assert frame.pts is not None
            assert frame.time_base is not None
            timestamp = round(frame.pts * frame.time_base * 90_000)
            code = read(luma, 0, 0, frame.width, frame.height)
            yield Seen(code, timestamp, time.time(), luma.tobytes(), (frame.width, frame.height))
            count -= 1
            if count == 0:
                return
