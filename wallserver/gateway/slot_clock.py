"""One unbroken line of 90 kHz timestamps out of whatever sources stand behind a slot."""

from __future__ import annotations

# Two pictures never share a timestamp: within a burst they stand 1 ms apart.
STEP = 90

# The lowest bits of a timestamp tell so many layouts in a row apart, which are told of on another way and may be late.
# A power of two, so that they outlive the wrap and a sender's origin; less than STEP, so that timestamps rise.
MARKS = 8

# A source's clock that falls this far behind is not late but has been set anew. 10 s.
MAX_LATE = 900_000

# A timestamp this far before the last one sent is a clock that stepped back, not a burst catching up. 1 s.
MAX_BACK = 90_000


class SlotClock:
    """Stamps access units for the wire: strictly rising, with the source's own spacing, never ahead of real
    time.

    The source's clock is tied to real time by its *earliest* access unit: one that comes sooner than its
    timestamp says ties it anew. So a burst of a cached GOP, which all comes at once, is compressed into
    steps of 1 ms that end now, and the pictures after it keep the source's spacing. A browser then shows
    the newest picture at once (measured: with the GOP's own spacing it would play two seconds in slow
    order).
    """

    __slots__ = ("_last", "_mark", "_shift")

    def __init__(self) -> None:
        self._last: int | None = None
        self._shift: int | None = None
        self._mark: int | None = None

    @property
    def last(self) -> int | None:
        """The last stamp given, in 90 kHz ticks; None before the first."""
        return self._last

    def restart(self) -> None:
        """Another source follows, or the same one begins again: its first access unit is stamped 'now'."""
        self._shift = None

    def tell_apart(self) -> None:
        """What follows is of another layout: its timestamps are marked in another way than those before."""
        self._mark = 0 if self._mark is None else (self._mark + 1) % MARKS

    def stamp(self, source: int, now: int) -> int:
        """The timestamp to send for a source timestamp that is handed out at `now` (both 90 kHz ticks)."""
        natural = now if self._shift is None else source + self._shift
        earliest = natural if self._last is None else self._last + STEP
        if natural > now or natural < now - MAX_LATE or natural < earliest - MAX_BACK:
            natural = now
        self._shift = natural - source
        self._last = max(natural, earliest)
        if self._mark is not None:
            self._last += (self._mark - self._last) % MARKS
        return self._last
