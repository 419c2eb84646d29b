"""Whether a picture that comes is worth looking at: black, frozen, blurred, or of another place than before.

`measure` makes some kilobytes of a decoded picture's luma; `SignalHealth` compares those of one stream over time. Pure.
A false word on a wall is worse than a late one: what a single look says is never believed, and where a picture does
not tell (too dark, too little in it) nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from ingest.camera_state import State
from ingest.judge_settings import JudgeSettings

type Luma = NDArray[np.uint8]

# Cameras burn clock and name into the upper and lower edge: they say nothing of the picture.
_EDGE_SHARE = 0.15
_WIDTH, _HEIGHT = 96, 54
_LEAST_WIDTH = 288  # sharpness is measured at this width to twice as much
_TILES_X, _TILES_Y = 8, 6
_FEW_TILES = 6
# So many levels are no noise of a codec; where so much of a tile has changed by them, something has moved.
_CHANGED, _CHANGED_SHARE = 12, 0.03
# Luma below and above is clipped, where noise is not seen; flat tiles may be alike by chance.
_DARKEST, _BRIGHTEST, _FLAT = 24, 228, 4.0
# Levels of contrast below which it is the sensor's noise that looks sharp.
_LEAST_CONTRAST = 16.0
# A tile's edges: how strong on average (levels) to be there at all, how well correlated to be the same ones.
_FAINT_EDGES = 4.0
_SAME_EDGES = 0.5
_SAME_VIEW = 0.4
# A sharpness better than the reference is taken at once, a worse one slowly: by this share of the way a look.
_FORGET = 0.002


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a picture is judged by: 10 kB.

    `bright`: all but 1 % of it is darker (0–255). `samples` (54 × 96): pixels as they came, unscaled, so that the
    sensor's noise is in them. `edges` (54 × 96): how strong the edges are. `sharpness`: those of a pixel's width, in
    proportion to the picture's contrast; None where it has none.
    """

    bright: float
    samples: Luma
    edges: Luma
    sharpness: float | None


