"""The ground of a simulated place, drawn once: asphalt, markings, kerbs, pavements, what lies behind them, and the sky."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from wallserver.city.place import Place, hazed, lit
from wallserver.city.view import Floats

_NOISE_SIDE = 512
_ASPHALT = (92, 90, 88)
_PAVING = (128, 134, 140)
_WHITE = (214, 216, 216)
_KERB_BLACK = (46, 44, 42)
_GRASS = (52, 112, 88)
_EARTH = (104, 124, 138)


def tile_noise(rng: np.random.Generator) -> Floats:
    """A tileable noise, −1…1, with detail at every scale (fractal), to be looked up by `look_up`."""
    total = np.zeros((_NOISE_SIDE, _NOISE_SIDE), np.float32)
    for octave in range(2, 8):
        side = 2**octave
        grid = rng.standard_normal((side, side)).astype(np.float32)
        padded = np.pad(grid, 2, mode="wrap")
        scale = _NOISE_SIDE // side
        large = cv2.resize(padded, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        total += large[2 * scale : -2 * scale, 2 * scale : -2 * scale] / octave
    return np.clip(total / (2.2 * total.std()), -1, 1)


def look_up(noise: Floats, x: Floats, y: Floats, tile_m: float) -> Floats:
    """The noise at ground points, one tile spanning `tile_m` metres."""
    scale = _NOISE_SIDE / tile_m
    u, v = x * scale, y * scale
    u -= np.floor(u / _NOISE_SIDE) * _NOISE_SIDE
    v -= np.floor(v / _NOISE_SIDE) * _NOISE_SIDE
    return cv2.remap(noise, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)  # type: ignore[return-value]


class _Painter:
    """Paints masks of world coordinates onto the ground, their edges as soft as a pixel is wide there."""

    def __init__(self, x: Floats, y: Floats, depth: Floats, focal: float, height: float) -> None:
        self.x, self.y = x, y
        self.pixel_x = depth / focal
        self.pixel_y = depth * depth / (focal * height)
        self.colour: Floats = np.empty((*x.shape, 3), np.float32)

    def span_x(self, low: float, high: float) -> Floats:
        return _soft(self.x - low, self.pixel_x) * _soft(high - self.x, self.pixel_x)

    def span_y(self, low: float, high: float) -> Floats:
        return _soft(self.y - low, self.pixel_y) * _soft(high - self.y, self.pixel_y)

    def dashes(self, period: float, share: float) -> Floats:
        """1 on the dash, fading into the mean where a period is smaller than a pixel."""
        distance = share / 2 - np.abs((self.y / period) % 1 - 0.5)
        return np.clip(distance * period / self.pixel_y + share, 0, 1)

    def paint(self, mask: Floats, colour: tuple[int, int, int], strength: float = 1.0) -> None:
        cover = (mask * strength)[..., None]
        self.colour += (np.asarray(colour, np.float32) - self.colour) * cover


def _soft(distance: NDArray[np.float32], pixel: Floats) -> Floats:
    return np.clip(distance / pixel + 0.5, 0, 1)


def draw_ground(place: Place, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The ground's colours (height × width × 3, 0–255, without shadows and haze) and each pixel's distance in metres."""
    x, y, depth = place.view.ground()
    painter = _Painter(x, y, depth, place.view.focal, place.view.height)
    noise = tile_noise(rng)
    coarse, middle = look_up(noise, x, y, 23.0), look_up(noise, y, x, 5.7)
    fine = look_up(noise, x, y, 1.3) * np.clip(28 / depth, 0, 1)
    painter.colour[:] = _EARTH if not place.lorong else _PAVING
    painter.paint(np.clip(0.5 + 1.6 * coarse, 0, 1), _GRASS, 0.75)
    edge = place.half_width
    painter.paint(painter.span_x(-edge - place.pavement, edge + place.pavement), _PAVING)
    if place.lorong:
        _alley(painter, place)
    else:
        _road(painter, place, rng)
    grain = 1 + 0.10 * coarse + 0.08 * middle + 0.10 * fine
    return painter.colour * grain[..., None], depth


