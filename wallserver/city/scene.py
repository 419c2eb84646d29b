"""A simulated camera's pictures: the place, its traffic, the text for a person, the code for a machine."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from wallserver.city import block_code
from wallserver.city.clock import CLIP_PICTURES
from wallserver.city.names import CityCamera
from wallserver.city.place import place
from wallserver.city.scenery import SWAYS, draw_scenery
from wallserver.city.traffic import Traffic

Plane = NDArray[np.uint8]

_INK, _RIM = 235, 16
_SWAY_PICTURES = 5  # each version of the trees is shown this long: they sway once in 8 × 5 pictures


class Scene:
    """Draws the pictures of one camera as I420; the background is drawn once, here (about 0.3 s)."""

    def __init__(self, camera: CityCamera, width: int = 1280, height: int = 720) -> None:
        self.width, self.height = width, height
        # A seed of its own, so that the same camera looks the same in every city.
        rng = np.random.default_rng(camera.number)
        self._place = place(camera.number, camera.lorong is not None, width, height, rng)
        self._backgrounds = draw_scenery(self._place, rng)
        self._traffic = Traffic(self._place, self._backgrounds[0], rng)
        self._work = np.empty_like(self._backgrounds[0])
        self._text = _Text(f"{camera.id}  {camera.name}", width)

    def draw(self, number: float) -> Plane:
        """Picture `number` (of 300, where the scene begins again) with its number in words; a new I420 array.

        The array is (height × 3/2) × width: luma, then both chroma planes, limited range, BT.601. The block code is not
        in it: `stamp` draws it.
        """
        np.copyto(self._work, self._backgrounds[int(number) // _SWAY_PICTURES % SWAYS])
        self._traffic.draw(self._work, number / CLIP_PICTURES)
        picture = cv2.cvtColor(self._work, cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False)
        self._text.draw(picture[: self.height], int(number) % 10_000)
        return picture


def stamp(picture: Plane, camera_number: int, picture_number: int) -> None:
    """Draw the block code into an I420 picture, its chroma taken away there."""
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    module = block_code.module_px(width)
    block_code.stamp(picture[:height], camera_number, picture_number)
    begin, end = block_code.INSET * module // 2, (block_code.INSET + block_code.HEIGHT_MODULES) * module // 2
    right = (block_code.INSET + block_code.WIDTH_MODULES) * module // 2
    for plane in _chroma(picture):
        plane[begin:end, begin:right] = 128


def half(picture: Plane) -> Plane:
    """An I420 picture at half its width and height."""
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    out = np.empty((height * 3 // 4, width // 2), np.uint8)
    cv2.resize(picture[:height], (width // 2, height // 2), dst=out[: height // 2], interpolation=cv2.INTER_AREA)
    for source, target in zip(_chroma(picture), _chroma(out), strict=True):
        target[:] = cv2.resize(source, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return out


def _chroma(picture: Plane) -> tuple[Plane, Plane]:
    """Both chroma planes of an I420 picture as views."""
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    both = picture[height:].reshape(2, height // 2, width // 2)
    return both[0], both[1]


class _Text:
    """White letters with a dark rim at the top right, as cameras burn them in; digits are drawn once."""

    def __init__(self, title: str, width: int) -> None:
        scale = width / 1280
        self._right = width - round(24 * scale)
        self._top = round(18 * scale)
        self._title = _letters(title, round(25 * scale))
        self._digits = [_letters(str(digit), round(46 * scale)) for digit in range(10)]

    def draw(self, y_plane: Plane, number: int) -> None:
        """Write the title and the number (4 digits) below it."""
        values, mask = self._title
        _write(y_plane, values, mask, self._right - values.shape[1], self._top)
        x, y = self._right, self._top + values.shape[0]
        for digit in reversed(f"{number:04d}"):
            values, mask = self._digits[int(digit)]
            x -= values.shape[1]
            _write(y_plane, values, mask, x, y)


def _letters(text: str, size: int) -> tuple[Plane, NDArray[np.bool_]]:
    """Luma values of a line of text with its rim, and where they are to be written."""
    font = cv2.FontFace("sans")
    rim = max(1, size // 14)
    (left, _, width, _) = cv2.getTextSize((0, 0), text, (0, 0), font, size, 600)
    ink = np.zeros((size + size // 2, width + 2 * rim + 2), np.uint8)
    cv2.putText(ink, text, (rim + 1 - left, size + size // 8), (255,), font, size, 600)
    spread = cv2.dilate(ink, np.ones((2 * rim + 1, 2 * rim + 1), np.uint8))
    values = (_RIM + (_INK - _RIM) * (ink.astype(np.float32) / 255)).astype(np.uint8)
    return values, spread > 90


def _write(y_plane: Plane, values: Plane, mask: NDArray[np.bool_], x: int, y: int) -> None:
    target = y_plane[y : y + values.shape[0], x : x + values.shape[1]]
    np.copyto(target, values[: target.shape[0], : target.shape[1]], where=mask[: target.shape[0], : target.shape[1]])
