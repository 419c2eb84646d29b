"""Against GstRtspServer, and the HLS muxer of FFmpeg."""

from __future__ import annotations

import contextlib
import hashlib
import queue
import socket
import statistics
import threading
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
import pytest

from ingest import annexb, causes
from ingest.access_unit import TICKS_PER_SECOND, Codec
from ingest.assembly import PROOF
from ingest.camera_connection import Pulled, pull
from ingest.camera_state import State
from ingest.source import SourceError, SourceSpec
from tests.ingest.conftest import FPS, PASSWORD, USER
from tests.support.gst_cameras import GstCameras
from tests.support.hls import hls_camera, http_server


def take(spec: SourceSpec, count: int) -> list[Pulled]:
    """The first access units of a connection."""
    with contextlib.closing(pull(spec, threading.Event())) as units:
        return [unit for unit, _ in zip(units, range(count), strict=False)]


def failure(spec: SourceSpec) -> SourceError:
    """What ends a connection."""
    with pytest.raises(SourceError) as caught:
        take(spec, 1_000_000)
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
def test_a_camera_gives_access_units(cameras: GstCameras, path: str, transport: Literal["tcp", "udp"]) -> None:
    units = take(SourceSpec("s", cameras.url(path), transport=transport), 32)
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
    assert abs(statistics.median(steps) - TICKS_PER_SECOND / FPS) < 1000


@pytest.mark.gst
@pytest.mark.parametrize("path", ["/h264", "/slices", "/h265"])
def test_a_picture_is_handed_over_when_it_is_complete(cameras: GstCameras, path: str) -> None:
    """Not when the next one begins, 33 ms later, as with FFmpeg's parser."""
    units = take(SourceSpec("s", cameras.url(path)), 60)
    sent: dict[str, int] = {}
    with contextlib.suppress(queue.Empty):
        while True:
            at, digest = cameras.stamps.get_nowait()
            sent[digest] = at
    delays = [
        (unit.arrived_mono_ns - sent[digest]) / 1e6
        for unit in units[2 * PROOF + 15 :]
        if (digest := hashlib.md5(unit.unit.data[-24:]).hexdigest()) in sent
    ]
    assert len(delays) >= 10
    assert statistics.median(delays) < 15


@pytest.mark.gst
def test_b_frames_are_noticed(cameras: GstCameras) -> None:
    units = take(SourceSpec("s", cameras.url("/b")), 20)
    assert units[-1].unit.b_frames
    assert units[-1].reordered


@pytest.mark.gst
def test_lost_packets_damage_pictures_until_the_next_keyframe(cameras: GstCameras) -> None:
    units = take(SourceSpec("s", cameras.url("/lossy"), transport="udp"), 120)
    damaged = [unit.unit.damaged for unit in units]
    assert any(damaged)
    for before, after in pairwise(units):
        if before.unit.damaged and not after.unit.keyframe:
            assert after.unit.damaged


@pytest.mark.gst
def test_the_password_reaches_the_camera_whatever_is_in_it(cameras: GstCameras) -> None:
    assert take(SourceSpec("s", cameras.url("/digest"), USER, PASSWORD), 3)


@pytest.mark.gst
def test_a_wrong_password_is_refused(cameras: GstCameras) -> None:
    for password in ("", "wrong"):
        error = failure(SourceSpec("s", cameras.url("/digest"), USER, password))
        assert (error.state, error.cause) == (State.REFUSED, causes.WRONG_PASSWORD)


@pytest.mark.gst
@pytest.mark.parametrize(("path", "name"), [("/mjpeg", "MJPEG"), ("/vp8", "VP8")])
def test_an_unknown_codec_is_named(cameras: GstCameras, path: str, name: str) -> None:
    error = failure(SourceSpec("s", cameras.url(path)))
    assert error.state is State.UNSUPPORTED
    assert name in error.cause.english
    assert name in error.cause.indonesian


@pytest.mark.gst
def test_a_path_that_does_not_exist(cameras: GstCameras) -> None:
    error = failure(SourceSpec("s", cameras.url("/nowhere")))
    assert (error.state, error.cause) == (State.NOT_FOUND, causes.NOT_FOUND)


@pytest.mark.gst
def test_a_transport_that_the_camera_has_not(cameras: GstCameras) -> None:
    error = failure(SourceSpec("s", cameras.url("/tcp"), transport="udp"))
    assert (error.state, error.cause) == (State.UNSUPPORTED, causes.NO_TRANSPORT)


@pytest.mark.gst
def test_play_without_pictures(cameras: GstCameras) -> None:
    error = failure(SourceSpec("s", cameras.url("/silent")))
    assert (error.state, error.cause) == (State.STALE, causes.NO_FIRST_PICTURE)


def test_nobody_at_the_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = failure(SourceSpec("s", f"rtsp://127.0.0.1:{port}/x", USER, PASSWORD))
    assert (error.state, error.cause) == (State.UNREACHABLE, causes.PORT_CLOSED)


def test_somebody_who_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        error = failure(SourceSpec("s", f"rtsp://127.0.0.1:{mute.getsockname()[1]}/x", USER, PASSWORD))
    assert (error.state, error.cause) == (State.UNREACHABLE, causes.NO_REPLY)


def test_a_web_server_is_not_a_camera(tmp_path: Path) -> None:
    with http_server(tmp_path) as base:
        error = failure(SourceSpec("s", base.replace("http", "rtsp") + "/x"))
    assert (error.state, error.cause) == (State.UNSUPPORTED, causes.NOT_RTSP)


@pytest.mark.parametrize(
    ("codec", "b_frames", "segments"),
    [(Codec.H264, 0, "mpegts"), (Codec.H264, 2, "mpegts"), (Codec.H264, 0, "fmp4"), (Codec.H265, 0, "fmp4")],
)
def test_hls_comes_at_its_own_pace(codec: Codec, b_frames: int, segments: str) -> None:
    targets: list[float] = []
    units: list[Pulled] = []
    with hls_camera(codec, b_frames=b_frames, segments=segments) as base:
        spec = SourceSpec("s", f"{base}/live.m3u8", kind="hls")
        with contextlib.closing(pull(spec, threading.Event(), targets.append)) as pulled:
            units.extend(unit for unit, _ in zip(pulled, range(45), strict=False))
    assert targets == [1.0]
    assert units[0].unit.keyframe
    assert (units[0].unit.width, units[0].unit.height) == (320, 180)
    assert any(unit.unit.b_frames for unit in units) is (b_frames > 0)
    assert not units[-1].reordered
    took = (units[-1].arrived_mono_ns - units[0].arrived_mono_ns) / 1e9
    assert 2.5 < took < 6
    assert decoded(units) >= len(units) - 2


def test_stopping_ends_it() -> None:
    stopping = threading.Event()
    with (
        hls_camera() as base,
        contextlib.closing(pull(SourceSpec("s", f"{base}/live.m3u8", kind="hls"), stopping)) as units,
    ):
        next(units)
        stopping.set()
        assert list(units) == []
