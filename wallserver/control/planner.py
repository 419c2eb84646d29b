"""The planner: what a display has to show → how each cell is delivered. Pure.

Now: a cell that covers a good share of its display gets its camera's main stream as it is (passthrough), the small
ones share one mosaic of sub streams. What a browser cannot play (H.265, B-frames) goes through the mosaic, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

from ingest.masks import Mask
from layouts.geometry import even_pixels
from layouts.wall import Cell, Display, Fit
from wallserver.config import MosaicSettings

# Slots 0 and 1 are for mosaics, the others for cameras; the display's offer has them in this order.
MOSAIC_SLOTS = 2
MOST_SLOTS = 64  # that a gateway gives to one display
MOSAIC_SLOT = 0

type Slots = tuple[str | None, ...]


def no_slots(settings: MosaicSettings) -> Slots:
    """As many slots as each display has, carrying nothing."""
    return (None,) * (MOSAIC_SLOTS + settings.passthrough_cells)


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What the planner needs to know about a camera.

    `playable`: a browser can play its main stream as it is, and may get it. `off`: a person has switched it off.
    `masks`: what of it nobody may see.
    """

    id: str
    name: str
    main_stream: str
    sub_stream: str
    playable: bool
    off: bool = False
    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True, slots=True)
class Via:
    """How a cell's picture comes: the slot, and the cell's place on that slot's canvas (pixels; mosaics only)."""

    slot: int
    kind: Literal["mosaic", "camera"]
    rect: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell of the display (fractions of it, 0 to 1), what it shows, and how that comes."""

    id: str
    x: float
    y: float
    w: float
    h: float
    fit: Fit
    camera: str | None
    name: str
    via: Via | None


@dataclass(frozen=True, slots=True)
class MosaicCell:
    """A camera's place on a canvas, in pixels."""

    camera: str
    stream: str
    rect: tuple[int, int, int, int]
    fit: Fit
    label: str
    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A composed stream to be made. `light`: of fewer bits."""

    id: str
    canvas: tuple[int, int]
    burn_in: bool
    cells: tuple[MosaicCell, ...]
    light: bool = False

    @property
    def stream(self) -> str:
        """Its name on the bus."""
        return f"mosaic.{self.id}"

    def lighter(self) -> Mosaic:
        """The same at half the width and height, for those whose network or decoder is short of it.

        It is made only while somebody watches it. No display's id ends as its id does.
        """
        cells = tuple(replace(cell, rect=_halved(cell.rect)) for cell in self.cells)
        width, height = self.canvas
        return replace(self, id=f"{self.id}_light", canvas=(_half(width), _half(height)), cells=cells, light=True)


@dataclass(frozen=True, slots=True)
class DisplayPlan:
    """How one display gets everything it shows.

    `whep` is the whole display as one stream for players, with the cards of dead cameras burned in; it costs
    nothing while nobody watches it. `streams`: what the slots carry, and what the mosaic is made of.
    """

    cells: tuple[PlannedCell, ...]
    slots: Slots
    mosaic: Mosaic | None
    whep: Mosaic
    streams: frozenset[str]


def plan_display(
    display: Display, cameras: Mapping[str, CameraFacts], settings: MosaicSettings, attached: Slots | None = None
) -> DisplayPlan:
    """The plan of `display`. `attached` is what its slots carry now: a stream stays in its slot, and a new one
    takes a slot that carries nothing, so that the old picture stays until the new one is there."""
    attached = attached or no_slots(settings)
    canvas = canvas_for(display, settings)
    there = [(cell, facts) for cell in display.layout.cells if (facts := cameras.get(cell.camera or ""))]
    shown = [(cell, facts) for cell, facts in there if not facts.off]
    large = [(cell, facts) for cell, facts in shown if _is_large(cell, display, settings) and facts.playable]
    large = large[: settings.passthrough_cells]
    slot_of = _camera_slots([facts.main_stream for _, facts in large], attached)
    vias: dict[str, Via] = {cell.id: Via(slot, "camera") for (cell, _), slot in zip(large, slot_of, strict=True)}
    composed = [(cell, facts) for cell, facts in shown if cell.id not in vias]
    mosaic = _mosaic(display, composed, canvas, settings, mosaic_id=display.id, burn_in=False) if composed else None
    for (cell, _), made in zip(composed, mosaic.cells if mosaic else (), strict=True):
        vias[cell.id] = Via(MOSAIC_SLOT, "mosaic", made.rect)
    slots: list[str | None] = list(no_slots(settings))
    if mosaic:
        slots[MOSAIC_SLOT] = mosaic.stream
    for (_, facts), slot in zip(large, slot_of, strict=True):
        slots[slot] = facts.main_stream
    inputs = {cell.stream for cell in mosaic.cells} if mosaic else set()
    return DisplayPlan(
        cells=tuple(_planned(cell, display, cameras, vias.get(cell.id)) for cell in display.layout.cells),
        slots=tuple(slots),
        mosaic=mosaic,
        whep=_mosaic(display, shown, canvas, settings, mosaic_id=whep_mosaic(display.id), burn_in=True),
        streams=frozenset(stream for stream in slots if stream) | inputs,
    )


def standing_mosaics(mosaics: Iterable[Mosaic], most_cells: int) -> frozenset[str]:
    """The streams of those that are made whether or not anybody watches.

    They are the first ones, for as long as all their cells together are no more than `most_cells`. A later one that
    is small enough does not slip in: which displays have their pictures ready must be plain to see.
    """
    standing: set[str] = set()
    cells = 0
    for mosaic in mosaics:
        cells += len(mosaic.cells)
        if cells > most_cells:
            break
        standing.add(mosaic.stream)
    return frozenset(standing)


def whep_mosaic(display: str) -> str:
    """The id of the composed stream that players get of a display; no display's id has an underscore."""
    return f"{display}_whep"


