"""The data channel `cells`: which camera is where in the picture that is on the screen, and how old it is.

Keyed by the RTP timestamp that really left, so that a name never stands over another picture. Text messages
are layouts, sent when what a slot shows changes, before the first picture of it; binary messages are cell
tables, one for each composed picture, and for a camera's picture only where it is *not* live. A message may be lost on
the line and come later than its picture, which then must have no name rather than the one before: of a layout are only
pictures whose timestamps are a multiple of `marks` away from `from_ts` (`slot_clock.py`). The tables:

    u8 type = 1 | u8 slot | u32 RTP timestamp | u32 layout epoch (low 32 bits)
    and for each cell: u8 flags | u16 age

all big endian; flags bit 0: the picture in this cell is new; age in steps of 10 ms, 0xFFFF: blank.
"""

from __future__ import annotations

import json
import struct

from aiortc import RTCDataChannel

from ingest.access_unit import AccessUnit
from ingest.cell_table import CellTable
from wallserver.gateway.slot_clock import MARKS

LABEL = "cells"

_HEADER = struct.Struct("!BBLL")
_CELL = struct.Struct("!BH")
_TABLE = 1
_NEW = 1
_BLANK = 0xFFFF
_OLDEST = 0xFFFE

# A picture this much older than the moment it is sent is a repeat out of the cache, and no sign of life.
STALE_MS = 500

# A viewer that takes no more is given no more tables; layouts are few and always go.
MAX_BUFFERED_BYTES = 64_000

type LayoutKey = tuple[str, int, tuple[int, int], tuple[tuple[str, tuple[int, int, int, int]], ...]]


def layout_key(unit: AccessUnit) -> LayoutKey:
    """What the layout message of a picture says: stream, layout epoch, canvas, (camera, rectangle) of cells."""
    if unit.cells is not None:
        cells = tuple((cell.camera, cell.rect) for cell in unit.cells.cells)
        return unit.stream, unit.cells.layout_epoch, unit.cells.canvas, cells
    kind, _, rest = unit.stream.partition(".")
    whole = ((rest.rpartition(".")[0], (0, 0, unit.width, unit.height)),) if kind == "cam" else ()
    return unit.stream, 0, (unit.width, unit.height), whole


def layout_message(slot: int, from_ts: int, key: LayoutKey | None) -> str:
    """The text message for a slot that from the picture with that RTP timestamp on shows `key`, or nothing."""
    stream, epoch, canvas, cells = key or ("", 0, (0, 0), ())
    kind = "none" if key is None else "camera" if stream.startswith("cam.") else "mosaic"
    return json.dumps(
        {
            "t": "layout",
            "slot": slot,
            "from_ts": from_ts,
            "marks": MARKS,
            "kind": kind,
            "stream": stream,
            "epoch": epoch,
            "canvas": canvas,
            "cells": [{"camera": camera, "rect": rect} for camera, rect in cells],
        },
        separators=(",", ":"),
    )


def table_message(slot: int, rtp_ts: int, table: CellTable, waited_ms: int) -> bytes:
    """The binary message for a composed picture that left `waited_ms` after it was composed."""
    parts = [_HEADER.pack(_TABLE, slot, rtp_ts, table.layout_epoch & 0xFFFFFFFF)]
    for cell in table.cells:
        age = _BLANK if cell.age_ms is None else min((cell.age_ms + waited_ms) // 10, _OLDEST)
        parts.append(_CELL.pack(_NEW if cell.live and waited_ms <= STALE_MS else 0, age))
    return b"".join(parts)


def stale_message(slot: int, rtp_ts: int, waited_ms: int) -> bytes:
    """The binary message for a camera's picture that is a repeat: one cell, not new."""
    return _HEADER.pack(_TABLE, slot, rtp_ts, 0) + _CELL.pack(0, min(waited_ms // 10, _OLDEST))


class CellChannel:
    """One viewer's channel. Until it is open, each slot's layout waits and tables are let go."""

    def __init__(self) -> None:
        self._channel: RTCDataChannel | None = None
        self._shown: dict[int, LayoutKey | None] = {}
        self._waiting: dict[int, str] = {}
        self.dropped = 0

    def open(self, channel: RTCDataChannel) -> None:
        """The viewer's channel arrived."""
        self._channel = channel
        for text in self._waiting.values():
            channel.send(text)
        self._waiting.clear()

    def is_another(self, slot: int, unit: AccessUnit) -> bool:
        """Whether a slot's next picture is of another stream than what the viewer was told last, or of cells that have
        moved since."""
        shown = self._shown.get(slot)
        return shown is None or shown[:2] != (unit.stream, unit.cells.layout_epoch if unit.cells is not None else 0)

    def picture(self, slot: int, rtp_ts: int, unit: AccessUnit, waited_ms: int) -> None:
        """A slot's picture leaves under this timestamp; the first one of a connection has just left."""
        key = layout_key(unit)
        if self._shown.get(slot) != key:
            self._announce(slot, rtp_ts, key)
        channel = self._ready()
        if channel is None or (unit.cells is None and waited_ms <= STALE_MS):
            return
        if channel.bufferedAmount > MAX_BUFFERED_BYTES:
            self.dropped += 1
        elif unit.cells is not None:
            channel.send(table_message(slot, rtp_ts, unit.cells, waited_ms))
        else:
            channel.send(stale_message(slot, rtp_ts, waited_ms))

    def emptied(self, slot: int, from_ts: int) -> None:
        """Nothing stands behind a slot any more."""
        if self._shown.get(slot) is not None:
            self._announce(slot, from_ts, None)

    def _announce(self, slot: int, from_ts: int, key: LayoutKey | None) -> None:
        self._shown[slot] = key
        text = layout_message(slot, from_ts, key)
        if (channel := self._ready()) is not None:
            channel.send(text)
        else:
            self._waiting[slot] = text

    def _ready(self) -> RTCDataChannel | None:
        channel = self._channel
        if channel is None or channel.readyState != "open":
            return None
        # A viewer that is gone leaves its channel open for a while; aiortc would fail in a task of its own.
        return channel if channel.transport.transport.state == "connected" else None
