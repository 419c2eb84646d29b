"""Dozens of cameras into one encoded picture: our tiler against FFmpeg's own `xstack`, CPU seconds for 10 s of picture.

9 to 64 inputs of 640×360 at 15 pictures a second into 1080p, x264 ultrafast, zerolatency, constrained baseline,
4 Mbit/s, a keyframe every 2 s on both sides, which take turns; medians of five. Offline, so that both go as fast as
they can, and nothing but work is counted: user and system time of the whole command (ours without its imports, which
stand beside; FFmpeg's with its start). SSIM (Wang 2004, of luma) of what each made, against a bicubic mosaic of all
pictures that was not encoded.

`full`: every picture, every detail. `display`: what nobody sees at that size is not decoded. `bottom`: keyframes only,
five pictures a second. `ratio` is to `scale=flags=area`, `ratio_bicubic` to FFmpeg's default, both of every picture at
15 a second, with its loop filter. Beside that, FFmpeg told to leave out the same: `ratio_noloop` (display) to it with
`-skip_loop_filter all`, `ratio_nokey` (bottom) to it with `-skip_frame nokey` at five pictures a second. FFmpeg gets
those options that were the fastest of all that we know, tried here before. `columns`: what both sides do for each way.
About 12 minutes where the machine is fast, 40 where it is slow.
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
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import imageio_ffmpeg

from ingest.encoder import GOP_SECONDS
from tests.benchmarks.tile_clips import footage_clips, has_footage, made_clips
from tests.benchmarks.tile_ways import CANVAS, TUNINGS, Tuning, Way, ffmpeg_command, grid_cells
from wallserver.city.clock import FPS

COUNTS = (9, 16, 25, 36, 64)
FOOTAGE_COUNTS = (36, 64)
ROUNDS = 5
TUNED_WITH = 16  # inputs
# FFmpeg told to leave out what we do, and for which way.
SAME = {
    "noloop": (Way.DISPLAY, ("-skip_loop_filter", "all")),
    "nokey": (Way.BOTTOM, ("-skip_frame", "nokey")),
}
# Ours says what its colours mean, FFmpeg's does not: what says otherwise than the other would be converted (and lose).
_SAID = "setparams=range=tv:colorspace=bt709"
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
        clips = made_clips(ffmpeg, bench.folder)
        bench.tune(clips, 2)
        result: dict[str, Any] = bench.compare(clips, counts)
        if has_footage():
            result["footage"] = bench.compare(footage_clips(ffmpeg, bench.folder), FOOTAGE_COUNTS)
        else:
            print("No footage here: made pictures only.", file=sys.stderr)
        said = {"ffmpeg": _version(ffmpeg), "ffmpeg_tuning": bench.tuning, "ffmpeg_tunings_cpu_s": bench.tried}
    return result | said | {"columns": _columns(TUNINGS[bench.tuning]), "rounds": rounds, "ours_threads": 1}


def _columns(tuning: Tuning) -> dict[str, dict[str, Any]]:
    """What both sides do for each way; the encoder's settings are the same."""
    four = [f"{number}.nut" for number in range(4)]
    decoded = {
        Way.FULL: "every picture",
        Way.DISPLAY: "every picture, without loop filter where it is shown at half its size or less",
        Way.BOTTOM: "keyframes",
    }
    return {
        way.value: {
            "fps": way.fps,
            "gop": GOP_SECONDS * way.fps,
            "ours_decodes": decoded[way],
            "ffmpeg": " ".join(ffmpeg_command("ffmpeg", four, "out.h264", tuning)),
            **{
                f"ffmpeg_{side}": " ".join(ffmpeg_command("ffmpeg", four, "out.h264", tuning, way=way, decode=decode))
                for side, (of, decode) in SAME.items()
                if of is way
            },
        }
        for way in Way
    }


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
        self.tuning = next(iter(TUNINGS))
        self.tried: dict[str, float] = {}
        self._ffmpeg = ffmpeg
        self._rounds = rounds

    def tune(self, clips: list[Path], rounds: int) -> None:
        """Find what makes FFmpeg fastest here: `tuning`; what each took: `tried` (the least CPU seconds of some runs).

        A slower yardstick would be a bent measurement.
        """
        inputs = [str(clips[number % len(clips)]) for number in range(TUNED_WITH)]
        for _ in range(rounds):
            for name in TUNINGS:
                self.tuning = name
                took = self._theirs("tuned", inputs, way=Way.FULL)["cpu_s"]
                self.tried[name] = min(took, self.tried.get(name, took))
        self.tuning = min(self.tried, key=self.tried.__getitem__)
        print(f"FFmpeg is fastest with {self.tuning}: {json.dumps(self.tried)}", file=sys.stderr)

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
        for side, (way, decode) in SAME.items():
            sides[side] = partial(self._theirs, side, inputs, way=way, decode=decode)
        taken: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
        for _ in range(self._rounds):
            for side, measure in sides.items():
                taken[side].append(measure())
        cpu_s = {side: median(one["cpu_s"] for one in all_of) for side, all_of in taken.items()}
        ssim = {side: self._ssim(side, inputs) for side in sides}
        rows: dict[Way, dict[str, float]] = {}
        for way in Way:
            rows[way] = {
                "ours_cpu_s": cpu_s[way.value],
                "ours_start_s": median(one["start_s"] for one in taken[way.value]),
                "ffmpeg_cpu_s": cpu_s["area"],
                "ratio": cpu_s[way.value] / cpu_s["area"],
                "ratio_bicubic": cpu_s[way.value] / cpu_s["bicubic"],
                "ssim_ours": ssim[way.value],
                "ssim_ffmpeg": ssim["area"],
                "ssim_ffmpeg_bicubic": ssim["bicubic"],
                "fps": way.fps,
            }
        for side, (way, _) in SAME.items():
            rows[way] |= {
                f"ffmpeg_{side}_cpu_s": cpu_s[side],
                f"ratio_{side}": cpu_s[way.value] / cpu_s[side],
                f"ssim_ffmpeg_{side}": ssim[side],
            }
        rows[Way.DISPLAY]["ssim_loss"] = ssim[Way.FULL.value] - ssim[Way.DISPLAY.value]
        return rows

    def _ours(self, inputs: list[str], way: Way) -> dict[str, float]:
        return ours(inputs, way, self._made(way.value))

    def _theirs(
        self, side: str, inputs: list[str], *, way: Way, scaler: str = "area", decode: Sequence[str] = ()
    ) -> dict[str, float]:
        made, tuning = str(self._made(side)), TUNINGS[self.tuning]
        command = ffmpeg_command(self._ffmpeg, inputs, made, tuning, way=way, scaler=scaler, decode=decode)
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
            f"xstack=inputs={len(cells)}:layout={layout},select=not(mod(n\\,{every})),setpts=N/{way.fps}/TB,{_SAID}[ref]"
        )
        both = f"[0:v]setpts=N/{way.fps}/TB,{_SAID}[made];[made][ref]ssim"
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
