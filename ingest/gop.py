"""The cache of a stream's current GOP: what a reader that comes now needs to have a picture at once."""

from __future__ import annotations

import threading
from dataclasses import replace

from ingest.access_unit import TICKS_PER_SECOND, AccessUnit


class GopCache:
    """The newest keyframe and what follows it, at most `max_seconds` and `max_bytes` of it.

    Smart codecs send GOPs of ten seconds and more: beyond the bounds only the keyframe is kept, and handed
    out marked `held`. Written by the thread that reads the source, read by the event loop. Add an access
    unit before publishing it: then a reader that is live already finds no hole behind the cache.

    An owner whose epoch rises within a GOP (its lease lapsed while the bus was away) adds on: what is cached is
    handed out under the newest epoch, so that readers find the beginning of what they get live.
    """

    def __init__(self, max_seconds: float = 2.0, max_bytes: int = 1_000_000) -> None:
        self._max_ticks = max_seconds * TICKS_PER_SECOND
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._units: list[AccessUnit] = []
        self._bytes = 0
        self._beyond = False
        self._epoch = 0

    def add(self, au: AccessUnit) -> None:
        """Take the stream's next access unit."""
        with self._lock:
            self._epoch = au.epoch
            if au.keyframe:
                self._units = [au]
                self._bytes = len(au.data)
                self._beyond = False
            elif self._units and not self._beyond:
                self._bytes += len(au.data)
                self._beyond = (
                    self._bytes > self._max_bytes or au.timestamp - self._units[0].timestamp > self._max_ticks
                )
                if self._beyond:
                    del self._units[1:]
                else:
                    self._units.append(au)

    def units(self) -> tuple[AccessUnit, ...]:
        """The GOP so far, beginning with its keyframe; empty before the first keyframe."""
        with self._lock:
            units = [replace(self._units[0], held=True)] if self._beyond else list(self._units)
            epoch = self._epoch
        return tuple(au if au.epoch == epoch else replace(au, epoch=epoch) for au in units)

    def clear(self) -> None:
        """Forget everything: the source is another one now."""
        with self._lock:
            self._units = []
            self._bytes = 0
            self._beyond = False
