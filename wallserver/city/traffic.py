"""What moves in a simulated place: cars, pete-pete (Makassar's light blue minibuses), trucks, scooters, people on foot.

All of it comes back to where it was after `period_s`, so that a clip has no seam.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from wallserver.city.place import Colour, Place
from wallserver.city.solids import (
    BACK,
    FRONT,
    LEFT,
    RIGHT,
    TOP,
    Solid,
    box,
    draw_quads,
    join,
    on_face,
)
from wallserver.city.view import NEAR, Floats, Image

_GLASS: Colour = (62, 52, 44)
_TYRE: Colour = (28, 28, 28)
_RED: Colour = (40, 36, 190)
_LAMP: Colour = (215, 240, 250)
_PAINTS: tuple[Colour, ...] = (
    (232, 232, 230), (225, 225, 222), (40, 40, 42), (150, 150, 148), (178, 178, 176),
    (36, 32, 150), (110, 62, 30), (70, 70, 74),
)  # fmt: skip
_PETE_PETE: Colour = (205, 150, 60)
_CLOTHES: tuple[Colour, ...] = (
    (60, 60, 190), (190, 120, 50), (70, 150, 70), (40, 170, 220), (210, 210, 210), (60, 50, 48), (150, 70, 130),
)  # fmt: skip
_SKIN: Colour = (96, 128, 168)

# Beyond this nothing is drawn, in front of it everything comes and goes out of sight.
_FAR_M = 90.0
_BEHIND_M = -12.0
_LEAST_PX = 5.0  # smaller faces (a far car's lamps) are not worth the time


def _wheels(body: Solid, at: tuple[float, float]) -> list[Solid]:
    """Two dark wheels on either side, at these shares of the length."""
    spots = []
    for share in at:
        spots.append(on_face(body, RIGHT, (share - 0.08, share + 0.08), (-0.38, 0.35), _TYRE))
        spots.append(on_face(body, LEFT, (1 - share - 0.08, 1 - share + 0.08), (-0.38, 0.35), _TYRE))
    return spots


def _lamps(body: Solid, height: tuple[float, float]) -> list[Solid]:
    out = []
    for face, colour in ((FRONT, _LAMP), (BACK, _RED)):
        out.append(on_face(body, face, (0.04, 0.22), height, colour))
        out.append(on_face(body, face, (0.78, 0.96), height, colour))
    return out


def _windows(cabin: Solid) -> list[Solid]:
    return [
        on_face(cabin, FRONT, (0.06, 0.94), (0.12, 0.92), _GLASS),
        on_face(cabin, BACK, (0.08, 0.92), (0.20, 0.90), _GLASS),
        on_face(cabin, LEFT, (0.06, 0.47), (0.15, 0.88), _GLASS),
        on_face(cabin, LEFT, (0.53, 0.94), (0.15, 0.88), _GLASS),
        on_face(cabin, RIGHT, (0.06, 0.47), (0.15, 0.88), _GLASS),
        on_face(cabin, RIGHT, (0.53, 0.94), (0.15, 0.88), _GLASS),
    ]


def car(paint: Colour) -> Solid:
    """A passenger car, 4.2 m."""
    body = box((-0.86, 0.86), (-2.1, 2.1), (0.28, 0.88), paint, taper=(0.05, 0.05, 0.10))
    cabin = box((-0.78, 0.78), (-1.75, 1.05), (0.88, 1.48), paint, taper=(0.15, 0.40, 0.65))
    return join(body, *_wheels(body, (0.2, 0.8)), *_lamps(body, (0.45, 0.8)), cabin, *_windows(cabin))


def pete_pete(paint: Colour = _PETE_PETE) -> Solid:
    """A minibus, 3.9 m: one box, a band of windows."""
    body = box((-0.8, 0.8), (-1.95, 1.95), (0.3, 1.05), paint, taper=(0.0, 0.0, 0.08))
    cabin = box((-0.8, 0.8), (-1.95, 1.87), (1.05, 1.85), paint, taper=(0.10, 0.08, 0.55))
    white = on_face(body, LEFT, (0.0, 1.0), (0.35, 0.5), _LAMP)
    stripe = on_face(body, RIGHT, (0.0, 1.0), (0.35, 0.5), _LAMP)
    return join(body, white, stripe, *_wheels(body, (0.2, 0.8)), *_lamps(body, (0.3, 0.6)), cabin, *_windows(cabin))


def truck(paint: Colour, load: Colour, *, away: bool) -> Solid:
    """A small lorry, 5.6 m, with a covered bed; `away` decides which of its ends hides the other."""
    frame = box((-0.9, 0.9), (-2.8, 2.8), (0.35, 0.8), (60, 60, 60))
    bed = box((-1.0, 1.0), (-2.8, 0.9), (0.8, 2.3), load)
    cab = box((-0.9, 0.9), (1.1, 2.8), (0.5, 2.0), paint, taper=(0.08, 0.0, 0.25))
    glass = [
        on_face(cab, FRONT, (0.06, 0.94), (0.5, 0.92), _GLASS),
        on_face(cab, LEFT, (0.1, 0.7), (0.5, 0.9), _GLASS),
        on_face(cab, RIGHT, (0.3, 0.9), (0.5, 0.9), _GLASS),
    ]
    ribs = [on_face(bed, TOP, (0.0, 1.0), (s, s + 0.03), (120, 120, 120)) for s in (0.2, 0.45, 0.7)]
    behind, before = join(bed, *ribs), join(cab, *glass)
    ends = (before, behind) if away else (behind, before)
    return join(frame, *_wheels(frame, (0.18, 0.82)), *_lamps(frame, (0.3, 0.9)), *ends)


def scooter(paint: Colour, shirt: Colour, helmet: Colour) -> Solid:
    """A scooter with its rider."""
    wheels = box((-0.09, 0.09), (-0.9, 0.9), (0.0, 0.45), _TYRE, taper=(0.02, 0.15, 0.15))
    body = box((-0.2, 0.2), (-0.85, 0.75), (0.4, 0.85), paint, taper=(0.05, 0.1, 0.35))
    shield = box((-0.24, 0.24), (0.45, 0.65), (0.5, 1.05), paint, taper=(0.06, 0.1, 0.0))
    tail = on_face(body, BACK, (0.25, 0.75), (0.4, 0.8), _RED)
    lamp = on_face(shield, FRONT, (0.3, 0.7), (0.5, 0.85), _LAMP)
    legs = box((-0.28, 0.28), (-0.35, 0.3), (0.55, 0.9), (70, 60, 56), taper=(0.04, 0.02, 0.05))
    torso = box((-0.27, 0.27), (-0.4, 0.0), (0.85, 1.42), shirt, taper=(0.07, 0.02, 0.02))
    arms = box((-0.32, 0.32), (-0.1, 0.42), (1.02, 1.2), shirt, taper=(0.06, 0.05, 0.2))
    head = box((-0.15, 0.15), (-0.33, 0.0), (1.42, 1.74), helmet, taper=(0.05, 0.05, 0.05))
    visor = on_face(head, FRONT, (0.1, 0.9), (0.2, 0.65), _GLASS)
    return join(wheels, body, tail, shield, lamp, legs, arms, torso, head, visor)


def walker(shirt: Colour, trousers: Colour) -> Solid:
    """Somebody on foot."""
    legs = box((-0.16, 0.16), (-0.13, 0.13), (0.0, 0.82), trousers)
    torso = box((-0.24, 0.24), (-0.15, 0.15), (0.8, 1.42), shirt, taper=(0.05, 0.03, 0.03))
    head = box((-0.11, 0.11), (-0.11, 0.11), (1.42, 1.68), _SKIN, taper=(0.03, 0.03, 0.03))
    hair = on_face(head, TOP, (0.0, 1.0), (0.0, 1.0), (30, 30, 34))
    back = on_face(head, BACK, (0.0, 1.0), (0.3, 1.0), (30, 30, 34))
    return join(legs, torso, head, hair, back)


@dataclass(frozen=True, slots=True)
class Mover:
    """A solid that goes along y at `x`, from `start` by `length` metres in each period, round and round."""

    solid: Solid
    x: float
    start: float
    length: float
    away: bool
    sway: float = 0.0

    def at(self, share: float) -> tuple[Solid, float, float]:
        """What is seen, at which x and y, after this share of the period."""
        gone = (self.start + (share if self.away else -share)) % 1.0
        swing = self.sway * math.sin(2 * math.pi * 3 * share + self.start * 9)
        return self.solid, self.x + swing, _BEHIND_M + gone * self.length


@dataclass(frozen=True, slots=True)
class Stroller:
    """Somebody who walks 13 m along y at `x` and back again in each period of 20 s: 1.3 m/s, and nobody vanishes."""

    away: Solid
    back: Solid
    x: float
    near: float
    start: float

    def at(self, share: float) -> tuple[Solid, float, float]:
        """What is seen, at which x and y, after this share of the period."""
        phase = (self.start + share) % 1.0
        solid, gone = (self.away, 2 * phase) if phase < 0.5 else (self.back, 2 - 2 * phase)
        return solid, self.x, self.near + 13 * gone


class Traffic:
    """All that moves in one place."""

    def __init__(self, place: Place, ground: Image, rng: np.random.Generator) -> None:
        self._place = place
        self._movers = _alley_traffic(place, rng) if place.lorong else _road_traffic(place, rng)
        self._shadowed = cv2.convertScaleAbs(ground, alpha=place.light.shadow)
        self._mask = np.zeros(ground.shape[:2], np.uint8)

    def draw(self, image: Image, share: float) -> None:
        """Draw everything as it is after this share (0–1) of the period, the farthest first."""
        seen = [where for where in (mover.at(share) for mover in self._movers) if where[2] < _FAR_M]
        seen.sort(key=lambda where: -where[2])
        solids = [solid for solid, _, _ in seen]
        offsets = np.array([(x, y, 0) for _, x, y in seen], np.float32)
        self._draw_shadows(image, solids, offsets)
        each = np.repeat(offsets, [len(solid.quads) for solid in solids], axis=0)
        quads = np.concatenate([solid.quads for solid in solids]) + each[:, None, :]
        colours = np.concatenate([solid.colours for solid in solids])
        draw_quads(image, quads, colours, self._place.view, self._place.light, least=_LEAST_PX)

    def _draw_shadows(self, image: Image, solids: list[Solid], offsets: Floats) -> None:
        """Put the darkened ground wherever something keeps the sun away."""
        counts = [len(solid.outline) for solid in solids]
        points = np.concatenate([solid.outline for solid in solids]) + np.repeat(offsets, counts, axis=0)
        points[:, :2] += points[:, 2:] * np.array(self._place.light.sun, np.float32)
        points[:, 2] = 0
        pixels, depth = self._place.view.project(points)
        corners = np.rint(np.clip(pixels, -4000, 4000)).astype(np.int32)
        ends = np.cumsum(counts)
        nearest = np.minimum.reduceat(depth, ends - counts)
        for begin, end, least in zip(ends - counts, ends, nearest, strict=True):
            if least > NEAR:
                cv2.fillConvexPoly(self._mask, cv2.convexHull(corners[begin:end]), 255)
        x, y, w, h = cv2.boundingRect(self._mask)
        part = (slice(y, y + h), slice(x, x + w))
        cv2.copyTo(self._shadowed[part], self._mask[part], image[part])
        self._mask[part] = 0


def _pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def _vehicle(rng: np.random.Generator, *, away: bool) -> tuple[Solid, float]:
    """A vehicle of the mix of Makassar's roads, and the length that it needs in its lane."""
    kind = rng.random()
    if kind < 0.36:
        return scooter(_pick(rng, _PAINTS), _pick(rng, _CLOTHES), _pick(rng, _PAINTS)), 5.0
    if kind < 0.56:
        return pete_pete(), 9.0
    if kind < 0.64:
        load = _pick(rng, ((70, 110, 60), (150, 120, 70), (190, 190, 190)))
        return truck(_pick(rng, _PAINTS), load, away=away), 11.0
    return car(_pick(rng, _PAINTS)), 9.0


