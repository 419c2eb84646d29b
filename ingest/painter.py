"""One stream's pictures into one shared cell, as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable

import av
import structlog

from ingest.canvas import Canvas, Planes, blank
from ingest.cropper import Cropper
from ingest.masker import Masker
from ingest.mosaic import MosaicCell
from ingest.scale import Placement, Scaler, placement, quarter_turns
from ingest.shared_cells import SharedCells
from ingest.stream_input import Picture, StreamInput

log = structlog.get_logger(__name__)


class Painter:
    """Draws what `entry` decodes into cell number `number` of `shared`, from `begin` to `end`.

    `at_first` is called once a picture stands there, in the thread that drew it.
    """

    def __init__(
        self,
        entry: StreamInput,
        cell: MosaicCell,
        shared: SharedCells,
        number: int,
        at_first: Callable[[], None] = lambda: None,
    ) -> None:
        self._entry = entry
        self._cell = cell
        self._shared = shared
        self._number = number
        self._at_first = at_first
        self._has_drawn = False
        self._masker = Masker(cell.masks) if cell.masks else None
        self._cropper = None if cell.zoom is None else Cropper(cell.zoom)
        self._scaler = Scaler()
        self._placement: Placement | None = None
        self._aspect = 0.0
        self._targets: dict[Canvas, Planes] = {}  # on canvases that have the bars for it
        self._decoded_s = float("-inf")
        self._failed = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """From now on; what there is already at once."""
        self._entry.on_picture = (*self._entry.on_picture, self.paint)
        if (picture := self._entry.picture) is not None:
            self.paint(picture)
        self.say()

    def end(self) -> None:
        """No longer."""
        self._entry.on_picture = tuple(paint for paint in self._entry.on_picture if paint != self.paint)

    def say(self) -> None:
        """Tell what is known of the stream beside its pictures: now and then."""
        self._shared.say(self._number, self._entry.left_out_s, self._entry.bound_s)

    def paint(self, picture: Picture) -> None:
        """Draw it, unless a newer one has been drawn. In any thread, one after the other."""
        with self._lock:
            if picture.decoded_s <= self._decoded_s:
                return
            self._decoded_s = picture.decoded_s
            try:
                frame, aspect = self._part(picture)
                with self._shared.writing(self._number, picture.unit, picture.decoded_s) as canvas:
                    self._draw(canvas, frame, aspect)
            except (av.FFmpegError, ValueError) as error:  # a picture that cannot be drawn is no picture
                if not self._failed:
                    log.warning("a picture cannot be drawn", stream=self._entry.stream, reason=str(error))
                self._failed = True
            else:
                self._failed = False
                if not self._has_drawn:
                    self._has_drawn = True
                    self._at_first()

    def _part(self, picture: Picture) -> tuple[av.VideoFrame, float]:
        """What the cell shows of a picture, and how many times as wide as high that is to be shown.

        Masks come before all else: nothing of what is behind them is ever in memory that somebody shares.
        """
        whole = picture.frame if self._masker is None else self._masker.masked(picture.frame)
        if self._cropper is None:
            return whole, picture.aspect
        turns = quarter_turns(whole)
        part = self._cropper.crop(whole, turns)
        across, down = part.width / whole.width, part.height / whole.height
        return part, picture.aspect * (down / across if turns % 2 else across / down)

    def _draw(self, canvas: Canvas, frame: av.VideoFrame, aspect: float) -> None:
        if self._placement is None or aspect != self._aspect:
            self._aspect = aspect
            self._placement = placement(aspect, (self._cell.w, self._cell.h), self._cell.fit)
            self._targets.clear()
        if (target := self._targets.get(canvas)) is None:
            blank(canvas.planes)  # the bars, and what was there before
            self._targets[canvas] = target = canvas.cell(self._placement.into)
        self._scaler.put(frame, target, self._placement)
