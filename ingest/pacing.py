"""Pictures that come in bursts (HLS: a segment at a time), shown at their own pace."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator
from typing import Protocol

from ingest.errors import IngestError

# What is read ahead of the picture on show: some segments; beyond it the reader waits.
MAX_UNITS_AHEAD = 600
# A picture further from the one before than this belongs to another clock (a discontinuity), not to a pause.
MAX_STEP_S = 5.0
LATE_S = 0.05
# How soon either side sees that it should stop.
_GLANCE_S = 0.2


class Pacer:
    """When each picture is due, by the distances of its own timestamps.

    A late picture moves all that follow: the wait grows until bursts come in time. Pure: `now` in seconds.
    """

    def __init__(self) -> None:
        self._offset: float | None = None  # due = time + offset
        self._previous = 0.0

    def wait_s(self, media_s: float | None, now: float) -> float:
        """Seconds until the picture with this decoding time is due; 0 when it is, or is late."""
        if media_s is None:
            return 0.0
        jumped = not 0 <= media_s - self._previous <= MAX_STEP_S
        if self._offset is None or jumped or media_s + self._offset < now - LATE_S:
            self._offset = now - media_s
        self._previous = media_s
        return max(0.0, media_s + self._offset - now)


class HasMediaTime(Protocol):
    """What can be paced."""

    @property
    def media_s(self) -> float | None:
        """Its place in the stream, in seconds, in the order of decoding."""


def paced[T: HasMediaTime](units: Generator[T], stopping: threading.Event) -> Generator[T]:
    """`units` each at its time. They are read ahead by a thread of their own, which is also the one to close them.

    Ends when they end or `stopping` is set; raises the IngestError that they raise.
    """
    ahead = _Ahead(units, stopping)
    pacer = Pacer()
    try:
        while (unit := ahead.get()) is not None:
            if stopping.wait(pacer.wait_s(unit.media_s, time.monotonic())):
                return
            yield unit
    finally:
        ahead.leave()


class _Ahead[T]:
    """The thread that reads ahead, and the bounded queue between."""

    def __init__(self, units: Generator[T], stopping: threading.Event) -> None:
        self._units = units
        self._stopping = stopping
        self._left = threading.Event()
        self._queue: queue.Queue[T | IngestError | None] = queue.Queue(MAX_UNITS_AHEAD)
        name = f"{threading.current_thread().name} ahead"
        threading.Thread(target=self._read, name=name, daemon=True).start()

    def get(self) -> T | None:
        """The next unit; None at the end."""
        while not self._stopping.is_set():
            try:
                item = self._queue.get(timeout=_GLANCE_S)
            except queue.Empty:
                continue
            if isinstance(item, IngestError):
                raise item
            return item
        return None

    def leave(self) -> None:
        """Nobody gets any more: the reading thread closes and ends at its next unit."""
        self._left.set()

    def _read(self) -> None:
        ending: IngestError | None = None
        try:
            for unit in self._units:
                if not self._put(unit):
                    break
        except IngestError as error:
            ending = error
        finally:
            self._units.close()
            self._put(ending)

    def _put(self, item: T | IngestError | None) -> bool:
        while not (self._left.is_set() or self._stopping.is_set()):
            try:
                self._queue.put(item, timeout=_GLANCE_S)
            except queue.Full:
                continue
            return True
        return False
