"""How the cost of a mosaic grows: with its cells, with their size, with its rate. Draws `docs/tile-growth.svg`.

Our tiler alone, offline, as the benchmark `tile` has it (display-aware: what nobody sees at that size is not decoded);
CPU seconds for one second of pictures are cores. Inputs of 640×360 at 15 pictures a second, made ones. Medians of
three. About 8 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import imageio_ffmpeg
from matplotlib.figure import Figure

from tests.benchmarks.tile import ours
from tests.benchmarks.tile_clips import PICTURES, made_clips
from tests.benchmarks.tile_ways import CANVAS, Way
from wallserver.city.clock import FPS

COUNTS = (1, 4, 9, 16, 25, 36, 49, 64)
SIZES = ((960, 540), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))
RATES = (1, 3, 5, 15)
CELLS = 36
ROUNDS = 3
CHART = Path(__file__).parents[2] / "docs" / "tile-growth.svg"


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--chart", type=Path, default=CHART, help="where to draw it")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Make the clips, measure, draw."""
    return await asyncio.to_thread(_run, options.chart, 1 if options.quick else ROUNDS)


def _run(chart: Path, rounds: int) -> dict[str, Any]:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        folder = Path(name)
        clips = [str(clip) for clip in made_clips(ffmpeg, folder)]

        def cores(count: int, canvas: tuple[int, int] = CANVAS, fps: int = FPS) -> float:
            inputs = [clips[number % len(clips)] for number in range(count)]
            taken = [ours(inputs, Way.DISPLAY, folder / "ours.h264", canvas, fps)["cpu_s"] for _ in range(rounds)]
            return median(taken) * FPS / PICTURES

        result = {
            "cells": {str(count): cores(count) for count in COUNTS},
            "canvas": {f"{width}x{height}": cores(CELLS, (width, height)) for width, height in SIZES},
            "fps": {str(fps): cores(CELLS, fps=fps) for fps in RATES},
        }
    _draw(result, chart)
    return {**result, "rounds": rounds}


def _draw(result: dict[str, dict[str, float]], path: Path) -> None:
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    sides = figure.subplots(1, 3, sharey=True)
    cells_wide = {f"{width}x{height}": width / CELLS**0.5 for width, height in SIZES}
    panels = (
        (result["cells"], float, "cells of a mosaic of 1080p"),
        (result["canvas"], cells_wide.__getitem__, f"width of each of {CELLS} cells (pixels)"),
        (result["fps"], float, f"pictures a second of a mosaic of {CELLS} cells"),
    )
    for side, (values, place, label) in zip(sides, panels, strict=True):
        side.plot([place(key) for key in values], list(values.values()), marker="o", color="#2a6f97")
        side.set_xlabel(label)
        side.set_ylim(bottom=0)
        side.set_xlim(left=0)
        side.grid(alpha=0.3)
    sides[0].set_ylabel("cores")
    figure.savefig(path, metadata={"Date": None})
