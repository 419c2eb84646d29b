"""A token bucket, as the generic cell rate algorithm: one number instead of a level and a time (ITU-T I.371)."""

from __future__ import annotations

import math


class TokenBucket:
    """Gives at most `burst + rate × t` tokens in any `t` seconds, in parts to several processes.

    `share` is how many processes have an equal part each: a 1/share of the rate and of the burst, of which one token
    at least. Times are those of one monotonic clock, in seconds.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._theoretical = -math.inf  # when a bucket that only ever gave at its rate would have the next token

    def ready_at(self, share: int = 1) -> float:
        """From when on a token can be taken."""
        return self._theoretical - max(0.0, self._burst - share) / self._rate

    def take(self, now: float, share: int = 1) -> None:
        """Take a token; only once it is ready."""
        self._theoretical = max(self._theoretical, now) + share / self._rate

    def full(self, now: float) -> bool:
        """Whether it is as it was at the beginning."""
        return self._theoretical <= now
