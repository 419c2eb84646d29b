"""A mosaic's stream with its cell tables, encoded once and published again and again as a tiler does, for little."""

from __future__ import annotations

import asyncio
import time

import numpy as np

from ingest.access_unit import TICKS_PER_SECOND, AccessUnit, Codec
from ingest.boot import boot_id
from ingest.bus import Bus
from ingest.canvas import Canvas
from ingest.cell_table import CellState, CellTable
from ingest.encoder import Encoder
from ingest.gop import GopCache

FPS = 15
GOP = 2 * FPS
WIDTH, HEIGHT = 1920, 1080
_CELLS = 6
# So many GOPs are played round and round; those before them, while the encoder finds its rate, are not.
_GOPS, _WARM_UP = 3, 2
# x264 keeps its bound in any half second, and so comes to less than that in the long run.
_ASKED = 1.15
LOOP_S = _GOPS * GOP / FPS


def encode(bits: int) -> list[bytes]:
    """Access units of 1080p, 15 pictures a second, a keyframe every 2 s, at `bits` a second, by the tiler's encoder."""
    encoder, canvas = Encoder(WIDTH, HEIGHT, FPS, int(_ASKED * bits / 1000)), Canvas(WIDTH, HEIGHT)
    units: list[bytes] = []
    for number in range((_WARM_UP + _GOPS) * GOP):
        canvas.buffer[:] = _mosaic(number).reshape(canvas.buffer.shape)
        units.append(encoder.encode(canvas, number * TICKS_PER_SECOND // FPS)[0])
    return units[_WARM_UP * GOP :]


def _mosaic(number: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """An I420 picture of 36 textured cells, each moving its own way, with the noise of cheap cameras."""
    random = np.random.default_rng(7)
    texture = random.integers(40, 200, (HEIGHT // 8, WIDTH // 8), np.uint8).repeat(8, 0).repeat(8, 1)
    luma = np.empty((HEIGHT, WIDTH), np.uint8)
    high, wide = HEIGHT // _CELLS, WIDTH // _CELLS
    for cell in range(_CELLS * _CELLS):
        top, left = cell // _CELLS * high, cell % _CELLS * wide
        shifted = np.roll(texture[top : top + high, left : left + wide], (number * (cell % 5), number * 3), (0, 1))
        luma[top : top + high, left : left + wide] = shifted
    noise = np.random.default_rng(number).integers(0, 12, luma.shape, np.uint8)
    picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    picture[:HEIGHT] = luma + noise
    return picture


class Recording:
    """Publishes such access units under a stream's name, and answers readers and requests for keyframes."""

    def __init__(self, bus: Bus, stream: str, units: list[bytes]) -> None:
        self.mbps = 8e-6 * sum(map(len, units)) * FPS / len(units)
        self._bus = bus
        self._stream = stream
        self._units = units
        self._gop = GopCache()
        self._keyframe_wanted = False

    async def run(self) -> None:
        """In real time, until cancelled."""
        await self._bus.serve_gop(self._stream, self._gop.units)
        await self._bus.serve_keyframe(self._stream, self._want_keyframe)
        began, place = time.monotonic(), 0
        for sequence in range(1 << 32):
            if self._keyframe_wanted:  # as an encoder that is asked: the next GOP begins early
                place += -place % GOP
                self._keyframe_wanted = False
            unit = self._unit(sequence, place % len(self._units))
            self._gop.add(unit)
            self._bus.publish(unit)
            place += 1
            await asyncio.sleep(max(0.0, began + (sequence + 1) / FPS - time.monotonic()))

    def _want_keyframe(self) -> None:
        self._keyframe_wanted = True

    def _unit(self, sequence: int, place: int) -> AccessUnit:
        return AccessUnit(
            stream=self._stream,
            epoch=1,
            sequence=sequence,
            codec=Codec.H264,
            width=WIDTH,
            height=HEIGHT,
            timestamp=sequence * TICKS_PER_SECOND // FPS,
            arrived_wall_ns=time.time_ns(),
            arrived_mono_ns=time.monotonic_ns(),
            boot_id=boot_id(),
            keyframe=place % GOP == 0,
            discontinuity=False,
            damaged=False,
            held=False,
            data=self._units[place],
            cells=_table(sequence),
        )


def _table(sequence: int) -> CellTable:
    """As a tiler's: every cell with another picture than before."""
    wide, high = WIDTH // _CELLS, HEIGHT // _CELLS
    cells = tuple(
        CellState(f"cam-{cell:03}", (cell % _CELLS * wide, cell // _CELLS * high, wide, high), sequence, 40, live=True)
        for cell in range(_CELLS * _CELLS)
    )
    return CellTable(1, (WIDTH, HEIGHT), cells)
