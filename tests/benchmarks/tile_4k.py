"""64 cameras of 640×360, 15 pictures a second, in one mosaic of 3840×2160 at 10 a second: how many cores, how old.

Through the whole house, as the benchmark tile-live has it, which this is at another size. About 3 minutes.
"""

from __future__ import annotations

import argparse
from typing import Any

from tests.benchmarks.tile_live import live

CELLS = 64
MOSAIC = {"width": 3840, "height": 2160, "fps": 10, "bitrate_kbps": 12_000}


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--seconds", type=float, default=60, help="how long to measure")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """A site of its own; leaves nothing behind."""
    return {**await live(CELLS, 10.0 if options.quick else options.seconds, **MOSAIC), "mosaic": MOSAIC}
