"""Cameras that several tests share: a server for each module, because starting one takes most of a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gst_cameras import GstCameras, Mount, gst_cameras

USER, PASSWORD = "operator", "p:/@ %1 ß"


@pytest.fixture(scope="module")
def cameras() -> Iterator[GstCameras]:
    """One of each kind of camera."""
    with gst_cameras(
        Mount("/h264", stamps=True),
        Mount("/slices", slices=4, stamps=True),
        Mount("/h265", codec="h265", stamps=True),
        Mount("/sdp", in_band=False),
        Mount("/b", b_frames=2),
        Mount("/lossy", loss=0.02),
        Mount("/mjpeg", codec="mjpeg"),
        Mount("/vp8", codec="vp8"),
        Mount("/tcp", transport="tcp"),
        Mount("/silent", muted=True),
        Mount("/digest", username=USER, password=PASSWORD),
    ) as server:
        yield server
