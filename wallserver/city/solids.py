"""Things made of flat quads: what vehicles, people and houses are built of, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from wallserver.city.place import Colour, Light, hazed, lit
from wallserver.city.view import NEAR, Floats, Image, View

_SHIFT = 4  # cv2 takes corners in 1/16 pixel


@dataclass(frozen=True, slots=True)
class Solid:
    """Quads (n × 4 × 3, metres, corners counter-clockwise seen from outside) and their colours (n × 3), back to front.

    `outline` (m × 3) are the points that throw its shadow.
    """

    quads: Floats
    colours: Floats
    outline: Floats

    def turned(self) -> Solid:
        """The same seen from the other end: it drives towards the camera."""
        flip = np.array([-1, -1, 1], np.float32)
        return Solid(self.quads * flip, self.colours, self.outline * flip)

    def shaded(self, light: Light) -> Solid:
        """Coloured as its faces lie to the sun."""
        across, along = self.quads[:, 1] - self.quads[:, 0], self.quads[:, 3] - self.quads[:, 0]
        normal = np.cross(across, along)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        sun = np.array([-light.sun[0], -light.sun[1], 1.0])
        facing = np.clip(normal @ (sun / np.linalg.norm(sun)), 0, 1)
        # An overcast sky lights from everywhere, the sun from one side.
        ambient = 0.42 + 0.45 * light.shadow + 0.12 * normal[:, 2]
        share = ambient + (1.05 - ambient) * facing
        return Solid(self.quads, lit(self.colours * share[:, None], light), self.outline)


def join(*solids: Solid) -> Solid:
    """One solid of several; later ones are drawn over earlier ones."""
    return Solid(
        np.concatenate([solid.quads for solid in solids]),
        np.concatenate([solid.colours for solid in solids]),
        np.concatenate([solid.outline for solid in solids]),
    )


def box(
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    colour: Colour,
    *,
    taper: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Solid:
    """A box whose top is smaller by `taper` (sides, back, front; metres). Faces: BACK, RIGHT, FRONT, LEFT, TOP."""
    side, back, front = taper
    low = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])]
    high = [
        (x[0] + side, y[0] + back),
        (x[1] - side, y[0] + back),
        (x[1] - side, y[1] - front),
        (x[0] + side, y[1] - front),
    ]
    bottom = [(*corner, z[0]) for corner in low]
    top = [(*corner, z[1]) for corner in high]
    quads = [[bottom[i], bottom[(i + 1) % 4], top[(i + 1) % 4], top[i]] for i in (0, 1, 2, 3)] + [top]
    array = np.array(quads, np.float32)
    return Solid(array, np.tile(np.array(colour, np.float32), (5, 1)), np.array(bottom + top, np.float32))


BACK, RIGHT, FRONT, LEFT, TOP = range(5)


def on_face(solid: Solid, face: int, u: tuple[float, float], v: tuple[float, float], colour: Colour) -> Solid:
    """A window, lamp or wheel on a face of a box: its part u (left to right) by v (bottom to top), 0–1."""
    a, b, c, d = solid.quads[face]

    def at(s: float, t: float) -> Floats:
        point: Floats = (a * (1 - s) + b * s) * (1 - t) + (d * (1 - s) + c * s) * t
        return point

    quad = np.array([[at(u[0], v[0]), at(u[1], v[0]), at(u[1], v[1]), at(u[0], v[1])]], np.float32)
    return Solid(quad, np.array([colour], np.float32), np.empty((0, 3), np.float32))


def draw_solid(image: Image, solid: Solid, view: View, light: Light) -> None:
    """Draw a shaded solid's faces that look at the camera."""
    draw_quads(image, solid.quads, solid.colours, view, light)


def draw_quads(image: Image, quads: Floats, colours: Floats, view: View, light: Light, *, least: float = 0.0) -> None:
    """Draw quads (n × 4 × 3) in the order given, those that look at the camera and cover more than `least` pixels."""
    pixels, depth = view.project(quads.reshape(-1, 3))
    corners, distance = pixels.reshape(-1, 4, 2), depth.reshape(-1, 4)
    first, second = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    # Half the diagonals' cross product is the area, negative on the screen (y down) for a face that looks here.
    shown = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < -2 * least) & (distance.min(axis=1) > NEAR)
    low, high = corners.min(axis=1), corners.max(axis=1)
    shown &= (high > 0).all(axis=1) & (low[:, 0] < view.width) & (low[:, 1] < view.height_px)
    points = np.rint(corners[shown] * (1 << _SHIFT)).astype(np.int32)
    paint = hazed(colours[shown], distance[shown, 0], light).tolist()
    for quad, colour in zip(points, paint, strict=True):
        cv2.fillConvexPoly(image, quad, colour, cv2.LINE_AA, _SHIFT)


def shadow_outline(solid: Solid, light: Light) -> Floats:
    """Where the points of a solid throw their shadow on the ground (n × 3)."""
    shadow = solid.outline.copy()
    shadow[:, 0] += light.sun[0] * solid.outline[:, 2]
    shadow[:, 1] += light.sun[1] * solid.outline[:, 2]
    shadow[:, 2] = 0
    return shadow
