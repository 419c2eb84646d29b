"""Cameras that misbehave: each is left in time, with the right state and cause, and with nothing left behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from ingest import allowance, camera_connection, causes, rtsp_source
from ingest.camera_state import State
from ingest.causes import Cause
from ingest.rtsp.session import Session, Target
from ingest.source import SourceError, SourceSpec
from tests.support.hostile_camera import EXPECTED, MODES, NOT_RTSP, hostile_camera
from tests.support.packetiser import interleaved, rtp
from tests.support.pulling import pulling
from tests.support.rtsp_camera import Client, Request, rtsp_camera
from tests.support.rtsp_session import playing
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.usefixtures("soon", "nothing_open")

USER, PASSWORD = "operator", "rahasia"
# What ends those that do not end by themselves, and what is said then.
BOUNDS: tuple[tuple[ModuleType, str, set[Cause]], ...] = (
    (rtsp_source, "CONNECT_TIMEOUT_S", set()),
    (rtsp_source, "ANSWER_TIMEOUT_S", {causes.NO_REPLY}),
    (rtsp_source, "READ_TIMEOUT_S", {causes.NO_FIRST_PICTURE, causes.NO_PICTURES}),
    (camera_connection, "FIRST_KEYFRAME_S", {causes.NO_KEYFRAME}),
)


async def failure(url: str, username: str = USER, password: str = PASSWORD) -> SourceError:
    """What ends the connection, in time."""

    async def take() -> None:
        async with pulling(SourceSpec("s", url, username, password)) as units:
            async for _ in units:
                pass

    with pytest.raises(SourceError) as caught:
        await asyncio.wait_for(take(), PATIENCE_S)
    assert caught.value.__cause__ is None
    return caught.value


def test_there_is_an_expectation_of_each_mode() -> None:
    assert EXPECTED.keys() == MODES.keys()


@pytest.mark.parametrize("mode", EXPECTED)
async def test_a_camera_that_misbehaves_is_left_in_time_and_explained(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, bound, said in BOUNDS:
        if EXPECTED[mode][1] not in said:  # however slow the machine is, it is not this one that is reached
            monkeypatch.setattr(module, bound, 2 * PATIENCE_S)
    async with hostile_camera(mode) as camera:
        error = await failure(camera.url)
        assert (error.state, error.cause) == EXPECTED[mode]
        await eventually(lambda: camera.open_connections == 0)
        assert camera.connections == 1
        assert sum("authorization" in request.headers for request in camera.requests) <= 1


async def test_an_address_that_takes_no_connection_and_does_not_refuse_it() -> None:
    """A full backlog drops what knocks, as a firewall does."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        error = await failure(f"rtsp://127.0.0.1:{full.getsockname()[1]}/x")
    assert (error.state, error.cause) == (State.UNREACHABLE, causes.UNREACHABLE)


@pytest.mark.parametrize("host", ["does-not-exist.invalid", "a..b", "x" * 70 + ".invalid"])
async def test_a_host_that_there_is_not(host: str) -> None:
    error = await failure(f"rtsp://{host}/x")
    assert (error.state, error.cause) == (State.UNREACHABLE, causes.UNKNOWN_HOST)


async def test_an_address_needs_no_name_server() -> None:
    """Whose threads may all be waiting for one that hangs."""
    enough = threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1, "asyncio_names"))
    waiting = asyncio.create_task(asyncio.to_thread(enough.wait, 5))
    try:
        async with hostile_camera("forbids") as camera:
            assert (await failure(camera.url)).cause == causes.FORBIDDEN
    finally:
        enough.set()
        await waiting


async def test_an_address_with_a_line_break_is_not_sent() -> None:
    async with hostile_camera("redirect") as camera:
        error = await failure(camera.url + "\r\nX-Injected: y")
        assert (error.state, error.cause) == NOT_RTSP
        assert camera.requests == []


async def test_of_one_that_sends_as_fast_as_it_can_no_more_is_read_than_cameras_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(allowance, "BYTES_BURST", 100_000.0)
    monkeypatch.setattr(allowance, "BYTES_RATE", 400_000.0)
    async with hostile_camera("endless picture") as camera:
        spec = SourceSpec("s", camera.url)
        received: list[tuple[float, int]] = []
        session = Session(Target(camera.url, ("127.0.0.1", spec.port), "", "", "tcp"))
        try:
            await session.connect()
            await session.play()
            opened = session._open_connection()
            feed = opened._splitter.feed

            def counting(data: bytes) -> int:
                received.append((asyncio.get_running_loop().time(), len(data)))
                return feed(data)

            monkeypatch.setattr(opened._splitter, "feed", counting)
            await eventually(lambda: sum(size for _, size in received) > 600_000)
        finally:
            session.close()
        # The last read is paid for after it was made.
        taken, seconds = sum(size for _, size in received[:-1]), received[-1][0] - received[0][0]
        assert taken <= 100_000 + 400_000 * (seconds + 0.05)
        assert seconds > 0.5


async def test_of_one_that_sends_crumbs_fewer_bytes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "BYTES_BURST", 60_000.0)
    monkeypatch.setattr(allowance, "BYTES_RATE", 2_400_000.0)
    crumbs = b"".join(interleaved(rtp(b"\x06\x01", sequence=number)) for number in range(2000))

    async def mode(client: Client, request: Request) -> bool:
        while request.method == "PLAY" and not client.writer.is_closing():
            if not client.stream.pictures:
                client.answer(request)
            client.stream.pictures += 1
            client.say(crumbs)
            await client.writer.drain()
        return False

    async with rtsp_camera(mode) as camera, playing(camera.url) as session:
        receiver = session._receiver
        assert receiver is not None
        began, before = asyncio.get_running_loop().time(), receiver.received
        await eventually(lambda: receiver.received > before + 8000)
        seconds = asyncio.get_running_loop().time() - began
        # A packet counts as 600 bytes; the last read is paid for after it was made.
        one_read = 65_536 // len(interleaved(rtp(b"\x06\x01"))) + 1
        assert receiver.received - before <= 100 + 4000 * (seconds + 0.2) + one_read
