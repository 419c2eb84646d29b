"""20 viewers of a mosaic of 4 Mbit/s (1080p, 15 pictures a second): the CPU that each server takes to send it.

Our sender, aiortc's own (`gateway.sender: stock`) and Janus' streaming plugin, in turn, several rounds, of which the
medians count: the same access units, the same drain clients, the same SRTP profile. Then our sender with 1 to 200
viewers. Gateways, bus and Janus have one core, whoever publishes, feeds and drains has the other ones. The load offered
is what arrived of 15 pictures a second for each viewer, packets that are missing taken off; a run that is off by more
than a tenth is invalid. Reading the bus is what the stream costs a gateway while its viewer has not come yet.
About 9 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import socket
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ingest.bus import Bus
from tests.benchmarks.cores import cpu_s, running_on
from tests.benchmarks.push_servers import GatewayServer, JanusServer, Server, connect_all, feed
from tests.support import janus
from tests.support.drain import Count, Drain, draining
from tests.support.gateways import gateway_process
from tests.support.nats import BusServer, bus_server_in
from tests.support.recording import FPS, LOOP_S, Recording, encode
from wallserver.gateway.addresses import family_of, own_addresses

STREAM, BITS = "mosaic.bench", 4_000_000
NOBODYS_STREAM = "mosaic.nobodys"
LOOPBACK = "127.0.0.1"
# What the gateway gives browsers, and what browsers and servers without AES-GCM have (RFC 5764, RFC 7714).
PROFILES = ("SRTP_AEAD_AES_256_GCM", "SRTP_AES128_CM_SHA1_80")
GROWTH = (1, 5, 20, 50, 100, 200)
# What a load may differ from what is due.
TOLERANCE = 0.1
# At the beginning each viewer gets a cached GOP; that has left when pictures come no faster than they are made.
SETTLED, SETTLE_WITHIN_S = 0.03, 30.0
# Less than a gateway keeps a session whose viewer does not come.
WAITING_S = 12.0


@dataclass(frozen=True, slots=True)
class Load:
    """One measurement: CPU, and what arrived. `offered`: the share of the packets that were due."""

    ms_per_s: float
    packets_per_s: float
    mbps_per_viewer: float
    lost: float
    offered: float


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--viewers", type=int, default=20, help="viewers of each server in the comparison")
    parser.add_argument("--seconds", type=float, default=2 * LOOP_S, help="how long each measurement lasts")
    parser.add_argument("--rounds", type=int, default=3, help="how often each server has its turn")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up bus, gateways, Janus and drains; measure; leave nothing behind."""
    seconds, rounds = (LOOP_S, 1) if options.quick else (options.seconds, options.rounds)
    units = encode(BITS)
    house, others = _cores()
    os.sched_setaffinity(0, others)
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        async with AsyncExitStack() as stack:
            bench = await Bench.up(stack, Path(name), units, house, seconds)
            result = await _compare(bench, options.viewers, rounds)
            result |= await _grow(bench)
    result["affinity"] = {"house": sorted(house), "drains_and_publisher": sorted(others)}
    result["seconds"], result["rounds"], result["viewers"] = seconds, rounds, options.viewers
    return result


