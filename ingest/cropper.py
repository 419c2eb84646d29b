"""Cuts the part that a digital zoom shows out of a camera's pictures. Nothing is copied for it."""

from __future__ import annotations

from fractions import Fraction

import av
from av.filter import Graph

from ingest.canvas import Rect
from ingest.zoom import WHOLE, Zoom, as_taken


class Cropper:
    """Cuts the part of one zoom out of pictures of one stream."""

    def __init__(self, zoom: Zoom) -> None:
        self._zoom = zoom
        self._key: tuple[int, int, str, int] | None = None
        self._graph = Graph()

    def crop(self, frame: av.VideoFrame, turns: int) -> av.VideoFrame:
        """The part, of the same memory, and as it was taken; upright after `turns` quarters, anticlockwise.

        At least what was asked for, up to the next sample of colour: 2 pixels in 4:2:0.
        """
        key = frame.width, frame.height, frame.format.name, turns
        if key != self._key:
            self._graph, self._key = self._made(frame, turns), key
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _made(self, frame: av.VideoFrame, turns: int) -> Graph:
        x, y, w, h = _pixels(self._zoom, frame.width, frame.height, turns)
        graph = Graph()
        graph.threads = 1
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 15)
        )
        # By itself it keeps to whole samples of colour, as every plane is cut by a pointer.
        graph.link_nodes(source, graph.add("crop", f"{w}:{h}:{x}:{y}"), graph.add("buffersink")).configure()
        return graph


def _pixels(zoom: Zoom, width: int, height: int, turns: int) -> Rect:
    """The part in pixels of the picture as it was taken, on even ones, outwards."""
    one = as_taken(zoom.x, zoom.y, turns)
    other = as_taken(zoom.x + zoom.w, zoom.y + zoom.h, turns)
    (left, right), (top, bottom) = (
        _span(min(pair), max(pair), side)
        for pair, side in zip(zip(one, other, strict=True), (width, height), strict=True)
    )
    return left, top, right - left, bottom - top


def _span(begin: int, end: int, side: int) -> tuple[int, int]:
    first = begin * side // WHOLE // 2 * 2
    last = -(-end * side // WHOLE)
    return first, min(side, last + last % 2)
