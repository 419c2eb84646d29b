"""Run one benchmark by name; the last line on standard output is one line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import math
import os
import platform
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

NAMES = {
    "catalogue": "7,490 cameras: start, search, the console in Chromium, previews (about 8 minutes)",
    "churn": "5,000 WHEP viewers come and go: memory, descriptors and tasks of the gateway (about 10 minutes)",
    "corpus": "1,000 malformed streams against a puller: deaths, what was not foreseen, gaps (about 4 minutes)",
    "faults": "cameras that misbehave in every way, against a puller: detection, wrong states (about 6 minutes)",
    "flood": "1,000 WHEP offers a second while a camera is watched: what its pictures notice of it (about 1 minute)",
    "hls": "HLS of one stream of 4 Mbit/s: the gateway for it and for 100 direct viewers (2 minutes)",
    "hls-soak": "the public's HLS in FFmpeg, GStreamer and Chromium: stalls, errors, gaps (30 minutes, or --minutes)",
    "hosts": "two pullers on two hosts: one is killed, cut off, the bus is away for ten minutes (15 minutes)",
    "join": "36 passthrough cells of a page, and a WHEP player: how soon pictures are there (about 4 minutes)",
    "kiosk": "a display whose wall is edited every 5 s: heap, nodes, connections, memory (20 minutes, or --minutes)",
    "latency": "glass to glass, a live-encoded camera to a canvas in Chromium (about 3 minutes)",
    "loss": "a player behind 2 % and 5 % of loss, outages of 300 ms, jitter: freezes, recovery (about 7 minutes)",
    "plan": "16, 36 and 64 cells in three ways (planner, all passthrough, all mosaic): CPU, drops (about 12 minutes)",
    "public": "a crowd on the public page and a flood of offers: what operators notice (about 6 minutes)",
    "publish": "a draft of two displays, 50 times in two ways: from the API call to both screens (about 4 minutes)",
    "pull": "300 simulated cameras pulled and published for a minute: cores, memory, gaps (about 2 minutes)",
    "push": "20 viewers of 4 Mbit/s: CPU of our sender, aiortc's and Janus; ours with 1 to 200 (about 9 minutes)",
    "span": "a camera over two displays, each in a browser: how far apart its two halves are (about a minute)",
    "storm": "100 viewers ask for a keyframe at once, ten times: what that costs the tiler (about a minute)",
    "sweep": "500 cameras, a tenth of them broken, visited in turn: visits a second, cores, what is found (2 minutes)",
    "switch": "camera to camera in a cell, 100 times: from the API call to the screen (about 3 minutes)",
    "tile": "9 to 64 cameras into one picture, ours against FFmpeg's xstack: CPU, SSIM (about 30 minutes)",
    "tile-4k": "64 cameras in a mosaic of 3840×2160 through the house: cores, ages (about 3 minutes)",
    "tile-growth": "how a mosaic's cost grows with cells, their size and its rate: a chart (about 8 minutes)",
    "tile-live": "36 and 64 cameras in a mosaic through the house: cores, ages of pictures (about 5 minutes)",
    "tile-soak": "36 cameras for 30 minutes, a third of them changing or dying each minute: late pictures, memory",
    "wall": "36 cameras on one display for 5 minutes: cores, memory, stale cells (about 7 minutes)",
}


def arguments() -> argparse.Namespace:
    """Parse the command line; each benchmark adds its own options."""
    listing = "\n".join(f"  {name:12} {text}" for name, text in NAMES.items())
    parser = argparse.ArgumentParser(
        prog="./run bench", epilog=f"benchmarks:\n{listing}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=list(NAMES))
    known, rest = parser.parse_known_args(sys.argv[1:2])
    module = importlib.import_module(f"tests.benchmarks.{known.name.replace('-', '_')}")
    own = argparse.ArgumentParser(
        prog=f"./run bench {known.name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own.add_argument("--json", action="store_true", help="end with one line of JSON")
    own.add_argument("--quick", action="store_true", help="shorter, for CI: the same JSON, coarser figures")
    module.options(own)
    return argparse.Namespace(module=module, **vars(own.parse_args([*rest, *sys.argv[2:]])))


def finite(value: Any) -> Any:
    """JSON without NaN: what could not be measured is null."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def show(result: dict[str, Any]) -> None:
    """Print the figures as a table for people."""
    table = Table("figure", "value", title=f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
    for key, value in result.items():
        rows = value.items() if isinstance(value, dict) else [("", value)]
        for name, item in rows:
            table.add_row(f"{key}.{name}" if name else key, json.dumps(item))
    Console(file=sys.stdout).print(table)


def main() -> None:
    """Run the benchmark that the command line names."""
    options = arguments()
    result = finite(asyncio.run(options.module.run(options)))
    show(result)
    if options.json:
        print(json.dumps(result, allow_nan=False), flush=True)


if __name__ == "__main__":
    main()
