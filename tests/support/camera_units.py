"""Access units of a made camera: textured pictures with a block code, encoded by x264 as a camera would."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from ingest.access_unit import AccessUnit, Codec
from ingest.boot import boot_id
from tests.support.pictures import made_picture
from wallserver.city.block_code import stamp


def stamped(width: int, height: int, camera: int, number: int) -> NDArray[np.uint8]:
    """An I420 picture (height × 3/2, width) that says which camera's and which one it is."""
    picture = made_picture(width, height, number)
    stamp(picture[:height], camera, number)
    return picture


def frame_of(picture: NDArray[np.uint8]) -> av.VideoFrame:
    """The picture as FFmpeg has it."""
    return av.VideoFrame.from_ndarray(picture, format="yuv420p")


def i420(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """A decoded yuv420p picture as (height × 3/2, width); its luma is the first `frame.height` rows."""
    return frame.to_ndarray().astype(np.uint8, copy=False)


@dataclass(slots=True)
class CameraUnits:
    """Encodes picture after picture of one camera; `next()` has arrived now."""

    camera: int
    stream: str
    size: tuple[int, int] = (640, 360)
    gop: int = 30
    count: int = 0
    _context: av.VideoCodecContext = field(init=False)

    def __post_init__(self) -> None:
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height = self.size
        context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, 15), Fraction(15)
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "forced-idr": "1",
            "x264-params": f"keyint={self.gop}:scenecut=0:repeat-headers=1:annexb=1",
        }
        self._context = context

    def next(self, *, keyframe: bool = False) -> AccessUnit:
        """The next picture's access unit."""
        frame = frame_of(stamped(*self.size, self.camera, self.count))
        frame.pts = self.count
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        (packet,) = self._context.encode(frame)
        self.count += 1
        return AccessUnit(
            stream=self.stream,
            epoch=1,
            sequence=self.count,
            codec=Codec.H264,
            width=self.size[0],
            height=self.size[1],
            timestamp=self.count * 6000,
            arrived_wall_ns=time.time_ns(),
            arrived_mono_ns=time.monotonic_ns(),
            boot_id=boot_id(),
            keyframe=bool(packet.is_keyframe),
            discontinuity=False,
            damaged=False,
            held=False,
            data=bytes(packet),
        )
