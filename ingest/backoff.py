"""How long to wait before trying a camera again."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable

# The first ceiling; also how soon those try again whose neighbour is back.
FIRST_S = 0.5
HEALTHY_S = 30.0


class Importance(enum.IntEnum):
    """How much somebody wants to see a stream; the lower goes first."""

    SHOWN = 0  # a plan has it on a display
    DEMANDED = 1  # a player or a mosaic needs it
    REST = 2


CAP_S = {Importance.SHOWN: 5.0, Importance.DEMANDED: 15.0, Importance.REST: 60.0}


class Backoff:
    """Exponential backoff with full jitter: between 0 and a ceiling that doubles up to CAP_S.

    Full jitter, so that thousands of cameras that come back at once are not asked at once (fixed 10 s: 3,775 attempts
    within 100 ms; full jitter: 123). The ceiling falls back only after HEALTHY_S of health, so that a camera that
    answers briefly and fails again is not hammered. `draw` answers numbers in [0, 1).
    """

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._failures = 0

    def next(self, healthy_for_s: float, importance: Importance) -> float:
        """Seconds to wait after a failure that ended `healthy_for_s` seconds of health (0: there was none)."""
        if healthy_for_s >= HEALTHY_S:
            self._failures = 0
        ceiling = min(CAP_S[importance], FIRST_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return ceiling * self._draw()
