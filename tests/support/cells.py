"""One cell, as a mosaic of nothing else shows it."""

from __future__ import annotations

import time

from ingest.canvas import Canvas
from ingest.compositor import Compositor
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.painter import Painter
from ingest.shared_cells import SharedCells
from ingest.stream_input import StreamInput


def drawn(entry: StreamInput, cell: MosaicCell) -> Canvas:
    """The canvas, when the picture that there is has been drawn and composed as the very first."""
    shared, compositor = SharedCells.create([(cell.w, cell.h)]), Compositor(cell.w, cell.h)
    shared.close()
    painter = Painter(entry, cell, shared, 0)
    painter.begin()
    compositor.compose(MosaicSpec("m", cell.w, cell.h, 15, 1000, 1, (cell,)), shared, time.monotonic(), lambda _: "")
    painter.end()
    return compositor.canvas
