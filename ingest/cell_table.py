"""The cell table: which camera is where in a composed picture, and how old its picture is.

It travels with every composed access unit, so that nobody ever writes a wrong name over a picture.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellState:
    """One cell of one composed picture.

    `rect` is x, y, width, height in pixels of the canvas, all even. `source_sequence` is that of the access
    unit composed. `age_ms` is the age of the camera's picture when it was composed, None where there is no
    picture to show (the cell is blank). `live`: this picture is new since the last composed one.
    """

    camera: str
    rect: tuple[int, int, int, int]
    source_sequence: int
    age_ms: int | None
    live: bool


@dataclass(frozen=True, slots=True)
class CellTable:
    """All cells of one composed picture. `layout_epoch` changes when, and only when, cells move.

    `era` is another one as soon as something that the stream showed was withdrawn: a camera got masks, or left. What
    was made in another era must be shown to nobody any more, by whoever keeps some of it. Each picture says it, not
    only the first of an era: that one may be lost, and its maker replaced.
    """

    layout_epoch: int
    canvas: tuple[int, int]
    cells: tuple[CellState, ...]
    era: int = 0
