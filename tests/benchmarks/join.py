"""How soon pictures are there: a page of 36 passthrough cells, and a single WHEP player, both in Chromium.

36 RTSP cameras of 640×360 at 15 pictures a second that are being pulled. From the creation of the peer connection to
each video's first presented picture. The page is loaded anew each time. About 4 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.benchmarks.city_house import city_house
from tests.benchmarks.spread import spread
from tests.support.chromium import chromium, look, pair
from tests.support.site import Site
from tests.support.waiting import eventually

CELLS = 36

# When the page's first peer connection is made, when it is connected, and when each video presents its first picture.
CLOCK = """
(() => {
  const marks = window.joined = {began: null, answered: null, connected: null, first: []};
  const Stock = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Stock {
    constructor(...options) {
      super(...options);
      marks.began ??= performance.now();
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') marks.connected ??= performance.now();
      });
    }
    async setRemoteDescription(answer) {
      marks.answered ??= performance.now();
      return super.setRemoteDescription(answer);
    }
  };
  const watch = (video) => video.requestVideoFrameCallback((now) => marks.first.push(performance.now()));
  new MutationObserver((changes) => {
    for (const {addedNodes} of changes)
      for (const node of addedNodes)
        for (const video of node.querySelectorAll?.('video') ?? []) watch(video);
    for (const {addedNodes} of changes)
      for (const node of addedNodes) if (node.tagName === 'VIDEO') watch(node);
  }).observe(document, {childList: true, subtree: true});
})();
"""

# A WHEP player with nothing to it; answers how long its first picture took (ms).
PLAYER = """
async ([address, token]) => {
  const began = performance.now();
  const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  const video = document.createElement('video');
  video.muted = true;
  video.autoplay = true;
  document.body.replaceChildren(video);
  pc.addEventListener('track', ({track}) => { video.srcObject = new MediaStream([track]); });
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(() => resolve(performance.now() - began)));
  pc.addTransceiver('video', {direction: 'recvonly'});
  await pc.setLocalDescription();
  const headers = {Authorization: `Bearer ${token}`};
  const answer = await fetch(address, {
    method: 'POST', body: pc.localDescription.sdp, headers: {...headers, 'Content-Type': 'application/sdp'},
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  await pc.setRemoteDescription({type: 'answer', sdp: await answer.text()});
  const took = await shown;
  await fetch(answer.headers.get('location'), {method: 'DELETE', headers});
  pc.close();
  return took;
}
"""


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--loads", type=int, default=20, help="how often the page is loaded")
    parser.add_argument("--players", type=int, default=50, help="how many WHEP players come one after the other")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site of its own, join again and again, leave nothing behind."""
    loads, players = (5, 10) if options.quick else (options.loads, options.players)
    mosaic = {"passthrough_cells": CELLS}
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with city_house(Path(folder), CELLS, "sub", mosaic=mosaic) as site, chromium() as browser:
            cells = await _pages(site, browser, loads)
            whep = await _players(site, browser, players)
    return cells | {"whep_ms": spread(whep)}


async def _pages(site: Site, browser: Browser, loads: int) -> dict[str, Any]:
    """A small window: a browser without a GPU would spend a core on painting."""
    page = await pair(site, browser, "wall-1", 640, 360, decoders=64)
    await eventually(lambda: _all_passed_through(page), within=60, every=0.5)
    await page.add_init_script(CLOCK)
    first, last, answered, connected, repeated, packets = [], [], [], [], [], []
    async with site.client() as admin:
        for _ in range(loads):
            await page.reload(wait_until="commit")
            await eventually(lambda: _all_there(page), within=30, every=0.5)
            marks = await page.evaluate("window.joined")
            took = [at - marks["began"] for at in marks["first"]]
            first += took
            last.append(max(took))
            answered.append(marks["answered"] - marks["began"])
            connected.append(marks["connected"] - marks["began"])
            await asyncio.sleep(1)
            sessions = (await admin.get("/api/sessions")).json()["sessions"]
            repeated.append(sum(session["repeated"] for session in sessions))
            packets.append(sum(session["packets"] for session in sessions))
    await page.close()
    return {
        "cells36_ms": spread(first),
        "last_cell_ms": spread(last),
        "answered_ms": spread(answered),
        "connected_ms": spread(connected),
        "repeated_share": sum(repeated) / sum(packets),
    }


async def _all_passed_through(page: Page) -> bool:
    cells = await look(page)
    return len(cells) == CELLS and all(cell.live and cell.kind == "camera" for cell in cells)


async def _all_there(page: Page) -> bool:
    return bool(await page.evaluate(f"(window.joined?.first.length ?? 0) >= {CELLS}"))


async def _players(site: Site, browser: Browser, count: int) -> list[float]:
    stream = "cam.cam-001.main"
    async with site.client() as admin:
        made = await admin.post("/api/tokens", json={"label": "bench", "stream": stream})
    page = await browser.new_page()
    await page.goto(f"{site.base}/login")
    address = [f"{site.base}/whep/{stream}", made.json()["token"]]
    took = []
    for _ in range(count):
        took.append(float(await page.evaluate(PLAYER, address)))
        await asyncio.sleep(0.3)  # anywhere in a GOP
    await page.close()
    return took
