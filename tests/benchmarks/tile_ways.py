"""What both sides of the benchmark `tile` are to make: ways of decoding, the grid, the encoder's settings."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from ingest.encoder import BUFFER_SECONDS, CRF, GOP_SECONDS
from ingest.mosaic import MosaicCell
from layouts.geometry import Rect, even_pixels
from wallserver.city.clock import FPS

CANVAS = (1920, 1080)
KBPS = 4000
# A clip's first packet tells all; both sides are told not to decode more of it to know what it is.
UNPROBED = {"probesize": "32", "analyzeduration": "0"}
_UNPROBED = tuple(part for name, value in UNPROBED.items() for part in (f"-{name}", value))


class Tuning(NamedTuple):
    """Options of FFmpeg's that change what it costs, and not what comes out: of each input, of the filter graph."""

    input: tuple[str, ...]
    graph: tuple[str, ...]


_ONE, _ONE_FILTER = ("-threads", "1"), ("-filter_complex_threads", "1")
# All that we know to make it faster; the benchmark takes what is the fastest where it runs.
TUNINGS = {
    "one thread for each decoder and filter": Tuning((*_ONE, *_UNPROBED), _ONE_FILTER),
    "the same, low delay": Tuning((*_ONE, *_UNPROBED, "-flags", "low_delay"), _ONE_FILTER),
    "the same, probed": Tuning(_ONE, _ONE_FILTER),
    "one thread for each decoder": Tuning((*_ONE, *_UNPROBED), ()),
    "FFmpeg's own numbers of threads": Tuning(_UNPROBED, ()),
}


class Way(Enum):
    """How much is decoded: everything; what the size shown needs; keyframes, and a third of the pictures made."""

    FULL = "full"
    DISPLAY = "display"
    BOTTOM = "bottom"

    @property
    def fps(self) -> int:
        """Pictures a second of the mosaic."""
        return FPS // 3 if self is Way.BOTTOM else FPS


def grid_cells(count: int, way: Way, canvas: tuple[int, int] = CANVAS) -> tuple[MosaicCell, ...]:
    """A square grid of cameras, its edges as the product's layouts have them."""
    side = round(count**0.5)
    rects = [even_pixels(Rect(n % side, n // side, 1, 1), (side, side), canvas) for n in range(count)]
    return tuple(
        MosaicCell(f"c{n}", f"cam.c{n}.sub", *rect, thumbnail=way is Way.BOTTOM) for n, rect in enumerate(rects)
    )


def ffmpeg_command(
    ffmpeg: str,
    clips: Sequence[str],
    output: str,
    tuning: Tuning,
    *,
    way: Way = Way.FULL,
    scaler: str = "area",
    decode: Sequence[str] = (),
) -> list[str]:
    """The command line for the same mosaic with the same x264 settings. `decode`: more options of each decoder."""
    cells = grid_cells(len(clips), way)
    inputs = [part for clip in clips for part in (*tuning.input, *decode, "-i", clip)]
    rate = f",fps={way.fps}" if way.fps != FPS else ""
    scaled = [f"[{n}:v]scale={cell.w}:{cell.h}:flags={scaler}{rate}[c{n}]" for n, cell in enumerate(cells)]
    layout = "|".join(f"{cell.x}_{cell.y}" for cell in cells)
    stacked = "".join(f"[c{n}]" for n in range(len(cells))) + f"xstack=inputs={len(cells)}:layout={layout}[v]"
    return [
        *(ffmpeg, "-v", "error", "-nostdin", "-y", *inputs, *tuning.graph),
        *("-filter_complex", ";".join([*scaled, stacked]), "-map", "[v]", "-r", str(way.fps)),
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline"),
        *("-threads", "1", "-crf", CRF, "-maxrate", f"{KBPS}k", "-bufsize", f"{KBPS * BUFFER_SECONDS:.0f}k"),
        *("-g", str(GOP_SECONDS * way.fps), "-sc_threshold", "0", "-f", "h264", output),
    ]
