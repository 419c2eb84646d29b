"""A code of black and white modules in a picture's top-left corner: camera number, picture number, checksum.

It has to be read after H.264 at 400 kbit/s, scaling into a small cell of a mosaic, and H.264 again, by somebody who
knows only roughly where the picture lies. Hence few, large modules (80 of them across the picture), a quiet border, two
modules whose colour is known, and a checksum that decides.

    ■ ■ ■ ■ ■ ■ ■ ■ ■ ■ ■ ■        row 1: always white, 9 bits        40 bits, most significant first:
    ■ W . . . . . . . . . ■        rows 2, 3: 10 bits each            white, 38 bits, black; the 38 bits are
    ■ . . . . . . . . . . ■        row 4: 9 bits, always black        camera (10), picture (12), CRC-16
    ■ . . . . . . . . . . ■
    ■ . . . . . . . . . B ■
    ■ ■ ■ ■ ■ ■ ■ ■ ■ ■ ■ ■
"""

from __future__ import annotations

import binascii
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 10, 4
BORDER = 1  # modules
WIDTH_MODULES, HEIGHT_MODULES = COLUMNS + 2 * BORDER, ROWS + 2 * BORDER
# A picture is this many modules wide (16 px at 1280, 8 px at 640) and the border begins this many from its corner.
PICTURE_MODULES = 80
INSET = 1
MAX_CAMERA = 1023
MAX_PICTURE = 4095

BLACK, WHITE = 20, 225
# Less than this between the darkest and the brightest module is not a code; nor are modules that are neither.
_MIN_CONTRAST = 50
_UNDECIDED = 0.12
# A code of all zeros must not be its own checksum.
_CRC_SEED = 0x1D0F
# Where the code may lie away from where it should, in modules: nearest first.
_SHIFTS = sorted(
    itertools.product((0.0, -0.4, 0.4, -0.8, 0.8, -1.2, 1.2), repeat=2), key=lambda shift: shift[0] ** 2 + shift[1] ** 2
)

Gray = NDArray[np.uint8]


def module_px(picture_width: int) -> int:
    """The side of a module in pixels, for a picture of this width."""
    return picture_width // PICTURE_MODULES


def _checksum(camera_number: int, picture_number: int) -> int:
    return binascii.crc_hqx((camera_number << 12 | picture_number).to_bytes(3, "big"), _CRC_SEED)


def _modules(camera_number: int, picture_number: int) -> NDArray[np.bool_]:
    value = 1 << 38 | camera_number << 28 | picture_number << 16 | _checksum(camera_number, picture_number)
    bits = np.unpackbits(np.frombuffer((value << 1).to_bytes(5, "big"), np.uint8))
    return bits.astype(np.bool_).reshape(ROWS, COLUMNS)


def draw(y_plane: Gray, x: int, y: int, module: int, camera_number: int, picture_number: int) -> None:
    """Draw a code with its border at x, y (pixels) into a picture's luma plane, `module` pixels to a module.

    Raises ValueError for a number out of range (0–1023, 0–4095) or a code that does not fit into the plane.
    """
    if not (0 <= camera_number <= MAX_CAMERA and 0 <= picture_number <= MAX_PICTURE):
        raise ValueError(f"camera {camera_number}, picture {picture_number}: out of the code's range")
    target = y_plane[y : y + HEIGHT_MODULES * module, x : x + WIDTH_MODULES * module]
    if target.shape != (HEIGHT_MODULES * module, WIDTH_MODULES * module):
        raise ValueError(f"no room for a code at {x}, {y} in a picture of {y_plane.shape[1]}×{y_plane.shape[0]}")
    levels = np.full((HEIGHT_MODULES, WIDTH_MODULES), BLACK, np.uint8)
    inner = levels[BORDER : BORDER + ROWS, BORDER : BORDER + COLUMNS]
    inner[_modules(camera_number, picture_number)] = WHITE
    target[:] = levels.repeat(module, axis=0).repeat(module, axis=1)


def stamp(y_plane: Gray, camera_number: int, picture_number: int) -> None:
    """Draw a code where `read` looks for it: in the plane's top-left corner."""
    module = module_px(y_plane.shape[1])
    draw(y_plane, INSET * module, INSET * module, module, camera_number, picture_number)


def read(gray: Gray, x: float, y: float, w: float, h: float) -> tuple[int, int] | None:
    """Read (camera number, picture number) from the picture at x, y, w, h (pixels) in `gray`; None if there is none.

    The rectangle is the whole picture's; it may be off by about a hundredth of the picture's width.
    """
    mw, mh = w / PICTURE_MODULES, h / (PICTURE_MODULES * 9 / 16)
    if mw < 2 or mh < 2:
        return None
    left, top = x + (INSET + BORDER) * mw, y + (INSET + BORDER) * mh
    sums = _integral(gray, round(x + w * 0.25), round(y + h * 0.25))
    for dx, dy in _SHIFTS:
        found = _decode(_sample(sums, left + dx * mw, top + dy * mh, mw, mh))
        if found is not None:
            return found
    return None


def _integral(gray: Gray, right: int, bottom: int) -> NDArray[np.int64]:
    """Sums over everything above and left of each point, so that a module's mean is four look-ups."""
    part = gray[: max(0, bottom), : max(0, right)]
    sums = np.zeros((part.shape[0] + 1, part.shape[1] + 1), np.int64)
    np.cumsum(part, axis=0, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    return sums


def _sample(sums: NDArray[np.int64], left: float, top: float, mw: float, mh: float) -> NDArray[np.float64] | None:
    """The mean of the middle of each module, ROWS × COLUMNS; None where that lies outside the picture."""
    x0, x1 = _middles(left, mw, COLUMNS)
    y0, y1 = _middles(top, mh, ROWS)
    if x0[0] < 0 or y0[0] < 0 or x1[-1] >= sums.shape[1] or y1[-1] >= sums.shape[0]:
        return None
    total = sums[np.ix_(y1, x1)] - sums[np.ix_(y0, x1)] - sums[np.ix_(y1, x0)] + sums[np.ix_(y0, x0)]
    means: NDArray[np.float64] = total / np.outer(y1 - y0, x1 - x0)
    return means


def _middles(start: float, module: float, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last pixel (exclusive) of the middle half of each of `count` modules in a row, at least one pixel."""
    begin = start + module * np.arange(count)
    first = np.rint(begin + module * 0.25).astype(np.intp)
    last = np.maximum(np.rint(begin + module * 0.75).astype(np.intp), first + 1)
    return first, last


def _decode(means: NDArray[np.float64] | None) -> tuple[int, int] | None:
    if means is None:
        return None
    low, high = means.min(), means.max()
    if high - low < _MIN_CONTRAST:
        return None
    share: NDArray[Any] = (means - low) / (high - low)
    if np.abs(share - 0.5).min() < _UNDECIDED or share[0, 0] < 0.5 or share[-1, -1] > 0.5:
        return None
    value = int.from_bytes(np.packbits(share.ravel() > 0.5).tobytes(), "big") >> 1
    camera_number, picture_number = value >> 28 & MAX_CAMERA, value >> 16 & MAX_PICTURE
    if value & 0xFFFF != _checksum(camera_number, picture_number):
        return None
    return camera_number, picture_number