def measure(luma: Luma) -> Look:
    """Look at a picture's luma, (height, width) of any size from 64 × 64 on."""
    height, width = luma.shape
    body = luma[int(height * _EDGE_SHARE) : int(height * (1 - _EDGE_SHARE))]
    rows = np.linspace(0, body.shape[0] - 1, _HEIGHT).astype(np.intp)
    columns = np.linspace(0, width - 1, _WIDTH).astype(np.intp)
    samples = np.ascontiguousarray(body[np.ix_(rows, columns)])
    # A whole number, as cv2 is several times as fast then; a picture may be far wider than high.
    by = max(1, min(width // _LEAST_WIDTH, body.shape[0]))
    size = width // by, body.shape[0] // by
    small = cv2.resize(body[: size[1] * by, : size[0] * by], size, interpolation=cv2.INTER_AREA)
    return Look(
        bright=float(np.percentile(samples, 99)),
        samples=samples,
        edges=_edges(small),
        sharpness=_sharpness(small),
    )


def _edges(small: MatLike) -> Luma:
    """Strength of the gradient, without its sign: street lamps and infrared turn bright into dark."""
    tiny = cv2.GaussianBlur(cv2.resize(small, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), (3, 3), 0)
    across, down = cv2.Sobel(tiny, cv2.CV_32F, 1, 0), cv2.Sobel(tiny, cv2.CV_32F, 0, 1)
    return np.asarray(np.clip(cv2.magnitude(across, down) / 4, 0, 255), dtype=np.uint8)


def _sharpness(small: MatLike) -> float | None:
    spread = float(cv2.meanStdDev(small)[1].item())
    if spread <= _LEAST_CONTRAST:
        return None
    return (float(cv2.meanStdDev(cv2.Laplacian(small, cv2.CV_16S))[1].item()) / spread) ** 2


def alike(one: Luma, other: Luma) -> float | None:
    """How much of two pictures, by their samples, is the very same, 0 to 1; None where there is too little to tell by.

    Each picture of a living sensor has noise of its own, which a codec changes but does not take away: of a still
    street 20 to 50 % of the pixels are the same. Where a camera repeats itself it is nearly all, clock or none. By the
    median of tiles: a clock changes what is predicted from it, too.
    """
    values = _tiled(one).astype(np.float32)
    inside = (values > _DARKEST) & (values < _BRIGHTEST)
    telling = (values.std(axis=1) > _FLAT) & (inside.mean(axis=1) > 0.5)
    if telling.sum() < _FEW_TILES:
        return None
    apart = np.abs(values - _tiled(other))
    if ((apart > _CHANGED).mean(axis=1) > _CHANGED_SHARE).any():
        return 0.0
    return float(np.median((apart == 0).mean(axis=1)[telling]))


def same_view(one: Luma, other: Luma) -> float | None:
    """The share of tiles whose edges are still where they were; None where either picture has too few to tell."""
    first, second = _tiled(one).astype(np.float32), _tiled(other).astype(np.float32)
    # By those that show something in both: at night most of a street is dark.
    there = (first.mean(axis=1) > _FAINT_EDGES) & (second.mean(axis=1) > _FAINT_EDGES)
    if there.sum() < _FEW_TILES:
        return None
    first, second = first[there], second[there]
    first -= first.mean(axis=1, keepdims=True)
    second -= second.mean(axis=1, keepdims=True)
    norms = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return float(((first * second).sum(axis=1) > _SAME_EDGES * np.maximum(norms, 1e-6)).mean())


def _tiled(picture: Luma) -> Luma:
    """(54, 96) as (48 tiles, 108 pixels)."""
    tiles = picture.reshape(_TILES_Y, _HEIGHT // _TILES_Y, _TILES_X, _WIDTH // _TILES_X)
    return tiles.swapaxes(1, 2).reshape(_TILES_Y * _TILES_X, -1)


@dataclass(slots=True)
class _Doubt:
    """For how many looks in a row, and since when, a picture has seemed to be in a state."""

    looks: int = 0
    since_s: float = 0.0

    def note(self, seems: bool | None, at_s: float) -> None:
        """None: this look does not tell."""
        if seems is False:
            self.looks = 0
        elif seems:
            self.since_s = at_s if self.looks == 0 else self.since_s
            self.looks += 1

    def stands(self, looks: int, seconds: float, at_s: float) -> bool:
        return self.looks >= looks and at_s - self.since_s >= seconds


class SignalHealth:
    """One stream's looks over time, 15 kB. Times are seconds of one clock, and those of its looks must rise."""

    def __init__(self) -> None:
        self._last: Luma | None = None  # the samples
        self._reference: Luma | None = None  # the edges that it was first seen with
        self._recent: Luma | None = None  # the same, as they were when last recognised: by day, by night
        self._sharpness = 0.0
        self._black, self._frozen, self._blurred, self._moved = _Doubt(), _Doubt(), _Doubt(), _Doubt()

    @property
    def in_doubt(self) -> bool:
        """Whether something seems wrong, which further looks have to confirm."""
        return any(doubt.looks for doubt in (self._black, self._frozen, self._blurred, self._moved))

    def accept_view(self) -> None:
        """What the camera shows from now on is what it should show."""
        self._reference = self._recent = None
        self._sharpness = 0.0
        self._blurred, self._moved = _Doubt(), _Doubt()

    def look(self, look: Look, at_s: float, settings: JudgeSettings) -> State:
        """What to call the stream after this look: LIVE, BLACK, FROZEN, MOVED or BLURRED."""
        black = look.bright < settings.black_luma
        same = None if self._last is None or black else alike(self._last, look.samples)
        blurred = None if black else self._seems_blurred(look, settings.blurred_ratio)
        moved = None if black or blurred else self._seems_moved(look, settings.moved_share)
        self._last = look.samples
        self._black.note(black, at_s)
        self._frozen.note(None if same is None else same >= settings.frozen_share, at_s)
        self._blurred.note(blurred, at_s)
        self._moved.note(moved, at_s)
        for doubt, seconds, state in (
            (self._black, 0.0, State.BLACK),
            (self._frozen, settings.frozen_s, State.FROZEN),
            (self._moved, settings.moved_s, State.MOVED),
            (self._blurred, settings.blurred_s, State.BLURRED),
        ):
            if doubt.stands(settings.looks, seconds, at_s):
                return state
        return State.LIVE

    def _seems_blurred(self, look: Look, ratio: float) -> bool | None:
        if look.sharpness is None:
            return None
        if look.sharpness < ratio * self._sharpness:
            return True
        self._sharpness += max(0.0, look.sharpness - self._sharpness) * 0.5
        self._sharpness -= max(0.0, self._sharpness - look.sharpness) * _FORGET
        return False

    def _seems_moved(self, look: Look, share: float) -> bool | None:
        if self._reference is None or self._recent is None:
            # The first picture with something in it is what the camera shows.
            if same_view(look.edges, look.edges) is not None:
                self._reference = self._recent = look.edges
            return None
        best: float | None = None
        for known in (self._recent, self._reference):
            same = same_view(known, look.edges)
            if same is not None and same >= _SAME_VIEW:
                self._recent = look.edges
                return False
            best = same if best is None else max(best, same or 0.0)
        return None if best is None else best < share
