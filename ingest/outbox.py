"""Access units on their way to the event loop that publishes them: bounded, in order, never half a GOP."""

from __future__ import annotations

import threading
from collections import deque

from ingest.access_unit import AccessUnit

MAX_UNITS = 60
MAX_BYTES = 8 * 1024 * 1024


class Outbox:
    """A queue for each stream, bounded by MAX_UNITS and MAX_BYTES, taken from in turn.

    Where a stream exceeds them, what it has waiting is dropped, and all it brings until its next keyframe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: deque[str] = deque()
        self._streams: dict[str, _Waiting] = {}
        self._asleep = False
        self.dropped = 0

    def put(self, au: AccessUnit) -> bool:
        """Take `au` from any thread; True if the one who takes is asleep and has to be woken, said once."""
        with self._lock:
            waiting = self._streams.setdefault(au.stream, _Waiting())
            if waiting.units and (len(waiting.units) >= MAX_UNITS or waiting.size + len(au.data) > MAX_BYTES):
                self.dropped += len(waiting.units)
                waiting.units.clear()
                waiting.size = 0
                waiting.broken = True
            if waiting.broken and not au.keyframe:
                self.dropped += 1
                return False
            waiting.broken = False
            waiting.units.append(au)
            waiting.size += len(au.data)
            if not waiting.in_turn:
                waiting.in_turn = True
                self._turns.append(au.stream)
            asleep, self._asleep = self._asleep, False
            return asleep

    def take(self) -> AccessUnit | None:
        """The oldest access unit of the stream whose turn it is, None if there is none."""
        with self._lock:
            while self._turns:
                stream = self._turns.popleft()
                waiting = self._streams[stream]
                if not waiting.units:  # taken, or dropped since
                    waiting.in_turn = False
                    if not waiting.broken:
                        del self._streams[stream]  # replays and mosaics have new names for ever
                    continue
                au = waiting.units.popleft()
                waiting.size -= len(au.data)
                # In turn until it has been found empty: so a stream is in `_turns` at most once.
                self._turns.append(stream)
                return au
            return None

    def sleep(self) -> bool:
        """The one who takes goes to sleep; False if there is something to take."""
        with self._lock:
            self._asleep = not any(self._streams[stream].units for stream in self._turns)
            return self._asleep


class _Waiting:
    """What one stream has waiting. `broken`: until its next keyframe nothing is taken."""

    __slots__ = ("broken", "in_turn", "size", "units")

    def __init__(self) -> None:
        self.units: deque[AccessUnit] = deque()
        self.size = 0
        self.broken = False
        self.in_turn = False
