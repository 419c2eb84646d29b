"""The files of a puller's rings, and the thread that writes and reads them.

A disk that is slow, full or gone costs a ring what it keeps, and never a picture on its way: the event loop hands
pieces over twice a second and waits for nothing. The one thread does everything in the order in which it was asked
for, so that nothing is read from a place after it was given away, and no file closed while it is written to.
"""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

from ingest.access_unit import AccessUnit
from ingest.ending import end_tasks
from ingest.errors import EnvelopeError
from ingest.replay_ring import Piece, ReplayRing, units_in
from ingest.replay_settings import Keeping

FLUSH_S = 0.5
# So much of all streams together waits in memory for a slow disk; beyond it rings begin again.
BEHIND_BYTES = 64 * 1024 * 1024
# A ring whose file could not be written gives its room back, and tries again after so long.
REST_S = 10.0
# How often a disk that stays full is said to be.
SAY_S = 600.0
_TOO_SLOW = "the disk is too slow"

log = structlog.get_logger(__name__)


class ReplayStore:
    """All rings of a puller. Each may take an equal share of `keeping.max_bytes`. Needs a running event loop.

    Where streams are added, those that have more than the new share come down to it as their pictures become old.
    """

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "replay")
        self._rings: dict[ReplayRing, _Kept] = {}
        self._waiting: list[tuple[ReplayRing, Piece]] = []
        self._waiting_bytes = 0
        self._failed: set[ReplayRing] = set()  # and resting
        self._said, self._said_at = False, 0.0  # that it is so
        self._task = asyncio.create_task(self._write_all(), name="write replay")

    def open(self, stream: str) -> ReplayRing:
        """A ring for a stream that is ours now."""
        ring = ReplayRing(stream, self._keeping.seconds, self._ready)
        self._rings[ring] = _Kept(_File(self._keeping.folder))
        return ring

    def close(self, ring: ReplayRing) -> None:
        """Forget all of it, and give its room back."""
        ring.closed = ring.resting = True
        self._forget(ring)
        self._failed.discard(ring)
        self._thread.submit(self._rings.pop(ring).file.close)

    async def read(self, ring: ReplayRing, piece: Piece) -> Sequence[AccessUnit] | None:
        """The access units of a piece; None where it is gone."""
        if piece.gone:
            return None
        try:
            if piece.buffers is not None:
                return units_in(ring.stream, b"".join(piece.buffers), piece.lengths)
            return await self._loop.run_in_executor(self._thread, _read, ring.stream, self._rings[ring].file, piece)
        except (OSError, EnvelopeError) as error:
            if not ring.closed:
                self._fail(ring, str(error))
            return None

    async def aclose(self) -> None:
        """End; what is kept goes. A thread that hangs in a disk is not waited for."""
        await end_tasks(self._task)
        for ring in list(self._rings):
            self.close(ring)
        self._thread.shutdown(wait=False)

    def _ready(self, ring: ReplayRing, piece: Piece) -> None:
        self._waiting.append((ring, piece))
        self._waiting_bytes += piece.length
        if self._waiting_bytes > BEHIND_BYTES:
            self._fail(ring, _TOO_SLOW)

    async def _write_all(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            self._wake_rested()
            waiting, self._waiting = self._waiting, []
            writes = [write for ring, piece in waiting if (write := self._planned(ring, piece)) is not None]
            if writes:
                await self._loop.run_in_executor(self._thread, _write, writes)
            self._waiting_bytes -= sum(piece.length for _, piece in waiting)
            for write in writes:
                self._written(write)

    def _planned(self, ring: ReplayRing, piece: Piece) -> _Write | None:
        """Where to write a piece; None where it is kept no longer."""
        buffers, kept = piece.buffers, self._rings.get(ring)
        limit = self._keeping.max_bytes // max(1, len(self._rings))
        if kept is None or buffers is None or not ring.place(piece, limit):
            return None
        kept.size = max(kept.size, piece.offset + piece.length)
        cut = None
        if kept.size > limit:
            kept.size = cut = ring.end
        return _Write(ring, piece, buffers, kept.file, piece.offset, cut)

    def _written(self, write: _Write) -> None:
        ring, piece = write.ring, write.piece
        if write.error is None:
            if piece.gone:
                return
            piece.buffers = None
            if self._said and not self._failed:
                self._said = False
                log.info("replay is kept again")
        elif not ring.closed and not ring.resting:
            self._fail(ring, write.error)

    def _fail(self, ring: ReplayRing, reason: str) -> None:
        if not self._said or time.monotonic() - self._said_at > SAY_S:
            self._said, self._said_at = True, time.monotonic()
            log.error("replay is not kept", stream=ring.stream, reason=reason, again_s=REST_S)
        self._failed.add(ring)
        ring.resting = True
        self._forget(ring)
        kept = self._rings[ring]
        kept.size, kept.rests_until = 0, time.monotonic() + REST_S
        self._thread.submit(kept.file.cut, 0)

    def _forget(self, ring: ReplayRing) -> None:
        ring.begin_again()
        for other, piece in self._waiting:
            if other is ring:
                self._waiting_bytes -= piece.length
        self._waiting = [waiting for waiting in self._waiting if waiting[0] is not ring]

    def _wake_rested(self) -> None:
        for ring in [ring for ring in self._failed if time.monotonic() > self._rings[ring].rests_until]:
            ring.resting = False
            self._failed.remove(ring)


class _File:
    """A file without a name, made when it is first written to. For the one thread alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None

    def write(self, buffers: Sequence[bytes], offset: int, length: int) -> None:
        """Write `length` bytes. Raises OSError, also where there is room for a part of it only."""
        if self._file is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - closed by `close`
        if os.pwritev(self._file.fileno(), buffers, offset) != length:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def read(self, offset: int, length: int) -> bytes:
        """The bytes of a piece. Raises OSError."""
        if self._file is None:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        return os.pread(self._file.fileno(), length, offset)

    def cut(self, size: int) -> None:
        """Give back what lies behind `size`."""
        if self._file is not None:
            self._file.truncate(size)

    def close(self) -> None:
        """The file goes with it."""
        if self._file is not None:
            self._file.close()


@dataclass(slots=True)
class _Kept:
    """A ring's file, as far as it was ever used, and until when it rests after a failure (monotonic seconds)."""

    file: _File
    size: int = 0
    rests_until: float = 0.0


@dataclass(slots=True)
class _Write:
    """A piece to write, after the file was cut to `cut` bytes; `error` says afterwards why that failed."""

    ring: ReplayRing
    piece: Piece
    buffers: Sequence[bytes]
    file: _File
    offset: int
    cut: int | None
    error: str | None = None


def _write(writes: list[_Write]) -> None:
    for write in writes:
        try:
            if write.cut is not None:
                write.file.cut(write.cut)
            write.file.write(write.buffers, write.offset, write.piece.length)
        except OSError as error:
            write.error = error.strerror or type(error).__name__


def _read(stream: str, file: _File, piece: Piece) -> list[AccessUnit]:
    return units_in(stream, file.read(piece.offset, piece.length), piece.lengths)
