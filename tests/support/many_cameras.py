"""Cameras at some addresses in a process of its own: any path is one (640×360, 15 pictures a second, GOP of 2 s).

Who comes finds them anywhere in a GOP, as with most cameras, and waits for the next keyframe.

    python -m tests.support.many_cameras ADDRESS…

The first lines that it prints are its URLs, one for each address; each one after them is JSON: a session that begins to
play or has ended, its path, and when (s, CLOCK_MONOTONIC).
"""

from __future__ import annotations

import asyncio
import functools
import json
import random
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from ingest.access_unit import Codec
from tests.support.bitstreams import encode
from tests.support.rtsp_camera import SESSION, Client, Request, rtsp_camera

FPS, GOP = 15, 30


@functools.cache
def pictures() -> tuple[bytes, ...]:
    """Two GOPs, of as many bits as a sub stream usually has."""
    packets = encode(Codec.H264, 2 * GOP, 640, 360, gop=GOP, fps=FPS, kbps=500)
    return tuple(bytes(packet) for packet in packets)


async def play(client: Client, request: Request) -> bool:
    """Plays, and tells of it."""
    if request.method != "PLAY":
        return False
    client.answer(request, headers={"Session": SESSION})
    there = random.randrange(GOP)
    client.play(pictures()[there:] + pictures()[:there], every_s=1 / FPS)
    path = urlsplit(request.url).path.strip("/")
    _tell("began", path)
    asyncio.create_task(_tell_of_end(client, path), name=path)  # noqa: RUF006 - ends with the client
    return True


async def _tell_of_end(client: Client, path: str) -> None:
    try:
        await client.writer.wait_closed()
    except ConnectionError:
        pass
    finally:
        _tell("ended", path)


def _tell(what: str, path: str) -> None:
    print(json.dumps({"what": what, "path": path, "at": time.monotonic()}), flush=True)


async def _serve(addresses: Sequence[str]) -> None:
    pictures()
    async with AsyncExitStack() as stack:
        for address in addresses:
            camera = await stack.enter_async_context(rtsp_camera(play, address))
            print(camera.url.rsplit("/", 1)[0], flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1:]))
