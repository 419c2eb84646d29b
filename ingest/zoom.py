"""Digital zoom: a part of a camera's picture in place of all of it. `cropper` cuts it out."""

from __future__ import annotations

from typing import NamedTuple

# A whole side. Places in a picture are whole numbers of this, so that they say the same of all its streams.
WHOLE = 10_000
# A hundredth of a side: 38 pixels of a 4K picture.
LEAST = 100


class Zoom(NamedTuple):
    """A part of an upright picture: x, y, width and height in 1/10000 of the picture's."""

    x: int
    y: int
    w: int
    h: int

    @property
    def possible(self) -> bool:
        """Whether it lies inside the picture, and is large enough to show something."""
        inside = self.x + self.w <= WHOLE and self.y + self.h <= WHOLE
        return min(self.x, self.y) >= 0 and min(self.w, self.h) >= LEAST and inside


def as_taken(x: int, y: int, turns: int) -> tuple[int, int]:
    """Where a point of an upright picture (1/10000) is in the one that was turned by `turns` quarters to be so."""
    for _ in range(turns % 4):
        x, y = WHOLE - y, x
    return x, y