def _mover(
    solid: Solid, place: Place, x: float, start: float, length: float, *, away: bool, sway: float = 0.0
) -> Mover:
    turned = solid if away else solid.turned()
    return Mover(turned.shaded(place.light), x, start, length, away, sway)


def _road_traffic(place: Place, rng: np.random.Generator) -> list[Mover | Stroller]:
    movers: list[Mover | Stroller] = []
    for side in (-1, 1):
        for lane in range(place.lanes):
            x = side * (place.median + 0.3 + 3.3 * (lane + 0.5))
            # Traffic keeps left; the inner lanes are faster: 25 to 45 km/h.
            length = float(rng.uniform(140, 165) + 45 * (place.lanes - 1 - lane))
            position = float(rng.uniform(0, 8))
            while position < length - 14:
                solid, room = _vehicle(rng, away=side < 0)
                beside = float(rng.uniform(-0.9, 0.9)) if room < 6 else float(rng.uniform(-0.25, 0.25))
                movers.append(_mover(solid, place, x + beside, position / length, length, away=side < 0))
                position += room + float(rng.exponential(17.0))
    for _ in range(5):
        x = float(rng.choice([-1, 1])) * (place.half_width + float(rng.uniform(0.5, place.pavement - 0.4)))
        solid = walker(_pick(rng, _CLOTHES), _pick(rng, _CLOTHES))
        movers.append(_stroller(solid, place, rng, x))
    return movers


def _alley_traffic(place: Place, rng: np.random.Generator) -> list[Mover | Stroller]:
    movers: list[Mover | Stroller] = [
        _stroller(
            walker(_pick(rng, _CLOTHES), _pick(rng, _CLOTHES)),
            place,
            rng,
            float(rng.uniform(-0.8, 0.8) * place.half_width),
        )
        for _ in range(5)
    ]
    for side in (-1, 1):
        for share in np.arange(2) / 2 + rng.uniform(0, 0.4):
            solid = scooter(_pick(rng, _PAINTS), _pick(rng, _CLOTHES), _pick(rng, _PAINTS))
            x = side * place.half_width * 0.4
            movers.append(_mover(solid, place, x, float(share), 96.0, away=side < 0, sway=0.15))
    return movers


def _stroller(solid: Solid, place: Place, rng: np.random.Generator, x: float) -> Stroller:
    return Stroller(
        solid.shaded(place.light), solid.turned().shaded(place.light), x, float(rng.uniform(6, 40)), float(rng.random())
    )
