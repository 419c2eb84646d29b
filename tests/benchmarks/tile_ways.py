"""What both sides of the benchmark `tile` are to make: ways of decoding, the grid, the encoder's settings."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from ingest.encoder import GOP_SECONDS
from ingest.mosaic import MosaicCell
from layouts.geometry import Rect, even_pixels
from wallserver.city.clock import FPS

CANVAS = (1920, 1080)
KBPS = 4000


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
    ffmpeg: str, clips: list[str], output: str, *, way: Way, scaler: str = "area", decode: Sequence[str] = ()
) -> list[str]:
    """The fastest command line that we know for the same mosaic with the same x264 settings.

    `decode`: more options of each input's decoder.
    """
    cells = grid_cells(len(clips), way)
    read = ["-threads", "1", *decode]
    inputs = [part for clip in clips for part in (*read, "-i", clip)]
    rate = f",fps={way.fps}" if way.fps != FPS else ""
    scaled = [f"[{n}:v]scale={cell.w}:{cell.h}:flags={scaler}{rate}[c{n}]" for n, cell in enumerate(cells)]
    layout = "|".join(f"{cell.x}_{cell.y}" for cell in cells)
    stacked = "".join(f"[c{n}]" for n in range(len(cells))) + f"xstack=inputs={len(cells)}:layout={layout}[v]"
    return [
        *(ffmpeg, "-v", "error", "-nostdin", "-y", *inputs, "-filter_complex_threads", "1"),
        *("-filter_complex", ";".join([*scaled, stacked]), "-map", "[v]", "-r", str(way.fps)),
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline"),
        *("-threads", "1", "-b:v", f"{KBPS}k", "-maxrate", f"{KBPS}k", "-bufsize", f"{KBPS // 2}k"),
        *("-g", str(GOP_SECONDS * way.fps), "-sc_threshold", "0", "-f", "h264", output),
    ]
