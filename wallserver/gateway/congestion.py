"""Whether a viewer keeps up with what it is sent, by what it reports and by what had to be dropped. Pure."""

from __future__ import annotations

# The share of packets lost from which on a network is too narrow, and not only bad: browsers' own reckoning halves its
# rate there too (draft-ietf-rmcat-gcc, 6). What is lost below is sent once more and does not hurt.
MUCH_LOST = 0.1
# For so long, from one report to a later one, before it counts.
LOSING_S = 3.0
# Back to the full picture after so much calm; twice as much each time that it was too early.
CALM_S = 30.0
MOST_CALM_S = 600.0


class Congestion:
    """`light`: the viewer is to get less. At once when it is behind, heavier only after calm."""

    def __init__(self) -> None:
        self.light = False
        self._losing_since: float | None = None
        self._bad_at = 0.0
        self._heavier_at: float | None = None
        self._calm_s = CALM_S

    def look(self, now: float, lost: float, dropped: int, said_at: float) -> bool:
        """Once a second, by the monotonic clock; whether `light` changed.

        `lost`: the share of packets (0 to 1) that the viewer missed lately, as it said at `said_at`: what it says once
        counts once. `dropped`: access units that it was not given since the last look, because those before had not
        left in time.
        """
        if lost < MUCH_LOST:
            self._losing_since = None
        elif self._losing_since is None:
            self._losing_since = said_at
        losing = self._losing_since is not None and said_at - self._losing_since >= LOSING_S
        if dropped or losing:
            self._bad_at = now
            return self._become_light(now)
        if self.light and now - self._bad_at >= self._calm_s:
            self.light, self._heavier_at = False, now
            return True
        return False

    def _become_light(self, now: float) -> bool:
        if self.light:
            return False
        too_early = self._heavier_at is not None and now - self._heavier_at < self._calm_s
        self._calm_s = min(2 * self._calm_s, MOST_CALM_S) if too_early else CALM_S
        self.light = True
        return True
