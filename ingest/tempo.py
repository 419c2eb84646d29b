"""How often mosaics are made on a machine that may be short of CPU.

When decoding falls behind, every cell shows the past. So mosaics are then made less often, which frees the time of
composing and encoding, and of decoding in every browser: pictures of now 7 times a second are worth more than those of
two seconds ago 15 times. Lighter soon, heavier only after calm, and later each time that heavier was too much: for
these streams. When there are much fewer of them, it is tried at once.
"""

from __future__ import annotations

import structlog

# An access unit that waited longer was decoded late.
BEHIND_S = 0.2
# So much more time late than in time: not one burst, but for good.
PATIENCE_S = 0.75
# Less of it troubles nobody's calm.
SPIKE_S = 0.5
# Until a lighter step shows: what has piled up must be decoded first.
SETTLE_S = 1.5
CALM_S = 30.0
MOST_CALM_S = 480.0
MOST_DIVISOR = 3
# So much less than what was too much is another load, of which its calm says nothing; and how soon it is tried.
RELIEF = 0.8
RELIEF_S = 3.0
# Time without any access unit says nothing of how the machine is doing.
_MOST_PASSED_S = 0.25

log = structlog.get_logger(__name__)


class Tempo:
    """`divisor`: a mosaic is made at every tick (1), at every second or at every third. Times are monotonic seconds.

    Told by one thread at a time, read by any.
    """

    def __init__(self) -> None:
        self.divisor = 1
        self._told_at: float | None = None
        self._late_s = 0.0
        self._calm_since = 0.0
        self._calm_s = CALM_S
        self._streams = self._too_many = 0
        self._lighter_at = float("-inf")
        self._heavier_at = float("-inf")

    @property
    def _calm_until(self) -> float:
        calm_s = RELIEF_S if self._relieved else self._calm_s
        return max(self._calm_since, self._lighter_at, self._heavier_at) + calm_s

    @property
    def _relieved(self) -> bool:
        """Whether there are much fewer streams than were too many."""
        return self.divisor > 1 and 0 < self._streams < RELIEF * self._too_many

    def decodes(self, streams: int, now: float) -> None:
        """So many streams are decoded from now on."""
        was_relieved = self._relieved
        self._streams = streams
        if self._relieved and not was_relieved:
            self._calm_since = now

    def waited(self, wait_s: float, now: float) -> None:
        """An access unit had waited that long when its decoding began."""
        passed = min(now - self._told_at, _MOST_PASSED_S) if self._told_at is not None else 0.0
        self._told_at = now
        if wait_s > BEHIND_S:
            self._late_s = min(PATIENCE_S, self._late_s + passed)
        else:
            self._late_s = max(0.0, self._late_s - passed)
        if self._late_s > SPIKE_S:
            self._calm_since = now
        if self._late_s >= PATIENCE_S and now - self._lighter_at >= SETTLE_S:
            self._lighter(wait_s, now)
        elif wait_s <= BEHIND_S and now >= self._calm_until:
            self._heavier(now)

    def _lighter(self, wait_s: float, now: float) -> None:
        if self.divisor == MOST_DIVISOR:
            return
        if now - self._heavier_at < CALM_S:
            self._calm_s = min(MOST_CALM_S, 2 * self._calm_s)  # that had been too much
        # For a moment there are those of two layouts at a time: that these are too many says nothing of the fewer.
        self._too_many = min(self._streams, self._too_many) if self.divisor > 1 else self._streams
        self.divisor += 1
        self._lighter_at, self._late_s = now, 0.0
        log.warning(
            "short of CPU, mosaics are made less often", every_tick=self.divisor, behind_ms=round(wait_s * 1000)
        )

    def _heavier(self, now: float) -> None:
        if self._heavier_at > self._lighter_at:
            self._calm_s = CALM_S  # the step before has stood
        if self.divisor == 1:
            return
        self.divisor -= 1
        self._heavier_at = now
        log.info("mosaics are made more often again", every_tick=self.divisor)
