"""What a player sees of a bad network: datagrams lost by chance, delayed by chance, and none at all for 300 ms.

A camera of 1280×720, 15 pictures a second, as WHEP in Chromium, which is on a host of its own (a network namespace);
nftables lose datagrams both ways, a relay of ours delays them both ways (`tests/support/jittery_relay.py`). A freeze is
a pause of more than half a second between two presented pictures; it has recovered with the first picture after the
outage. About 7 minutes. Needs root.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import sys
import tempfile
import time
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page

from tests.benchmarks.city_house import city_house
from tests.benchmarks.spread import spread
from tests.support.chromium import chromium, executable
from tests.support.jittery_relay import Path as NetworkPath
from tests.support.jittery_relay import relaying
from tests.support.net_hosts import MIDDLE, Host, host, leave_for_own_network
from tests.support.waiting import eventually

STREAM = "cam.cam-001.main"
FREEZE_S = 0.5
SETTLE_S = 5.0
OUTAGE_S = 0.3
# One way, by name: a city's radio links, and the same at their worst; the last one loses 2 % as well.
PATHS = {
    "jitter_20": NetworkPath(0.02, 0.02),
    "jitter_80": NetworkPath(0.04, 0.08),
    "jitter_20_loss_2": NetworkPath(0.02, 0.02),
}
COUNTS = ("packets", "nacked", "repeated", "keyframe_requests", "dropped")

# A WHEP player that notes when each picture is presented (Unix ms), and meets the gateway at another port where it is
# told one; it answers with the gateway's own.
PLAYER = """
async ([address, token, port]) => {
  const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  const video = document.createElement('video');
  video.muted = true;
  video.autoplay = true;
  document.body.replaceChildren(video);
  pc.addEventListener('track', ({track}) => { video.srcObject = new MediaStream([track]); });
  const seen = [];
  const look = () => { seen.push(Date.now()); video.requestVideoFrameCallback(look); };
  video.requestVideoFrameCallback(look);
  window.presented = () => seen.splice(0);
  pc.addTransceiver('video', {direction: 'recvonly'});
  await pc.setLocalDescription();
  const answer = await fetch(address, {
    method: 'POST', body: pc.localDescription.sdp,
    headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp'},
  });
  const candidates = /(a=candidate:(?:\\S+ ){5})(\\d+)( typ host)/g;
  const sdp = await answer.text();
  const [own] = [...sdp.matchAll(candidates)].map((found) => Number(found[2]));
  await pc.setRemoteDescription({type: 'answer', sdp: port ? sdp.replace(candidates, `$1${port}$3`) : sdp});
  window.leave = () => { pc.close(); return fetch(new URL(answer.headers.get('Location'), address), {
    method: 'DELETE', headers: {Authorization: `Bearer ${token}`},
  }); };
  return own;
}
"""


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--seconds", type=float, default=60, help="how long each loss lasts")
    parser.add_argument("--outages", type=int, default=20, help="how many outages")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """A network, a site and a player of its own; leaves nothing behind."""
    if os.geteuid() != 0:
        sys.exit("Making network namespaces needs root.")
    seconds, outages = (15.0, 5) if options.quick else (options.seconds, options.outages)
    await leave_for_own_network()
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with AsyncExitStack() as stack:
            machine = await stack.enter_async_context(host(1))
            site = await stack.enter_async_context(city_house(Path(folder), 1, host=MIDDLE))
            admin = await stack.enter_async_context(site.client())
            made = await admin.post("/api/tokens", json={"label": "bench", "stream": STREAM})
            browser = await stack.enter_async_context(chromium(_on(machine, Path(folder))))
            page = await browser.new_page()
            await page.goto(f"{site.base}/login")
            player = Player(page, f"{site.base}/whep/{STREAM}", made.json()["token"])
            gateway = MIDDLE, await player.play()
            figures = {str(share): await _lossy(page, admin, machine, share, seconds) for share in (0, 2, 5)}
            figures["outage_300"] = await _outages(page, machine, outages)
            for name, path in PATHS.items():
                await player.leave()
                async with relaying(MIDDLE, gateway, path) as port:
                    await player.play(port)
                    lost = 2 if name.endswith("loss_2") else 0
                    figures[name] = await _lossy(page, admin, machine, lost, seconds)
    return figures


@dataclass(frozen=True, slots=True)
class Player:
    """The player in a page."""

    page: Page
    address: str
    token: str

    async def play(self, port: int | None = None) -> int:
        """Until pictures come evenly; the gateway's UDP port. `port`: what leads there in its stead."""
        own: int = await self.page.evaluate(PLAYER, [self.address, self.token, port])
        await eventually(lambda: self.page.evaluate("window.presented().length"), within=20)
        await asyncio.sleep(SETTLE_S)
        return own

    async def leave(self) -> None:
        """In good order."""
        await self.page.evaluate("window.leave()")


def _on(machine: Host, folder: Path) -> str:
    """A program that starts the browser there."""
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(machine.inside)} {executable()} "$@"\n')
    program.chmod(0o700)
    return str(program)


async def _lossy(page: Page, admin: httpx.AsyncClient, machine: Host, share: int, seconds: float) -> dict[str, Any]:
    async with machine.loses(share) if share else nullcontext():
        await page.evaluate("window.presented()")
        before = await _session(admin)
        await asyncio.sleep(seconds)
        times = [at / 1000 for at in await page.evaluate("window.presented()")]
        after = await _session(admin)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return {
        "freezes": sum(gap > FREEZE_S for gap in gaps),
        "longest_gap_ms": 1000 * max(gaps),
        "fps": len(times) / seconds,
        **{name: after[name] - before[name] for name in COUNTS},
        "light": after["light"],
    }


async def _session(admin: httpx.AsyncClient) -> dict[str, Any]:
    (session,) = (await admin.get("/api/sessions")).json()["sessions"]
    found: dict[str, Any] = session
    return found


async def _outages(page: Page, machine: Host, count: int) -> dict[str, Any]:
    recovery_ms, gaps_ms = [], []
    for _ in range(count):
        await page.evaluate("window.presented()")
        await asyncio.sleep(1)
        # Not by the cable: Linux says only after up to a second that a link is there again.
        async with machine.loses(100):
            await asyncio.sleep(OUTAGE_S)
        back_ms = 1000 * time.time()
        await asyncio.sleep(4)
        times = await page.evaluate("window.presented()")
        after = [at for at in times if at > back_ms]
        recovery_ms.append(after[0] - back_ms if after else float("inf"))
        gaps_ms.append(max(later - earlier for earlier, later in pairwise(times)))
    return {"recovery_ms": spread(recovery_ms), "longest_gap_ms": spread(gaps_ms)}
