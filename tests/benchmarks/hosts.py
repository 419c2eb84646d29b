"""Two pullers on two hosts (network namespaces), a real nats-server with TLS and 40 cameras beside them.

One puller is killed (kill -9) and comes back; its host's cable is pulled and plugged in again; the bus goes away for
ten minutes and comes back. How soon the cameras' pictures are there again, whether the other cameras missed a beat,
whether any camera was pulled twice, or published by two. About 13 minutes (3 with --quick). Needs root.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from tests.benchmarks.spread import spread
from tests.support.many_cameras import FPS, GOP
from tests.support.net_hosts import leave_for_own_network
from tests.support.two_hosts import TwoHosts, two_hosts
from tests.support.waiting import eventually

GAP_S = 0.2
# A load evens out after half a minute of peace, one stream a second.
EVEN_WITHIN_S = 150.0
CABLE_S = 20.0
# For so long after a change everything counts as its consequence.
AFTERMATH_S = 3.0

type Json = dict[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--cameras", type=int, default=40, help="how many")
    parser.add_argument("--away", type=float, default=600, help="for how many seconds the bus is away")


async def run(options: argparse.Namespace) -> Json:
    """A network, a bus, cameras and two hosts of its own; leaves nothing behind. Times are in ms."""
    if os.geteuid() != 0:
        sys.exit("Making network namespaces needs root.")
    away_s = min(options.away, 20) if options.quick else options.away
    figures: Json = {"cameras": options.cameras, "fps": FPS, "gop_s": GOP / FPS, "bus_away_s": away_s}
    await leave_for_own_network()
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with two_hosts(Path(folder), options.cameras) as site:
            second = site.hosts[1]
            scenes: tuple[tuple[str, Callable[[], Awaitable[Json]]], ...] = (
                ("killed", lambda: _lose(site, site.kill_puller(second))),
                ("comes_back", lambda: _even_out(site, site.start_puller(second))),
                ("cable_pulled", lambda: _lose(site, second.cable(plugged=False))),
                ("cable_plugged", lambda: _plug_in(site)),
                ("bus_back", lambda: _bus_away(site, away_s)),
            )
            for name, measure in scenes:
                overtaken = site.pictures.overtaken
                figures[name] = await measure()
                figures[name]["published_by_two"] = site.pictures.overtaken - overtaken
                print(f"{name}: {json.dumps(figures[name])}", file=sys.stderr)
    return figures


async def _lose(site: TwoHosts, losing: Awaitable[None]) -> Json:
    """The second host's cameras are to be live on the first; those of the first are to notice nothing."""
    others = site.owned_by(site.hosts[0])
    lost = await site.lose_second(losing)
    await asyncio.sleep(AFTERMATH_S)
    pictures, live = zip(*lost.values(), strict=True)
    return {
        "cameras": len(lost),
        "pictures_again": _spread(pictures),
        "live_again": _spread(live),
        **_others(site, others),
    }


async def _plug_in(site: TwoHosts) -> Json:
    await asyncio.sleep(CABLE_S)
    return await _even_out(site, site.hosts[1].cable(plugged=True))


async def _even_out(site: TwoHosts, coming: Awaitable[None]) -> Json:
    """Each host is to have its cameras again."""
    before = {stream: site.owner(stream) for stream in site.streams}
    site.forget()
    began = time.monotonic()
    await coming
    await eventually(site.even, within=EVEN_WITHIN_S, every=0.2)
    seconds = time.monotonic() - began
    await asyncio.sleep(AFTERMATH_S)
    moved = [stream for stream in site.streams if site.owner(stream) != before[stream]]
    doubled_s = site.sessions.doubled_s
    return {
        "cameras": len(moved),
        "even_after": seconds * 1000,
        "gap_of_a_moved_camera": _spread(site.pictures.gaps(moved, GAP_S)),
        "pulled_twice": {"cameras": len(doubled_s), "longest": max(doubled_s, default=0.0) * 1000},
        **_others(site, [stream for stream in site.streams if stream not in moved]),
    }


async def _bus_away(site: TwoHosts, seconds: float) -> Json:
    """Everything goes on by itself; no camera is connected to anew."""
    site.forget()
    await site.stop_bus()
    await asyncio.sleep(seconds)
    came = time.monotonic()
    await site.start_bus()
    await eventually(lambda: all(site.pictures.first_after(stream, came) for stream in site.streams), within=60)
    again = [site.pictures.first_after(stream, came) for stream in site.streams]
    await eventually(site.even, within=EVEN_WITHIN_S, every=0.2)
    return {"pictures_again": _spread(again), "new_sessions_with_cameras": site.sessions.began}


def _others(site: TwoHosts, streams: Collection[str]) -> Json:
    return {
        "others": len(streams),
        "others_gaps_over_200ms": len(site.pictures.gaps(streams, GAP_S)),
        "others_longest_gap": 1000 * max(site.pictures.gaps(streams, 0.0), default=0.0),
        "others_missing": site.pictures.missing(streams),
    }


def _spread(seconds: Iterable[float | None]) -> Json:
    """In ms; of those that came."""
    return spread(second * 1000 for second in seconds if second is not None)
