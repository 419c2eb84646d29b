"""1,000 malformed streams, each from its seed, against a real puller: RTSP, SDP, RTP, H.264, H.265 and HLS.

Forty at a time, beside cameras that behave: whether the puller or its FFmpeg dies, whether anything was not foreseen,
whether the others miss a beat, and what it still holds at the end. FFmpeg is killed once in each forty, and a camera
that behaves connects then. About 7 minutes (1 with --quick).
"""

from __future__ import annotations

import argparse
import asyncio
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
from tests.support.pull_site import GAP_MS, Site, held, pull_site, rss_mb
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
    work = _Work(puller)
    before, memory_mb, fed = held(puller), [rss_mb(puller)], list[Fed]()
    for first in range(seeds.start, seeds.stop, AT_A_TIME):
        batch = range(first, min(first + AT_A_TIME, seeds.stop))
        since = time.monotonic()
        fed.append(await feeding.feed(batch, DWELL_S))
        memory_mb.append(rss_mb(puller))
        pauses = len(site.gaps(since, time.monotonic()))
        print(f"{batch}: {memory_mb[-1]:.0f} MB, {pauses} pauses, unforeseen {fed[-1].unforeseen}", file=sys.stderr)
    seconds = time.monotonic() - began
    await work.stop()
    await site.demand([])
    with contextlib.suppress(AssertionError):  # what is left then is the finding
        await eventually(lambda: held(puller)["files"] <= before["files"], within=LINGER_SECONDS + 5, every=0.5)
    after = held(puller)
    gaps = site.gaps(began, began + seconds)
    return {
        "streams": len(seeds),
        "puller_deaths": 0 if puller.is_running() and puller.status() != psutil.STATUS_ZOMBIE else 1,
        "unforeseen": sum(len(one.unforeseen) for one in fed),
        "not_judged": [seed for one in fed for seed in one.not_judged],
        "gaps_over_200ms": len(gaps),
        # Of these pauses, those in which the puller was at work for so long itself, and not waiting for a core.
        "gaps_at_work": sum(work.within(*gap) * 1000 > GAP_MS for gap in gaps),
        "longest_gap_ms": max((later - earlier for earlier, later in gaps), default=0.0) * 1000,
        "most_work_in_a_gap_ms": max((work.within(*gap) for gap in gaps), default=0.0) * 1000,
        "slowest_restart_s": _slowest(one.restart_s for one in fed),
        "slowest_newcomer_s": _slowest(one.newcomer_s for one in fed),
        "seconds": seconds,
        "files": {"before": before["files"], "after": after["files"]},
        "threads": {"before": before["threads"], "after": after["threads"]},
        "rss_mb": {"before": memory_mb[0], "after_the_first": memory_mb[1], "after": memory_mb[-1]},
        "cpu_cores_stolen": (psutil.cpu_times().steal - stolen) / seconds,
        "by_kind": _counted((kind_of(seed), _last(said)) for one in fed for seed, said in one.said.items()),
        "by_state": Counter(_last(said) for one in fed for said in one.said.values()),
    }


class _Work:
    """How long a process has computed, looked at 50 times a second. Stop it."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._seen: list[tuple[float, float]] = []
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def within(self, since: float, until: float) -> float:
        """Seconds of CPU time, all threads together."""
        before = [cpu for at, cpu in self._seen if at <= since]
        after = next((cpu for at, cpu in self._seen if at >= until), None)
        return (after if after is not None else self._seen[-1][1]) - (before[-1] if before else 0.0)

    async def _look(self) -> None:
        while True:
            times = self._process.cpu_times()
            self._seen.append((time.monotonic(), times.user + times.system))
            await asyncio.sleep(0.02)


def _slowest(times_s: Iterable[float | None]) -> float | None:
    found = list(times_s)
    return None if None in found else max(filter(None, found), default=None)


def _counted(found: Iterable[tuple[str, str]]) -> dict[str, Counter[str]]:
    """Kind → state → how many."""
    counts: dict[str, Counter[str]] = {}
    for kind, state in found:
        counts.setdefault(kind, Counter())[state] += 1
    return counts


def _last(said: list[StreamStatus]) -> str:
    return said[-1].state.value if said else "none"
