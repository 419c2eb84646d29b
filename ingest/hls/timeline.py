"""Segments' own times on one line that runs on."""

from __future__ import annotations

from ingest.access_unit import TICKS_PER_SECOND

# MPEG-TS counts to 2^33 (ISO/IEC 13818-1, 2.4.3.6): 26.5 hours.
_WRAP = 1 << 33
MAX_STEP = 5 * TICKS_PER_SECOND
_USUAL_STEP = TICKS_PER_SECOND // 25


class Timeline:
    """Decoding times, in 90 kHz ticks, over wraps, discontinuities and segments that are left out.

    Where a picture's time says nothing of its distance to the one before, that is as long as the one before it.
    """

    def __init__(self) -> None:
        self._time = 0
        self._step = _USUAL_STEP
        self._source: int | None = None

    def anew(self) -> None:
        """What follows has another clock, or is not what follows."""
        self._source = None

    def map(self, source: int | None) -> int:
        """The next picture's time."""
        if source is not None and self._source is not None:
            step = (source - self._source) % _WRAP
            if 0 < step <= MAX_STEP:
                self._step = step
        self._source = source
        self._time += self._step
        return self._time
