"""What stands still in a simulated place: houses with their fronts, trees with their shadows, poles and cables.

The whole picture without traffic is drawn once, in a few versions between which the trees sway.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wallserver.city.ground import draw_ground, finish
from wallserver.city.place import Colour, Light, Place, hazed, lit
from wallserver.city.solids import BACK, FRONT, LEFT, RIGHT, Solid, box, draw_solid, join, on_face, shadow_outline
from wallserver.city.view import NEAR, Floats, Image

SWAYS = 8  # versions of the picture; one after the other they make the trees sway once

_WALLS: tuple[Colour, ...] = (
    (196, 208, 214), (150, 186, 206), (188, 196, 160), (206, 186, 150), (140, 170, 214), (214, 214, 210), (120, 160, 150), (200, 170, 190),
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
_PENNANTS: tuple[Colour, ...] = ((40, 36, 200), (240, 240, 240))
_DARK: Colour = (58, 52, 46)
_PX = 24  # of a front's own picture, per metre


def draw_scenery(place: Place, rng: np.random.Generator) -> list[Image]:
    """The place without its traffic, `SWAYS` times."""
    houses = _houses(place, rng)
    trees = _trees(place, rng)
    colour, depth = draw_ground(place, rng)
    shade = _shade(place, [house.solid for house in houses], trees)
    image = finish(colour, shade, depth, place)
    for house in sorted(houses, key=lambda one: -one.distance):
        house.draw(image, place)
    _poles(image, place, rng)
    if place.lorong:
        _bunting(image, place, rng)
    return [_with_trees(image, trees, place, step / SWAYS) for step in range(SWAYS)]


# --- houses ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _House:
    solid: Solid
    roof: Solid
    front: Image  # the face towards the road
    corners: NDArray[np.float32]  # of that face, 4 × 3: top left, top right, bottom right, bottom left as seen
    distance: float

    def draw(self, image: Image, place: Place) -> None:
        draw_solid(image, self.solid, place.view, place.light)
        _draw_front(image, self.front, self.corners, place)
        draw_solid(image, self.roof, place.view, place.light)


def _houses(place: Place, rng: np.random.Generator) -> list[_House]:
    houses = []
    setback = 0.15 if place.lorong else 1.2
    for side in (-1, 1):
        y = -6.0 + float(rng.uniform(0, 3))
        while y < 120:
            length = float(rng.uniform(4, 8) if place.lorong else rng.uniform(7, 15))
            if rng.random() < (0.10 if place.lorong else 0.22) and y > (25 if place.lorong else 8):  # a gap, a garden
                y += length * 0.6
                continue
            at = place.half_width + place.pavement + setback + float(rng.uniform(0, 0.3 if place.lorong else 1.5))
            floors = int(rng.choice([1, 1, 2] if place.lorong else [1, 2, 2, 3])) if y > 15 or not place.lorong else 1
            houses.append(_house(place, rng, side, at, (y, y + length), floors))
            y += length + float(rng.choice([0.0, 0.0, 0.4]))
    return houses


def _house(place: Place, rng: np.random.Generator, side: int, at: float, y: tuple[float, float], floors: int) -> _House:
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
    return _House(solid, roof.shaded(place.light), shown, corners, max(y[0], 0.0))


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
    _blend(image[top:bottom, left:right], warped, cover)


def _blend(target: Image, source: NDArray[np.generic], cover: NDArray[np.uint8]) -> None:
    share = (cover.astype(np.float32) / 255)[..., None]
    target[:] = np.clip(target + (source - target.astype(np.float32)) * share, 0, 255).astype(np.uint8)


# --- trees, poles, shadows ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tree:
    x: float
    y: float
    height: float
    radius: float
    crown: NDArray[np.uint8]  # height × width × 4: blue green red cover


def _trees(place: Place, rng: np.random.Generator) -> list[_Tree]:
    trees = []
    crowns = [_crown(rng) for _ in range(3)]
    for _ in range(4 if place.lorong else 9):
        side = float(rng.choice([-1, 1]))
        beyond = place.pavement + 0.6 if place.lorong else place.pavement * float(rng.uniform(0.65, 1.1))
        radius = float(rng.uniform(0.5, 1.0) if place.lorong else rng.uniform(1.3, 2.6))
        y = float(rng.uniform(9, 40) if place.lorong else rng.uniform(14, 85))
        height = float(rng.uniform(1.6, 2.6) if place.lorong else rng.uniform(3.2, 5.2))
        trees.append(_Tree(side * (place.half_width + beyond + radius * 0.5), y, height, radius, crowns[len(trees) % 3]))
    if place.median > 0.5:
        for y in np.arange(18, 80, float(rng.uniform(7, 11))):
            trees.append(_Tree(0.0, float(y), 0.9, 0.55, crowns[len(trees) % 3]))  # low shrubs: traffic passes beside them
    return sorted(trees, key=lambda tree: -tree.y)


def _crown(rng: np.random.Generator, side: int = 128) -> NDArray[np.uint8]:
    """A crown: hundreds of leaf clusters, lit from above, dark below."""
    crown = np.zeros((side, side, 4), np.uint8)
    green = np.array([rng.uniform(30, 60), rng.uniform(95, 135), rng.uniform(55, 95)])
    clusters = rng.normal(0, 0.40, (300, 2))
    clusters = clusters[np.hypot(clusters[:, 0], clusters[:, 1]) < 0.88]
    for dx, dy in clusters[np.argsort(-clusters[:, 1])]:  # the lowest first
        bright = 0.62 - 0.42 * dy + 0.12 * rng.standard_normal()
        colour = (*np.clip(green * bright * 1.25, 8, 250).tolist(), 255)
        centre = (int(side * (0.5 + 0.44 * dx)), int(side * (0.5 + 0.40 * dy)))
        cv2.circle(crown, centre, int(rng.uniform(4, 8)), colour, cv2.FILLED, cv2.LINE_AA)
    return crown


def _with_trees(image: Image, trees: list[_Tree], place: Place, share: float) -> Image:
    out = image.copy()
    for tree in trees:
        swing = 0.05 * tree.radius * np.sin(2 * np.pi * (share + tree.y * 0.37))
        top = tree.height + tree.radius * 0.8
        points = np.array(
            [[tree.x, tree.y, 0], [tree.x, tree.y, tree.height], [tree.x + swing, tree.y, top]], np.float32
        )
        (foot, fork, crown), depth = place.view.project(points)
        size = int(2 * tree.radius * place.view.focal / depth[1])
        if size < 3 or depth.min() <= NEAR:
            continue
        bark = hazed(lit(np.array([[60, 76, 92]], np.float32), place.light), depth[:1], place.light)[0]
        thick = max(1, int(0.16 * tree.radius * place.view.focal / depth[0]))
        cv2.line(out, _point(foot), _point(fork), bark.tolist(), thick, cv2.LINE_AA)
        _paste(out, tree.crown, _point(crown), size, float(depth[1]), place.light)
    return out


def _point(pixel: NDArray[np.float32]) -> tuple[int, int]:
    return int(np.clip(pixel[0], -4000, 4000)), int(np.clip(pixel[1], -4000, 4000))


def _paste(
    image: Image, sprite: NDArray[np.uint8], centre: tuple[int, int], size: int, distance: float, light: Light
) -> None:
    scaled = cv2.resize(
        sprite, (size, size), interpolation=cv2.INTER_AREA if size < sprite.shape[0] else cv2.INTER_LINEAR
    )
    left, top = centre[0] - size // 2, centre[1] - size // 2
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + size, image.shape[1]), min(top + size, image.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    part = scaled[y0 - top : y1 - top, x0 - left : x1 - left]
    colour = lit(part[..., :3].astype(np.float32), light)
    colour = hazed(colour, np.full(colour.shape[:2], distance, np.float32), light)
    _blend(image[y0:y1, x0:x1], colour, part[..., 3])


def _shade(place: Place, solids: list[Solid], trees: list[_Tree]) -> Floats:
    """How much light is left on the ground, 0–1, under the shadows of houses and trees."""
    mask = np.zeros((place.view.height_px, place.view.width), np.uint8)
    outlines = [shadow_outline(solid, place.light) for solid in solids]
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    for tree in trees:
        ring = np.zeros((len(angles), 3), np.float32)
        ring[:, 0] = tree.x + place.light.sun[0] * tree.height + tree.radius * np.cos(angles)
        ring[:, 1] = tree.y + place.light.sun[1] * tree.height + tree.radius * np.sin(angles)
        outlines.append(ring)
    for outline in outlines:
        outline[:, 1] = np.maximum(outline[:, 1], 4.5)
        pixels, _ = place.view.project(outline)
        hull = cv2.convexHull(np.rint(np.clip(pixels, -4000, 4000)).astype(np.int32))
        cv2.fillConvexPoly(mask, hull, 255)
    soft = cv2.GaussianBlur(mask, (9, 9), 0).astype(np.float32) / 255
    return 1 - (1 - place.light.shadow) * soft


def _poles(image: Image, place: Place, rng: np.random.Generator) -> None:
    """Lamp posts along one side, with the cables that every street here has."""
    side = float(rng.choice([-1, 1]))
    x = side * (place.half_width + (0.25 if place.lorong else 0.6))
    height, step = (5.0, 14.0) if place.lorong else (8.0, 24.0)
    ys = np.arange(float(rng.uniform(12, 22)), 120, step)[::-1]
    tops = []
    for y in ys:
        pole = box((x - 0.09, x + 0.09), (y - 0.09, y + 0.09), (0, height), (112, 114, 116))
        reach = -side * (0.5 if place.lorong else 2.0)
        arm = box(
            (min(x, x + reach), max(x, x + reach)), (y - 0.05, y + 0.05), (height - 0.15, height), (120, 122, 124)
        )
        draw_solid(image, join(pole, arm).shaded(place.light), place.view, place.light)
        tops.append([x, y, height - 0.6])
    for drop in (0.0, 0.35, 0.6):
        _cable(image, np.array(tops, np.float32) - np.array([0, 0, drop], np.float32), place)


def _cable(image: Image, tops: NDArray[np.float32], place: Place) -> None:
    for far, near in zip(tops, tops[1:], strict=False):
        share = np.linspace(0, 1, 12, dtype=np.float32)[:, None]
        line = far * (1 - share) + near * share
        line[:, 2] -= (4 * share * (1 - share) * 0.5)[:, 0]
        pixels, _ = place.view.project(line)
        points = np.rint(np.clip(pixels, -4000, 4000) * 16).astype(np.int32)
        cv2.polylines(image, [points], False, (48, 48, 48), 1, cv2.LINE_AA, 4)


def _bunting(image: Image, place: Place, rng: np.random.Generator) -> None:
    """Strings of red and white pennants across the alley, left hanging since Independence Day."""
    reach = place.half_width + place.pavement
    for y in np.arange(float(rng.uniform(9, 13)), 60, 7.0)[::-1]:
        share = np.linspace(0, 1, 2 * 9 + 1, dtype=np.float32)
        line = np.zeros((len(share), 3), np.float32)
        line[:, 0], line[:, 1] = -reach + 2 * reach * share, y
        line[:, 2] = 3.2 - 4 * share * (1 - share) * 0.45
        tips = (line[:-1:2] + line[2::2]) / 2 - np.array([0, 0, 0.34], np.float32)
        rope, depth = place.view.project(line)
        points, _ = place.view.project(tips)
        cv2.polylines(image, [np.rint(rope * 16).astype(np.int32)], False, (60, 60, 60), 1, cv2.LINE_AA, 4)
        colours = hazed(lit(np.array(_PENNANTS, np.float32), place.light), depth[:2], place.light).tolist()
        for k, tip in enumerate(points):
            pennant = np.array([rope[2 * k], rope[2 * k + 2], tip])
            cv2.fillConvexPoly(image, np.rint(pennant * 16).astype(np.int32), colours[k % 2], cv2.LINE_AA, 4)
