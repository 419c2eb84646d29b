"""Against GstRtspServer, and the HLS muxer of FFmpeg."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import queue
import socket
import statistics
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
import pytest

from ingest import annexb, causes, rtsp_source
from ingest.access_unit import TICKS_PER_SECOND, Codec
from ingest.camera_connection import Pulled
from ingest.camera_state import State
from ingest.ffmpeg import _Process
from ingest.keyframe import decodes
from ingest.source import Opened, SourceError, SourceSpec
from tests.ingest.conftest import FPS, PASSWORD, USER
from tests.support.gst_cameras import GstCameras
from tests.support.hls import hls_camera, http_server
from tests.support.pulling import pulling
from tests.support.rtsp_camera import rtsp_camera
from tests.support.waiting import PATIENCE_S, eventually


async def take(spec: SourceSpec, count: int) -> list[Pulled]:
    """The first access units of a connection."""
    units: list[Pulled] = []
    async with pulling(spec) as pulled:
        async for unit in pulled:
            units.append(unit)
            if len(units) == count:
                break
    return units


async def take_in_time(spec: SourceSpec, count: int) -> list[Pulled]:
    """As a puller does: once more where nothing came, as UDP may have it on a machine with much else to do."""
    try:
        return await take(spec, count)
    except SourceError as error:
        if spec.transport == "tcp" or error.cause is not causes.NO_FIRST_PICTURE:
            raise
        return await take(spec, count)


async def failure(spec: SourceSpec) -> SourceError:
    """What ends a connection."""
    with pytest.raises(SourceError) as caught:
        await take(spec, 1_000_000)
    error = caught.value
    assert PASSWORD not in f"{error!r} {error.__cause__!r}"
    return error


def decoded(units: list[Pulled]) -> int:
    """How many pictures a decoder makes of them."""
    decoder = av.CodecContext.create("h264" if units[0].codec is Codec.H264 else "hevc", "r")
    decoder.thread_count = 1
    frames = [frame for unit in units for frame in decoder.decode(av.Packet(unit.unit.data))]
    return len(frames) + len(decoder.decode(None))


@pytest.mark.gst
@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("path", ["/h264", "/slices", "/h265", "/sdp"])
async def test_a_camera_gives_access_units(cameras: GstCameras, path: str, transport: Literal["tcp", "udp"]) -> None:
    units = await take_in_time(SourceSpec("s", cameras.url(path), transport=transport), 32)
    first = units[0].unit
    assert (first.width, first.height, first.b_frames) == (640, 360, False)
    assert first.keyframe
    assert sum(unit.unit.keyframe for unit in units) >= 2
    codec = Codec.H265 if path == "/h265" else Codec.H264
    for pulled in units:
        assert pulled.codec is codec
        kinds = [annexb.nal_type(codec, nal) for nal in annexb.split(pulled.unit.data)]
        assert any(annexb.is_key(codec, kind) for kind in kinds) is pulled.unit.keyframe
        assert annexb.is_parameter_set(codec, kinds[0]) is pulled.unit.keyframe
        assert not any(annexb.is_noise(codec, kind) for kind in kinds)
        assert not pulled.unit.damaged
    assert decoded(units) == len(units)
    steps = [b.source_ticks - a.source_ticks for a, b in pairwise(units)]  # type: ignore[operator]
    # On a busy machine the camera is late itself; early it never is.
    assert TICKS_PER_SECOND / FPS - 1000 < statistics.median(steps) < 10 * TICKS_PER_SECOND / FPS


@pytest.mark.gst
@pytest.mark.parametrize("path", ["/h264", "/slices", "/h265"])
async def test_a_picture_is_handed_over_when_it_is_complete(cameras: GstCameras, path: str) -> None:
    """Not when the next one begins, 33 ms later, as with FFmpeg's parser: several come before that is even sent."""
    sent: list[tuple[int, str]] = []
    arrived: dict[str, int] = {}
    in_time: set[str] = set()

    def take_stamps() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                sent.append(cameras.stamps.get_nowait())

    take_stamps()
    sent.clear()  # of the tests before
    async with asyncio.timeout(PATIENCE_S), pulling(SourceSpec("s", cameras.url(path))) as pulled:
        async for unit in pulled:
            arrived[hashlib.md5(unit.unit.data[-24:]).hexdigest()] = unit.arrived_mono_ns
            take_stamps()
            times = Counter(digest for _, digest in sent)
            for (at, digest), (next_at, _) in pairwise(sent):
                if times[digest] == 1 and at <= arrived.get(digest, 0) < next_at:
                    in_time.add(digest)
            if len(in_time) >= 10:
                break


@pytest.mark.gst
async def test_b_frames_are_noticed(cameras: GstCameras) -> None:
    units = await take(SourceSpec("s", cameras.url("/b")), 20)
    assert units[-1].unit.b_frames
    assert units[-1].reordered


@pytest.mark.gst
async def test_lost_packets_damage_pictures_until_the_next_keyframe(cameras: GstCameras) -> None:
    units = await take(SourceSpec("s", cameras.url("/lossy"), transport="udp"), 90)
    damaged = [unit.unit.damaged for unit in units]
    assert any(damaged)
    for before, after in pairwise(units):
        if before.unit.damaged and not after.unit.keyframe:
            assert after.unit.damaged


