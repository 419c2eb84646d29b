"""What is burned into pictures for players without our page: names, a mark on what is old, cards of the dead."""

from __future__ import annotations

from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.canvas import GRAY_UV, Plane, Planes

_GROUND_Y, _NAME_Y, _CAUSE_Y = 28, 200, 130
_FONT = cv2.FONT_HERSHEY_SIMPLEX
# A cell that is smaller than this has no room for words.
_LEAST_HEIGHT, _LEAST_WIDTH = 40, 80
# A name's strip: a fourteenth of the cell's height, within these. OpenCV's letters are 22 pixels high at scale 1.
_LEAST_STRIP, _MOST_STRIP, _LETTERS = 14, 36, 22
# Amber, as everywhere in the house what is old is (BT.709, limited range).
_AMBER = (172, 47, 164)


def draw_card(target: Planes, name: str, cause: str) -> None:
    """Fill a cell with a camera's name and the cause in words, as large as the cell allows."""
    target.y[:] = _GROUND_Y
    target.u[:] = GRAY_UV
    target.v[:] = GRAY_UV
    if not _has_room(target):
        return
    picture = np.ascontiguousarray(target.y)
    for text, y, size, level in ((name, 0.45, 0.11, _NAME_Y), (cause, 0.65, 0.07, _CAUSE_Y)):
        _line(picture, _plain(text), y, size, level)
    target.y[:] = picture


def draw_name(target: Planes, name: str) -> None:
    """A camera's name on a dark strip along the lower edge of its picture."""
    if not name or not _has_room(target):
        return
    strip = _strip(target)
    letters = _letters(_plain(name), strip.y.shape[1], strip.y.shape[0])
    np.maximum(strip.y // 3 + 10, letters, out=strip.y)
    strip.u[:] = GRAY_UV
    strip.v[:] = GRAY_UV


def draw_stale(target: Planes) -> None:
    """An amber circle, half of it full, at the right end of the strip: what is seen here is old."""
    if not _has_room(target):
        return
    side = _strip_height(target)
    corner = _part(target, target.y.shape[1] - side, target.y.shape[0] - side, side, side)
    for plane, circle, level in zip(corner, _half_circles(side), _AMBER, strict=True):
        np.copyto(plane, level, where=circle)


def _line(picture: Plane, text: str, y: float, size: float, level: int) -> None:
    height, width = picture.shape
    scale = max(0.3, height * size / _LETTERS)
    (text_width, _), _ = cv2.getTextSize(text, _FONT, scale, 1)
    if text_width > width * 0.92:
        scale *= width * 0.92 / text_width
        (text_width, _), _ = cv2.getTextSize(text, _FONT, scale, 1)
    at = ((width - text_width) // 2, int(height * y))
    cv2.putText(picture, text, at, _FONT, scale, level, max(1, round(scale * 1.4)), cv2.LINE_AA)


@lru_cache(maxsize=1024)
def _letters(text: str, width: int, height: int) -> Plane:
    """A name as levels of light on black, cut where it does not fit beside the mark."""
    scale = height * 0.55 / _LETTERS
    while text and cv2.getTextSize(text, _FONT, scale, 1)[0][0] > width - 2 * height - height // 3:
        text = text[:-1]
    picture: Plane = np.zeros((height, width), np.uint8)
    at = (height // 3, round(height * 0.75))
    cv2.putText(picture, text, at, _FONT, scale, _NAME_Y, max(1, round(scale * 1.4)), cv2.LINE_AA)
    return picture


@cache
def _half_circles(side: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a circle is whose left half is full, in each of the planes of a square."""
    shape = np.zeros((side, side), np.uint8)
    middle, radius = (side // 2, side // 2), max(3, side * 3 // 10)
    cv2.circle(shape, middle, radius, 1, max(1, side // 12))
    cv2.ellipse(shape, middle, (radius, radius), 0, 90, 270, 1, cv2.FILLED)
    halved = shape.reshape(side // 2, 2, side // 2, 2).max(axis=(1, 3)) != 0
    return shape != 0, halved, halved


def _strip(target: Planes) -> Planes:
    height = _strip_height(target)
    return _part(target, 0, target.y.shape[0] - height, target.y.shape[1], height)


def _strip_height(target: Planes) -> int:
    return int(min(max(target.y.shape[0] // 14, _LEAST_STRIP), _MOST_STRIP) // 2 * 2)


def _part(target: Planes, x: int, y: int, w: int, h: int) -> Planes:
    half = np.s_[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2]
    return Planes(target.y[y : y + h, x : x + w], target.u[half], target.v[half])


def _has_room(target: Planes) -> bool:
    height, width = target.y.shape
    return bool(height >= _LEAST_HEIGHT and width >= _LEAST_WIDTH)


def _plain(text: str) -> str:
    """OpenCV's font has ASCII only."""
    return text.replace("·", "-").replace("–", "-").encode("ascii", "replace").decode()
