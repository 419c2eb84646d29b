"""What is kept of one stream for instant replay, and where in its file each part of it is. No I/O, no clock.

A ring is a row of *groups*, each a keyframe and what follows it, for a second at least; a group is one or several
*pieces*, which are written and read at once. A piece stands where there is room: groups come and go, and their bytes
are used again. That a ring is a file of its own, instead of a part of one that all streams share, is so that no
mistake here can ever show a camera's pictures under the name of another.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.access_unit import AccessUnit
from ingest.envelope import HEAD_BYTES, head, unpack

# So much of a stream is in memory before it is written, where its keyframes are rare.
PIECE_BYTES = 256 * 1024
# Two buffers for each are less than the 1,024 that a system call takes.
PIECE_UNITS = 500
# A stream of keyframes only would otherwise be a thousand groups.
GROUP_NS = 1_000_000_000

_LENGTH = struct.Struct(">I")
_NOWHERE = -1


@dataclass(slots=True, eq=False)
class Piece:
    """Access units in a row: `length` bytes at `offset` of the ring's file, and in `units` until they are there.

    `pins`: how many replays still need it. `gone`: it is kept no longer, and its place may be another's.
    """

    units: Sequence[AccessUnit] | None
    length: int
    began_wall_ns: int
    began_ns: int
    ended_ns: int
    offset: int = _NOWHERE
    pins: int = 0
    gone: bool = False


class ReplayRing:
    """The newest `seconds` of a stream that is pulled, from a keyframe on.

    `ready(ring, piece)` is called when a piece is complete: it is to be given its `place`, and written. Age counts back
    from the newest picture: of a camera that has died, its last `seconds` stay. While `resting` nothing begins.
    """

    def __init__(self, stream: str, seconds: int, ready: Callable[[ReplayRing, Piece], None]) -> None:
        self.stream = stream
        self.closed = False
        self.resting = False
        self._keep_ns = seconds * 1_000_000_000
        self._ready = ready
        self._groups: deque[list[Piece]] = deque()
        self._began_ns = 0  # of the newest group
        self._units: list[AccessUnit] = []  # of the piece that is not complete
        self._bytes = 0
        self._newest: AccessUnit | None = None

    def add(self, au: AccessUnit) -> None:
        """Take the stream's next access unit, which has no cell table. Called for each picture of each camera."""
        if au.keyframe and (self._newest is None or au.arrived_mono_ns - self._began_ns >= GROUP_NS):
            if not self._begin_group(au):
                return
        elif self._newest is None:
            return
        elif self._bytes >= PIECE_BYTES or len(self._units) >= PIECE_UNITS:
            self._complete()
            if self._newest is None:  # `ready` would have no more
                return
        self._newest = au
        self._units.append(au)
        self._bytes += len(au.data)

    @property
    def span_ms(self) -> tuple[int, int] | None:
        """From when and until when it exists, Unix milliseconds; None where nothing is kept."""
        if self._newest is None:
            return None
        began = self._groups[0][0].began_wall_ns if self._groups[0] else self._units[0].arrived_wall_ns
        return began // 1_000_000, self._newest.arrived_wall_ns // 1_000_000

    def pin(self, from_ms: int | None) -> deque[Piece]:
        """All that there is, from the last group on that begins at `from_ms` or before; each piece is to be unpinned.

        Age does not drop it then; want of room does.
        """
        if self._units:
            self._complete()
        groups = [group for group in self._groups if group]
        first = 0
        for number, group in enumerate(groups):
            if from_ms is not None and group[0].began_wall_ns <= from_ms * 1_000_000:
                first = number
        pieces = deque(piece for group in groups[first:] for piece in group)
        for piece in pieces:
            piece.pins += 1
        return pieces

    def place(self, piece: Piece, limit: int) -> bool:
        """Give `piece` its place within the first `limit` bytes of the file; the oldest groups make room.

        False where there is none, because it was dropped before, or is too large with those of its own group.
        """
        while not piece.gone:
            end = 0
            for offset, length in self._extents():
                if offset - end >= piece.length:
                    break
                end = offset + length
            if end + piece.length <= limit:
                piece.offset = end
                return True
            self._drop_oldest()
        return False

    @property
    def end(self) -> int:
        """What lies behind this byte of the file is not needed."""
        return max((offset + length for offset, length in self._extents()), default=0)

    def begin_again(self) -> None:
        """Forget everything; it exists from the next keyframe on."""
        while self._groups:
            self._drop_oldest()

    def _begin_group(self, au: AccessUnit) -> bool:
        """Whether it may begin. What has become too old is dropped."""
        if self._units:
            self._complete()
        if self.resting:
            return False
        oldest_ns = au.arrived_mono_ns - self._keep_ns
        while self._groups and (group := self._groups[0])[-1].ended_ns < oldest_ns and not _needed(group):
            self._drop_oldest()
        self._groups.append([])
        self._began_ns = au.arrived_mono_ns
        return True

    def _complete(self) -> None:
        units, self._units = self._units, []
        length = self._bytes + len(units) * (_LENGTH.size + HEAD_BYTES)
        self._bytes = 0
        first = units[0]
        piece = Piece(units, length, first.arrived_wall_ns, first.arrived_mono_ns, units[-1].arrived_mono_ns)
        self._groups[-1].append(piece)
        self._ready(self, piece)

    def _drop_oldest(self) -> None:
        for piece in self._groups.popleft():
            piece.gone = True
            piece.units = None
        if not self._groups:  # it was the one that still grows
            self._newest = None
            self._units = []
            self._bytes = 0

    def _extents(self) -> list[tuple[int, int]]:
        """Offset and length of all that has a place, in their order in the file."""
        return sorted(
            (piece.offset, piece.length) for group in self._groups for piece in group if piece.offset != _NOWHERE
        )


def _needed(group: list[Piece]) -> bool:
    return any(piece.pins for piece in group)


def buffers(units: Sequence[AccessUnit]) -> Iterator[bytes]:
    """The bytes of a piece: each access unit as on the bus, after its length. Raises EnvelopeError."""
    for au in units:
        before = head(au)
        yield _LENGTH.pack(len(before) + len(au.data)) + before
        yield au.data


def units_in(stream: str, data: bytes) -> list[AccessUnit]:
    """The access units in the bytes of a piece. Raises EnvelopeError."""
    units, place = [], 0
    while place < len(data):
        (length,) = _LENGTH.unpack_from(data, place)
        place += _LENGTH.size
        units.append(unpack(stream, data[place : place + length]))
        place += length
    return units
