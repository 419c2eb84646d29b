"""The houses along a simulated road or alley: walls, roofs of corrugated sheet, fronts with shops, windows, fences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wallserver.city.place import Colour, Place, hazed, lit
from wallserver.city.solids import BACK, FRONT, LEFT, RIGHT, Solid, box, draw_solid, join, on_face
from wallserver.city.view import NEAR, Image

_WALLS: tuple[Colour, ...] = (
    (196, 208, 214), (150, 186, 206), (188, 196, 160), (206, 186, 150), (140, 170, 214), (214, 214, 210),
    (120, 160, 150), (200, 170, 190),
)  # fmt: skip
_ROOFS: tuple[Colour, ...] = ((52, 66, 130), (60, 80, 148), (110, 104, 96), (140, 140, 136), (96, 70, 52), (70, 96, 76))
_SIGNS: tuple[Colour, ...] = (
    (40, 40, 190),
    (170, 90, 30),
    (60, 140, 50),
    (30, 170, 225),
    (225, 225, 225),
    (150, 50, 120),
)
_DARK: Colour = (58, 52, 46)
_NEAREST_M = 2.0  # along the road: houses begin here, beside the lens
_PX = 24  # of a front's own picture, per metre


@dataclass(frozen=True, slots=True)
class House:
    """One house, ready to be drawn."""

    solid: Solid
    roof: Solid
    front: Image  # the face towards the road
    corners: NDArray[np.float32]  # of that face, 4 × 3: top left, top right, bottom right, bottom left as seen
    distance: float

    def draw(self, image: Image, place: Place) -> None:
        """Walls, the front, the roof."""
        draw_solid(image, self.solid, place.view, place.light)
        _draw_front(image, self.front, self.corners, place)
        draw_solid(image, self.roof, place.view, place.light)


def build_houses(place: Place, rng: np.random.Generator) -> list[House]:
    """Both rows of houses."""
    houses = []
    setback = 0.15 if place.lorong else 1.2
    for side in (-1, 1):
        y = _NEAREST_M - float(rng.uniform(0, 3))
        while y < 120:
            length = float(rng.uniform(4, 8) if place.lorong else rng.uniform(7, 15))
            if rng.random() < (0.10 if place.lorong else 0.22) and y > (25 if place.lorong else 8):  # a gap, a garden
                y += length * 0.6
                continue
            at = place.half_width + place.pavement + setback + float(rng.uniform(0, 0.3 if place.lorong else 1.5))
            floors = int(rng.choice([1, 1, 2] if place.lorong else [1, 2, 2, 3])) if y > 15 or not place.lorong else 1
            houses.append(_house(place, rng, side, at, (max(y, _NEAREST_M), y + length), floors))
            y += length + float(rng.choice([0.0, 0.0, 0.4]))
    return houses


def _house(place: Place, rng: np.random.Generator, side: int, at: float, y: tuple[float, float], floors: int) -> House:
    height = 3.1 * floors + 0.3
    wall = _WALLS[int(rng.integers(len(_WALLS)))]
    x = (at, at + 9.0) if side > 0 else (-at - 9.0, -at)
    solid = box(x, y, (0.0, height), wall).shaded(place.light)
    eaves = 0.5
    roof_colour = _ROOFS[int(rng.integers(len(_ROOFS)))]
    across, along = (x[0] - eaves, x[1] + eaves), (y[0] - 0.1, y[1] + 0.1)
    roof = _ribbed(box(across, along, (height, height + 1.5), roof_colour, taper=(3.0, 1.5, 1.5)), roof_colour)
    near, far = (y[0], y[1]) if side < 0 else (y[1], y[0])
    face = -at if side < 0 else at
    corners = np.array([[face, near, height], [face, far, height], [face, far, 0], [face, near, 0]], np.float32)
    front = _front(rng, y[1] - y[0], floors, wall, shop=not place.lorong or rng.random() < 0.15)
    # A front that turns away from the sun is as dark as the wall beside it.
    toward = -side * -place.light.sun[0] > 0
    share = 1.0 if toward else 0.55 + 0.4 * place.light.shadow
    shown = np.clip(lit(front.astype(np.float32) * share, place.light), 0, 255).astype(np.uint8)
    return House(solid, roof.shaded(place.light), shown, corners, max(y[0], 0.0))


def _ribbed(roof: Solid, colour: Colour) -> Solid:
    """A roof with the ribs of its sheets."""
    dark = (colour[0] * 0.82, colour[1] * 0.82, colour[2] * 0.82)
    ribs = [
        on_face(roof, face, (at, at + 0.018), (0.0, 1.0), dark)
        for face in (BACK, RIGHT, FRONT, LEFT)
        for at in np.arange(0.03, 1.0, 0.06)
    ]
    return join(roof, *ribs)


def _front(rng: np.random.Generator, length: float, floors: int, wall: Colour, *, shop: bool) -> Image:
    """A front seen straight on: windows in rows, below a shop with its sign, or a door and a fence."""
    width, height = max(8, int(length * _PX)), int((3.1 * floors + 0.3) * _PX)
    front = np.empty((height, width, 3), np.uint8)
    front[:] = np.array(wall, np.uint8)
    stains = cv2.resize(rng.standard_normal((6, 12)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    front[:] = np.clip(front * (1 + 0.05 * stains[..., None]), 0, 255).astype(np.uint8)
    for floor in range(floors):
        top = height - int((floor + 1) * 3.1 * _PX)
        if floor:
            _window_row(front, top, rng)
        elif shop:
            _shop(front, top, rng)
        else:
            _home(front, top, rng)
        cv2.line(front, (0, top), (width, top), tuple(0.75 * c for c in wall), 2)
    return front


def _window_row(front: Image, top: int, rng: np.random.Generator) -> None:
    step, size = int(rng.uniform(1.8, 2.8) * _PX), int(rng.uniform(0.8, 1.4) * _PX)
    for x in range(step // 3, front.shape[1] - size, step):
        frame = (x - 2, top + int(0.8 * _PX), size + 4, int(1.35 * _PX) + 4)
        cv2.rectangle(front, frame, (225, 228, 230), cv2.FILLED)
        glass = tuple(float(c * rng.uniform(0.8, 1.5)) for c in _DARK)
        cv2.rectangle(front, (x, frame[1] + 2, size, frame[3] - 4), glass, cv2.FILLED)
        cv2.line(front, (x + size // 2, frame[1]), (x + size // 2, frame[1] + frame[3]), (215, 218, 220), 2)


def _shop(front: Image, top: int, rng: np.random.Generator) -> None:
    """Roller doors, each with a sign above and an awning between."""
    x = 4
    while x < front.shape[1] - 20:
        width = min(int(rng.uniform(2.6, 4.2) * _PX), front.shape[1] - x - 4)
        sign = _SIGNS[int(rng.integers(len(_SIGNS)))]
        cv2.rectangle(front, (x, top + 4, width, int(0.7 * _PX)), sign, cv2.FILLED)
        ink = (245, 245, 245) if sum(sign) < 500 else (40, 40, 150)
        for letter in range(x + 8, x + width - 10, 11):  # too far away to be read: strokes will do
            rise = int(rng.integers(4, 9))
            cv2.rectangle(front, (letter, top + 12 - rise // 2, 7, rise), ink, cv2.FILLED)
        door_top = top + int(0.95 * _PX)
        if rng.random() < 0.5:
            cv2.rectangle(front, (x, door_top, width, front.shape[0] - door_top), (150, 154, 158), cv2.FILLED)
            for y in range(door_top, front.shape[0], 5):
                cv2.line(front, (x, y), (x + width, y), (118, 122, 126), 1)
        else:
            cv2.rectangle(front, (x, door_top, width, front.shape[0] - door_top), (44, 46, 50), cv2.FILLED)
            for goods in range(x + 4, x + width - 8, 9):
                low = front.shape[0] - int(rng.uniform(0.3, 1.4) * _PX)
                colour = tuple(float(v) for v in rng.uniform(60, 220, 3))
                cv2.rectangle(front, (goods, low, 7, front.shape[0] - low), colour, cv2.FILLED)
        awning = _SIGNS[int(rng.integers(len(_SIGNS)))]
        cv2.rectangle(front, (x, door_top - 4, width, int(0.35 * _PX)), awning, cv2.FILLED)
        x += width + 8


def _home(front: Image, top: int, rng: np.random.Generator) -> None:
    """A door, two windows, a fence, pots with plants."""
    width, height = front.shape[1], front.shape[0]
    door = int(rng.uniform(0.2, 0.7) * width)
    wood = _ROOFS[int(rng.integers(len(_ROOFS)))]
    cv2.rectangle(front, (door, top + int(0.9 * _PX), int(0.95 * _PX), int(2.2 * _PX)), wood, cv2.FILLED)
    for x in (door - int(1.7 * _PX), door + int(1.5 * _PX)):
        cv2.rectangle(front, (x - 2, top + int(1.0 * _PX) - 2, _PX + 4, _PX + 4), (225, 228, 230), cv2.FILLED)
        cv2.rectangle(front, (x, top + int(1.0 * _PX), _PX, _PX), _DARK, cv2.FILLED)
    paint = _SIGNS[int(rng.integers(len(_SIGNS)))]
    for x in range(0, width, 7):
        if not door - 6 < x < door + _PX:
            cv2.line(front, (x, height - int(1.0 * _PX)), (x, height), paint, 2)
    for _ in range(int(rng.integers(2, 7))):
        x, green = int(rng.uniform(4, width - 4)), (40, float(rng.uniform(90, 150)), 60)
        cv2.circle(front, (x, height - int(0.7 * _PX)), int(rng.uniform(5, 9)), green, cv2.FILLED)
        cv2.rectangle(front, (x - 4, height - int(0.4 * _PX), 8, int(0.4 * _PX)), (60, 80, 150), cv2.FILLED)


def _draw_front(image: Image, front: Image, corners: NDArray[np.float32], place: Place) -> None:
    """Hang a front on its wall, in its perspective; one that reaches behind the camera is cut short first."""
    view = place.view
    low = 4.5  # metres along the road: nearer than this a wall is beside or behind the lens
    ys = corners[:, 1]
    if ys.max() <= low + 0.5:
        return
    part, shape = corners.copy(), front
    if ys.min() < low:
        keep = (ys.max() - low) / (ys.max() - ys.min())
        columns = max(8, int(front.shape[1] * keep))
        shape = front[:, -columns:] if ys[1] > ys[0] else front[:, :columns]
        part[:, 1] = np.maximum(part[:, 1], low)
    pixels, depth = view.project(part)
    if depth.min() <= NEAR:
        return
    left, top = np.maximum(np.floor(pixels.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(pixels.max(axis=0)).astype(int), (view.width, view.height_px))
    if right - left < 2 or bottom - top < 2:
        return
    source = np.array([[0, 0], [shape.shape[1], 0], [shape.shape[1], shape.shape[0]], [0, shape.shape[0]]], np.float32)
    target = (pixels - np.array([left, top], np.float32)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    size = (int(right - left), int(bottom - top))
    faded = hazed(shape.astype(np.float32), np.full(shape.shape[:2], depth.mean(), np.float32), place.light)
    # Far fronts are scaled down a lot: average first, or their windows flicker into lines.
    shrink = min(1.0, max(0.05, 1.5 * float(np.ptp(target[:, 1])) / shape.shape[0]))
    small = cv2.resize(faded, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    matrix = matrix @ np.diag([shape.shape[1] / small.shape[1], shape.shape[0] / small.shape[0], 1.0])
    warped = cv2.warpPerspective(small, matrix, size, flags=cv2.INTER_LINEAR)
    cover = np.zeros(size[::-1], np.uint8)
    cv2.fillConvexPoly(cover, np.rint(target * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    blend(image[top:bottom, left:right], warped, cover)


def blend(target: Image, source: NDArray[Any], cover: NDArray[Any]) -> None:
    """Lay `source` over `target` where `cover` (0–255) says so."""
    share = (cover.astype(np.float32) / 255)[..., None]
    target[:] = np.clip(target + (source - target.astype(np.float32)) * share, 0, 255).astype(np.uint8)
