"""What pictures cost this machine: measured here and now, with the tiler's own decoder, scaler and encoder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from ingest.access_unit import TICKS_PER_SECOND, AccessUnit, Codec
from ingest.boot import boot_id
from ingest.canvas import Canvas
from ingest.decoder import Decoder
from ingest.encoder import Encoder
from ingest.scale import Scaler, placement
from wallserver.config import MosaicSettings

_PICTURES = 30
_FPS = 15
_SUB, _MAIN = (640, 360), (1920, 1080)
_SUB_KBPS, _MAIN_KBPS = 400, 3000
_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class VideoCosts:
    """CPU milliseconds of one core, for one picture each: medians over two seconds of picture.

    `sub_ms`: a sub stream's, 640×360, decoded and put into a cell of a mosaic of 36; `main_ms`: a main stream's of
    1080p, decoded; `mosaic_ms`: a mosaic of the site's size, encoded.
    """

    sub_ms: float
    main_ms: float
    mosaic_ms: float

    def cores(self, cells: int, fps: int) -> float:
        """What a mosaic of so many sub streams takes of this machine's cores."""
        return (cells * _FPS * self.sub_ms + fps * self.mosaic_ms) / 1000


def measure_costs(settings: MosaicSettings) -> VideoCosts:
    """Encode, decode and compose some pictures. Takes about three seconds."""
    width, height = settings.width, settings.height
    cell = (width // _COLUMNS // 2 * 2, height // _COLUMNS // 2 * 2)
    encoder, canvas = Encoder(width, height, settings.fps, settings.bitrate_kbps), Canvas(width, height)
    mosaic_ms = []
    for number, picture in enumerate(_moving(width, height)):
        canvas.buffer[:] = picture
        began = time.thread_time()
        encoder.encode(canvas, number * TICKS_PER_SECOND // settings.fps)
        mosaic_ms.append(1000 * (time.thread_time() - began))
    return VideoCosts(
        _decoding_ms(*_SUB, _SUB_KBPS, cell), _decoding_ms(*_MAIN, _MAIN_KBPS, None), float(np.median(mosaic_ms))
    )


def _decoding_ms(width: int, height: int, kbps: int, cell: tuple[int, int] | None) -> float:
    decoder, scaler, taken = Decoder(), Scaler(), []
    decoder.reduced = cell is not None and 2 * cell[0] <= width
    canvas = Canvas(*cell) if cell else None
    for unit in _as_a_camera_sends(width, height, kbps):
        began = time.thread_time()
        frame = decoder.decode(unit)
        if frame is not None and canvas is not None and cell is not None:
            place = placement(width / height, cell, "contain")
            scaler.put(frame, canvas.cell(place.into), place)
        taken.append(1000 * (time.thread_time() - began))
    return float(np.median(taken))


def _as_a_camera_sends(width: int, height: int, kbps: int) -> Iterator[AccessUnit]:
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate, context.bit_rate = Fraction(1, _FPS), Fraction(_FPS), kbps * 1000
    context.thread_count = 1
    context.options = {"preset": "superfast", "tune": "zerolatency", "x264-params": "repeat-headers=1:annexb=1"}
    for number, picture in enumerate(_moving(width, height)):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = number
        packets = context.encode(frame)
        yield AccessUnit(
            stream="cam.cost.sub",
            epoch=1,
            sequence=number,
            codec=Codec.H264,
            width=width,
            height=height,
            timestamp=number * TICKS_PER_SECOND // _FPS,
            arrived_wall_ns=time.time_ns(),
            arrived_mono_ns=time.monotonic_ns(),
            boot_id=boot_id(),
            keyframe=any(packet.is_keyframe for packet in packets),
            discontinuity=False,
            damaged=False,
            held=False,
            data=b"".join(bytes(packet) for packet in packets),
        )


def _moving(width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures like a street's: texture that stays, a part of it that moves, the noise of a cheap sensor."""
    random = np.random.default_rng(7)
    street = random.integers(60, 180, (height // 8 + 1, width // 8 + 1), np.uint8).repeat(8, 0).repeat(8, 1)
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    top, bottom = height // 3, height * 2 // 3
    for number in range(_PICTURES):
        picture[:height] = street[:height, :width]
        picture[top:bottom] = np.roll(picture[top:bottom], 5 * number, axis=1)
        picture[:height] += random.integers(0, 6, (height, width), np.uint8)
        yield picture
