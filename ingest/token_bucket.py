"""A token bucket, as the generic cell rate algorithm: one number instead of a level and a time (ITU-T I.371)."""

from __future__ import annotations

import math


class TokenBucket:
    """Gives at most `burst + rate × t` tokens in any `t` seconds. Times are of one monotonic clock, in seconds.

    `cost`: how many are taken at once. Processes that share what one might have take as many as they are, each from a
    bucket of its own; a cost above the burst is given to a full bucket.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._theoretical = -math.inf  # when a bucket that only ever gave at its rate would have the next token

    def ready_at(self, cost: float = 1) -> float:
        """From when on they can be taken."""
        return self._theoretical - max(0.0, self._burst - cost) / self._rate

    def take(self, now: float, cost: float = 1) -> None:
        """Take them; before they are ready it is a debt, which comes off what there is later."""
        self._theoretical = max(self._theoretical, now) + cost / self._rate

    def full(self, now: float) -> bool:
        """Whether it is as it was at the beginning."""
        return self._theoretical <= now
