"""A crowd on the public page, and a flood of offers, while a display shows 36 cells: what do the operators notice?

1,000 HLS players through nginx with the configuration that docs/ ships, and 100 viewers by WebRTC on the public
gateway; once they are there, 1,000 offers a second from one address beside them, in which the last tenth of the viewers
come. The house runs on one core, cameras, crowd, nginx and Chromium on the other. Read off the display's pixels: how
old its pictures are (`operator_latency_p95_ms`) and for how long any cell was stale, before, during the load, and in a
control arm, in which the same players, packets and offers go to and come from a server that only answers. `growth` is
what the load adds to that: it has to stay below 50 ms. `offered`: the shares of the load that could be offered; where
one is below 0.9 the figures are `valid: false`. `hls_latency_s`: how long ago the newest picture in a playlist was
composed. About 6 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiortc import RTCCertificate
from playwright.async_api import Page

from ingest.open_files import allow_many_files
from tests.benchmarks.cores import cpu_s_by_role, others_on, pin
from tests.benchmarks.public_city import PublicCity, public_city, sample
from tests.benchmarks.public_dummy import PACKET_BYTES
from tests.benchmarks.wall import LOOKS_PER_SECOND, Watch, pictures_shown
from tests.support.child import child
from tests.support.chromium import chromium, look, pair
from tests.support.flood import flood
from tests.support.rtp_viewer import RtpViewer
from tests.support.waiting import eventually
from wallserver.city.names import city_cameras
from wallserver.public.settings import PublicSettings

LEAST_OFFERED = 0.9
# So many sessions may one address have (public.webrtc_per_address): the flood's stand until they are given up.
_OF_THE_FLOOD = 4
# Whoever is not answered by then goes away and comes again: so many stand at a time that the rate is kept all the same.
_FLOOD_PATIENCE_S, _FLOOD_CONNECTIONS_PER_RATE = 1.0, 1.5
_LATE_SHARE = 0.1
_COMES_WITHIN_S = 180.0
# So long after it was looked at the public's stream, which costs its tiler something, is there no more.
_ENDED_S = 27.0


@dataclass(frozen=True, slots=True)
class Where:
    """What a crowd goes to: the port that players ask, the one that viewers and the flood do. `camera`: that viewers
    ask for; without, they are sent something by `viewers_port` all the same.
    """

    players_port: int
    viewers_port: int
    flood_port: int
    camera: str


@dataclass(frozen=True, slots=True)
class Load:
    """What a crowd says of itself, and the flood beside it."""

    players: dict[str, Any]
    viewers: dict[str, Any]
    offers: dict[str, Any]

    def offered(self, options: argparse.Namespace) -> dict[str, float]:
        """Of what was to be."""
        return {
            "players": self.players["offered"],
            "viewers": self.viewers["viewers"] / options.viewers if options.viewers else 1.0,
            "offers": self.offers["asked_per_s"] / options.rate,
        }


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--cameras", type=int, default=36, help="on the display")
    parser.add_argument("--players", type=int, default=1000, help="by HLS, through nginx")
    parser.add_argument("--viewers", type=int, default=100, help="by WebRTC")
    parser.add_argument("--rate", type=float, default=1000, help="offers a second")
    parser.add_argument("--seconds", type=float, default=60, help="how long each flood lasts")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, load it, leave nothing behind."""
    if options.quick:
        options.players, options.viewers = min(options.players, 50), min(options.viewers, 10)
        options.rate, options.seconds = min(options.rate, 100), min(options.seconds, 15)
    allow_many_files()
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            running = public_city(Path(folder), options.cameras, webrtc_viewers=options.viewers + _OF_THE_FLOOD)
            city = await stack.enter_async_context(running)
            pin(city.site, {0})
            stack.enter_context(others_on(city.site, {1}))
            like, ended_at = await _like(city), time.monotonic() + (0.0 if options.quick else _ENDED_S)
            browser = await stack.enter_async_context(chromium())
            page = await pair(city.site, browser, "wall-1", 640, 360, decoders=1)
            await eventually(lambda: _all_seen(page, options.cameras), within=90, every=0.5)
            dummy = await stack.enter_async_context(child("tests.benchmarks.public_dummy", like))
            ports = await dummy.heard(_COMES_WITHIN_S)
            await asyncio.sleep(max(0.0, ended_at - time.monotonic()))
            return await _arms(city, page, options, Where(ports["port"], ports["udp"], ports["port"], ""))


