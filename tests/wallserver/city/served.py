"""A city of given cameras on free ports, in the test's own loop, and the clients that look at it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import re
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
        await asyncio.wait_for(server.wait_closed(), 5)  # every client has gone by now


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
    """A decoded picture: its code, its RTP timestamp (90 kHz), when it was there (time.time()).

    FFmpeg gives no timestamp to the first picture of an RTSP session.
    """

    code: tuple[int, int] | None
    timestamp: int | None
    at: float
    luma: bytes
    size: tuple[int, int]


def steps(pictures: list[Seen]) -> list[int]:
    """By how much the timestamp grows from each picture to the next; all but the first know theirs."""
    known = [picture.timestamp for picture in pictures if picture.timestamp is not None]
    assert len(known) >= len(pictures) - 1
    return [later - earlier for earlier, later in itertools.pairwise(known)]


async def ask(port: int, method: str, path: str, *headers: str, authorised: bool = False) -> tuple[str, Connection]:
    """One request on a connection of its own, and its answer as it stands on the wire."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    url = f"rtsp://127.0.0.1:{port}/{path}"
    more = [*headers]
    if authorised:
        challenge, connection = await ask(port, method, path, *headers)
        await connection.close()
        realm, nonce = re.findall(r'realm="(.*?)", nonce="(.*?)"', challenge)[0]
        secret, what = _md5(f"{USER}:{realm}:{PASSWORD}"), _md5(f"{method}:{url}")
        response = _md5(f"{secret}:{nonce}:{what}")
        digest = f'username="{USER}", realm="{realm}", nonce="{nonce}", uri="{url}", response="{response}"'
        more.append(f"Authorization: Digest {digest}")
    writer.write("\r\n".join([f"{method} {url} RTSP/1.0", "CSeq: 3", *more, "", ""]).encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert "\r\nCSeq: 3\r\n" in answer
    return answer, Connection(reader, writer)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@dataclass(frozen=True)
class Connection:
    """Both ends of a connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def packet(self) -> bytes:
        """The next interleaved packet (RFC 2326, section 10.12), without its four bytes of frame."""
        head = await self.reader.readexactly(4)
        assert head[0] == ord("$")
        return await self.reader.readexactly(int.from_bytes(head[2:], "big"))


def watch(url: str, count: int, **options: str) -> list[Seen]:
    """PyAV as a client: the first `count` pictures. Blocks; run it in a thread."""
    return list(watching(url, count, **options))


def watching(url: str, count: int, **options: str) -> Iterator[Seen]:
    """The same one by one."""
    # Not "nobuffer": it throws away what was read to find out about the stream, the first keyframe with it.
    with av.open(url, options=options | {"analyzeduration": "500000"}, timeout=(10, 10)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            luma = frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.uint8, copy=False)
            timestamp = None if frame.pts is None else round(frame.pts * (frame.time_base or 0) * 90_000)
            code = read(luma, 0, 0, frame.width, frame.height)
            yield Seen(code, timestamp, time.time(), luma.tobytes(), (frame.width, frame.height))
            count -= 1
            if count == 0:
                return
