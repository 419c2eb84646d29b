"""Which worker should own a stream: rendezvous hashing, a preference that every worker computes alike.

Ownership itself is a lease (ingest.lease): where workers see the site differently for a moment nothing breaks.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

from ingest.camera_state import camera_of


def preferred(stream: str, workers: Mapping[str, float]) -> str | None:
    """The worker that should own `stream`, None if there is none; `workers`: id → capacity, any unit.

    Highest random weight with weights (Thaler and Ravishankar 1998; Schindelhauer and Schomaker 2005): when a
    worker comes or goes only its own streams move, and each gets a share like its capacity. A camera's streams go
    together: one owner can see to it that a wrong password is tried once. So do the versions of a mosaic
    (`mosaic.<display>`, `mosaic.<display>_light`): their cameras are the same, and one tiler decodes each once.
    """
    key = camera_of(stream) or stream.partition("_")[0]
    return max(
        (worker for worker, capacity in workers.items() if capacity > 0),
        key=lambda worker: (_score(key, worker, workers[worker]), worker),
        default=None,
    )


def _score(key: str, worker: str, capacity: float) -> float:
    digest = hashlib.blake2b(f"{key}\0{worker}".encode(), digest_size=8).digest()
    # In the open interval (0, 1), so that the logarithm is neither 0 nor infinite.
    return -capacity / math.log((int.from_bytes(digest) + 0.5) / 2**64)
