"""Privacy masks, burned into a camera's picture before anything else is done with it.

A mask lies in the source picture, at its own size, before it is scaled, cropped or encoded: so no filter of ours ever
sees a pixel of what is masked, and none can smear it over the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.canvas import GRAY_UV, Plane
from ingest.masks import Mask, Style
from ingest.scale import Scaler, planes_of, quarter_turns
from ingest.zoom import WHOLE

_SOLID_Y = 40
# Pixelated means so many blocks across the longer side: of a picture, not of a cell, so that none shows more.
_BLOCKS = 32
# A sample of colour belongs to four pixels, and where a picture had to be converted its neighbours are mixed into it:
# so much is masked around a mask, in pixels of the source and in samples of colour.
_MARGIN_Y, _MARGIN_UV = 2, 1


class Masker:
    """Burns the masks of one camera into its pictures. Used by one thread."""

    def __init__(self, masks: tuple[Mask, ...]) -> None:
        self._masks = masks
        self._scaler = Scaler()
        self._size: tuple[int, int] | None = None
        self._pixelated: tuple[_Part, ...] = ()
        self._solid: tuple[_Part, ...] = ()

    def masked(self, frame: av.VideoFrame) -> av.VideoFrame:
        """A copy of `frame`, upright, in a canvas's colours, in which nothing of what is masked is left."""
        turns = quarter_turns(frame)
        size = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
        if size != self._size:
            self._size = size
            self._pixelated, self._solid = (self._parts("pixelated", *size), self._parts("solid", *size))
        out = av.VideoFrame(*size, "yuv420p")
        planes = planes_of(out)
        for plane, source in zip(planes, planes_of(self._scaler.canvas_like(frame)), strict=True):
            plane[:] = np.rot90(source, turns)
        for plane, part in zip(planes, self._pixelated, strict=False):
            _pixelate(plane, part)
        for plane, part, level in zip(planes, self._solid, (_SOLID_Y, GRAY_UV, GRAY_UV), strict=False):
            np.copyto(plane[part.box], level, where=part.inside)
        return out

    def _parts(self, style: Style, width: int, height: int) -> tuple[_Part, ...]:
        """What of each of the three planes the masks of a style cover; nothing where there is none."""
        luma = np.zeros((height, width), np.uint8)
        for mask in self._masks:
            if mask.style == style:
                luma |= _filled(mask, width, height)
        if not luma.any():
            return ()
        luma = _dilated(luma, _MARGIN_Y)
        whole = np.pad(luma, ((0, height % 2), (0, width % 2)), mode="edge")
        halved = whole.reshape(whole.shape[0] // 2, 2, whole.shape[1] // 2, 2).max(axis=(1, 3))
        chroma = _Part.of(_dilated(halved, _MARGIN_UV))
        return _Part.of(luma), chroma, chroma


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some pixels of a plane: `inside` says which, of those in `box`."""

    box: tuple[slice, slice]
    inside: NDArray[np.bool_]

    @classmethod
    def of(cls, shape: Plane) -> Self:
        x, y, w, h = cv2.boundingRect(shape)
        box = np.s_[y : y + h, x : x + w]
        return cls(box, shape[box] != 0)


def _filled(mask: Mask, width: int, height: int) -> Plane:
    """All that a polygon encloses, also where its sides cross: fillPoly alone would leave holes there."""
    shape: Plane = np.zeros((height, width), np.uint8)
    points = np.array(mask.points) * (width, height) // WHOLE
    cv2.fillPoly(shape, [points.astype(np.int32)], 255)
    outlines, _ = cv2.findContours(shape, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(shape, outlines, -1, 255, cv2.FILLED)
    return shape


def _dilated(shape: Plane, by: int) -> Plane:
    out: Plane = np.asarray(cv2.dilate(shape, np.ones((2 * by + 1, 2 * by + 1), np.uint8)), np.uint8)
    return out


def _pixelate(plane: Plane, part: _Part) -> None:
    side = -(-max(plane.shape) // _BLOCKS)
    rows, columns = part.box
    # Whole blocks of the picture's own grid; the last ones are filled up at its edge.
    top, left = rows.start // side * side, columns.start // side * side
    down, across = -(-(rows.stop - top) // side), -(-(columns.stop - left) // side)
    region = plane[top : top + down * side, left : left + across * side]
    missing = down * side - region.shape[0], across * side - region.shape[1]
    filled = cv2.copyMakeBorder(region, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE)
    coarse = cv2.resize(filled, (across, down), interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(coarse, filled.shape[::-1], interpolation=cv2.INTER_NEAREST)
    shown = blocks[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    np.copyto(plane[part.box], shown, where=part.inside)
