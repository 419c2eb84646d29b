"""The encoder of composed streams: x264, for browsers, without delay."""

from __future__ import annotations

from fractions import Fraction

import av
from av.video.frame import PictureType
from av.video.reformatter import ColorRange

from ingest.access_unit import TICKS_PER_SECOND
from ingest.canvas import Canvas
from ingest.scale import BT709

GOP_SECONDS = 2
# Constrained baseline plays in every browser that has H.264. ultrafast: 6.3 ms for 1080p; veryfast would be 14.
_OPTIONS = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "forced-idr": "1"}
# As good as is seen and no better, within the bitrate: what moves little costs little.
CRF = "23"
# The bits that may come at once: half a second's, so that a keyframe does not fill a display's network.
BUFFER_SECONDS = 0.5


class Encoder:
    """Encodes a canvas. Annex B, SPS and PPS before every IDR (x264's repeat-headers), one access unit a picture.

    Pictures may come less often than `fps`: a keyframe comes every GOP_SECONDS all the same. x264 gives each picture
    the bits of one of `fps` (zerolatency is blind to time; with vfr-input it would hold each picture back by one), so
    the bitrate falls with them and stays within its bound. At half the rate, 720p: 0.5 of the bits, PSNR 1.8 dB less.
    """

    def __init__(self, width: int, height: int, fps: int, bitrate_kbps: int) -> None:
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, av.VideoCodecContext)  # noqa: S101 - for the type checker
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = Fraction(1, TICKS_PER_SECOND)
        context.framerate = Fraction(fps, 1)
        context.gop_size = GOP_SECONDS * fps
        context.thread_count = 1
        # Said, as browsers guess otherwise, and by the size.
        context.color_range, context.colorspace = ColorRange.MPEG, BT709
        buffer = max(1, int(bitrate_kbps * BUFFER_SECONDS))
        rate = f"vbv-maxrate={bitrate_kbps}:vbv-bufsize={buffer}"
        context.options = _OPTIONS | {"crf": CRF, "x264-params": f"{rate}:scenecut=0:repeat-headers=1:annexb=1"}
        self._context = context
        self._keyframe_at: int | None = None

    def encode(self, canvas: Canvas, timestamp: int, *, force_keyframe: bool = False) -> tuple[bytes, bool]:
        """The access unit of what stands in `canvas` now (90 kHz ticks), and whether it is a keyframe."""
        frame = av.VideoFrame.from_numpy_buffer(canvas.buffer, "yuv420p")
        frame.pts, frame.time_base = timestamp, Fraction(1, TICKS_PER_SECOND)
        # gop_size counts pictures, and so is right only when none is late.
        due = self._keyframe_at is not None and timestamp - self._keyframe_at >= GOP_SECONDS * TICKS_PER_SECOND
        frame.pict_type = PictureType.I if force_keyframe or due else PictureType.NONE
        packets = self._context.encode(frame)
        is_keyframe = any(packet.is_keyframe for packet in packets)
        if is_keyframe:
            self._keyframe_at = timestamp
        return b"".join(bytes(packet) for packet in packets), is_keyframe
