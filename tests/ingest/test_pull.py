"""The task of one stream, against GstRtspServer."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

import pytest

from ingest import camera_connection, causes, pull
from ingest.access_unit import AccessUnit, Codec
from ingest.backoff import CAP_S, Backoff, Importance
from ingest.camera_state import State
from ingest.pull import Shared, SourcePuller
from ingest.source import SourceError, SourceSpec
from tests.ingest.conftest import FPS, PASSWORD, USER
from tests.support.gst_cameras import GstCameras, Mount, gst_cameras
from tests.support.rtsp_camera import rtsp_camera
from tests.support.waiting import PATIENCE_S, eventually

STREAM = "cam.lorong-1.main"


class Pulling(Protocol):
    """Starts a puller whose camera is what `fetch` answers, and collects what it publishes."""

    def __call__(self, fetch: Callable[[], Awaitable[SourceSpec]]) -> tuple[SourcePuller, list[AccessUnit]]: ...


@pytest.fixture
async def pulling(shared: Shared) -> AsyncIterator[Pulling]:
    pullers: list[SourcePuller] = []

    def begin(fetch: Callable[[], Awaitable[SourceSpec]]) -> tuple[SourcePuller, list[AccessUnit]]:
        units: list[AccessUnit] = []
        puller = SourcePuller(
            STREAM,
            epoch=lambda: 7,
            fetch=fetch,
            publish=units.append,
            shared=shared,
            backoff=Backoff(draw=lambda: 0.1),
        )
        pullers.append(puller)
        return puller, units

    yield begin
    for puller in pullers:
        await asyncio.wait_for(puller.stop(), PATIENCE_S)


def at(url: str) -> Callable[[], Awaitable[SourceSpec]]:
    """A camera that stands where it stands."""

    async def fetch() -> SourceSpec:
        return SourceSpec(STREAM, url)

    return fetch


@pytest.fixture
def own() -> Iterator[GstCameras]:
    """A server that the test may spoil."""
    with gst_cameras(Mount("/a", fps=FPS)) as server:
        yield server


@pytest.mark.gst
async def test_access_units_and_status(cameras: GstCameras, pulling: Pulling) -> None:
    puller, units = pulling(at(cameras.url("/h264")))
    await eventually(lambda: len(units) > 35)
    assert [au.sequence for au in units] == list(range(1, len(units) + 1))
    assert all(after.timestamp > before.timestamp for before, after in pairwise(units))
    assert [au.discontinuity for au in units[:3]] == [True, False, False]
    assert {au.epoch for au in units} == {7}
    status = puller.status("worker-1")
    assert (status.state, status.cause_en, status.camera) == (State.LIVE, "", "lorong-1")
    assert (status.codec, status.width, status.height, status.b_frames) == ("h264", 640, 360, False)
    assert abs(status.fps - FPS) < 5
    assert status.gop_s == pytest.approx(0.5, abs=0.1)
    assert status.bitrate_kbps > 50
    assert status.last_picture_ms is not None
    assert abs(status.updated_ms - status.last_picture_ms) < 1000


@pytest.mark.gst
async def test_a_lost_connection_comes_back_as_a_discontinuity_of_the_same_line(
    own: GstCameras, pulling: Pulling
) -> None:
    puller, units = pulling(at(own.url("/a")))
    await eventually(lambda: len(units) > 5)
    own.kick()
    await eventually(lambda: sum(au.discontinuity for au in units) == 2)
    await eventually(lambda: puller.state is State.LIVE)
    assert [au.sequence for au in units] == list(range(1, len(units) + 1))
    assert all(after.timestamp > before.timestamp for before, after in pairwise(units))
    assert all(au.keyframe for au in units if au.discontinuity)


@pytest.mark.gst
async def test_a_camera_that_falls_silent_is_stale_and_then_live_again(own: GstCameras, pulling: Pulling) -> None:
    puller, units = pulling(at(own.url("/a")))
    await eventually(lambda: len(units) > 5)
    own.mute("/a")

    def is_stale() -> bool:
        puller.tick()
        return puller.state is State.STALE

    await eventually(is_stale)
    assert puller.status("w").cause_id == causes.NO_PICTURES.indonesian
    own.unmute("/a")
    await eventually(lambda: puller.state is State.LIVE)


@pytest.mark.gst
async def test_a_camera_that_is_gone_says_so(own: GstCameras, pulling: Pulling) -> None:
    puller, units = pulling(at(own.url("/a")))
    await eventually(lambda: len(units) > 5)
    own.remove("/a")
    await eventually(lambda: puller.state is State.NOT_FOUND)


@pytest.mark.gst
async def test_a_refused_password_is_tried_once_and_again_when_it_was_changed(
    cameras: GstCameras, pulling: Pulling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "REFUSED_LOOK_S", 0.05)
    passwords = ["wrong"]
    looked: list[str] = []

    async def fetch() -> SourceSpec:
        looked.append(passwords[-1])
        return SourceSpec(STREAM, cameras.url("/digest"), USER, passwords[-1])

    puller, units = pulling(fetch)
    await eventually(lambda: puller.state is State.REFUSED)
    since = puller.status("w").since_ms
    await eventually(lambda: len(looked) > 5)
    # One attempt: another one would have shown `connecting` failing again, and the camera counts them.
    assert not units
    assert abs(puller.status("w").since_ms - since) <= 2
    passwords.append(PASSWORD)
    await eventually(lambda: puller.state is State.LIVE)


@pytest.mark.parametrize("kind", ["rtsp", "http"])
async def test_a_refused_password_is_tried_once_by_all_streams_of_a_camera(kind: str, shared: Shared) -> None:
    connections: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while asked := (await reader.readuntil(b"\r\n\r\n")).decode():
                connections.append(asked)
                protocol = asked.split("\r\n")[0].rpartition(" ")[2]
                cseq = re.search(r"CSeq: \d+\r\n", asked)
                challenge = 'WWW-Authenticate: Basic realm="camera"\r\n'
                answer = f"{protocol} 401 Unauthorized\r\n{cseq[0] if cseq else ''}{challenge}Content-Length: 0\r\n\r\n"
                writer.write(answer.encode())
        writer.transport.abort()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    url = f"{kind}://127.0.0.1:{server.sockets[0].getsockname()[1]}/live.m3u8"

    def begin(quality: str) -> SourcePuller:
        stream = f"cam.a.{quality}"

        async def fetch() -> SourceSpec:
            return replace(SourceSpec.from_url(stream, url), username=USER, password="wrong", credential="fingerprint")

        return SourcePuller(stream, epoch=lambda: 1, fetch=fetch, publish=lambda _: None, shared=shared)

    pullers = [begin("main"), begin("sub")]
    try:
        await eventually(lambda: all(puller.state is State.REFUSED for puller in pullers))
        assert sum("authorization" in asked.lower() for asked in connections) == 1
        assert {puller.status("w").cause_en for puller in pullers} == {causes.WRONG_PASSWORD.english}
    finally:
        for puller in pullers:
            await asyncio.wait_for(puller.stop(), PATIENCE_S)
        server.close()


async def test_a_stream_that_is_wanted_more_now_waits_less(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CAP_S, Importance.SHOWN, 0.1)
    asked: list[Importance] = []
    importance = [Importance.REST]

    async def fetch() -> SourceSpec:
        asked.append(importance[-1])
        raise SourceError(State.OFF, causes.UNKNOWN_CAMERA)

    puller = SourcePuller(
        STREAM,
        epoch=lambda: 1,
        fetch=fetch,
        publish=lambda _: None,
        shared=shared,
        importance=lambda: importance[-1],
        backoff=Backoff(draw=lambda: 100.0),
    )
    try:
        await eventually(lambda: puller.state is State.OFF)
        puller.tick()
        importance.append(Importance.SHOWN)
        await eventually(lambda: puller.tick() or len(asked) > 1)
        assert asked[:2] == [Importance.REST, Importance.SHOWN]
    finally:
        await puller.stop()


async def test_no_address_yet(pulling: Pulling) -> None:
    asked: list[int] = []

    async def fetch() -> SourceSpec:
        asked.append(1)
        raise SourceError(State.CONNECTING, causes.NO_ANSWER_FROM_CONTROL)

    puller, _ = pulling(fetch)
    await eventually(lambda: len(asked) > 2)
    assert puller.status("w").cause_en == causes.NO_ANSWER_FROM_CONTROL.english
    assert puller.state is State.CONNECTING


async def test_a_fault_of_ours_does_not_end_the_pulling(pulling: Pulling) -> None:
    asked: list[int] = []

    async def fetch() -> SourceSpec:
        asked.append(1)
        raise RuntimeError("a fault")

    puller, _ = pulling(fetch)
    await eventually(lambda: len(asked) > 2)
    assert puller.state is State.UNREACHABLE


async def test_a_stream_of_which_every_picture_has_lost_something_is_not_live(pulling: Pulling) -> None:
    async with rtsp_camera(None) as camera:
        puller, units = pulling(at(camera.url))
        await eventually(lambda: puller.state is State.LIVE)
        camera.loses = 1
        await eventually(lambda: puller.tick() and puller.state is State.STALE)
        before = len(units)
        await eventually(lambda: len(units) > before + 5)
        assert all(au.damaged for au in units[-5:])
        assert puller.status("worker-1").state is State.STALE
        camera.loses = 0
        await eventually(lambda: puller.state is State.LIVE)


async def test_a_camera_that_sends_no_keyframe_after_a_loss_is_connected_to_anew(
    pulling: Pulling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some send one at the beginning only; it would be STALE for ever."""
    monkeypatch.setattr(camera_connection, "FIRST_KEYFRAME_S", 1.0)
    async with rtsp_camera(None) as camera:
        puller, _ = pulling(at(camera.url))
        await eventually(lambda: puller.state is State.LIVE)
        camera.loses = 1
        await eventually(lambda: camera.connections > 1)
        camera.loses = 0
        await eventually(lambda: puller.state is State.LIVE)


@pytest.mark.gst
async def test_a_camera_that_stands_elsewhere_now_is_pulled_there(
    cameras: GstCameras, pulling: Pulling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "LOOK_S", 0.1)
    paths = ["/h264"]

    async def fetch() -> SourceSpec:
        return SourceSpec(STREAM, cameras.url(paths[-1]))

    _, units = pulling(fetch)
    await eventually(lambda: len(units) > 5)
    paths.append("/h265")
    await eventually(lambda: units[-1].codec is Codec.H265)
    first = next(au for au in units if au.codec is Codec.H265)
    assert first.discontinuity
    assert first.keyframe
    assert [au.sequence for au in units] == list(range(1, len(units) + 1))
