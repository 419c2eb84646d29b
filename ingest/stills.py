"""Keyframes decoded for the judge: what is measured of them, and small pictures for people."""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np

from ingest.access_unit import Codec
from ingest.decoder import NAMES
from ingest.signal_health import Look, Luma, measure

STILL_WIDTH = 320
_QUALITY = 75
_LEAST_SIDE = 64
# 8K, and a little; a parameter set can claim far more, and a decoder would make room for it.
MOST_PIXELS = 40_000_000
# Of a picture with 8 bits of luma a byte in its first plane; others are converted.
_LUMA_FIRST = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray")


@dataclass(frozen=True, slots=True)
class Still:
    """A JPEG, 320 pixels wide. `taken_ms`: when the camera's picture arrived, in Unix milliseconds."""

    jpeg: bytes
    taken_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A keyframe that was decoded. `look`: None where only a new still was wanted."""

    look: Look | None
    jpeg: bytes


def see(codec: Codec, keyframe: bytes, *, judged: bool = True) -> Seen | None:
    """Decode a keyframe (Annex B, with parameter sets) and look at it; None where it gives no picture. 2–5 ms."""
    decoder = av.CodecContext.create(NAMES[codec], "r")
    decoder.thread_count = 1
    # What the loop filter smooths is not seen in a picture this small.
    decoder.options = {"skip_loop_filter": "all", "max_pixels": str(MOST_PIXELS)}
    try:
        frames = [*decoder.decode(av.Packet(keyframe)), *decoder.decode(None)]
    except (av.FFmpegError, ValueError):
        return None
    if not frames or not isinstance(frames[0], av.VideoFrame) or min(frames[0].width, frames[0].height) < _LEAST_SIDE:
        return None
    return Seen(measure(_luma(frames[0])) if judged else None, _jpeg(frames[0]))


def _luma(frame: av.VideoFrame) -> Luma:
    if frame.format.name not in _LUMA_FIRST:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]


def _jpeg(frame: av.VideoFrame) -> bytes:
    # A shape beyond 8:1 is a broken parameter set, not a camera.
    height = min(max(STILL_WIDTH * frame.height // frame.width, STILL_WIDTH // 8), STILL_WIDTH * 2)
    small = frame.reformat(STILL_WIDTH, height, "bgr24", interpolation="AREA").to_ndarray()
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return encoded.tobytes()
