"""Cameras that several tests share: a server for each module, because starting one takes most of a second."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest

from ingest.ffmpeg import Ffmpeg
from ingest.pull import Shared
from tests.support.gst_cameras import GstCameras, Mount, gst_cameras

FPS = 30
USER, PASSWORD = "operator", "p:/@ %1 ß"


@pytest.fixture(scope="module")
def cameras() -> Iterator[GstCameras]:
    """One of each kind of camera."""
    with gst_cameras(
        Mount("/h264", fps=FPS, stamps=True),
        Mount("/slices", fps=FPS, slices=4, stamps=True),
        Mount("/h265", fps=FPS, codec="h265", stamps=True),
        Mount("/sdp", fps=FPS, in_band=False),
        Mount("/b", fps=FPS, b_frames=2),
        Mount("/lossy", fps=FPS, loss=0.05),
        Mount("/mjpeg", codec="mjpeg"),
        Mount("/vp8", codec="vp8"),
        Mount("/tcp", transport="tcp"),
        Mount("/silent", muted=True),
        Mount("/digest", username=USER, password=PASSWORD),
    ) as server:
        yield server


@pytest.fixture
async def shared() -> AsyncIterator[Shared]:
    """What the pullers of a process share."""
    async with aclosing(Shared()) as shared:
        yield shared


@pytest.fixture
async def ffmpeg(shared: Shared) -> Ffmpeg:
    """FFmpeg, in a process of its own."""
    return shared.ffmpeg
