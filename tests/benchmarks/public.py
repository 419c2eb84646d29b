"""A crowd on the public page, and a flood of offers, while a display shows 36 cells: what do the operators notice?

1,000 HLS players through nginx with the configuration that docs/ ships, 100 viewers by WebRTC on the public gateway,
and 1,000 offers a second beside them. The house runs on one core, the crowd, nginx and Chromium on the other. Read off
the display's pixels: how old its pictures are (`operator_latency_p95_ms`) and for how long any cell was stale, before
and during the load; and in a control arm, in which the same players and offers go to a server that only answers.
`growth` is what the load adds to that: it has to stay below 50 ms. Where less than 90 % of the load could be offered it
is `valid: false`. About 6 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import httpx
from aiortc import RTCCertificate
from playwright.async_api import Page

from ingest.open_files import allow_many_files
from tests.benchmarks.city_house import city_house
from tests.benchmarks.cores import cpu_s_by_role, pin, running_on
from tests.benchmarks.public_crowd import crowd
from tests.benchmarks.wall import LOOKS_PER_SECOND, Watch
from tests.support.chromium import chromium, look, pair
from tests.support.flood import flood
from tests.support.rtp_viewer import RtpViewer
from tests.support.site import Site, free_port
from tests.support.waiting import eventually
from tests.wallserver.gateway.hls.test_nginx import nginx
from wallserver.city.names import city_cameras

CAMERAS = 36
SHIPPED = Path(__file__).parents[2] / "docs" / "nginx-public.conf"
_OFFERED = 0.9
# So many sessions may one address have (public.webrtc_per_address): the flood's stand until they are given up.
_OF_THE_FLOOD = 4


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--players", type=int, default=1000, help="by HLS, through nginx")
    parser.add_argument("--viewers", type=int, default=100, help="by WebRTC")
    parser.add_argument("--rate", type=float, default=1000, help="offers a second")
    parser.add_argument("--seconds", type=float, default=60, help="how long each arm lasts")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, load it, leave nothing behind."""
    if options.quick:
        options.players, options.viewers, options.rate, options.seconds = 50, 5, 100, 15
    allow_many_files()
    port = free_port()
    public = {
        "enabled": True,
        "addresses": ["127.0.0.1"],
        "port": port,
        "proxies": ["127.0.0.1"],
        "webrtc_viewers": options.viewers + _OF_THE_FLOOD,
        "hls_per_address": 1000,
    }
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        folder = Path(name)
        (folder / "nginx").mkdir()
        async with contextlib.AsyncExitStack() as stack:
            site = await stack.enter_async_context(city_house(folder, CAMERAS, public=public))
            pin(site, {0})
            stack.enter_context(running_on({1}))
            written = ("/var/cache/nginx/wallserver-public", "server 127.0.0.1:8100;")
            proxy = await stack.enter_async_context(nginx(folder / "nginx", port, SHIPPED, written))
            dummy = await stack.enter_async_context(answering_anything())
            browser = await stack.enter_async_context(chromium())
            page = await pair(site, browser, "wall-1", 640, 360, decoders=1)
            await eventually(lambda: _all_seen(page), within=90, every=0.5)
            camera = await _published(site, f"http://127.0.0.1:{port}")
            return await _arms(site, page, options, {"proxy": proxy, "port": port, "dummy": dummy, "camera": camera})


