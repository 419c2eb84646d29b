"""The ground of a simulated place, drawn once: asphalt, markings, kerbs, pavements, what lies behind, and the sky."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from wallserver.city.place import Place, hazed, lit
from wallserver.city.view import Floats, Image, View

_NOISE_SIDE = 512
_ASPHALT = (92, 90, 88)
_PATCH = (78, 76, 75)
_TRACK = (84, 82, 81)
_PAVING = (128, 134, 140)
_JOINT = (104, 109, 114)
_BLOCKS = (112, 116, 124)
_BLOCK_JOINT = (92, 95, 101)
_GUTTER = (58, 62, 60)
_WHITE = (206, 208, 208)
_KERB_BLACK = (46, 44, 42)
_GRASS = (52, 112, 88)
_EARTH = (104, 124, 138)
# The ground is painted from here (beside the lens) to there (in the haze), metres.
_NEAR_M, _FAR_M = 2.5, 160.0


def tile_noise(rng: np.random.Generator) -> Floats:
    """A tileable noise, −1…1, with detail at every scale (fractal), to be looked up by `look_up`."""
    total = np.zeros((_NOISE_SIDE, _NOISE_SIDE), np.float32)
    for octave in range(2, 8):
        side = 2**octave
        grid = rng.standard_normal((side, side), np.float32)
        padded = np.pad(grid, 2, mode="wrap")
        scale = _NOISE_SIDE // side
        large = cv2.resize(padded, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        total += large[2 * scale : -2 * scale, 2 * scale : -2 * scale] / octave
    noise: Floats = np.clip(total / (2.2 * total.std()), -1, 1)
    return noise


def look_up(noise: Floats, x: Floats, y: Floats, tile_m: float) -> Floats:
    """The noise at ground points, one tile spanning `tile_m` metres."""
    scale = _NOISE_SIDE / tile_m
    u, v = np.mod(x * scale, _NOISE_SIDE), np.mod(y * scale, _NOISE_SIDE)
    return cv2.remap(noise, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).astype(np.float32, copy=False)


class _Painter:
    """Paints rectangles of the ground, given in metres, into a picture."""

    def __init__(self, image: Image, view: View) -> None:
        self._image, self._view = image, view

    def fill(self, x: tuple[float, float], y: tuple[float, float], colour: tuple[int, int, int]) -> None:
        """One rectangle."""
        self.fill_all(x, np.array([y], np.float32), colour)

    def fill_all(self, x: tuple[float, float], spans: NDArray[np.float32], colour: tuple[int, int, int]) -> None:
        """Rectangles of the same width, one for each span (n × 2) of y."""
        ys = np.clip(spans, _NEAR_M, _FAR_M)
        corners = np.zeros((len(ys), 4, 3), np.float32)
        corners[:, (0, 3), 0], corners[:, (1, 2), 0] = min(x), max(x)
        corners[:, :2, 1], corners[:, 2:, 1] = ys[:, :1], ys[:, 1:]
        pixels, _ = self._view.project(corners.reshape(-1, 3))
        quads = np.rint(np.clip(pixels, -8000, 8000).reshape(-1, 4, 2) * 16).astype(np.int32)
        for quad in quads[np.ptp(ys, axis=1) > 0]:
            cv2.fillConvexPoly(self._image, quad, colour, cv2.LINE_AA, 4)

    def strip(self, low: float, high: float, colour: tuple[int, int, int]) -> None:
        """A band along the whole road."""
        self.fill((low, high), (_NEAR_M, _FAR_M), colour)

    def dashes(
        self, x: tuple[float, float], period: float, dash: float, far: float, colour: tuple[int, int, int]
    ) -> None:
        """A dash in each period, up to `far`: beyond it they would flicker rather than show."""
        starts = np.arange(0, far, period, dtype=np.float32)
        self.fill_all(x, np.stack([starts, starts + dash], axis=1), colour)


def draw_ground(place: Place, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The ground's colours (height × width × 3, 0–255, no shadows, no haze) and each pixel's distance in metres."""
    x, y, depth = place.view.ground()
    noise = tile_noise(rng)
    coarse, middle = look_up(noise, x, y, 23.0), look_up(noise, y, x, 5.7)
    fine = look_up(noise, x, y, 1.3) * np.minimum(28 / depth, 1)
    image = np.empty((*x.shape, 3), np.uint8)
    if place.lorong:
        image[:] = _PAVING
    else:
        cover = np.clip(0.5 + 1.6 * coarse, 0, 0.8)
        for channel in range(3):
            image[..., channel] = _EARTH[channel] + (_GRASS[channel] - _EARTH[channel]) * cover
    painter = _Painter(image, place.view)
    if place.lorong:
        _alley(painter, place)
    else:
        _road(painter, place, rng)
    grain = 1 + 0.10 * coarse + 0.08 * middle + 0.10 * fine
    return image * grain[..., None], depth


