"""What a stream is measured to be: pictures a second, length of its GOP, bits a second."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from ingest.access_unit import TICKS_PER_SECOND

WINDOW_S = 10.0
MAX_UNITS = 600


@dataclass(slots=True)
class _Unit:
    arrived_s: float
    timestamp: int
    size: int


class Figures:
    """Over the last ten seconds; the GOP over the last two keyframes. Not thread-safe."""

    def __init__(self) -> None:
        self._units: deque[_Unit] = deque(maxlen=MAX_UNITS)
        self._last_key: int | None = None
        self.gop_s = 0.0

    def add(self, arrived_s: float, timestamp: int, size: int, *, keyframe: bool) -> None:
        """Take an access unit: monotonic seconds, 90 kHz ticks, bytes."""
        self._units.append(_Unit(arrived_s, timestamp, size))
        while self._units[0].arrived_s < arrived_s - WINDOW_S:
            self._units.popleft()
        if keyframe:
            if self._last_key is not None:
                self.gop_s = round((timestamp - self._last_key) / TICKS_PER_SECOND, 2)
            self._last_key = timestamp

    def begin_again(self) -> None:
        """What was measured before says nothing of what comes."""
        self._units.clear()
        self._last_key = None

    @property
    def fps(self) -> float:
        """By the median of the timestamps' distances, so that a lost picture or a pause counts for nothing."""
        times = [unit.timestamp for unit in self._units]
        steps = sorted(b - a for a, b in pairwise(times))
        return round(TICKS_PER_SECOND / steps[len(steps) // 2], 2) if steps else 0.0

    @property
    def bitrate_kbps(self) -> int:
        """Over the window."""
        if len(self._units) < 2:
            return 0
        seconds = self._units[-1].arrived_s - self._units[0].arrived_s
        # The first unit's bytes came before the window began.
        bits = 8 * (sum(unit.size for unit in self._units) - self._units[0].size)
        return round(bits / seconds / 1000) if seconds > 0 else 0
