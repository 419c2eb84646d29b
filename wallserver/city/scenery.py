"""What stands still in a simulated place: houses, trees with their shadows, poles and cables.

The whole picture without traffic is drawn once, in a few versions between which the trees sway.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wallserver.city.ground import draw_ground, finish
from wallserver.city.houses import blend, build_houses
from wallserver.city.place import Colour, Light, Place, hazed, lit
from wallserver.city.solids import Solid, box, draw_solid, join, shadow_outline
from wallserver.city.view import NEAR, Floats, Image

SWAYS = 8  # versions of the picture; one after the other they make the trees sway once
_PENNANTS: tuple[Colour, ...] = ((40, 36, 200), (240, 240, 240))


def draw_scenery(place: Place, rng: np.random.Generator) -> list[Image]:
    """The place without its traffic, `SWAYS` times."""
    houses = build_houses(place, rng)
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


@dataclass(frozen=True, slots=True)
class _Tree:
    x: float
    y: float
    height: float
    radius: float
    crown: NDArray[np.uint8]  # height × width × 4: blue green red cover


def _trees(place: Place, rng: np.random.Generator) -> list[_Tree]:
    trees: list[_Tree] = []
    crowns = [_crown(rng) for _ in range(3)]
    for _ in range(4 if place.lorong else 9):
        side = float(rng.choice([-1, 1]))
        beyond = place.pavement + 0.6 if place.lorong else place.pavement * float(rng.uniform(0.65, 1.1))
        radius = float(rng.uniform(0.5, 1.0) if place.lorong else rng.uniform(1.3, 2.6))
        y = float(rng.uniform(9, 40) if place.lorong else rng.uniform(14, 85))
        height = float(rng.uniform(1.6, 2.6) if place.lorong else rng.uniform(3.2, 5.2))
        trees.append(
            _Tree(side * (place.half_width + beyond + radius * 0.5), y, height, radius, crowns[len(trees) % 3])
        )
    if place.median > 0.5:
        for y in np.arange(18, 80, float(rng.uniform(7, 11))):
            trees.append(
                _Tree(0.0, float(y), 0.9, 0.55, crowns[len(trees) % 3])
            )  # low shrubs: traffic passes beside them
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
    blend(image[y0:y1, x0:x1], colour, part[..., 3])


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
    return (1 - (1 - place.light.shadow) * soft).astype(np.float32, copy=False)


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
    for far, near in itertools.pairwise(tops):
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
