"""When within its interval a mosaic ticks: soon after its pictures have come.

Cameras keep their pace, so that each one's pictures come at the same place of the interval for minutes. A picture that
comes just after a tick waits for the whole of it: 67 ms at 15 a second, which is more than all the rest of its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# The places of an interval that are told apart (2 ms at 15 a second). A tick moves by one place at a time, which nobody
# sees.
PLACES = 32
# So many ticks are looked at, then the best place is gone to.
LOOK_TICKS = 30
# Not for less than this share of the interval (3 ms at 15 a second), on average: pictures jitter.
_LEAST_GAIN = 0.05


class TickPhase:
    """Moves a mosaic's ticks to where its pictures wait least. Pure; told of each tick."""

    def __init__(self) -> None:
        self._waits = [0] * PLACES
        self._ticks = 0
        self._to_go = 0

    def step(self, waited_s: Iterable[float], interval_s: float) -> float:
        """How much later than its pace (in seconds, negative: earlier) the next tick is to come.

        `waited_s`: how long each picture that was new at this tick had been there.
        """
        if self._to_go:
            direction = 1 if self._to_go > 0 else -1
            self._to_go -= direction
            return direction * interval_s / PLACES
        for wait_s in waited_s:
            self._waits[int(wait_s / interval_s * PLACES) % PLACES] += 1
        self._ticks += 1
        if self._ticks == LOOK_TICKS:
            self._to_go = _best_shift(self._waits)
            self._waits, self._ticks = [0] * PLACES, 0
        return 0.0


def _best_shift(waits: Sequence[int]) -> int:
    """By how many places later (negative: earlier) the same pictures would have waited least; 0 if hardly less."""

    def waited(shift: int) -> int:
        return sum((place + shift) % PLACES * count for place, count in enumerate(waits))

    best = min(range(1 - PLACES // 2, PLACES // 2 + 1), key=lambda shift: (waited(shift), abs(shift)))
    return best if waited(0) - waited(best) > _LEAST_GAIN * PLACES * sum(waits) else 0
