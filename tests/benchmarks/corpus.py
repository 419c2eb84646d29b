"""1,000 malformed streams, each from its seed, against a real puller: RTSP, SDP, RTP, H.264, H.265 and HLS.

Forty at a time, beside cameras that behave: whether the puller or its FFmpeg dies, whether anything was not foreseen,
whether the others miss a beat, and what it still holds at the end. About 4 minutes (40 s with --quick).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from ingest import causes
from ingest.ownership import LINGER_SECONDS
from tests.support.malformed import kind_of
from tests.support.malformed.feed import FFMPEG_DIED, UNFORESEEN, feed
from tests.support.pull_site import Site, pull_site
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
    count = min(options.seeds, 120) if options.quick else options.seeds
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with pull_site(Path(folder)) as (site, puller):
            figures = await _measure(site, puller, range(options.first, options.first + count))
        log = (Path(folder) / "puller.log").read_text()
    for line in log.splitlines():
        if UNFORESEEN in line:
            print(line, file=sys.stderr)
    return figures | {"ffmpeg_deaths": log.count(FFMPEG_DIED), "unforeseen_in_log": log.count(UNFORESEEN)}


async def _measure(site: Site, puller: psutil.Process, seeds: range) -> Json:
    began, before, rss_mb = time.monotonic(), _held(puller), [_rss_mb(puller)]
    by_state: dict[str, Counter[str]] = {}
    not_judged, unforeseen = [], []
    for first in range(seeds.start, seeds.stop, AT_A_TIME):
        batch = range(first, min(first + AT_A_TIME, seeds.stop))
        for seed, said in (await feed(site, batch, DWELL_S)).items():
            states = by_state.setdefault(kind_of(seed), Counter())
            states.update([said[-1].state if said else "none"])
            not_judged += [] if said else [seed]
            unforeseen += [seed] if any(one.cause_en == causes.FAILED.english for one in said) else []
        rss_mb.append(_rss_mb(puller))
        print(f"{batch.stop}: {puller.memory_info().rss // 1_000_000} MB", file=sys.stderr)
    seconds = time.monotonic() - began
    await site.demand([])
    await eventually(lambda: puller.num_fds() <= before["files"] + 2, within=LINGER_SECONDS + 5, every=0.5)
    return {
        "streams": len(seeds),
        "puller_deaths": 0 if puller.is_running() and puller.status() != psutil.STATUS_ZOMBIE else 1,
        "not_judged": not_judged,
        "unforeseen": unforeseen,
        "gaps_over_200ms": site.gaps(began, began + seconds),
        "by_state": {kind: dict(states) for kind, states in sorted(by_state.items())},
        "seconds": seconds,
        "held": {"before": before, "after": _held(puller)},
        "rss_mb": {"before": rss_mb[0], "after_the_first": rss_mb[1], "after": rss_mb[-1]},
    }


def _held(puller: psutil.Process) -> dict[str, int]:
    return {"files": puller.num_fds(), "threads": puller.num_threads()}


def _rss_mb(puller: psutil.Process) -> float:
    return float(puller.memory_info().rss) / 1e6
