"""What many measurements come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def spread(values: Iterable[float]) -> dict[str, float | None]:
    """Median, 95th percentile and maximum, in the values' own unit; None of none."""
    ranked = sorted(values)
    return {"p50": percentile(ranked, 0.5), "p95": percentile(ranked, 0.95), "max": percentile(ranked, 1.0)}


def percentile(ranked: Sequence[float], share: float) -> float | None:
    """The value below which this share of them lies (0 to 1); None of none. `ranked`: from the smallest on."""
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else None
