"""A camera's picture into its cell: straight on the planes, never through RGB.

The scaler follows the ratio (measured, see ARCHITECTURE.md): a copy at 1:1, OpenCV's area at exactly 2:1, swscale's
area elsewhere and wherever the format, the range or the colours' matrix has to be converted. A canvas is BT.709 of
limited range; a camera that does not say what its colours mean is taken at that, as nobody knows better.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from ingest.canvas import Plane, Planes, Rect
from ingest.mosaic import Fit

cv2.setNumThreads(1)  # the default wastes 1.4–1.6 times the CPU on pictures of this size


# Of AVColorSpace: what Rec. ITU-T H.273, table 4, calls matrix coefficients.
BT709 = 1
_UNSPECIFIED = 2


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture goes: scaled to `size`, its part at `crop` (x, y), into the rectangle `into` of the cell."""

    size: tuple[int, int]
    crop: tuple[int, int]
    into: Rect


def placement(aspect: float, cell: tuple[int, int], fit: Fit) -> Placement:
    """How a picture that is shown `aspect` times as wide as high fits a cell (width, height), on even pixels."""
    cell_width, cell_height = cell
    if abs(aspect * cell_height / cell_width - 1) < 0.02:  # bars of a pixel or two are worse than so little stretch
        return Placement(cell, (0, 0), (0, 0, cell_width, cell_height))
    wide = (cell_width, _even(cell_width / aspect))
    high = (_even(cell_height * aspect), cell_height)
    if fit == "contain":
        w, h = size = wide if wide[1] <= cell_height else high
        return Placement(size, (0, 0), (_half_even(cell_width - w), _half_even(cell_height - h), w, h))
    w, h = size = wide if wide[1] >= cell_height else high
    crop = (_half_even(w - cell_width), _half_even(h - cell_height))
    return Placement(size, crop, (0, 0, cell_width, cell_height))


class Scaler:
    """Puts pictures of one camera into one cell. Holds swscale's context, so keep one for each cell."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def put(self, frame: av.VideoFrame, target: Planes, place: Placement) -> None:
        """Write `frame` into `target`: the views of the rectangle `place.into`."""
        width, height = place.size
        turns = quarter_turns(frame)
        ratio = 0
        if not turns and _is_canvas_like(frame):
            ratio = next((n for n in (1, 2) if (frame.width, frame.height) == (width * n, height * n)), 0)
        if not ratio:
            frame = self._converted(frame, *((height, width) if turns % 2 else (width, height)))
            ratio = 1
        for number, (plane, view) in enumerate(zip(planes_of(frame), target, strict=True)):
            shift = 1 if number else 0
            x, y = (side * ratio >> shift for side in place.crop)
            upright = np.rot90(plane, turns) if turns else plane
            source = upright[y : y + view.shape[0] * ratio, x : x + view.shape[1] * ratio]
            if ratio == 1:
                view[:] = source
            else:
                cv2.resize(source, view.shape[::-1], dst=view, interpolation=cv2.INTER_AREA)

    def canvas_like(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The picture at its own size in a canvas's format and colours; itself where it has those."""
        return frame if _is_canvas_like(frame) else self._converted(frame, frame.width, frame.height)

    def _converted(self, frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
        full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
        # swscale takes its source's matrix from the frame.
        return self._reformatter.reformat(
            frame,
            width,
            height,
            "yuv420p",
            interpolation=Interpolation.AREA,
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU709 if frame.colorspace != _UNSPECIFIED else None,
            threads=1,
        )


def quarter_turns(frame: av.VideoFrame) -> int:
    """How many a picture has to be turned anticlockwise to stand upright (Rec. ITU-T H.264, D.2.27)."""
    return round(frame.rotation / 90) % 4


def _is_canvas_like(frame: av.VideoFrame) -> bool:
    return (
        frame.format.name == "yuv420p"
        and frame.color_range != ColorRange.JPEG
        and frame.colorspace in (BT709, _UNSPECIFIED)
    )


def planes_of(frame: av.VideoFrame) -> Planes:
    """Views of the planes of a picture with 8 bits a sample."""
    return Planes(*(_array(plane) for plane in frame.planes))


def _array(plane: av.video.plane.VideoPlane) -> Plane:
    rows: Plane = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)


def _half_even(space: int) -> int:
    return space // 4 * 2