async def _arms(city: PublicCity, page: Page, options: argparse.Namespace, dummy: Where) -> dict[str, Any]:
    offer, real = await _offer(), Where(urlsplit(city.proxy).port or 0, city.port, city.port, city.camera)
    cameras = options.cameras
    before, _ = await _watched(page, cameras, asyncio.sleep(options.seconds))
    control, unheard = await _watched(page, cameras, _loaded(options, dummy, city.camera, offer))
    used, began = cpu_s_by_role(city.site), time.monotonic()
    during, load = await _watched(page, cameras, _loaded(options, real, city.camera, offer))
    elapsed, after = time.monotonic() - began, cpu_s_by_role(city.site)
    offered, offered_control = load.offered(options), unheard.offered(options)
    watches = {"before": before, "control": control, "during": during}
    return {
        "operator_stale_cell_seconds": during.stale_s,
        "operator_latency_p95_ms": _latencies(watches),
        "operator_wrong_cell": during.watch.wrong,
        "operator_pictures_per_s": {name: watched.pictures_per_s for name, watched in watches.items()},
        "public_join_ms": load.viewers["join_ms"],
        "public_join_in_flood_ms": load.viewers["join_in_flood_ms"],
        "public_pictures_per_s": load.viewers["pictures_per_s"],
        "public_packets_lost": load.viewers["lost"],
        "hls_latency_s": load.players["latency_s"],
        "still_rps": load.players["still_rps"],
        "offered": offered,
        "offered_control": offered_control,
        "valid": min((*offered.values(), *offered_control.values())) >= LEAST_OFFERED,
        "answers": load.players["answers"],
        "offers": load.offers,
        "failed_viewers": load.viewers["failed"],
        "stale_cell_seconds_before": before.stale_s,
        "stale_cell_seconds_control": control.stale_s,
        "looks": {name: watched.watch.looks for name, watched in watches.items()},
        "cpu_cores_by_role": {role: (after[role] - used.get(role, 0)) / elapsed for role in after},
        "seconds": options.seconds,
    }


@dataclass(frozen=True, slots=True)
class Watched:
    """What the display showed over a while."""

    watch: Watch
    pictures_per_s: float

    @property
    def stale_s(self) -> float:
        """Of all its cells."""
        return sum(self.watch.stale.values())


def _latencies(watches: dict[str, Watched]) -> dict[str, float | None]:
    p95 = {
        name: None if (found := watched.watch.ages()["p95"]) is None else 1000 * found
        for name, watched in watches.items()
    }
    control, during = p95["control"], p95["during"]
    return p95 | {"growth": None if control is None or during is None else during - control}


async def _loaded(options: argparse.Namespace, where: Where, camera: str, offer: str) -> Load:
    """The crowd comes; once it is there the flood, and the last viewers; then all go."""
    late = ceil(_LATE_SHARE * options.viewers)
    players = {"port": where.players_port, "camera": camera, "players": options.players}
    viewers = {"port": where.viewers_port, "camera": where.camera, "viewers": options.viewers, "late": late}
    async with (
        child("tests.benchmarks.public_players", players) as by_hls,
        child("tests.benchmarks.public_viewers", viewers) as by_webrtc,
    ):
        for crowd in (by_hls, by_webrtc):
            await crowd.heard(_COMES_WITHIN_S)
        by_webrtc.tell("the flood begins")
        said = await flood(
            host="127.0.0.1",
            port=where.flood_port,
            path=f"/public/whep/{camera}",
            token="",
            body=offer,
            rate=options.rate,
            seconds=options.seconds,
            connections=ceil(_FLOOD_CONNECTIONS_PER_RATE * options.rate),
            patience_s=_FLOOD_PATIENCE_S,
        )
        by_webrtc.tell("enough")
        seen_by_webrtc = await by_webrtc.heard(_COMES_WITHIN_S)
        by_hls.tell("enough")
        return Load(await by_hls.heard(_COMES_WITHIN_S), seen_by_webrtc, said)


async def _watched[T](page: Page, cameras: int, work: Coroutine[Any, Any, T]) -> tuple[Watched, T]:
    """What the display showed while that went on."""
    watch = Watch({camera.id: camera.number for camera in city_cameras(cameras, hls=0)})
    shown, began = await pictures_shown(page), time.monotonic()
    task = asyncio.create_task(work)
    while not task.done():
        at = time.monotonic()
        watch.saw([(cell.camera, cell.code, cell.at) for cell in await look(page)])
        await asyncio.sleep(max(0, 1 / LOOKS_PER_SECOND - (time.monotonic() - at)))
    per_s = (await pictures_shown(page) - shown) / (time.monotonic() - began)
    return Watched(watch, per_s), await task


async def _all_seen(page: Page, cameras: int) -> bool:
    return len({cell.camera for cell in await look(page) if cell.code}) == cameras


async def _like(city: PublicCity) -> dict[str, Any]:
    """What a server has to answer and to send that is to be like the true one."""
    fps, seen = PublicSettings().fps, await sample(city)
    packets = ceil(seen.segment_bytes / (seen.segment_s * fps) / PACKET_BYTES)
    return {"playlist": seen.playlist, "segment_bytes": seen.segment_bytes, "fps": fps, "packets": packets}


async def _offer() -> str:
    viewer = RtpViewer(RTCCertificate.generateCertificate())
    text = await viewer.offer()
    await viewer.close()
    return text
