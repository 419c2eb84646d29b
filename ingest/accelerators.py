"""Which of a machine's video engines FFmpeg can use: probed by doing it, never by a name in a list.

A driver that is installed and broken, a GPU that decodes but cannot encode (H100), a container that was given no
device: all look well from outside. So a picture is encoded, or decoded, and what comes back decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
import av.logging
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.codec.context import Flags
from numpy.typing import NDArray

from ingest.access_unit import Codec

_SIDE = 256  # the smallest that every engine takes


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One engine. `codec`: FFmpeg's name. `fault`: why it cannot be used, in FFmpeg's words; None where it can."""

    name: str
    codec: str
    fault: str | None


def probe() -> tuple[Accelerator, ...]:
    """Try every engine. Takes up to a second where there is a GPU, some milliseconds where there is none."""
    engines = (
        ("NVIDIA NVDEC, H.264", "h264_cuvid", _decode),
        ("NVIDIA NVDEC, H.265", "hevc_cuvid", _decode),
        ("NVIDIA NVENC, H.264", "h264_nvenc", _encode),
        ("Intel QSV, H.264 in", "h264_qsv", _decode),
        ("Intel QSV, H.264 out", "h264_qsv", _encode),
    )
    return tuple(Accelerator(name, codec, _fault(codec, way)) for name, codec, way in engines)


def decoders() -> dict[Codec, str]:
    """Which engine decodes a codec here as FFmpeg's own decoder does, as tried just now; none where there is none.

    Not only the same pixels: a camera that hangs askew must be said to, or its privacy masks would lie elsewhere. Of
    H.265 nothing here can make such a picture to try it with, so that is left to software.
    """
    alike = (name for name in ("h264_cuvid", "h264_qsv") if _fault(name, _decodes_alike) is None)
    return {} if (first := next(alike, None)) is None else {Codec.H264: first}


def _fault(codec: str, way: Callable[[str], bool]) -> str | None:
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        # FFmpeg says in its log what is missing, and in its error no more than "unknown".
        with av.logging.Capture() as said:
            return None if way(codec) else "no picture came out"
    except (av.FFmpegError, ValueError, RuntimeError) as error:
        words = [text.strip() for level, _, text in said if level <= av.logging.ERROR and text.strip()]
        return words[0] if words else str(error)
    finally:
        av.logging.set_level(before)


def _encode(codec: str) -> bool:
    context = _context(codec, "w")
    context.width, context.height, context.pix_fmt = _SIDE, _SIDE, "nv12"
    context.time_base, context.framerate = Fraction(1, 15), Fraction(15)
    frame = _picture().reformat(format="nv12")
    frame.pts = 0
    return any(packet.size for packet in [*context.encode(frame), *context.encode(None)])


def _decode(codec: str) -> bool:
    source = _context("libx265" if codec.startswith("hevc") else "libx264", "w")
    source.width, source.height, source.pix_fmt, source.time_base = _SIDE, _SIDE, "yuv420p", Fraction(1, 15)
    source.options = {"preset": "ultrafast", "tune": "zerolatency", "x265-params": "log-level=none"}
    frame = _picture()
    frame.pts = 0
    packets = [*source.encode(frame), *source.encode(None)]
    context = _context(codec, "r")
    return any([*context.decode(av.Packet(bytes(packet)))] for packet in packets) or bool(context.decode(None))


def _decodes_alike(codec: str) -> bool:
    units = _askew()
    engine, own = _context(codec, "r"), _context("h264", "r")
    for context in (engine, own):
        context.flags |= Flags.low_delay
    for unit in units:  # each has to come at once: what is held back is late for good
        (one,), (other,) = engine.decode(av.Packet(unit)), own.decode(av.Packet(unit))
        if (one.width, one.height, one.rotation) != (other.width, other.height, other.rotation):
            return False
        if engine.sample_aspect_ratio != own.sample_aspect_ratio or one.color_range != other.color_range:
            return False
        if one.colorspace != other.colorspace or not np.array_equal(_luma(one), _luma(other)):
            return False
    return True


def _askew() -> list[bytes]:
    """Pictures in full range of BT.601, of a camera on its side, whose pixels are not square."""
    source = _context("libx264", "w")
    source.width, source.height, source.pix_fmt, source.time_base = _SIDE, _SIDE, "yuv420p", Fraction(1, 15)
    source.options = {"preset": "ultrafast", "tune": "zerolatency"}
    shape = "display_orientation=insert:rotate=90:sample_aspect_ratio=12/11"
    saying = BitStreamFilterContext(f"h264_metadata={shape}:matrix_coefficients=6:video_full_range_flag=1", "h264")
    units: list[bytes] = []
    for number in range(4):
        picture = np.random.default_rng(number).integers(0, 256, (_SIDE * 3 // 2, _SIDE), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = number
        units += [bytes(out) for packet in source.encode(frame) for out in saying.filter(packet)]
    return units


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]


def _context(codec: str, mode: Literal["r", "w"]) -> av.VideoCodecContext:
    context = av.CodecContext.create(codec, mode)
    assert isinstance(context, av.VideoCodecContext)  # noqa: S101 - for the type checker
    context.thread_count = 1
    return context


def _picture() -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((_SIDE * 3 // 2, _SIDE), 128, np.uint8), format="yuv420p")
