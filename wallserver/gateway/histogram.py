"""How values are spread, as counts between bounds: what gateways say in their heartbeats, and control to Prometheus."""

from __future__ import annotations

from bisect import bisect_left

# Upper bounds of what is counted together. Round trips in seconds: a LAN, a city, a continent, a satellite.
RTT_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
# Shares of packets lost: 2 % is repaired without a freeze, 5 % seldom.
LOSS_BOUNDS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5)


class Histogram:
    """How often values lay between bounds, each upper bound included; the last count is of what lies above them all."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        """One value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def to_json(self) -> list[float]:
        """The counts, not added up, and behind them the sum of all values."""
        return [*self._counts, round(self._sum, 6)]