def _half(pixels: int) -> int:
    return pixels // 4 * 2


def _halved(rect: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """By its edges, which neighbours share: even, as 4:2:0 needs them."""
    x, y, w, h = rect
    left, top = _half(x), _half(y)
    return left, top, _half(x + w) - left, _half(y + h) - top


def canvas_for(display: Display, settings: MosaicSettings) -> tuple[int, int]:
    """A canvas of the display's shape, with no more pixels than the settings' one; that one where it fits."""
    if display.width * settings.height == display.height * settings.width:
        return settings.width, settings.height
    scale = sqrt(settings.width * settings.height / (display.width * display.height))
    # At least two pixels for each unit of the finest grid, also on a ribbon of a display.
    width, height = (max(128, int(side * scale) // 2 * 2) for side in (display.width, display.height))
    return width, height


def _is_large(cell: Cell, display: Display, settings: MosaicSettings) -> bool:
    share = cell.rect.area / (display.layout.columns * display.layout.rows)
    return share >= settings.main_cell_share


def _camera_slots(streams: Sequence[str], attached: Slots) -> list[int]:
    """A slot for each stream: the one that carries it already, else one that carries nothing, else any."""
    taken: dict[int, int] = {}
    for index, stream in enumerate(streams):
        for slot in range(MOSAIC_SLOTS, len(attached)):
            if attached[slot] == stream and slot not in taken.values():
                taken[index] = slot
                break
    for index in range(len(streams)):
        if index not in taken:
            free = [slot for slot in range(MOSAIC_SLOTS, len(attached)) if slot not in taken.values()]
            taken[index] = next((slot for slot in free if attached[slot] is None), free[0])
    return [taken[index] for index in range(len(streams))]


def _mosaic(
    display: Display,
    composed: Sequence[tuple[Cell, CameraFacts]],
    canvas: tuple[int, int],
    settings: MosaicSettings,
    *,
    mosaic_id: str,
    burn_in: bool,
) -> Mosaic:
    grid = (display.layout.columns, display.layout.rows)
    cells = tuple(
        MosaicCell(
            camera=facts.id,
            stream=facts.main_stream if _is_large(cell, display, settings) else facts.sub_stream,
            rect=even_pixels(cell.rect, grid, canvas),
            fit=cell.fit,
            label=facts.name,
            masks=facts.masks,
        )
        for cell, facts in composed
    )
    return Mosaic(mosaic_id, canvas, burn_in, cells)


def _planned(cell: Cell, display: Display, cameras: Mapping[str, CameraFacts], via: Via | None) -> PlannedCell:
    columns, rows = display.layout.columns, display.layout.rows
    facts = cameras.get(cell.camera) if cell.camera is not None else None
    return PlannedCell(
        id=cell.id,
        x=cell.rect.x / columns,
        y=cell.rect.y / rows,
        w=cell.rect.w / columns,
        h=cell.rect.h / rows,
        fit=cell.fit,
        camera=cell.camera,
        name=facts.name if facts else cell.camera or "",
        via=via,
    )
