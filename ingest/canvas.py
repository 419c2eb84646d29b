"""The picture that a mosaic is composed in: one YUV 4:2:0 buffer that the encoder reads in place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

type Plane = NDArray[np.uint8]
type Rect = tuple[int, int, int, int]

# Black of limited range (ITU-R BT.601, BT.709).
BLACK_Y, GRAY_UV = 16, 128


class Planes(NamedTuple):
    """Y, U, V as writable views; U and V have half the width and height."""

    y: Plane
    u: Plane
    v: Plane


class Canvas:
    """`buffer` is (height × 3/2, width) bytes: Y, then U, then V, as `VideoFrame.from_numpy_buffer` takes it.

    A new one is black; over a buffer that is there already it is whatever that holds.
    """

    def __init__(self, width: int, height: int, buffer: Plane | None = None) -> None:
        self.width, self.height = width, height
        self.buffer: Plane = np.empty((height * 3 // 2, width), np.uint8) if buffer is None else buffer
        flat = self.buffer.reshape(-1)
        luma, chroma = width * height, width * height // 4
        self.planes = Planes(
            self.buffer[:height],
            flat[luma : luma + chroma].reshape(height // 2, width // 2),
            flat[luma + chroma :].reshape(height // 2, width // 2),
        )
        if buffer is None:
            self.blank((0, 0, width, height))

    def cell(self, rect: Rect) -> Planes:
        """Views of a rectangle (x, y, width, height in pixels, all even)."""
        x, y, w, h = rect
        half = np.s_[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2]
        return Planes(self.planes.y[y : y + h, x : x + w], self.planes.u[half], self.planes.v[half])

    def blank(self, rect: Rect) -> None:
        """Make a rectangle black."""
        blank(self.cell(rect))


def blank(planes: Planes) -> None:
    """Make it black."""
    planes.y[:] = BLACK_Y
    planes.u[:] = GRAY_UV
    planes.v[:] = GRAY_UV