async def _arms(site: Site, page: Page, options: argparse.Namespace, where: dict[str, Any]) -> dict[str, Any]:
    seconds, camera, dummy = options.seconds, where["camera"], where["dummy"]
    offers = {
        "host": "127.0.0.1",
        "path": f"/public/whep/{camera}",
        "token": "",
        "body": await _offer(),
        "rate": options.rate,
        "seconds": seconds,
    }
    people = {"camera": camera, "players": options.players, "viewers": options.viewers, "seconds": seconds}
    before, _ = await _watched(page, asyncio.sleep(seconds))
    unloaded = {"hls": f"http://127.0.0.1:{dummy}", "gateway": ""}
    control, _ = await _watched(page, _loaded(people | unloaded, offers | {"port": dummy}))
    used, began = cpu_s_by_role(site), time.monotonic()
    loaded = {"hls": where["proxy"], "gateway": f"http://127.0.0.1:{where['port']}"}
    during, load = await _watched(page, _loaded(people | loaded, offers | {"port": where["port"]}))
    assert load is not None
    elapsed, after = time.monotonic() - began, cpu_s_by_role(site)
    seen, asked = load
    offered = {
        "players": seen["offered"],
        "viewers": seen["viewers"] / options.viewers if options.viewers else 1.0,
        "offers": asked["asked_per_s"] / options.rate,
    }
    return {
        "operator_stale_cell_seconds": sum(during.stale.values()),
        "operator_latency_p95_ms": _latencies(before, control, during),
        "operator_wrong_cell": during.wrong,
        "public_join_ms": seen["join_ms"],
        "hls_latency_s": seen["latency_s"],
        "still_rps": seen["still_rps"],
        "offered": offered,
        "valid": min(offered.values()) >= _OFFERED,
        "answers": seen["answers"],
        "offers_answered": asked["answers"],
        "failed_viewers": seen["failed_viewers"],
        "stale_cell_seconds_before": sum(before.stale.values()),
        "stale_cell_seconds_control": sum(control.stale.values()),
        "cpu_cores_by_role": {role: (after[role] - used.get(role, 0)) / elapsed for role in after},
        "seconds": seconds,
    }


def _latencies(before: Watch, control: Watch, during: Watch) -> dict[str, float | None]:
    p95 = {
        name: None if (found := watch.ages()["p95"]) is None else 1000 * found
        for name, watch in (("before", before), ("control", control), ("during", during))
    }
    known = p95["during"] is not None and p95["control"] is not None
    return p95 | {"growth": (p95["during"] or 0) - (p95["control"] or 0) if known else None}


async def _loaded(people: dict[str, Any], offers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return await asyncio.gather(crowd(**people), flood(**offers))


async def _watched[T](page: Page, work: Coroutine[Any, Any, T]) -> tuple[Watch, T]:
    """What the display showed while that went on."""
    watch = Watch({camera.id: camera.number for camera in city_cameras(CAMERAS, hls=0)})
    task = asyncio.create_task(work)
    while not task.done():
        at = time.monotonic()
        watch.saw([(cell.camera, cell.code, cell.at) for cell in await look(page)])
        await asyncio.sleep(max(0, 1 / LOOKS_PER_SECOND - (time.monotonic() - at)))
    return watch, await task


async def _all_seen(page: Page) -> bool:
    return len({cell.camera for cell in await look(page) if cell.code}) == CAMERAS


async def _published(site: Site, gateway: str) -> str:
    """The public id of the first camera, once HLS of it has begun."""
    async with site.client() as admin, httpx.AsyncClient(trust_env=False, timeout=30) as anybody:
        cameras = (await admin.get("/api/cameras")).json()
        answer = await admin.put(f"/api/cameras/{cameras[0]['id']}/public", json={"name": "Simpang Lima"})
        answer.raise_for_status()
        public_id = str(answer.json()["public_id"])

        async def begun() -> bool:
            found = await anybody.get(f"{gateway}/public/hls/{public_id}/video.m3u8")
            return found.status_code == 200

        await eventually(begun, within=60, every=0.5)
    return public_id


async def _offer() -> str:
    viewer = RtpViewer(RTCCertificate.generateCertificate())
    text = await viewer.offer()
    await viewer.close()
    return text


@contextlib.asynccontextmanager
async def answering_anything() -> AsyncIterator[int]:
    """The control arm's server, in a process of its own: its port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.public_dummy"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()
