"""The card of a dead camera, burned into a picture that is for players without our page: name, cause, since when."""

from __future__ import annotations

import cv2
import numpy as np

from ingest.canvas import GRAY_UV, Planes

_GROUND_Y, _NAME_Y, _CAUSE_Y = 28, 200, 130
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_card(target: Planes, name: str, cause: str) -> None:
    """Fill a cell with a camera's name and the cause in words, as large as the cell allows."""
    target.y[:] = _GROUND_Y
    target.u[:] = GRAY_UV
    target.v[:] = GRAY_UV
    height, width = target.y.shape
    if height < 40 or width < 80:
        return
    picture = np.ascontiguousarray(target.y)
    for text, y, size, level in ((name, 0.45, 0.11, _NAME_Y), (cause, 0.65, 0.07, _CAUSE_Y)):
        _line(picture, _plain(text), y, size, level)
    target.y[:] = picture


def _line(
    picture: np.ndarray[tuple[int, int], np.dtype[np.uint8]], text: str, y: float, size: float, level: int
) -> None:
    height, width = picture.shape
    scale = max(0.3, height * size / 22)
    (text_width, _), _ = cv2.getTextSize(text, _FONT, scale, 1)
    if text_width > width * 0.92:
        scale *= width * 0.92 / text_width
        (text_width, _), _ = cv2.getTextSize(text, _FONT, scale, 1)
    at = ((width - text_width) // 2, int(height * y))
    cv2.putText(picture, text, at, _FONT, scale, level, max(1, round(scale * 1.4)), cv2.LINE_AA)


def _plain(text: str) -> str:
    """OpenCV's font has ASCII only."""
    return text.replace("·", "-").replace("–", "-").encode("ascii", "replace").decode()
