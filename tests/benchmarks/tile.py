"""Dozens of cameras into one encoded picture: our tiler against FFmpeg's own `xstack`, CPU seconds for 20 s of picture.

9 to 64 inputs of 640×360 at 15 pictures a second into 1080p, x264 ultrafast, zerolatency, constrained baseline,
4 Mbit/s, a keyframe every 2 s on both sides, which take turns; medians of five. Offline, so that both go as fast as
they can, and nothing but work is counted: user and system time of the whole command (ours without its imports, which
stand beside). SSIM (Wang 2004, of luma) of what each made, against a bicubic mosaic of all pictures that was not
encoded.

`full`: every picture, every detail. `display`: what nobody sees at that size is not decoded. `bottom`: keyframes only,
five pictures a second. `ratio` is to `scale=flags=area`, `ratio_bicubic` to FFmpeg's default, both of every picture at
15 a second; `ratio_nokey` (bottom) to FFmpeg with `-skip_frame nokey` at five. About 25 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import imageio_ffmpeg

from tests.benchmarks.tile_clips import footage_clips, has_footage, made_clips
from tests.benchmarks.tile_ways import CANVAS, Way, ffmpeg_command, grid_cells
from wallserver.city.clock import FPS

COUNTS = (9, 16, 25, 36, 64)
ROUNDS = 5
type Measure = Callable[[], dict[str, float]]


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, help="inputs of a mosaic, square numbers")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each side has its turn")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Make the clips, let both sides take turns."""
    return await asyncio.to_thread(
        _run, (36,) if options.quick else options.counts, 1 if options.quick else options.rounds
    )


def _run(counts: tuple[int, ...], rounds: int) -> dict[str, Any]:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        bench = Bench(ffmpeg, Path(name), rounds)
        result: dict[str, Any] = bench.compare(made_clips(ffmpeg, bench.folder), counts)
        if has_footage():
            result["footage"] = bench.compare(footage_clips(ffmpeg, bench.folder), counts)
        else:
            print("No footage here: made pictures only.", file=sys.stderr)
    example = ffmpeg_command("ffmpeg", ["0.nut", "1.nut", "2.nut", "3.nut"], "out.h264", way=Way.FULL)
    return result | {"ffmpeg": _version(ffmpeg), "command_of_four": " ".join(example), "rounds": rounds, "threads": 1}


def ours(inputs: list[str], way: Way, output: Path, canvas: tuple[int, int] = CANVAS, fps: int = 0) -> dict[str, float]:
    """Our tiler over these clips, in a process of its own: {start_s, cpu_s}. `fps`: 0 is the way's own."""
    size = f"{canvas[0]}x{canvas[1]}"
    command = [sys.executable, "-m", "tests.benchmarks.tile_ours", way.value, size, str(fps or way.fps), str(output)]
    done = subprocess.run([*command, *inputs], check=True, stdout=subprocess.PIPE)
    took: dict[str, float] = json.loads(done.stdout)
    return took


class Bench:
    """Both sides, over the same clips."""

    def __init__(self, ffmpeg: str, folder: Path, rounds: int) -> None:
        self.folder = folder
        self._ffmpeg = ffmpeg
        self._rounds = rounds

    def compare(self, clips: list[Path], counts: tuple[int, ...]) -> dict[str, dict[str, Any]]:
        """By way and number of inputs."""
        result: dict[str, dict[str, Any]] = {way.value: {} for way in Way}
        for count in counts:
            inputs = [str(clips[number % len(clips)]) for number in range(count)]
            for way, row in self._count(inputs).items():
                result[way.value][str(count)] = row
                print(f"{way.value} {count}: {json.dumps(row)}", file=sys.stderr)
        return result

    def _count(self, inputs: list[str]) -> dict[Way, dict[str, float]]:
        sides: dict[str, Measure] = {way.value: partial(self._ours, inputs, way) for way in Way}
        sides["area"] = partial(self._theirs, "area", inputs, way=Way.FULL)
        sides["bicubic"] = partial(self._theirs, "bicubic", inputs, way=Way.FULL, scaler="bicubic")
        sides["nokey"] = partial(self._theirs, "nokey", inputs, way=Way.BOTTOM, nokey=True)
        taken: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
        for _ in range(self._rounds):
            for side, measure in sides.items():
                taken[side].append(measure())
        cpu_s = {side: median(one["cpu_s"] for one in all_of) for side, all_of in taken.items()}
        ssim = {side: self._ssim(side, inputs) for side in sides}
        rows = {}
        for way in Way:
            rows[way] = {
                "ours_cpu_s": cpu_s[way.value],
                "ours_start_s": median(one["start_s"] for one in taken[way.value]),
                "ffmpeg_cpu_s": cpu_s["area"],
                "ratio": cpu_s[way.value] / cpu_s["area"],
                "ratio_bicubic": cpu_s[way.value] / cpu_s["bicubic"],
                "ssim_ours": ssim[way.value],
                "ssim_ffmpeg": ssim["nokey" if way is Way.BOTTOM else "area"],
                "ssim_ffmpeg_bicubic": ssim["bicubic"],
                "fps": way.fps,
            }
        rows[Way.BOTTOM] |= {"ffmpeg_nokey_cpu_s": cpu_s["nokey"], "ratio_nokey": cpu_s["bottom"] / cpu_s["nokey"]}
        return rows

    def _ours(self, inputs: list[str], way: Way) -> dict[str, float]:
        return ours(inputs, way, self._made(way.value))

    def _theirs(
        self, side: str, inputs: list[str], *, way: Way, scaler: str = "area", nokey: bool = False
    ) -> dict[str, float]:
        command = ffmpeg_command(self._ffmpeg, inputs, str(self._made(side)), way=way, scaler=scaler, nokey=nokey)
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"FFmpeg failed with {process.returncode}")
        return {"cpu_s": usage.ru_utime + usage.ru_stime}

    def _made(self, side: str) -> Path:
        return self.folder / f"{side}.h264"

    def _ssim(self, side: str, inputs: list[str]) -> float:
        """Of what a side made last, every picture of it."""
        way = Way.BOTTOM if side in {"bottom", "nokey"} else Way.FULL
        cells = grid_cells(len(inputs), way)
        scaled = [
            f"[{n + 1}:v]scale={cell.w}:{cell.h}:flags=bicubic+accurate_rnd[c{n}]" for n, cell in enumerate(cells)
        ]
        layout = "|".join(f"{cell.x}_{cell.y}" for cell in cells)
        every = FPS // way.fps
        stacked = "".join(f"[c{n}]" for n in range(len(cells))) + (
            f"xstack=inputs={len(cells)}:layout={layout},select=not(mod(n\\,{every})),setpts=N/{way.fps}/TB[ref]"
        )
        both = f"[0:v]setpts=N/{way.fps}/TB[made];[made][ref]ssim"
        sources = [part for clip in inputs for part in ("-i", clip)]
        command = [
            *(self._ffmpeg, "-nostdin", "-framerate", str(way.fps), "-i", str(self._made(side)), *sources),
            *("-filter_complex", ";".join([*scaled, stacked, both]), "-f", "null", "-"),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = re.findall(r"SSIM Y:([0-9.]+)", done.stderr)
        return float(found[-1])


def _version(ffmpeg: str) -> str:
    said = subprocess.run([ffmpeg, "-version"], check=True, capture_output=True, text=True).stdout
    return said.splitlines()[0]
