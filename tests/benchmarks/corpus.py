"""1,000 malformed streams, each from its seed, against a real puller: RTSP, SDP, RTP, H.264, H.265 and HLS.

Forty at a time, beside cameras that behave: whether the puller or its FFmpeg dies, whether anything was not foreseen,
whether the others miss a beat, and what it still holds at the end. FFmpeg is killed once in each forty, and a camera
that behaves connects then. About 7 minutes (1 with --quick).
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from ingest.camera_state import StreamStatus
from ingest.ownership import LINGER_SECONDS
from tests.support.malformed import kind_of
from tests.support.malformed.feed import Fed, Feeder, feeder, ffmpeg_deaths_in, unforeseen_in
from tests.support.pull_site import Site, held, pull_site, rss_mb
from tests.support.waiting import eventually

AT_A_TIME = 40
# One time through what each of them sends.
DWELL_S = 2.0

type Json = dict[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--seeds", type=int, default=1000, help="how many streams")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first one")


async def run(options: argparse.Namespace) -> Json:
    """A bus and a puller of its own; leaves nothing behind."""
    seeds = range(options.first, options.first + (min(options.seeds, 120) if options.quick else options.seeds))
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        log = Path(folder) / "puller.log"
        async with pull_site(Path(folder)) as (site, puller), feeder(site, puller) as feeding:
            figures = await _measure(site, puller, feeding, seeds)
        for line in (lines := unforeseen_in(log)):
            print(line, file=sys.stderr)
        died, killed = ffmpeg_deaths_in(log)
    figures["unforeseen"] = max(figures["unforeseen"], len(lines))
    return figures | {"ffmpeg_deaths": died, "ffmpeg_killed": killed}


async def _measure(site: Site, puller: psutil.Process, feeding: Feeder, seeds: range) -> Json:
    began, stolen = time.monotonic(), psutil.cpu_times().steal
    before, memory_mb, fed = held(puller), [rss_mb(puller)], list[Fed]()
    for first in range(seeds.start, seeds.stop, AT_A_TIME):
        batch = range(first, min(first + AT_A_TIME, seeds.stop))
        since = time.monotonic()
        fed.append(await feeding.feed(batch, DWELL_S))
        memory_mb.append(rss_mb(puller))
        gaps = site.gaps(since, time.monotonic())
        print(f"{batch}: {memory_mb[-1]:.0f} MB, {gaps} gaps, unforeseen {fed[-1].unforeseen}", file=sys.stderr)
    seconds = time.monotonic() - began
    await site.demand([])
    with contextlib.suppress(AssertionError):  # what is left then is the finding
        await eventually(lambda: held(puller)["files"] <= before["files"], within=LINGER_SECONDS + 5, every=0.5)
    after = held(puller)
    restarts_s = [one.restart_s for one in fed]
    return {
        "streams": len(seeds),
        "puller_deaths": 0 if puller.is_running() and puller.status() != psutil.STATUS_ZOMBIE else 1,
        "unforeseen": sum(len(one.unforeseen) for one in fed),
        "not_judged": [seed for one in fed for seed in one.not_judged],
        "gaps_over_200ms": site.gaps(began, began + seconds),
        "longest_gap_ms": site.longest_gap_ms(began, began + seconds),
        "slowest_restart_s": None if None in restarts_s else max(filter(None, restarts_s), default=None),
        "seconds": seconds,
        "files": {"before": before["files"], "after": after["files"]},
        "threads": {"before": before["threads"], "after": after["threads"]},
        "rss_mb": {"before": memory_mb[0], "after_the_first": memory_mb[1], "after": memory_mb[-1]},
        "cpu_cores_stolen": (psutil.cpu_times().steal - stolen) / seconds,
        "by_kind": _counted((kind_of(seed), _last(said)) for one in fed for seed, said in one.said.items()),
        "by_state": Counter(_last(said) for one in fed for said in one.said.values()),
    }


def _counted(found: Iterable[tuple[str, str]]) -> dict[str, Counter[str]]:
    """Kind → state → how many."""
    counts: dict[str, Counter[str]] = {}
    for kind, state in found:
        counts.setdefault(kind, Counter())[state] += 1
    return counts


def _last(said: list[StreamStatus]) -> str:
    return said[-1].state.value if said else "none"
