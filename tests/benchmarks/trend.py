"""What a figure does over time: for what has to be flat over months."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

type Sample = tuple[float, float]
"""When (seconds), and how much."""


def trend(samples: Sequence[Sample]) -> dict[str, float]:
    """First, last and largest value; and by how much it rises in an hour, by least squares.

    The slope leaves out the first third, in which caches fill.
    """
    later = samples[len(samples) // 3 :]
    values = [value for _, value in samples]
    slope = float(np.polyfit([at for at, _ in later], [value for _, value in later], 1)[0]) if len(later) > 1 else 0.0
    return {"begin": values[0], "end": values[-1], "max": max(values), "per_hour": 3600 * slope}
