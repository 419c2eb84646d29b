"""Composed streams: their canvas, their cells, and which displays share one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import sqrt
from types import MappingProxyType

from ingest.masks import Mask
from ingest.zoom import Zoom
from layouts.wall import Display, Fit
from wallserver.config import MosaicSettings

type PixelRect = tuple[int, int, int, int]
type Place = tuple[float, float, float, float]
"""On a display: x, y, width and height, fractions of it."""

# A light mosaic has a quarter of the pixels, and a bit more for each of them.
LIGHT_SHARE = 3
# So much smaller a canvas than the display is not seen from where people stand (0.8: 384 pixels made of 308).
UNSEEN = 0.8
# Pixels by which two cells may seem to lie over each other at an edge that they share: rectangles are rounded to even.
_EDGE = 4


@dataclass(frozen=True, slots=True)
class MosaicCell:
    """A camera's place on a canvas, in pixels; `masks`: what of its picture nobody may see."""

    camera: str
    stream: str
    rect: PixelRect
    fit: Fit
    label: str
    masks: tuple[Mask, ...] = ()
    zoom: Zoom | None = None


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A composed stream to be made. `light`: of fewer bits. `place`: where it lies on its display."""

    id: str
    canvas: tuple[int, int]
    burn_in: bool
    cells: tuple[MosaicCell, ...]
    light: bool = False
    place: Place = (0.0, 0.0, 1.0, 1.0)

    @property
    def stream(self) -> str:
        """Its name on the bus."""
        return f"mosaic.{self.id}"

    @property
    def inputs(self) -> frozenset[str]:
        """The streams that it is made of."""
        return frozenset(cell.stream for cell in self.cells)

    def shows_the_same_as(self, other: Mosaic) -> bool:
        """Whether one of the two would do for both."""
        return replace(self, id="") == replace(other, id="")

    def lies_as(self, other: Mosaic) -> bool:
        """Whether one can become the other without a picture that is too large, or stands elsewhere, in between."""
        return (self.canvas, self.place) == (other.canvas, other.place)

    def shows_at(self, place: Place) -> bool:
        """Whether a picture of it lies there."""
        across, down = self.canvas[0] / self.place[2], self.canvas[1] / self.place[3]
        left, top = (place[0] - self.place[0]) * across, (place[1] - self.place[1]) * down
        right, bottom = left + place[2] * across, top + place[3] * down
        return any(
            min(right, x + w) - max(left, x) > _EDGE and min(bottom, y + h) - max(top, y) > _EDGE
            for x, y, w, h in (cell.rect for cell in self.cells)
        )

    def masked(self, masks_of: Callable[[str], tuple[Mask, ...]]) -> Mosaic:
        """The same with the masks that its cameras have now."""
        return replace(self, cells=tuple(replace(cell, masks=masks_of(cell.camera)) for cell in self.cells))

    def lighter(self) -> Mosaic:
        """The same at half the width and height, for those whose network or decoder is short of it.

        It is made only while somebody watches it. No other mosaic's id ends as its id does.
        """
        cells = tuple(replace(cell, rect=_halved(cell.rect)) for cell in self.cells)
        width, height = self.canvas
        return replace(self, id=f"{self.id}_light", canvas=(_half(width), _half(height)), cells=cells, light=True)


def kbps_of(canvas: tuple[int, int], settings: MosaicSettings, *, light: bool = False) -> int:
    """The bit rate of a mosaic: the settings' for a canvas of their size, its share of it for a smaller one."""
    if light:
        return settings.bitrate_kbps // LIGHT_SHARE
    share = canvas[0] * canvas[1] / (settings.width * settings.height)
    return max(settings.bitrate_kbps // LIGHT_SHARE, round(settings.bitrate_kbps * min(1.0, share)))


def canvas_for(display: Display, settings: MosaicSettings) -> tuple[int, int]:
    """A canvas of the display's shape, with no more pixels than the settings' one; that one where it fits."""
    if display.width * settings.height == display.height * settings.width:
        return settings.width, settings.height
    scale = sqrt(settings.width * settings.height / (display.width * display.height))
    # At least two pixels for each unit of the finest grid, also on a ribbon of a display.
    width, height = (max(128, int(side * scale) // 2 * 2) for side in (display.width, display.height))
    return width, height


def easier_canvas(
    canvas: tuple[int, int], cells: Iterable[tuple[PixelRect, tuple[int, int]]], least: tuple[float, float]
) -> tuple[int, int]:
    """A canvas on which most cells are as large as their streams, or half as large, where scaling is nearly free.

    `cells`: each one's rectangle on `canvas`, and its stream's size. No larger than `canvas`, and no smaller than
    `least` (pixels): where none such is, `canvas` itself.
    """
    found = [(rect, size) for rect, size in cells if rect[2] and rect[3]]
    width, height = canvas
    ratios = {size[0] / part / rect[2] for rect, size in found for part in (1, 2)}
    best, most = canvas, sum(_is_easy((rect[2], rect[3]), size) for rect, size in found)
    for ratio in sorted(ratios, reverse=True):
        smaller = round(width * ratio / 2) * 2, round(height * ratio / 2) * 2
        if ratio >= 1 or smaller[0] < least[0] or smaller[1] < least[1]:
            continue
        easy = sum(_is_easy((round(rect[2] * ratio), round(rect[3] * ratio)), size) for rect, size in found)
        if 2 * easy > len(found) and easy > most:
            best, most = smaller, easy
    return best


def standing_mosaics(mosaics: Iterable[Mosaic], most_cells: int) -> frozenset[str]:
    """The streams of those that are made whether or not anybody watches.

    They are the first ones, for as long as all their cells together are no more than `most_cells`; one that several
    displays share counts once. A later one that is small enough does not slip in: which displays have their pictures
    ready must be plain to see.
    """
    standing: set[str] = set()
    cells = 0
    for mosaic in mosaics:
        if mosaic.stream in standing:
            continue
        cells += len(mosaic.cells)
        if cells > most_cells:
            break
        standing.add(mosaic.stream)
    return frozenset(standing)


def whep_mosaic(display: str) -> str:
    """The id of the composed stream that players get of a display; no display's id has an underscore."""
    return f"{display}_whep"


def named(
    wanted: Mapping[str, Mosaic],
    before: Mapping[str, Mosaic],
    leaving: Mapping[str, set[str]],
    beside: Mapping[str, Sequence[Place]] = MappingProxyType({}),
) -> dict[str, str]:
    """The id of each display's mosaic: displays that show the same share one. In the order of `wanted`.

    `before`: what each display has now; `leaving`: ids of mosaics that it still looks at besides; `beside`: where it
    shows something else than its mosaic. A mosaic that changes for all who look at it goes on under its
    id: its cells move within its pictures, and no viewer joins anew. Where only some of them change, those who do not
    keep it, and the others get another one; and so they do where something comes by itself that the mosaic had: it
    would be gone from the mosaic's pictures before its own are there.
    """
    lookers: dict[str, set[str]] = {}
    for display, mosaic in before.items():
        lookers.setdefault(mosaic.id, set()).add(display)
    for display, left in leaving.items():
        for one in left:
            lookers.setdefault(one, set()).add(display)
    ids: dict[str, str] = {}
    for group in _groups(wanted):
        content = wanted[group[0]]
        mine = [before[display] for display in group if display in before]
        same = next((mosaic.id for mosaic in before.values() if mosaic.shows_the_same_as(content)), None)
        apart = [place for display in group for place in beside.get(display, ())]
        ours = next(
            (
                one.id
                for one in mine
                if one.lies_as(content) and lookers[one.id] <= set(group) and not any(map(one.shows_at, apart))
            ),
            None,
        )
        taken = set(ids.values()) | lookers.keys()
        found = next((one for one in (same, ours) if one is not None and one not in ids.values()), None)
        ids |= dict.fromkeys(group, found or _new_name(group[0], taken))
    return ids


def _groups(wanted: Mapping[str, Mosaic]) -> list[list[str]]:
    """Displays by what they show."""
    groups: dict[Mosaic, list[str]] = {}
    for display, mosaic in wanted.items():
        groups.setdefault(replace(mosaic, id=""), []).append(display)
    return list(groups.values())


def _new_name(display: str, taken: set[str]) -> str:
    return next(name for n in count(1) if (name := display if n == 1 else f"{display}_{n}") not in taken)


def _is_easy(cell: tuple[int, int], size: tuple[int, int]) -> bool:
    return size in {cell, (2 * cell[0], 2 * cell[1])}


def _half(pixels: int) -> int:
    return pixels // 4 * 2


def _halved(rect: PixelRect) -> PixelRect:
    """By its edges, which neighbours share: even, as 4:2:0 needs them."""
    x, y, w, h = rect
    left, top = _half(x), _half(y)
    return left, top, _half(x + w) - left, _half(y + h) - top
