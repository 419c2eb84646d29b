"""Keyframes decoded for the judge: what is measured of them, and pictures of them for people."""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from cv2.typing import MatLike

from ingest.access_unit import Codec
from ingest.canvas import Canvas
from ingest.decoder import NAMES, bounded, shape_of
from ingest.judge_settings import MOST_STILL_WIDTH
from ingest.masker import Masker
from ingest.masks import Mask
from ingest.scale import Placement, Scaler, quarter_turns
from ingest.signal_health import Look, Luma, measure

STILL_WIDTH = 320
_QUALITY, _GOOD_QUALITIES = 75, (85, 60, 35)
# In base64 it has to pass over the bus.
_MOST_BYTES = 5_000_000
_LEAST_SIDE = 64
# Of a picture with 8 bits of luma a byte in its first plane; others are converted.
_LUMA_FIRST = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray")


@dataclass(frozen=True, slots=True)
class MaskedJpeg:
    """A picture for people, with what was masked in it."""

    jpeg: bytes
    masks: tuple[Mask, ...]


@dataclass(frozen=True, slots=True)
class Still:
    """A JPEG, 320 pixels wide, with what was masked in it. `taken_ms`: when the camera's picture arrived (Unix)."""

    jpeg: bytes
    masks: tuple[Mask, ...]
    taken_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A keyframe that was decoded. `look`: None where only a new still was wanted.

    `still`: None where it is not known what of the camera is masked.
    """

    look: Look | None
    still: MaskedJpeg | None


def see(codec: Codec, keyframe: bytes, masks: tuple[Mask, ...] | None = (), *, judged: bool = True) -> Seen | None:
    """Decode a keyframe (Annex B, with parameter sets) and look at it; None where it gives no picture. 2–5 ms."""
    # What the loop filter smooths is not seen in a picture this small.
    decoded = _decoded(codec, keyframe, {"skip_loop_filter": "all"})
    if decoded is None:
        return None
    frame, _ = decoded
    look = measure(_luma(frame)) if judged else None
    return Seen(look, None if masks is None else MaskedJpeg(_small(frame, masks), masks))


def still_of(codec: Codec, keyframe: bytes, width: int, masks: tuple[Mask, ...]) -> bytes | None:
    """A keyframe as a JPEG: upright, in its true shape, masked, and at most `width` pixels wide, or as it is.

    None where it gives no picture. 1080p takes 15 ms.
    """
    decoded = _decoded(codec, keyframe, {})
    if decoded is None:
        return None
    frame, aspect = decoded
    if masks:
        frame = Masker(masks).masked(frame)
    own_width = frame.height if quarter_turns(frame) % 2 else frame.width
    width = max(_LEAST_SIDE, min(width, own_width, MOST_STILL_WIDTH) // 2 * 2)
    size = width, max(2, min(MOST_STILL_WIDTH, round(width / aspect / 2) * 2))
    canvas = Canvas(*size)
    place = Placement(size, (0, 0), (0, 0, *size))
    Scaler().put(frame, canvas.cell(place.into), place)
    shown = av.VideoFrame.from_numpy_buffer(canvas.buffer, "yuv420p").reformat(
        format="bgr24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    picture = shown.to_ndarray()
    for quality in _GOOD_QUALITIES:
        jpeg = _encoded(picture, quality)
        if len(jpeg) <= _MOST_BYTES:
            break
    return jpeg


def _decoded(codec: Codec, keyframe: bytes, options: dict[str, str]) -> tuple[av.VideoFrame, float] | None:
    """The picture, and how many times as wide as high it is to be shown."""
    decoder = av.CodecContext.create(NAMES[codec], "r")
    assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 - for the type checker
    decoder.thread_count = 1
    decoder.options = bounded(**options)
    try:
        frames = [*decoder.decode(av.Packet(keyframe)), *decoder.decode(None)]
    except (av.FFmpegError, ValueError):
        return None
    if not frames or min(frames[0].width, frames[0].height) < _LEAST_SIDE:
        return None
    return frames[0], shape_of(frames[0], decoder)


def _luma(frame: av.VideoFrame) -> Luma:
    if frame.format.name not in _LUMA_FIRST:
        frame = frame.reformat(format="gray", threads=1)
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]


def _small(frame: av.VideoFrame, masks: tuple[Mask, ...]) -> bytes:
    if masks:
        frame = Masker(masks).masked(frame)
    # A shape beyond 8:1 is a broken parameter set, not a camera.
    height = min(max(STILL_WIDTH * frame.height // frame.width, STILL_WIDTH // 8), STILL_WIDTH * 2)
    small = frame.reformat(STILL_WIDTH, height, "bgr24", interpolation="AREA", threads=1)
    return _encoded(small.to_ndarray(), _QUALITY)


def _encoded(picture: MatLike, quality: int) -> bytes:
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()