def _cores() -> tuple[set[int], set[int]]:
    """For the house, and for all others."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


def _own_address() -> str:
    """Where servers and drains meet, without leaving the host: Janus knows no 127.0.0.1."""
    return next((address for address in own_addresses() if family_of(address) == socket.AF_INET), LOOPBACK)


class Bench:
    """All that runs. `servers`: what is compared, by name; without Janus where that is not installed."""

    def __init__(self, stack: AsyncExitStack, drain: Drain, recording: Recording, seconds: float) -> None:
        self.servers: dict[str, Server] = {}
        self.recording = recording
        self.all: list[Load] = []
        self._stack = stack
        self._drain = drain
        self._seconds = seconds

    @classmethod
    async def up(
        cls, stack: AsyncExitStack, folder: Path, units: list[bytes], house: set[int], seconds: float
    ) -> Bench:
        """Start everything."""
        with running_on(house):
            bus = await stack.enter_async_context(bus_server_in(folder))
        recording = Recording(await bus.connect("tiler"), STREAM, units)
        address = _own_address()
        bench = cls(stack, await stack.enter_async_context(draining(address)), recording, seconds)
        bench._start(recording.run())
        control = await bus.connect("control")
        with running_on(house):
            await bench._add_gateway(folder, bus, control, "ours", sender="batched", addresses=[address])
            await bench._add_gateway(folder, bus, control, "stock", sender="stock", addresses=[address])
        if janus.executable() is None or address == LOOPBACK:
            why = "is not installed (Debian: apt-get install janus)" if address != LOOPBACK else "knows no 127.0.0.1"
            print(f"Janus {why}: its figures are null.", file=sys.stderr)
        else:
            with running_on(house):
                other = await stack.enter_async_context(janus.running_janus(folder, event_loops=len(house)))
            bench.servers["janus"] = JanusServer(other)
            bench._start(feed(await bus.connect("gateway", "feeder"), STREAM, other.rtp_port))
        return bench

    async def measure(self, name: str, viewers: int, profile: str) -> Load:
        """A server with so many viewers, who come before and go after."""
        server = self.servers[name]
        await connect_all(server, self._drain, viewers, profile)
        await self._settle(viewers)
        cpu, before = cpu_s(server.process), await self._drain.count()
        await asyncio.sleep(self._seconds)
        used, after = cpu_s(server.process) - cpu, await self._drain.count()
        await server.clear()
        await self._drain.leave()
        elapsed, packets = after.at - before.at, after.packets - before.packets
        lost = (after.lost - before.lost) / max(1, packets + after.lost - before.lost)
        load = Load(
            ms_per_s=1000 * used / elapsed,
            packets_per_s=packets / elapsed,
            mbps_per_viewer=8e-6 * (after.octets - before.octets) / elapsed / viewers,
            lost=lost,
            offered=_share(before, after) * (1 - lost),
        )
        print(f"{name:6} {viewers:4} {profile:23} {load}", file=sys.stderr, flush=True)
        self.all.append(load)
        return load

    async def reading_ms_per_s(self) -> float:
        """What it costs our gateway to read the stream, for whomever: a viewer that never comes wants it, another one
        wants a stream that nobody publishes.
        """
        return await self._waiting_ms_per_s(STREAM) - await self._waiting_ms_per_s(NOBODYS_STREAM)

    async def _waiting_ms_per_s(self, stream: str) -> float:
        server = self.servers["ours"]
        assert isinstance(server, GatewayServer)
        await server.await_viewer(stream)
        await asyncio.sleep(1)
        before = cpu_s(server.process)
        seconds = min(self._seconds, WAITING_S)
        await asyncio.sleep(seconds)
        used = cpu_s(server.process) - before
        await server.clear()
        return 1000 * used / seconds

    async def _settle(self, viewers: int) -> None:
        """Return when all viewers are there and pictures come evenly, or never will."""
        until, after = time.monotonic() + SETTLE_WITHIN_S, await self._drain.count()
        assert after.viewers == viewers
        share = math.inf
        while abs(share - 1) > SETTLED and time.monotonic() < until:
            before = after
            await asyncio.sleep(2)
            after = await self._drain.count()
            share = _share(before, after)

    async def _add_gateway(self, folder: Path, bus: BusServer, control: Bus, name: str, **settings: Any) -> None:
        running = gateway_process(folder, bus.files["gateway"], control, name, **settings)
        process = await self._stack.enter_async_context(running)
        self.servers[name] = GatewayServer(process, control, name, STREAM)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)

        async def end() -> None:
            task.cancel()
            await asyncio.wait([task])

        self._stack.push_async_callback(end)


def _share(before: Count, after: Count) -> float:
    """How many of the pictures that were due came to an end."""
    return (after.pictures - before.pictures) / ((after.at - before.at) * FPS * after.viewers)


async def _compare(bench: Bench, viewers: int, rounds: int) -> dict[str, Any]:
    loads: dict[str, dict[str, list[Load]]] = {profile: {name: [] for name in bench.servers} for profile in PROFILES}
    for _ in range(rounds):
        for profile in PROFILES:
            for name in bench.servers:
                loads[profile][name].append(await bench.measure(name, viewers, profile))
    reading = median([await bench.reading_ms_per_s() for _ in range(rounds)])
    first, other = ({name: _typical(some) for name, some in loads[profile].items()} for profile in PROFILES)
    return {
        **_figures(first),
        "us_per_packet": 1000 * first["ours"].ms_per_s / first["ours"].packets_per_s,
        "bus_ms_per_s": reading,
        "bus_share": reading / first["ours"].ms_per_s,
        "srtp_profile": PROFILES[0],
        "other_profile": {"srtp_profile": PROFILES[1], **_figures(other)},
        "stream_mbps": bench.recording.mbps,
    }


def _typical(loads: list[Load]) -> Load:
    """The measurement with the median of CPU."""
    return sorted(loads, key=lambda load: load.ms_per_s)[len(loads) // 2]


def _figures(loads: dict[str, Load]) -> dict[str, Any]:
    ours, stock = loads["ours"].ms_per_s, loads["stock"].ms_per_s
    theirs = loads["janus"].ms_per_s if "janus" in loads else None
    return {
        "ours_ms_per_s": ours,
        "stock_ms_per_s": stock,
        "janus_ms_per_s": theirs,
        "ratio": ours / stock,
        "ratio_janus": None if theirs is None else ours / theirs,
        "mbps_per_viewer": {name: load.mbps_per_viewer for name, load in loads.items()},
    }


async def _grow(bench: Bench) -> dict[str, Any]:
    """Our sender with more and more viewers; how many a core would have room for, by what one more of them takes."""
    growth = {count: await bench.measure("ours", count, PROFILES[0]) for count in GROWTH}
    marginal = (growth[200].ms_per_s - growth[50].ms_per_s) / 150
    offered = [load.offered for load in bench.all]
    return {
        "growth": {count: load.ms_per_s for count, load in growth.items()},
        "growth_offered": {count: load.offered for count, load in growth.items()},
        "viewers_per_core": 1000 / marginal,
        "offered_share": min(offered),
        "lost_share": max(load.lost for load in bench.all),
        "invalid": any(abs(share - 1) > TOLERANCE for share in offered),
    }
