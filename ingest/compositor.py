"""Cells onto a canvas, and the table of what was composed. Only what changed is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import av

from ingest.canvas import Canvas, Rect
from ingest.cards import draw_card, draw_name, draw_stale
from ingest.cell_table import CellState, CellTable
from ingest.cropper import Cropper
from ingest.masker import Masker
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.scale import Placement, Scaler, placement, quarter_turns
from ingest.stream_input import Picture, StreamInput

type Causes = Callable[[str], str]
"""Why a stream has no picture, in words, for a burned-in card."""


class Compositor:
    """One canvas. Used by one thread. `waited_s`: how long each picture that was new had been there (seconds)."""

    def __init__(self, width: int, height: int) -> None:
        self.waited_s: list[float] = []
        self.canvas = Canvas(width, height)
        self._layout: tuple[MosaicCell, ...] | None = None
        self._cells: list[_Cell] = []

    def compose(self, spec: MosaicSpec, inputs: Mapping[str, StreamInput], now: float, causes: Causes) -> CellTable:
        """Draw what is new at `now` (monotonic seconds) and say what the canvas shows."""
        if spec.cells != self._layout:
            self._layout = spec.cells
            self.canvas.blank((0, 0, spec.width, spec.height))
            self._cells = [_Cell(cell, spec.burn_in) for cell in spec.cells]
        states = tuple(cell.compose(self.canvas, inputs[cell.cell.stream], now, causes) for cell in self._cells)
        self.waited_s = [
            now - cell.shown.decoded_s
            for cell, state in zip(self._cells, states, strict=True)
            if state.live and cell.shown
        ]
        return CellTable(spec.layout_epoch, (spec.width, spec.height), states, spec.era)


class _Cell:
    """A cell: what it shows now, and how pictures of that shape are put there."""

    def __init__(self, cell: MosaicCell, burn_in: bool) -> None:
        self.cell = cell
        self._burn_in = burn_in
        self._masker = Masker(cell.masks) if cell.masks else None
        self._cropper = None if cell.zoom is None else Cropper(cell.zoom)
        self._scaler = Scaler()
        self.shown: Picture | None = None
        self._placement: Placement | None = None
        self._aspect = 0.0
        self._card: str | None = None
        self._marked = False

    def compose(self, canvas: Canvas, source: StreamInput, now: float, causes: Causes) -> CellState:
        picture = source.fresh(now)
        if picture is None:
            self._blank(canvas, causes)
            return CellState(self.cell.camera, self.cell.rect, 0, None, live=False)
        new = picture is not self.shown
        if new:
            self._draw(canvas, picture)
        elif self._burn_in and not self._marked and now - picture.decoded_s > source.bound_s / 2:
            draw_stale(canvas.cell(self.cell.rect))
            self._marked = True
        return CellState(self.cell.camera, self.cell.rect, picture.unit.sequence, picture.age_ms(), live=new)

    def _draw(self, canvas: Canvas, picture: Picture) -> None:
        frame, aspect = self._part(picture)
        if self._placement is None or aspect != self._aspect or self.shown is None or self._marked:
            self._aspect = aspect
            self._placement = placement(aspect, (self.cell.w, self.cell.h), self.cell.fit)
            canvas.blank(self.cell.rect)  # the bars, and what was there before: a mark, too
        self._scaler.put(frame, canvas.cell(self._into(self._placement)), self._placement)
        if self._burn_in:
            draw_name(canvas.cell(self.cell.rect), self.cell.label)
        self.shown, self._card, self._marked = picture, None, False

    def _part(self, picture: Picture) -> tuple[av.VideoFrame, float]:
        """What the cell shows of a picture, and how many times as wide as high that is to be shown."""
        whole = picture.frame if self._masker is None else self._masker.masked(picture.frame)
        if self._cropper is None:
            return whole, picture.aspect
        turns = quarter_turns(whole)
        part = self._cropper.crop(whole, turns)
        across, down = part.width / whole.width, part.height / whole.height
        return part, picture.aspect * (down / across if turns % 2 else across / down)

    def _into(self, place: Placement) -> Rect:
        x, y, w, h = place.into
        return self.cell.x + x, self.cell.y + y, w, h

    def _blank(self, canvas: Canvas, causes: Causes) -> None:
        if self.shown is not None:
            canvas.blank(self.cell.rect)
            self.shown = None
        if self._burn_in and (cause := causes(self.cell.stream)) != self._card:
            draw_card(canvas.cell(self.cell.rect), self.cell.label or self.cell.camera, cause)
            self._card = cause
