from __future__ import annotations

import pytest

from ingest import causes
from ingest.access_unit import Codec
from ingest.camera_state import State
from ingest.ffmpeg import Ffmpeg
from ingest.probe import ProbeReport, probe
from ingest.source import SourceSpec
from tests.ingest.conftest import FPS
from tests.support.gst_cameras import GstCameras
from tests.support.hls import hls_camera
from tests.support.waiting import eventually


async def what_is_found(url: str, ffmpeg: Ffmpeg) -> ProbeReport:
    """Of a camera whose encoder may, on a loaded machine, take longer for its first picture than it is given."""

    async def answered() -> ProbeReport | None:
        report = await probe(SourceSpec("s", url), ffmpeg)
        return None if report.state is State.STALE else report

    report = await eventually(answered)
    assert report is not None
    return report


@pytest.mark.gst
async def test_what_a_camera_is(cameras: GstCameras, ffmpeg: Ffmpeg) -> None:
    report = await what_is_found(cameras.url("/h265"), ffmpeg)
    assert (report.state, report.codec, report.width, report.height) == (State.LIVE, Codec.H265, 640, 360)
    assert report.gop_s == pytest.approx(0.5, abs=0.1)
    assert abs(report.fps - FPS) < 5
    assert report.first_frame_ms is not None
    assert report.first_frame_ms < 3000


@pytest.mark.gst
async def test_b_frames_are_noticed(cameras: GstCameras, ffmpeg: Ffmpeg) -> None:
    report = await what_is_found(cameras.url("/b"), ffmpeg)
    assert (report.state, report.b_frames) == (State.LIVE, True)


async def test_hls(ffmpeg: Ffmpeg) -> None:
    with hls_camera() as base:
        report = await probe(SourceSpec("s", f"{base}/live.m3u8", kind="hls"), ffmpeg)
        assert (report.state, report.codec, report.fps) == (State.LIVE, Codec.H264, 15.0)
        page = await probe(SourceSpec("s", f"{base}/page", kind="hls"), ffmpeg)
        assert (page.state, page.cause) == (State.UNSUPPORTED, causes.WEB_PAGE)
