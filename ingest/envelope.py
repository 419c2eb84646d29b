"""The envelope: how an access unit is written on the bus. All numbers are big endian.

Access unit, version 2:

    offset  size  field
         0     2  magic "WA"
         2     1  version (2)
         3     1  flags: 1 keyframe, 2 discontinuity, 4 damaged, 8 held
         4     1  codec: 1 H.264, 2 H.265, 3 Motion JPEG
         5     1  zero
         6     2  width, pixels
         8     2  height, pixels
        10     8  epoch
        18     8  sequence
        26     8  timestamp, 90 kHz ticks, signed
        34     8  arrival, wall clock, nanoseconds since 1970, signed
        42     8  arrival, monotonic clock, nanoseconds, signed
        50    16  boot id of the host with that clock
        66     4  length of the cell table in bytes, 0 without one
        70        cell table, then Annex B, or a JPEG, to the end

Cell table:

         0     8  layout epoch
         8     8  era (version 1 has none, and all that follows 8 bytes earlier)
        16     4  canvas: width, height, pixels
        20     2  number of cells
        22        cells, each:
                  8  x, y, width, height, pixels
                  8  sequence of the source's access unit
                  4  age in ms, 0xFFFFFFFF: no picture
                  1  flags: 1 live
                  1  length of the camera's id, then the id in UTF-8

A message on the bus is an access unit, or, above PART_BYTES, one of its numbered parts:

         0     2  magic "WP"
         2     1  version of the parts (1)
         3     1  zero
         4     4  CRC-32 of the whole access unit (names the set of the part, proves it whole)
         8     2  number of this part, from 0
        10     2  count of parts
        12        bytes

A reader takes the version that it writes and the one before, so that a house can be renewed worker by worker.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from ingest.access_unit import AccessUnit, Codec
from ingest.cell_table import CellState, CellTable
from ingest.errors import EnvelopeError, UnknownVersion

VERSION = 2
PART_BYTES = 512 * 1024

_MAGIC = b"WA"
_PART_MAGIC = b"WP"
_PART_VERSION = 1
_MAX_PARTS = 64
_HEADER = struct.Struct(">2sBBBxHHQQqqq16sI")
_TABLE_1 = struct.Struct(">QHHH")
_TABLE = struct.Struct(">QQHHH")
_CELL = struct.Struct(">HHHHQIBB")
_PART = struct.Struct(">2sBxIHH")
_NO_AGE = 0xFFFFFFFF
_KEYFRAME, _DISCONTINUITY, _DAMAGED, _HELD = 1, 2, 4, 8


def pack(au: AccessUnit) -> bytes:
    """The bytes of `au`. Raises EnvelopeError where a field does not fit its place."""
    return head(au) + au.data


def head(au: AccessUnit) -> bytes:
    """What stands before `au.data`; made once. Raises EnvelopeError."""
    if not au.head:
        au.head = _head(au)
    return au.head


def _head(au: AccessUnit) -> bytes:
    flags = au.keyframe | au.discontinuity << 1 | au.damaged << 2 | au.held << 3
    try:
        table = b"" if au.cells is None else _pack_cells(au.cells)
        fields = _HEADER.pack(
            _MAGIC,
            VERSION,
            flags,
            au.codec,
            au.width,
            au.height,
            au.epoch,
            au.sequence,
            au.timestamp,
            au.arrived_wall_ns,
            au.arrived_mono_ns,
            au.boot_id,
            len(table),
        )
    except struct.error as error:
        raise EnvelopeError(f"an access unit of {au.stream} does not fit the envelope: {error}") from error
    return fields + table


def unpack(stream: str, data: bytes) -> AccessUnit:
    """The access unit of `stream` in `data`. Raises UnknownVersion or EnvelopeError."""
    if len(data) < 3 or data[:2] != _MAGIC:
        raise EnvelopeError(f"a message on {stream} is not an access unit")
    reader = _READERS.get(data[2])
    if reader is None:
        raise UnknownVersion(
            f"an access unit of {stream} has version {data[2]}; this reader takes "
            f"{', '.join(map(str, sorted(_READERS)))}: renew the older of the two programs"
        )
    try:
        return reader(stream, data)
    except (struct.error, ValueError) as error:  # ValueError: an unknown codec, an id that is not UTF-8
        raise EnvelopeError(f"an access unit of {stream} is malformed: {error}") from error


def _unpack_1(stream: str, data: bytes) -> AccessUnit:
    return _unpack(stream, data, _unpack_cells_1)


def _unpack_2(stream: str, data: bytes) -> AccessUnit:
    return _unpack(stream, data, _unpack_cells_2)


def _unpack(stream: str, data: bytes, unpack_cells: Callable[[bytes], CellTable]) -> AccessUnit:
    (_, _, flags, codec, width, height, epoch, sequence, timestamp, wall, mono, boot_id, table_length) = (
        _HEADER.unpack_from(data)
    )
    start = _HEADER.size + table_length
    if start > len(data):
        raise ValueError("it ends within its cell table")
    return AccessUnit(
        stream=stream,
        epoch=epoch,
        sequence=sequence,
        codec=Codec(codec),
        width=width,
        height=height,
        timestamp=timestamp,
        arrived_wall_ns=wall,
        arrived_mono_ns=mono,
        boot_id=boot_id,
        keyframe=bool(flags & _KEYFRAME),
        discontinuity=bool(flags & _DISCONTINUITY),
        damaged=bool(flags & _DAMAGED),
        held=bool(flags & _HELD),
        data=data[start:],
        cells=unpack_cells(data[_HEADER.size : start]) if table_length else None,
    )


# The version written and the one before it.
_READERS: dict[int, Callable[[str, bytes], AccessUnit]] = {1: _unpack_1, 2: _unpack_2}


def _pack_cells(table: CellTable) -> bytes:
    width, height = table.canvas
    pieces = [_TABLE.pack(table.layout_epoch, table.era, width, height, len(table.cells))]
    for cell in table.cells:
        camera = cell.camera.encode()
        age = _NO_AGE if cell.age_ms is None else min(max(cell.age_ms, 0), _NO_AGE - 1)
        pieces.append(_CELL.pack(*cell.rect, cell.source_sequence, age, cell.live, len(camera)))
        pieces.append(camera)
    return b"".join(pieces)


def _unpack_cells_1(data: bytes) -> CellTable:
    layout_epoch, width, height, count = _TABLE_1.unpack_from(data)
    return CellTable(layout_epoch, (width, height), _unpack_states(data, _TABLE_1.size, count))


def _unpack_cells_2(data: bytes) -> CellTable:
    layout_epoch, era, width, height, count = _TABLE.unpack_from(data)
    return CellTable(layout_epoch, (width, height), _unpack_states(data, _TABLE.size, count), era)


def _unpack_states(data: bytes, offset: int, count: int) -> tuple[CellState, ...]:
    cells = []
    for _ in range(count):
        x, y, w, h, sequence, age, flags, length = _CELL.unpack_from(data, offset)
        offset += _CELL.size
        camera = data[offset : offset + length].decode()
        offset += length
        cells.append(CellState(camera, (x, y, w, h), sequence, None if age == _NO_AGE else age, bool(flags & 1)))
    if offset != len(data):
        raise ValueError("its cell table has another length than its cells")
    return tuple(cells)


def split(payload: bytes) -> list[bytes]:
    """`payload` as messages for the bus: itself, or numbered parts of at most PART_BYTES."""
    if len(payload) <= PART_BYTES:
        return [payload]
    name = zlib.crc32(payload)
    pieces = [payload[start : start + PART_BYTES] for start in range(0, len(payload), PART_BYTES)]
    if len(pieces) > _MAX_PARTS:
        raise EnvelopeError(f"an access unit of {len(payload)} bytes is more than {_MAX_PARTS} parts can carry")
    return [
        _PART.pack(_PART_MAGIC, _PART_VERSION, name, number, len(pieces)) + piece for number, piece in enumerate(pieces)
    ]


class Joiner:
    """Puts parts together again, for one subject.

    Holds at most two incomplete sets (an old and a new owner may interleave); the older one gives way.
    """

    def __init__(self) -> None:
        self._sets: dict[int, list[bytes]] = {}

    def feed(self, message: bytes) -> bytes | None:
        """The access unit that `message` is or completes, else None. Raises EnvelopeError."""
        if message[:2] != _PART_MAGIC:
            return message
        if len(message) < _PART.size:
            raise EnvelopeError("a part is shorter than its header")
        _, version, name, number, count = _PART.unpack_from(message)
        if version != _PART_VERSION:
            raise UnknownVersion(f"a part has version {version}; this reader takes {_PART_VERSION}")
        if not 0 < count <= _MAX_PARTS or len(message) > _PART.size + PART_BYTES:
            raise EnvelopeError("a part is longer than a part may be, or one of too many")
        pieces = self._sets.get(name, [])
        if number != len(pieces):  # one was lost on the way: the whole is lost
            self._sets.pop(name, None)
            return None
        pieces.append(message[_PART.size :])
        if len(pieces) < count:
            self._sets[name] = pieces
            while len(self._sets) > 2:
                self._sets.pop(next(iter(self._sets)))
            return None
        self._sets.pop(name, None)
        whole = b"".join(pieces)
        return whole if zlib.crc32(whole) == name else None
