"""Rectangles on a layout's grid, and the same rectangles in fractions and in pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from layouts.errors import LayoutError


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in grid units; x to the right, y down, both from 0. LayoutError if it is no rectangle."""

    x: int
    y: int
    w: int
    h: int

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0 or self.w < 1 or self.h < 1:
            raise LayoutError(f"{self} is no rectangle of a layout: it needs a place from 0 and a size from 1")

    def __str__(self) -> str:
        return f"{self.w}×{self.h} at {self.x},{self.y}"

    @property
    def right(self) -> int:
        """The first column to the right of it."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.h

    @property
    def area(self) -> int:
        """Grid units covered."""
        return self.w * self.h

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share at least one grid unit."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def units(self) -> Iterator[tuple[int, int]]:
        """Each grid unit of it as (column, row), row by row."""
        for row in range(self.y, self.bottom):
            for column in range(self.x, self.right):
                yield column, row


def first_overlap(rects: Sequence[Rect]) -> tuple[int, int] | None:
    """The places in `rects` of two that share a grid unit, the lower one first; None if no two do."""
    by_left = sorted(range(len(rects)), key=lambda index: rects[index].x)
    for number, index in enumerate(by_left):
        for other in by_left[number + 1 :]:
            if rects[other].x >= rects[index].right:
                break
            if rects[index].overlaps(rects[other]):
                return min(index, other), max(index, other)
    return None


def even_pixels(rect: Rect, grid: tuple[int, int], canvas: tuple[int, int]) -> tuple[int, int, int, int]:
    """`rect` of a grid (columns, rows) as (x, y, w, h) on a canvas of (width, height) pixels, all even.

    Edges are rounded, not sizes, so that neighbours touch and never overlap (a 4:2:0 picture has one colour
    for 2×2 pixels, hence even). The canvas is even, and the rectangle is two pixels of it or more to each side.
    """
    columns, rows = grid
    width, height = canvas
    left, right = (_even(edge * width, columns) for edge in (rect.x, rect.right))
    top, bottom = (_even(edge * height, rows) for edge in (rect.y, rect.bottom))
    return left, top, right - left, bottom - top


def _even(numerator: int, denominator: int) -> int:
    """The even number next to numerator ÷ denominator (upwards from the middle)."""
    return (numerator + denominator) // (2 * denominator) * 2
