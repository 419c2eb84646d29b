"""What is kept of one stream for instant replay, and where in its file each part of it is. No I/O, no clock.

A ring is a row of *groups*, each a keyframe and what follows it, for a second at least; a group is one or several
*pieces*, which are written and read at once. A piece stands where there is room: groups come and go, and their bytes
are used again. That a ring is a file of its own, instead of a part of one that all streams share, is so that no
mistake here can ever show a camera's pictures under the name of another.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import batched

from ingest.access_unit import AccessUnit
from ingest.envelope import head, unpack
from ingest.errors import EnvelopeError

# So much of a stream is in memory before it is written, where its keyframes are rare.
PIECE_BYTES = 256 * 1024
# A system call takes 1,024.
PIECE_BUFFERS = 1000
# A stream of keyframes only would otherwise be a thousand groups.
GROUP_NS = 1_000_000_000

_NOWHERE = -1


@dataclass(slots=True, eq=False)
class Piece:
    """Access units in a row, as on the bus: `length` bytes at `offset` of the ring's file.

    `buffers` are those bytes until they are there: of each access unit its envelope's head and its data, which the bus
    and the cached GOP have too; `lengths` says how long each is. `pins`: how many replays still need it. `gone`: it is
    kept no longer, and its place may be another's.
    """

    buffers: list[bytes] | None
    lengths: array[int]
    length: int
    began: tuple[int, int]  # wall and monotonic clock, nanoseconds
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
        self._extents: list[tuple[int, int]] = []  # offset and length of all that has a place, in their order
        self._group_ns = 0  # when the newest group began
        self._buffers: list[bytes] = []  # of the piece that is not complete
        self._bytes = 0
        self._first: AccessUnit | None = None  # of that piece
        self._newest: AccessUnit | None = None

    def add(self, au: AccessUnit) -> None:
        """Take the stream's next access unit. Called for each picture of each camera."""
        try:
            before = head(au)
        except EnvelopeError:  # the bus does not take it either, and says so
            return
        if au.keyframe and (not self._groups or au.arrived_mono_ns - self._group_ns >= GROUP_NS):
            if not self._begin_group(au):
                return
        elif self._bytes >= PIECE_BYTES or len(self._buffers) >= PIECE_BUFFERS:
            self._complete()
        if not self._groups:
            return
        self._buffers.append(before)
        self._buffers.append(au.data)
        self._bytes += len(au.data)
        self._newest = au
        if self._first is None:
            self._first = au

    @property
    def span_ms(self) -> tuple[int, int] | None:
        """From when and until when it exists, Unix milliseconds; None where nothing is kept."""
        if not self._groups or self._newest is None:
            return None
        began_ns = self._newest.arrived_wall_ns
        if self._groups[0]:
            began_ns = self._groups[0][0].began[0]
        elif self._first is not None:
            began_ns = self._first.arrived_wall_ns
        return began_ns // 1_000_000, self._newest.arrived_wall_ns // 1_000_000

    def pin(self, from_ms: int | None) -> deque[Piece]:
        """All that there is, from the last group on that begins at `from_ms` or before; each piece is to be unpinned.

        Age does not drop it then; want of room does.
        """
        self._complete()
        groups = [group for group in self._groups if group]
        first = 0
        for number, group in enumerate(groups):
            if from_ms is not None and group[0].began[0] <= from_ms * 1_000_000:
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
            for offset, length in self._extents:
                if offset - end >= piece.length:
                    break
                end = offset + length
            if end + piece.length <= limit:
                piece.offset = end
                insort(self._extents, (end, piece.length))
                return True
            self._drop_oldest()
        return False

    @property
    def end(self) -> int:
        """What lies behind this byte of the file is not needed."""
        return sum(self._extents[-1]) if self._extents else 0

    def begin_again(self) -> None:
        """Forget everything; it exists from the next keyframe on."""
        while self._groups:
            self._drop_oldest()

    def _begin_group(self, au: AccessUnit) -> bool:
        """Whether it may begin. What has become too old is dropped."""
        self._complete()
        if self.resting:
            return False
        oldest_ns = au.arrived_mono_ns - self._keep_ns
        while self._groups and (group := self._groups[0])[-1].ended_ns < oldest_ns and not _needed(group):
            self._drop_oldest()
        self._groups.append([])
        self._group_ns = au.arrived_mono_ns
        return True

    def _complete(self) -> None:
        first, newest = self._first, self._newest
        if first is None or newest is None:
            return
        lengths = array("I", map(len, self._buffers))
        began = first.arrived_wall_ns, first.arrived_mono_ns
        piece = Piece(self._buffers, lengths, sum(lengths), began, newest.arrived_mono_ns)
        self._buffers, self._bytes, self._first = [], 0, None
        self._groups[-1].append(piece)
        self._ready(self, piece)

    def _drop_oldest(self) -> None:
        for piece in self._groups.popleft():
            piece.gone = True
            piece.buffers = None
            if piece.offset != _NOWHERE:
                del self._extents[bisect_left(self._extents, (piece.offset, piece.length))]
        if not self._groups:  # it was the one that still grows
            self._buffers, self._bytes, self._first = [], 0, None


def _needed(group: list[Piece]) -> bool:
    return any(piece.pins for piece in group)


def units_in(stream: str, data: bytes, lengths: array[int]) -> list[AccessUnit]:
    """The access units in the bytes of a piece. Raises EnvelopeError."""
    units, place = [], 0
    for of_head, of_data in batched(lengths, 2):
        units.append(unpack(stream, data[place : place + of_head + of_data]))
        place += of_head + of_data
    return units
