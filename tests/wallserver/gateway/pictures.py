"""Access units made by libx264 whose pictures carry a number that survives encoding."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from ingest.access_unit import AccessUnit, Codec
from ingest.boot import boot_id
from ingest.cell_table import CellState, CellTable

FPS = 15
TICKS = 90_000 // FPS
_BITS = 12
_MODULE = 16


def draw(width: int, height: int, number: int) -> NDArray[np.uint8]:
    """A grey I420 picture with `number` as twelve black or white squares at its top left."""
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    for bit in range(_BITS):
        white = number >> bit & 1
        picture[:_MODULE, bit * _MODULE : (bit + 1) * _MODULE] = 230 if white else 20
    picture[height // 2 : height // 2 + 8, : number * 5 % width] = 200
    return picture


def read(frame: av.VideoFrame) -> int:
    """The number in a decoded picture."""
    luma = frame.to_ndarray(format="gray")
    middle = _MODULE // 2
    return sum(int(luma[middle, bit * _MODULE + middle] > 128) << bit for bit in range(_BITS))


class Camera:
    """Encodes numbered pictures as one stream of access units, as a puller or tiler would publish them."""

    def __init__(
        self,
        stream: str,
        size: tuple[int, int] = (320, 180),
        first: int = 0,
        epoch: int = 1,
        clock: int = 1_000_000,
        cameras: Sequence[str] = (),
        age_s: float = 0,
    ) -> None:
        self.age_s = age_s
        self.made_at: dict[int, float] = {}
        self.stream = stream
        self.epoch = epoch
        self.layout_epoch = self.era = 1
        self.cameras = tuple(cameras)
        self._size = size
        self._number = first
        self._sequence = 0
        self._clock = clock
        width, height = size
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.time_base = Fraction(1, 90_000)
        encoder.framerate = Fraction(FPS)
        encoder.profile = "Baseline"
        encoder.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "x264-params": "keyint=600:scenecut=0:repeat-headers=1",
        }
        self._encoder = encoder

    def unit(self, keyframe: bool = False) -> AccessUnit:
        """The next picture; the first one is a keyframe in any case."""
        width, height = self._size
        frame = av.VideoFrame.from_ndarray(draw(width, height, self._number), format="yuv420p")
        frame.pts = self._clock + self._sequence * TICKS
        frame.time_base = Fraction(1, 90_000)
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        (packet,) = self._encoder.encode(frame)
        unit = AccessUnit(
            stream=self.stream,
            epoch=self.epoch,
            sequence=self._sequence,
            codec=Codec.H264,
            width=width,
            height=height,
            timestamp=frame.pts,
            arrived_wall_ns=time.time_ns(),
            arrived_mono_ns=time.monotonic_ns() - int(self.age_s * 1e9),
            boot_id=boot_id(),
            keyframe=packet.is_keyframe,
            discontinuity=False,
            damaged=False,
            held=False,
            data=bytes(packet),
            cells=self._table(),
        )
        self.made_at[self._number] = unit.arrived_wall_ns / 1e9
        self._number += 1
        self._sequence += 1
        return unit

    def gop(self, length: int) -> list[AccessUnit]:
        """A keyframe and what follows it."""
        return [self.unit(keyframe=place == 0) for place in range(length)]

    def _table(self) -> CellTable | None:
        if not self.cameras:
            return None
        width, height = self._size
        wide = width // len(self.cameras) & ~1
        cells = tuple(
            CellState(camera, (place * wide, 0, wide, height), self._number, 40, live=True)
            for place, camera in enumerate(self.cameras)
        )
        return CellTable(self.layout_epoch, (width, height), cells, self.era)


def older(units: Sequence[AccessUnit], seconds: float) -> Iterator[AccessUnit]:
    """The same access units, as if they had arrived that long ago."""
    for unit in units:
        yield replace(unit, arrived_mono_ns=unit.arrived_mono_ns - int(seconds * 1e9))