async def test_pictures_that_come_while_the_first_keyframe_is_decoded_wait_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The decode is in another process: what comes meanwhile is neither lost nor overtakes."""
    begun, decodable = asyncio.Event(), asyncio.Event()
    exchange = _Process._exchange

    async def slow(self: _Process, request: bytes) -> tuple[int, bytes]:
        begun.set()
        await decodable.wait()
        return await exchange(self, request)

    monkeypatch.setattr(_Process, "_exchange", slow)
    async with rtsp_camera() as camera, pulling(SourceSpec("s", camera.url)) as pulled:
        first = asyncio.create_task(anext(pulled))
        await begun.wait()
        await eventually(lambda: camera.pictures > 15)
        decodable.set()
        units = [await first, *[await anext(pulled) for _ in range(20)]]
    assert units[0].unit.keyframe
    assert [unit.source_ticks for unit in units] == [number * 6000 for number in range(21)]


@pytest.mark.gst
async def test_the_password_reaches_the_camera_whatever_is_in_it(cameras: GstCameras) -> None:
    assert await take(SourceSpec("s", cameras.url("/digest"), USER, PASSWORD), 3)


@pytest.mark.gst
@pytest.mark.parametrize("password", ["", "wrong"])
async def test_a_wrong_password_is_refused(cameras: GstCameras, password: str) -> None:
    error = await failure(SourceSpec("s", cameras.url("/digest"), USER, password))
    assert (error.state, error.cause) == (State.REFUSED, causes.WRONG_PASSWORD)


@pytest.mark.gst
async def test_an_unknown_codec_is_named(cameras: GstCameras) -> None:
    error = await failure(SourceSpec("s", cameras.url("/vp8")))
    assert error.state is State.UNSUPPORTED
    assert "VP8" in error.cause.english
    assert "VP8" in error.cause.indonesian


@pytest.mark.gst
async def test_motion_jpeg(cameras: GstCameras) -> None:
    pulled = await take_in_time(SourceSpec("s", cameras.url("/mjpeg")), 10)
    assert {one.codec for one in pulled} == {Codec.MJPEG}
    assert all(one.unit.keyframe and not one.unit.damaged for one in pulled)
    assert (pulled[0].unit.width, pulled[0].unit.height) == (640, 360)
    ticks = [one.source_ticks or 0 for one in pulled]
    assert all(earlier < later for earlier, later in pairwise(ticks))
    assert all(decodes(one.codec, one.unit.data) for one in pulled)


@pytest.mark.gst
async def test_a_path_that_does_not_exist(cameras: GstCameras) -> None:
    error = await failure(SourceSpec("s", cameras.url("/nowhere")))
    assert (error.state, error.cause) == (State.NOT_FOUND, causes.NOT_FOUND)


@pytest.mark.gst
async def test_a_transport_that_the_camera_has_not(cameras: GstCameras) -> None:
    error = await failure(SourceSpec("s", cameras.url("/tcp"), transport="udp"))
    assert (error.state, error.cause) == (State.UNSUPPORTED, causes.NO_TRANSPORT)


@pytest.mark.gst
async def test_play_without_pictures(cameras: GstCameras, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtsp_source, "READ_TIMEOUT_S", 1.0)
    error = await failure(SourceSpec("s", cameras.url("/silent")))
    # The server lets the picture through that its description needed, sometimes.
    assert error.state is State.STALE
    assert error.cause in (causes.NO_FIRST_PICTURE, causes.NO_PICTURES)


async def test_nobody_at_the_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = await failure(SourceSpec("s", f"rtsp://127.0.0.1:{port}/x", USER, PASSWORD))
    assert (error.state, error.cause) == (State.UNREACHABLE, causes.PORT_CLOSED)


async def test_a_web_server_is_not_a_camera(tmp_path: Path) -> None:
    with http_server(tmp_path) as base:
        error = await failure(SourceSpec("s", base.replace("http", "rtsp") + "/x"))
    assert (error.state, error.cause) == (State.UNSUPPORTED, causes.NOT_RTSP)


@pytest.mark.parametrize(
    ("codec", "b_frames", "segments"),
    [(Codec.H264, 0, "mpegts"), (Codec.H264, 2, "mpegts"), (Codec.H264, 0, "fmp4"), (Codec.H265, 0, "fmp4")],
)
async def test_hls_comes_at_its_own_pace(codec: Codec, b_frames: int, segments: str) -> None:
    opened: list[Opened] = []
    units: list[Pulled] = []
    with hls_camera(codec, b_frames=b_frames, segments=segments) as base:
        spec = SourceSpec("s", f"{base}/live.m3u8", kind="hls")
        async with pulling(spec, opened.append) as pulled:
            units.extend([await anext(pulled) for _ in range(38)])
    assert [(source.codec, source.least_bound_s) for source in opened] == [(codec, 6.0)]
    assert units[0].unit.keyframe
    assert (units[0].unit.width, units[0].unit.height) == (320, 180)
    assert any(unit.unit.b_frames for unit in units) is (b_frames > 0)
    assert not units[-1].reordered
    took = (units[-1].arrived_mono_ns - units[0].arrived_mono_ns) / 1e9
    assert 2 < took < 25  # 2.5 s where the machine has nothing else to do
    assert decoded(units) >= len(units) - 2
