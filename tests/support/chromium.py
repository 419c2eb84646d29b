"""A real Chromium, headless, as a display on the wall would run it."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.site import Site
from tests.support.waiting import PATIENCE_S, eventually
from wallserver.city.block_code import read

# Peers on one machine meet over loopback, which Chromium leaves out unless told; the rest is for want of a GPU.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",  # painting by SwiftShader costs half a core more than by the software compositor
    "--enable-unsafe-swiftshader",  # the console's map is WebGL
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)


def executable() -> str | None:
    """The path of Debian's Chromium (or a Chrome) on this machine."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


@asynccontextmanager
async def chromium(program: str | None = None) -> AsyncIterator[Browser]:
    """A browser of its own profile, closed on leaving. `program`: what starts it, if not itself."""
    expect.set_options(timeout=PATIENCE_S * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program or executable(), args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


# Copies the luma of decoded pictures (WebCodecs), of each cell its top-left part, where the block code is: what is read
# is what was decoded, whatever CSS does with it, and without a detour through the GPU.
READER = """
(() => {
  const lumaOf = async (video) => {
    const frame = new VideoFrame(video), taken = Date.now();
    try {
      const {width, height} = frame.visibleRect;
      const bytes = new Uint8Array(frame.allocationSize());
      const [{offset, stride}] = await frame.copyTo(bytes);
      const planar = ['I420', 'NV12', 'I420A'].includes(frame.format);
      const row = (x, y, count) => {
        const begin = offset + y * stride;
        if (planar) return bytes.subarray(begin + x, begin + x + count);
        return Uint8Array.from({length: count}, (_, column) => bytes[begin + 4 * (x + column) + 1]);
      };
      return {width, height, taken, row};
    } finally {
      frame.close();
    }
  };
  const corner = (luma, source, share) => {
    const [x, y, w, h] = source ?? [0, 0, luma.width, luma.height];
    const cw = Math.max(8, Math.round(w * share)), ch = Math.max(8, Math.round(h * share));
    let text = '';
    for (let row = 0; row < ch; row++) text += String.fromCharCode.apply(null, luma.row(x, y + row, cw));
    return {width: cw, height: ch, full: [w, h], gray: btoa(text)};
  };
  window.videoOfSlot = (slot) => document.querySelector(`video.shown[data-slot="${slot}"]`);
  const ways = () => (window.wall?.cells ?? []).map(({camera, slot, source}) => `${camera} ${slot} ${source}`).join();
  window.readCells = async (share) => {
    const lumas = new Map();
    const cells = window.wall?.cells ?? [];
    const before = ways();
    for (const slot of new Set(cells.map((cell) => cell.slot))) {
      const video = slot === null ? null : window.videoOfSlot(slot);
      const there = video !== null && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
      if (there && video.videoWidth) lumas.set(slot, await lumaOf(video));
    }
    if (ways() !== before) return window.readCells(share);  // names of before, and pictures of behind a change
    // One text: Playwright's own way with objects costs ten times as much.
    return JSON.stringify(cells.map((cell) => ({
      ...cell, at: lumas.get(cell.slot)?.taken ?? Date.now(),
      picture: lumas.has(cell.slot) ? corner(lumas.get(cell.slot), cell.source, share) : null,
    })));
  };
  // Every picture presented of one cell, with the wall clock at its callback: for latencies.
  window.watchCell = (slot, source, share) => {
    const seen = [];
    const video = window.videoOfSlot(slot);
    const look = async () => {
      const at = Date.now();
      video.requestVideoFrameCallback(look);
      seen.push({at, picture: corner(await lumaOf(video), source, share)});
    };
    video.requestVideoFrameCallback(look);
    window.seenOfCell = () => seen.splice(0);
  };
  // Every picture presented of any slot that is on the screen by the next frame, and when that is: for switches.
  window.watchScreen = (share) => {
    const seen = [];
    for (const video of document.querySelectorAll('video')) {
      const look = async () => {
        video.requestVideoFrameCallback(look);
        const picture = corner(await lumaOf(video), null, share);
        requestAnimationFrame(() => video.classList.contains('shown') && seen.push({at: Date.now(), picture}));
      };
      video.requestVideoFrameCallback(look);
    }
    window.seenOnScreen = () => seen.splice(0);
  };
})();
"""

CODE_SHARE = 0.2
"""The part of a picture's width and height that holds the block code."""


def code_of(picture: dict[str, Any] | None) -> tuple[int, int] | None:
    """(camera number, picture number) in a picture that READER drew; None where there is none to be read."""
    if picture is None:
        return None
    gray = np.frombuffer(base64.b64decode(picture["gray"]), np.uint8).reshape(picture["height"], picture["width"])
    return read(gray, 0, 0, *picture["full"])


@dataclass(frozen=True, slots=True)
class SeenCell:
    """A cell of a display as its browser shows it at `at` (seconds since 1970)."""

    camera: str | None
    kind: str
    state: str | None
    live: bool
    dead: bool
    at: float
    code: tuple[int, int] | None
    rect: tuple[float, float, float, float]


async def look(page: Page) -> list[SeenCell]:
    """What each cell of the display shows right now, its block code read from the pixels."""
    cells: list[dict[str, Any]] = json.loads(await page.evaluate("share => window.readCells(share)", CODE_SHARE))
    return [
        SeenCell(
            cell["camera"],
            cell["kind"],
            cell["state"],
            cell["live"],
            cell["dead"],
            cell["at"] / 1000,
            code_of(cell["picture"]),
            tuple(cell["rect"]),
        )
        for cell in cells
    ]


# What the page tells the server of its machine is this, and not what it found out.
MACHINE = """
(machine) => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    const hello = typeof text === 'string' && text.startsWith('{"t":"hello"') ? JSON.parse(text) : null;
    return send.call(this, hello ? JSON.stringify({...hello, machine}) : text);
  };
}
"""


def saying(decoders: int) -> str:
    """A script for a page that says that it bears so many streams at a time, of any size."""
    return f"({MACHINE})({json.dumps({'decoders': decoders, 'mpixels_s': 100_000})})"


async def person(browser: Browser, width: int, height: int, **options: Any) -> BrowserContext:
    """Somebody's own browser, which waits as patiently as `eventually` for what a page is to show."""
    context = await browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(PATIENCE_S * 1000)
    return context


async def open_display(
    browser: Browser, address: str, width: int = 1920, height: int = 1080, decoders: int | None = None
) -> Page:
    """A display's page, as large as its display, with READER in it; `decoders`: as many as it says to bear."""
    context = await person(browser, width, height, ignore_https_errors=True)
    page = await context.new_page()
    await page.add_init_script(READER)
    if decoders is not None:
        await page.add_init_script(saying(decoders))
    await page.goto(address, wait_until="commit")
    return page


async def pair(
    site: Site, browser: Browser, display: str, width: int = 1920, height: int = 1080, decoders: int | None = None
) -> Page:
    """What a supervisor does with a new screen: read its code, type it in."""
    page = await open_display(browser, f"{site.base}/display", width, height, decoders)
    code = await eventually(lambda: code_on(page))
    async with site.client() as admin:
        answer = await admin.post(f"/api/displays/{display}/pair", json={"code": code})
        assert answer.status_code < 300, answer.text
    await eventually(lambda: page.evaluate("window.wall !== undefined"))  # it has fetched its token
    return page


async def code_on(page: Page) -> str:
    """The pairing code that a display shows, without its space; empty while it shows none."""
    found = re.search(r"\b([A-HJ-NP-Z2-9]{3})\s?([A-HJ-NP-Z2-9]{3})\b", await page.inner_text("body"))
    return "".join(found.groups()) if found else ""
