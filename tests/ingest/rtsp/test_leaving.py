"""However a session ends, the camera is told, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing
from typing import Literal

import psutil
import pytest

from ingest.annexb import RawPicture
from ingest.rtsp.errors import RtspError
from ingest.source import SourceSpec
from tests.support.pulling import pulling
from tests.support.rtsp_camera import SESSION, Client, Request, RtspCamera, recorded_pictures, rtsp_camera
from tests.support.rtsp_session import SILENCE_S, playing, take
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("nothing_open")


async def test_it_leaves_with_a_teardown() -> None:
    async with rtsp_camera() as camera:
        async with playing(camera.url) as session:
            await take(session, 1)
        await eventually(lambda: camera.methods()[-1] == "TEARDOWN")
        assert camera.requests[-1].headers["session"] == SESSION
        await eventually(lambda: camera.open_connections == 0)


async def test_it_leaves_with_a_teardown_where_play_was_not_answered() -> None:
    async def mode(client: Client, request: Request) -> bool:
        return request.method == "PLAY"

    async with rtsp_camera(mode) as camera:
        task = asyncio.create_task(_enter(camera))
        await eventually(lambda: "PLAY" in camera.methods())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await eventually(lambda: camera.methods()[-1] == "TEARDOWN")
        await eventually(lambda: camera.open_connections == 0)


async def _enter(camera: RtspCamera) -> None:
    async with playing(camera.url):
        pass


async def test_a_reader_that_is_cancelled_leaves_with_a_teardown() -> None:
    async with rtsp_camera() as camera:
        read: list[RawPicture] = []

        async def reading() -> None:
            async with playing(camera.url) as session, aclosing(session.pictures(SILENCE_S)) as pictures:
                async for picture in pictures:
                    read.append(picture)  # noqa: PERF401 - it never ends

        task = asyncio.create_task(reading())
        await eventually(lambda: len(read) > 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await eventually(lambda: camera.methods()[-1] == "TEARDOWN")
        await eventually(lambda: camera.open_connections == 0)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_wherever_it_is_cancelled_it_leaves_nothing(transport: Literal["tcp", "udp"]) -> None:
    """At each turn of the event loop from the first one until pictures come."""
    pulled = 0

    async def reading(url: str) -> None:
        nonlocal pulled
        async with pulling(SourceSpec("s", url, transport=transport)) as units:
            async for _ in units:
                pulled += 1

    async with rtsp_camera() as camera:
        for turns in range(60):
            task = asyncio.create_task(reading(camera.url))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
            await eventually(lambda: camera.open_connections == 0, every=0.001)
        plays, teardowns = (camera.methods().count(method) for method in ("PLAY", "TEARDOWN"))
        assert camera.connections > 10
        # Not where the camera, about to answer PLAY, found the connection closed before it had read on.
        assert teardowns >= 0.8 * plays > 0


async def test_a_hundred_connections_leave_nothing() -> None:
    async with rtsp_camera() as camera:

        async def once() -> None:
            async with playing(camera.url) as session:
                await take(session, 1)
            await eventually(lambda: camera.open_connections == 0, every=0.001)

        await once()
        gc.collect()
        files, tasks = psutil.Process().num_fds(), len(asyncio.all_tasks())
        for _ in range(100):
            await once()
        await eventually(lambda: psutil.Process().num_fds() <= files)
        await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
        assert camera.connections == 101


async def test_what_comes_after_the_end_is_passed_over() -> None:
    """The fixture sees what a callback raises."""
    async with rtsp_camera() as camera, playing(camera.url) as session:
        await take(session, 1)
        session.close()
        session._on_interleaved(0, b"\x80" + bytes(40))
        session._on_picture(RawPicture(0, [b"\x65"], broken=False))
        session.close()
        with pytest.raises(RtspError):
            await session.play()


async def test_an_end_by_the_camera_ends_the_pictures_after_the_last_one() -> None:
    async def mode(client: Client, request: Request) -> bool:
        if request.method == "PLAY":
            client.answer(request)
            client.play(recorded_pictures()[:5], forever=False)
            await asyncio.sleep(0.2)
            client.writer.close()
        return request.method == "PLAY"

    async with (
        rtsp_camera(mode) as camera,
        playing(camera.url) as session,
        aclosing(session.pictures(SILENCE_S)) as pictures,
    ):
        assert len([picture async for picture in pictures]) == 5
