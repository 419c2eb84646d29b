"""A thousand WHEP offers a second from one address, while a camera is being watched: what its pictures notice of it.

Good offers with a good token, which is the worst; then offers of nobody. Beside the flood a viewer in a process of its
own (ICE, DTLS, SRTP, no decoder) notes when each picture of a city's camera is there, before and meanwhile: pictures a
second, how much later than the fastest one they come, the longest pause. About a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from aiortc import RTCCertificate

from tests.benchmarks.cores import cpu_s_by_role
from tests.benchmarks.spread import spread
from tests.support.flood import flood
from tests.support.rtp_viewer import RtpViewer
from tests.support.site import Site, demo
from tests.support.waiting import eventually
from tests.support.whep_watcher import Arrival, Watcher, delays_ms, longest_gap_s, watching

STREAM = "cam.cam-001.main"
_WATCHED = ("control", "gateway")


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--rate", type=float, default=1000, help="offers a second")
    parser.add_argument("--seconds", type=float, default=20, help="how long each flood lasts")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, watch, flood; leave nothing behind."""
    seconds = min(options.seconds, 5) if options.quick else options.seconds
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with demo(Path(folder), 1) as site:
            await site.live(1, within=420)
            async with site.client() as admin:
                made = await admin.post("/api/tokens", json={"label": "bench", "stream": STREAM})
                token = made.json()["token"]
            async with watching(f"{site.base}/whep/{STREAM}", token) as watcher:
                await eventually(lambda: len(watcher.arrivals) > 60, within=30)
                calm = await _measured(site, watcher, None, seconds)
                offers = {"rate": options.rate, "seconds": seconds, "body": await _offer()}
                good = await _measured(site, watcher, offers | {"token": token}, seconds)
                nobodys = await _measured(site, watcher, offers | {"token": ""}, seconds)
    return {"before": calm, "good_offers": good, "nobodys_offers": nobodys}


async def _offer() -> str:
    viewer = RtpViewer(RTCCertificate.generateCertificate())
    text = await viewer.offer()
    await viewer.close()
    return text


async def _measured(site: Site, watcher: Watcher, offers: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
    """What the viewer sees, and what control and gateway cost, while these offers come, or none."""
    before, cpu, began = len(watcher.arrivals), cpu_s_by_role(site), time.monotonic()
    if offers is None:
        await asyncio.sleep(seconds)
        said = {}
    else:
        said = await flood(host="127.0.0.1", port=site.port, path=f"/whep/{STREAM}", **offers)
    elapsed = time.monotonic() - began
    cores = {role: (spent - cpu[role]) / elapsed for role, spent in cpu_s_by_role(site).items() if role in _WATCHED}
    return {**_seen(watcher.arrivals[before:], elapsed), "cores": cores, **said}


def _seen(arrivals: list[Arrival], elapsed: float) -> dict[str, Any]:
    return {
        "fps": len(arrivals) / elapsed,
        "delay_ms": spread(delays_ms(arrivals)),
        "longest_gap_ms": 1000 * longest_gap_s(arrivals),
    }
