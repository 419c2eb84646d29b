"""Cameras that misbehave: each is left in time, with the right state and cause, and with nothing left behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest

from ingest import causes
from ingest.camera_connection import pull
from ingest.camera_state import State
from ingest.causes import Cause
from ingest.source import SourceError, SourceSpec
from tests.support.hostile_camera import MODES, hostile_camera
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("soon", "nothing_open")

USER, PASSWORD = "operator", "rahasia"
# All bounds of conftest.py together, and what a busy machine takes.
WITHIN_S = 4.0

NO_REPLY = State.UNREACHABLE, causes.NO_REPLY
NOT_RTSP = State.UNSUPPORTED, causes.NOT_RTSP
REDIRECTED = State.UNSUPPORTED, causes.REDIRECTED
REFUSED = State.REFUSED, causes.WRONG_PASSWORD
ENDED = State.UNREACHABLE, causes.ENDED
NO_VIDEO = State.UNSUPPORTED, causes.NO_VIDEO
UNKNOWN_CODEC = State.UNSUPPORTED, causes.unsupported_codec("?")
NO_FIRST_PICTURE = State.STALE, causes.NO_FIRST_PICTURE

EXPECTED: dict[str, tuple[State, Cause]] = {
    "no answer": NO_REPLY,
    "half an answer": NO_REPLY,
    "byte drip": NO_REPLY,
    "endless head": NOT_RTSP,
    "garbage": NOT_RTSP,
    "web server": NOT_RTSP,
    "web page": NOT_RTSP,
    "numbers without end": NOT_RTSP,
    "length without end": NOT_RTSP,
    "challenge without end": REFUSED,
    "hangs up": ENDED,
    "redirect": REDIRECTED,
    "redirect request": REDIRECTED,
    "refuses every password": REFUSED,
    "nonce always stale": REFUSED,
    "forbids": (State.REFUSED, causes.FORBIDDEN),
    "overloaded": (State.UNREACHABLE, causes.SERVER_ERROR),
    "no transport": (State.UNSUPPORTED, causes.NO_TRANSPORT),
    "no video": NO_VIDEO,
    "empty description": NO_VIDEO,
    "huge description": NOT_RTSP,
    "half a description": NO_REPLY,
    "many payload types": UNKNOWN_CODEC,
    "payload type without end": NO_VIDEO,
    "codec in its own words": UNKNOWN_CODEC,
    "line break in the session": NOT_RTSP,
    "impossible channel": NOT_RTSP,
    "play without packets": NO_FIRST_PICTURE,
    "packets that stop": (State.STALE, causes.NO_PICTURES),
    "no keyframe": (State.STALE, causes.NO_KEYFRAME),
    "nothing that decodes": (State.UNSUPPORTED, causes.UNDECODABLE),
    "reset in mid-picture": (State.STALE, causes.ENDED),
    "request flood": NO_REPLY,
    "endless picture": NO_FIRST_PICTURE,
}


async def failure(url: str, username: str = USER, password: str = PASSWORD) -> SourceError:
    """What ends the connection, in time."""

    async def take() -> None:
        async with aclosing(pull(SourceSpec("s", url, username, password))) as units:
            async for _ in units:
                pass

    with pytest.raises(SourceError) as caught:
        await asyncio.wait_for(take(), WITHIN_S)
    assert caught.value.__cause__ is None
    return caught.value


def test_there_is_an_expectation_of_each_mode() -> None:
    assert EXPECTED.keys() == MODES.keys()


@pytest.mark.parametrize("mode", EXPECTED)
async def test_a_camera_that_misbehaves_is_left_in_time_and_explained(mode: str) -> None:
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
