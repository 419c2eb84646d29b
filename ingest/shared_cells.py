"""The cells of a mosaic in memory that processes share: decoders draw into them, the mosaic's own process copies.

A cell has room for two pictures, and a row that says which is the newer one. Its one writer draws over the older one
and marks it as being written meanwhile; a reader copies the newer one, and looks afterwards whether it was left alone
(a seqlock). So nobody ever waits for anybody, and half a picture is never taken for a whole one: not when the writer is
slow, and not when it dies in the middle. The memory has no name (memfd_create(2)): it is gone with who maps it last.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Self

import numpy as np

from ingest.access_unit import AccessUnit
from ingest.boot import boot_id
from ingest.canvas import Canvas, Planes
from ingest.mosaic import MosaicSpec

type Size = tuple[int, int]

# A row of the table, in words of 8 bytes: for each of the two pictures its version (0: none yet, odd: being written)
# and what it is, then what is known of the stream.
_PICTURE_WORDS = 6
_LEFT_OUT, _BOUND = 2 * _PICTURE_WORDS, 2 * _PICTURE_WORDS + 1
_ROW_WORDS = 16
# What follows a version: the rest of a CellPicture.
_RECORD = struct.Struct("@5Q")
# So often is a picture copied that was written meanwhile: a writer would have to overtake each time.
_TRIES = 4


class CellPicture(NamedTuple):
    """What a cell has to show. `version` rises with each picture of the cell; `decoded_ns` is monotonic.

    `here`: it arrived on this host, so that the monotonic clock tells its age.
    """

    version: int
    sequence: int
    arrived_mono_ns: int
    arrived_wall_ns: int
    here: int
    decoded_ns: int

    def age_ms(self, mono_ns: int, wall_ns: int) -> int:
        """Since its last byte arrived: by the monotonic clock on one host, by the wall clock from another."""
        age_ns = mono_ns - self.arrived_mono_ns if self.here else wall_ns - self.arrived_wall_ns
        return max(0, age_ns) // 1_000_000


class SharedCells:
    """Cells of these sizes (width, height in pixels, even). Make them with `create`; elsewhere `attach` the same.

    Each cell has one writer at a time, in one thread at a time, and any number of readers. `close` when nobody else
    is to be given `fd` any more; the memory itself goes when this object does.
    """

    def __init__(self, fd: int, sizes: Sequence[Size]) -> None:
        self.fd = fd
        self._memory = memory = mmap.mmap(fd, _bytes_of(sizes))
        self._words = memoryview(memory)[: len(sizes) * _ROW_WORDS * 8].cast("Q")
        self._fence = threading.Lock()
        self._pictures: list[tuple[Canvas, Canvas]] = []
        offset = _table_bytes(len(sizes))
        for width, height in sizes:
            pair = []
            for _ in range(2):
                flat = np.frombuffer(memory, np.uint8, width * height * 3 // 2, offset)
                pair.append(Canvas(width, height, flat.reshape(height * 3 // 2, width)))
                offset += _aligned(flat.size)
            self._pictures.append((pair[0], pair[1]))

    @classmethod
    def create(cls, sizes: Sequence[Size]) -> Self:
        """New ones, without pictures. Raises OSError where there is no memory or descriptor for them."""
        fd = os.memfd_create("wallserver-cells", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(fd, _bytes_of(sizes))
            # Who else has it cannot make it smaller: to touch what is no longer there kills a process.
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
            return cls(fd, sizes)
        except OSError:
            os.close(fd)
            raise

    @classmethod
    def attach(cls, fd: int, sizes: Sequence[Size]) -> Self:
        """Those that another process has created; takes `fd` over."""
        try:
            return cls(fd, sizes)
        finally:
            os.close(fd)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.fd)

    @contextmanager
    def writing(self, cell: int, unit: AccessUnit, decoded_s: float) -> Iterator[Canvas]:
        """Draw a picture of this cell into the canvas given; it counts when the block ends without an error."""
        row = cell * _ROW_WORDS
        versions = self._words[row], self._words[row + _PICTURE_WORDS]
        slot = 1 - self._newer(versions)
        version = max(versions) + 1 + (max(versions) & 1)  # odd; a writer before us may have died in the middle
        place = row + slot * _PICTURE_WORDS
        self._words[place] = version
        self._order()
        yield self._pictures[cell][slot]
        _RECORD.pack_into(
            self._memory,
            8 * (place + 1),
            unit.sequence,
            unit.arrived_mono_ns,
            unit.arrived_wall_ns,
            unit.boot_id == boot_id(),
            int(decoded_s * 1e9),
        )
        self._order()
        self._words[place] = version + 1

    def say(self, cell: int, left_out_s: float, bound_s: float) -> None:
        """What is known of a cell's stream beside its pictures (see StreamInput)."""
        row = cell * _ROW_WORDS
        self._words[row + _LEFT_OUT] = int(max(0.0, left_out_s) * 1e9)
        self._words[row + _BOUND] = int(bound_s * 1e9)

    def newest(self, cell: int) -> CellPicture | None:
        """What the cell has to show; None if nothing."""
        return self._read(cell, None)

    def copy(self, cell: int, target: Planes) -> CellPicture | None:
        """Copy the cell's newest picture into planes of its size, whole; which one that was.

        None where it was being written at every try, and what stands there now is to be blanked.
        """
        return self._read(cell, target)

    def lives(self, cell: int, picture: CellPicture, now_ns: int, least_bound_s: float) -> bool:
        """Whether a cell's newest picture is still to be shown."""
        silent_ns = now_ns - max(picture.decoded_ns, self._words[cell * _ROW_WORDS + _LEFT_OUT])
        return silent_ns <= self._bound_ns(cell, least_bound_s)

    def ages(self, cell: int, picture: CellPicture, now_ns: int, least_bound_s: float) -> bool:
        """Whether a cell's newest picture is old: on show for more than half the time after which it counts as dead."""
        return now_ns - picture.decoded_ns > self._bound_ns(cell, least_bound_s) / 2

    def _bound_ns(self, cell: int, least_bound_s: float) -> float:
        return max(least_bound_s * 1e9, self._words[cell * _ROW_WORDS + _BOUND])

    def _read(self, cell: int, target: Planes | None) -> CellPicture | None:
        row = cell * _ROW_WORDS
        for _ in range(_TRIES):
            versions = self._words[row], self._words[row + _PICTURE_WORDS]
            slot = self._newer(versions)
            if not versions[slot] or versions[slot] & 1:
                return None
            self._order()
            place = row + slot * _PICTURE_WORDS
            record = CellPicture(versions[slot], *_RECORD.unpack_from(self._memory, 8 * (place + 1)))
            if target is not None:
                for plane, source in zip(target, self._pictures[cell][slot].planes, strict=True):
                    plane[:] = source
            self._order()
            if self._words[place] == versions[slot]:
                return record
        return None

    @staticmethod
    def _newer(versions: tuple[int, int]) -> int:
        """Which of the two is the newest that is whole."""
        first, second = (0 if version & 1 else version for version in versions)
        return int(second > first)

    def _order(self) -> None:
        """What was read and written before this is so before what comes after, on every processor."""
        with self._fence:
            pass


def cell_sizes(spec: MosaicSpec) -> list[Size]:
    """Those of a mosaic, in its order."""
    return [(cell.w, cell.h) for cell in spec.cells]


def _table_bytes(cells: int) -> int:
    return _aligned(max(1, cells) * _ROW_WORDS * 8)  # a mosaic may have none, a mapping may not be empty


def _bytes_of(sizes: Sequence[Size]) -> int:
    return _table_bytes(len(sizes)) + sum(2 * _aligned(width * height * 3 // 2) for width, height in sizes)


def _aligned(size: int) -> int:
    """Up to the next line of the processors' caches: two writers share none."""
    return (size + 63) // 64 * 64
