"""A stream's decoder: access units in, the newest picture out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import av
import structlog
from av.codec.context import Flags

from ingest.access_unit import AccessUnit, Codec
from ingest.scale import quarter_turns

NAMES: dict[Codec, Literal["h264", "hevc", "mjpeg"]] = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.MJPEG: "mjpeg",
}
"""What FFmpeg calls them."""


# A parameter set can claim far more, and a decoder would make room for it, sixteen times.
MOST_PIXELS = 4096 * 4096
MOST_ASPECT = 8.0
"""How many times as wide as high, or as high as wide, a picture is shown at most: beyond is no camera."""

NO_ENGINES: Mapping[Codec, str] = MappingProxyType({})

log = structlog.get_logger(__name__)


class Decoder:
    """Decodes one stream with one thread. Begins at a keyframe, and anew after whatever broke the chain.

    `reduced`: its pictures are shown at half their size or less, where the loop filter's work is not seen (46–50 dB);
    it counts from the next keyframe on. `keyframes_only`: no other picture is decoded.

    `engines`: what decodes a codec in place of FFmpeg's own decoder. Where an engine fails, at once or later, the
    stream goes on in software, and stays there: with the same picture where it begins, else at its next keyframe.

    What a camera sends is hostile: a picture that cannot be decoded is no picture, never an error. Not thread-safe.
    """

    def __init__(self, engines: Mapping[Codec, str] = NO_ENGINES) -> None:
        self._engines = engines
        self._context: av.VideoCodecContext | None = None
        self._codec: Codec | None = None
        self._waiting = True
        self._reduced = False
        self.reduced = False
        self.keyframes_only = False
        self.failed = 0

    def decode(self, au: AccessUnit) -> av.VideoFrame | None:
        """The picture that `au` completes, None if there is none (yet)."""
        if au.discontinuity or au.damaged or self.keyframes_only:
            self._waiting = True
        if self._waiting or (au.keyframe and self.reduced != self._reduced):
            if not au.keyframe:
                return None
            self._begin(au.codec)
        if self._context is None:
            return None
        try:
            frames = self._context.decode(av.Packet(au.data))
        except (av.FFmpegError, ValueError) as error:
            self._waiting = True
            if au.codec in self._engines:
                log.warning("an engine failed", engine=self._engines[au.codec], stream=au.stream, reason=str(error))
                self._engines, self._context = NO_ENGINES, None
                return self.decode(au)
            self.failed += 1
            return None
        good = [frame for frame in frames if not frame.is_corrupt]
        return good[-1] if good else None

    def aspect(self, frame: av.VideoFrame) -> float:
        """How many times as wide as high a picture is to be shown, the shape of its pixels included."""
        return shape_of(frame, self._context)

    def _begin(self, codec: Codec) -> None:
        """At a keyframe: a clean decoder, the old one where it serves."""
        self._waiting = False
        if self._context is not None and self._codec is codec and self._reduced == self.reduced:
            self._context.flush_buffers()
            return
        context = av.CodecContext.create(self._engines.get(codec, NAMES[codec]), "r")
        assert isinstance(context, av.VideoCodecContext)  # noqa: S101 - for the type checker
        context.thread_count = 1  # threads of its own would decode no faster, and hold pictures back
        context.flags |= Flags.low_delay
        context.options = bounded(skip_loop_filter="all" if self.reduced and codec not in self._engines else "default")
        self._context, self._codec, self._reduced = context, codec, self.reduced


def bounded(**options: str) -> dict[str, str]:
    """A decoder's options, with the bound of a picture's size."""
    return options | {"max_pixels": str(MOST_PIXELS)}


def shape_of(frame: av.VideoFrame, context: av.VideoCodecContext | None) -> float:
    """How many times as wide as high a picture is to be shown that `context` decoded."""
    shape = context.sample_aspect_ratio if context is not None else None
    # A shape beyond 10:1 is a broken parameter set, not a camera.
    stretch = float(shape) if shape and 0.1 < float(shape) < 10 else 1.0
    aspect = min(MOST_ASPECT, max(1 / MOST_ASPECT, frame.width * stretch / frame.height))
    return 1 / aspect if quarter_turns(frame) % 2 else aspect
