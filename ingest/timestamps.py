"""A source's timestamps made usable: 90 kHz, always rising, whatever the camera's clock does."""

from __future__ import annotations

from ingest.access_unit import TICKS_PER_SECOND

# A gap longer than this is a clock that was set (by an hour, by NTP after a power cut), not a gap between pictures.
MAX_STEP_TICKS = 10 * TICKS_PER_SECOND


class TimestampMap:
    """Maps a source's timestamps, over all its connections, to one rising line of 90 kHz ticks.

    A picture's distance to the one before is the source's where that is plausible, else the distance of their
    arrivals. The line begins at 0 and says nothing about the time of day.
    """

    def __init__(self) -> None:
        self._last_source: int | None = None
        self._last_arrival_ns = 0
        self._last = 0

    def map(self, source: int | None, arrival_ns: int, *, reordered: bool = False) -> int:
        """The timestamp of the next access unit.

        `source` is its presentation time in 90 kHz ticks, unwrapped, or None. `reordered`: the stream has B-frames,
        so that presentation times jump back and forth in the order of arrival; then arrivals alone count.
        """
        step = max(1, (arrival_ns - self._last_arrival_ns) * TICKS_PER_SECOND // 1_000_000_000)
        if source is not None and self._last_source is not None and not reordered:
            distance = source - self._last_source
            if 0 < distance <= MAX_STEP_TICKS:
                step = distance
        if self._last_arrival_ns:
            self._last += step
        self._last_source = source
        self._last_arrival_ns = arrival_ns
        return self._last

    def reconnected(self) -> None:
        """The next source timestamp is of a new connection: only its arrival relates it to the ones before."""
        self._last_source = None