def _road(painter: _Painter, place: Place, rng: np.random.Generator) -> None:
    edge, median = place.half_width, place.median
    _slabs(painter, edge, edge + place.pavement)
    painter.paint(painter.span_x(-edge, edge), _ASPHALT)
    for _ in range(5):  # patches of newer asphalt
        px, py = rng.uniform(-edge, edge - 1.5), rng.uniform(12, 70)
        patch = painter.span_x(px, px + rng.uniform(0.8, 2.6)) * painter.span_y(py, py + rng.uniform(2, 9))
        painter.paint(patch, (70, 69, 68), 0.7)
    for side in (-1, 1):
        for lane in range(place.lanes):
            middle = side * (median + 0.3 + 3.3 * (lane + 0.5))
            tracks = np.exp(-(((np.abs(painter.x - middle) - 0.75) / 0.35) ** 2))
            painter.paint(tracks, (76, 75, 74), 0.55)
            if lane:
                at = side * (median + 0.3 + 3.3 * lane)
                painter.paint(painter.span_x(at - 0.06, at + 0.06) * painter.dashes(6.0, 0.5), _WHITE, 0.85)
        line = side * (edge - 0.35)
        painter.paint(painter.span_x(line - 0.06, line + 0.06), _WHITE, 0.75)
        _kerb(painter, side * edge)
    if median:
        painter.paint(painter.span_x(-median, median), _GRASS)
        _kerb(painter, -median)
        _kerb(painter, median)
    else:
        painter.paint(painter.span_x(-0.07, 0.07) * painter.dashes(5.0, 0.6), _WHITE, 0.9)
    if place.zebra_y is not None:
        bars = np.clip((0.25 - np.abs((painter.x / 1.0) % 1 - 0.5)) / painter.pixel_x + 0.5, 0, 1)
        zone = painter.span_y(place.zebra_y, place.zebra_y + 3.5) * painter.span_x(-edge + 0.5, edge - 0.5)
        painter.paint(zone * bars, _WHITE, 0.85)
        stop = painter.span_y(place.zebra_y - 1.6, place.zebra_y - 1.2) * painter.span_x(-edge + 0.4, -median - 0.2)
        painter.paint(stop, _WHITE, 0.85)


def _alley(painter: _Painter, place: Place) -> None:
    """Paving blocks in the middle, a gutter on either side."""
    edge = place.half_width
    painter.paint(painter.span_x(-edge, edge), (112, 116, 124))
    rows = np.clip((np.abs((painter.y / 0.5) % 1 - 0.5) - 0.44) * 0.5 / painter.pixel_y + 0.5, 0, 1)
    columns = np.clip((np.abs((painter.x / 0.25) % 1 - 0.5) - 0.44) * 0.25 / painter.pixel_x + 0.5, 0, 1)
    joints = np.maximum(rows, columns) * np.clip(0.02 / painter.pixel_y, 0, 1)
    painter.paint(joints * painter.span_x(-edge, edge), (70, 72, 76), 0.6)
    for side in (-1, 1):
        at = side * (edge + 0.05)
        painter.paint(painter.span_x(at - 0.16, at + 0.16), (58, 62, 60))


def _slabs(painter: _Painter, low: float, high: float) -> None:
    joints = np.clip((np.abs((painter.y / 1.2) % 1 - 0.5) - 0.46) * 1.2 / painter.pixel_y + 0.5, 0, 1)
    joints *= np.clip(0.06 / painter.pixel_y, 0, 1)
    for side in (-1, 1):
        lower, upper = sorted((side * low, side * high))
        painter.paint(joints * painter.span_x(lower, upper), (96, 100, 104), 0.7)


def _kerb(painter: _Painter, at: float) -> None:
    """Painted black and white, as Indonesian kerbs are."""
    band = painter.span_x(at - 0.16, at + 0.16)
    painter.paint(band, _WHITE)
    painter.paint(band * painter.dashes(1.6, 0.5), _KERB_BLACK)


def finish(colour: Floats, shade: Floats, depth: Floats, place: Place, noise: Floats) -> NDArray[np.uint8]:
    """Ground colours with shadows (`shade` = the light left, 0–1), light, wet shine, haze; above the horizon the sky."""
    ground = lit(colour * shade[..., None], place.light)
    if place.light.wet:
        shine = np.clip(depth / 60, 0, 1) * place.light.wet * (0.75 + 0.25 * noise)
        ground += (np.asarray(place.light.haze, np.float32) * 0.8 - ground) * shine[..., None]
    out = hazed(ground, depth, place.light)
    horizon = place.view.horizon
    if horizon > 0:
        rise = np.linspace(1, 0, horizon, dtype=np.float32)[:, None, None]
        sky = np.asarray(place.light.haze, np.float32) * (1 + np.array([0.10, 0.02, -0.05], np.float32) * rise)
        out[:horizon] = sky
    return np.clip(out, 0, 255).astype(np.uint8)
