"""Cells onto a canvas, and the table of what was composed. Only what changed is copied."""

from __future__ import annotations

import time
from collections.abc import Callable

from ingest.canvas import Canvas, Planes, blank
from ingest.cards import draw_card, draw_name, draw_stale
from ingest.cell_table import CellState, CellTable
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.shared_cells import SharedCells
from ingest.stream_input import LEAST_BOUND_S, MOST_BOUND_S

# Older than this no picture is shown to those who are not told its age.
MOST_AGE_MS = MOST_BOUND_S * 1000

type Causes = Callable[[str], str]
"""Why a stream has no picture, in words, for a burned-in card."""


class Compositor:
    """One canvas. Used by one thread. `waited_s`: how long each picture that was new had been there (seconds)."""

    def __init__(self, width: int, height: int) -> None:
        self.waited_s: list[float] = []
        self.canvas = Canvas(width, height)
        self._shared: SharedCells | None = None
        self._burn_in = False
        self._cells: list[_Cell] = []

    def compose(self, spec: MosaicSpec, shared: SharedCells, now: float, causes: Causes) -> CellTable:
        """Copy what is new at `now` (monotonic seconds) and say what the canvas shows.

        `shared` has the cells of `spec`, in their order.
        """
        if shared is not self._shared or spec.burn_in != self._burn_in:
            self._shared, self._burn_in = shared, spec.burn_in
            self.canvas.blank((0, 0, spec.width, spec.height))
            self._cells = [
                _Cell(number, cell, shared, self.canvas.cell(cell.rect), spec.burn_in)
                for number, cell in enumerate(spec.cells)
            ]
        self.waited_s = []
        mono_ns, wall_ns = int(now * 1e9), time.time_ns()
        states = tuple(cell.compose(mono_ns, wall_ns, causes, self.waited_s) for cell in self._cells)
        return CellTable(spec.layout_epoch, (spec.width, spec.height), states, spec.era)


class _Cell:
    """A cell, and which picture of it stands on the canvas (0: none)."""

    def __init__(self, number: int, cell: MosaicCell, shared: SharedCells, target: Planes, burn_in: bool) -> None:
        self._number = number
        self._cell = cell
        self._shared = shared
        self._target = target
        self._burn_in = burn_in
        self._version = 0
        self._card: str | None = None
        self._marked = False

    def compose(self, mono_ns: int, wall_ns: int, causes: Causes, waited_s: list[float]) -> CellState:
        cell, picture = self._cell, self._shared.newest(self._number)
        new = False
        if picture is not None and not self._shared.lives(self._number, picture, mono_ns, LEAST_BOUND_S):
            picture = None
        # A cached keyframe of a camera that has been dead for hours has only just been decoded. Pages see its age.
        if picture is not None and self._burn_in and picture.here and picture.age_ms(mono_ns, wall_ns) > MOST_AGE_MS:
            picture = None
        if picture is not None and picture.version != self._version:
            self._version, self._card, new = picture.version, None, True  # whatever becomes of it, it covers the card
            picture = self._shared.copy(self._number, self._target)
        if picture is None:
            self._blank(causes)
            return CellState(cell.camera, cell.rect, 0, None, live=False)
        if new:
            self._version, self._marked = picture.version, False  # a copy covers a mark, on bars too
            if self._burn_in:
                draw_name(self._target, cell.label)
            waited_s.append(max(0, mono_ns - picture.decoded_ns) / 1e9)
        elif self._burn_in and not self._marked and self._shared.ages(self._number, picture, mono_ns, LEAST_BOUND_S):
            draw_stale(self._target)
            self._marked = True
        return CellState(cell.camera, cell.rect, picture.sequence, picture.age_ms(mono_ns, wall_ns), live=new)

    def _blank(self, causes: Causes) -> None:
        if self._version:
            blank(self._target)
            self._version = 0
        if self._burn_in and (cause := causes(self._cell.stream)) != self._card:
            draw_card(self._target, self._cell.label or self._cell.camera, cause)
            self._card = cause