def _road(painter: _Painter, place: Place, rng: np.random.Generator) -> None:
    edge, median = place.half_width, place.median
    painter.strip(-edge - place.pavement, edge + place.pavement, _PAVING)
    painter.dashes((-edge - place.pavement, edge + place.pavement), 1.2, 0.06, 50, _JOINT)
    painter.strip(-edge, edge, _ASPHALT)
    for _ in range(5):  # patches of newer asphalt
        px, py = float(rng.uniform(-edge, edge - 1.5)), float(rng.uniform(12, 70))
        painter.fill((px, px + float(rng.uniform(0.8, 2.6))), (py, py + float(rng.uniform(2, 9))), _PATCH)
    for side in (-1, 1):
        for lane in range(place.lanes):
            middle = side * (median + 0.3 + 3.3 * (lane + 0.5))
            for wheel in (-0.75, 0.75):
                painter.strip(middle + wheel - 0.25, middle + wheel + 0.25, _TRACK)
            if lane:
                at = side * (median + 0.3 + 3.3 * lane)
                painter.dashes((at - 0.07, at + 0.07), 6.0, 3.0, 110, _WHITE)
        line = side * (edge - 0.35)
        painter.strip(line - 0.06, line + 0.06, _WHITE)
        _kerb(painter, side * edge)
    if median:
        painter.strip(-median, median, _GRASS)
        _kerb(painter, -median)
        _kerb(painter, median)
    else:
        painter.dashes((-0.08, 0.08), 5.0, 3.0, 110, _WHITE)
    if place.zebra_y is not None:
        for bar in np.arange(median + 0.6, edge - 0.6, 1.0):
            for left in (bar, -bar - 0.5):
                painter.fill((left, left + 0.5), (place.zebra_y, place.zebra_y + 3.5), _WHITE)
        painter.fill((-edge + 0.4, -median - 0.2), (place.zebra_y - 1.6, place.zebra_y - 1.2), _WHITE)


def _alley(painter: _Painter, place: Place) -> None:
    """Paving blocks in the middle, a gutter on either side."""
    edge = place.half_width
    painter.strip(-edge, edge, _BLOCKS)
    for x in np.arange(-edge, edge, 0.4):
        painter.fill((float(x) - 0.012, float(x) + 0.012), (_NEAR_M, 20), _BLOCK_JOINT)
    painter.dashes((-edge, edge), 0.4, 0.025, 24, _BLOCK_JOINT)
    for side in (-1, 1):
        painter.strip(side * (edge + 0.05) - 0.16, side * (edge + 0.05) + 0.16, _GUTTER)


def _kerb(painter: _Painter, at: float) -> None:
    """Painted black and white, as Indonesian kerbs are."""
    painter.strip(at - 0.16, at + 0.16, _WHITE)
    painter.dashes((at - 0.16, at + 0.16), 1.6, 0.8, 70, _KERB_BLACK)


def finish(colour: Floats, shade: Floats, depth: Floats, place: Place) -> Image:
    """Ground colours in shadow (`shade` = light left, 0–1), light, wet shine, haze; above the horizon the sky."""
    ground = lit(colour * shade[..., None], place.light)
    if place.light.wet:
        shine = np.clip(depth / 60, 0, 1) * place.light.wet
        ground += (np.asarray(place.light.haze, np.float32) * 0.8 - ground) * shine[..., None]
    out = hazed(ground, depth, place.light)
    horizon = place.view.horizon
    if horizon > 0:
        rise = np.linspace(1, 0, horizon, dtype=np.float32)[:, None, None]
        out[:horizon] = np.asarray(place.light.haze, np.float32) * (
            1 + np.array([0.10, 0.02, -0.05], np.float32) * rise
        )
    return np.clip(out, 0, 255).astype(np.uint8)
