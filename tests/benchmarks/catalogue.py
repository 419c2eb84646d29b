"""7,490 cameras, as in Makassar: how soon the house is up, searches, shows a still, a live picture (about 7 minutes).

A whole house; its cameras answer from one process, in which any path is a camera. The console runs in a real Chromium
on the same machine. All but the stills is measured while the sweep makes its first round, at its usual pace; the
stills after it, drawn at random from the whole catalogue.

start_s: until every role is there and the wall's cameras are live; answers_s: until pages are answered.
interactive_ms: in a browser that has nothing yet from there, the median of five. preview_ms, preview_live_ms: from the
click on a camera's line until its still, or its live picture, is on the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Literal

import httpx
import yaml
from playwright.async_api import Browser, Page

from ingest.judge_settings import JudgeSettings
from layouts.presets import wall_showing
from tests.benchmarks.spread import spread
from tests.support.chromium import chromium
from tests.support.site import Site, choose_password, free_port, running
from tests.support.waiting import eventually
from wallserver.catalogue.camera import CameraEntry
from wallserver.city.names import DISTRICTS
from wallserver.city.places import place_in
from wallserver.config import load_settings
from wallserver.demo import prepare_site

CAMERAS, ROADS = 7490, 230
SHOWN = 16
NEARLY_ALL = 0.99
HOST = "127.0.0.1"
# Thirty cameras have one address here, each address a subnet of its own; a city's cameras have one each.
ADDRESSES = [f"127.20.{subnet}.1" for subnet in range(250)]
# By which a round takes 300 s.
VISITS_PER_SECOND = JudgeSettings().visits_per_second
SEARCHES, STILLS, LIVE, LOADS = 300, 100, 20, 5

# Notes when list and map can be used: at a picture of the page, and not when a test looks next.
INTERACTIVE = """
(() => {
  const look = () => {
    const ready = document.querySelector('.cl-row') && document.querySelector('.map-place[data-ready="true"]');
    if (ready) window.interactiveMs = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""

# Clicks a line of the list; resolves with the ms until its camera's still, or its live picture, was on the screen.
CHOOSE = """async ([id, what]) => {
  const preview = document.querySelector('.preview');
  const before = preview.querySelector('.stage');
  const isThere = (shown) => (what === 'img' ? shown.complete && shown.naturalWidth > 0 : shown.readyState >= 2);
  const began = performance.now();
  document.querySelector(`.cl-rows .cam-row[id$="${id}"]`).click();
  for (;;) {
    await new Promise(requestAnimationFrame);
    const stage = preview.querySelector('.stage');
    const shown = stage === before ? null : stage.querySelector(what);
    if (shown && isThere(shown)) return performance.now() - began;
    if (performance.now() - began > 20000) return Infinity;
  }
}"""


def options(_: argparse.ArgumentParser) -> None:
    """This benchmark has no options of its own."""


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up cameras and house; leave nothing behind."""
    count, part = (600, 4) if options.quick else (CAMERAS, 1)
    drawn = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            cameras = entries(count, await _cameras(stack))
            config, password = await _prepared(folder, cameras)
            began = time.monotonic()
            site = await stack.enter_async_context(running(["run", "--config", str(config)], folder, _port(config)))
            await eventually(site.health, within=120)
            answers_s = time.monotonic() - began
            await eventually(lambda: _is_up(site), within=120, every=0.1)
            start_s = time.monotonic() - began
            await choose_password(site, password)
            admin = await stack.enter_async_context(site.client())
            search = [await _timed(_search(admin, drawn.choice(cameras))) for _ in range(SEARCHES // part)]
            browser = await stack.enter_async_context(chromium())
            loads = [await _loaded(browser, site) for _ in range(LOADS)]
            page = await _console(browser, site)
            pulled, not_pulled = await _live(page, drawn, cameras, LIVE // part)
            seen = await _visited(admin, count)
            stills = [await _chosen(page, camera, "img") for camera in drawn.sample(seen, STILLS // part)]
            return {
                "cameras": count,
                "answers_s": answers_s,
                "start_s": start_s,
                "search_ms": spread(search),
                "interactive_ms": statistics.median(loads),
                "preview_ms": spread(stills),
                "preview_live_ms": {"pulled": spread(pulled), "not_pulled": spread(not_pulled)},
            }


def entries(count: int, urls: Sequence[str]) -> list[CameraEntry]:
    """Roads first, then lorong, round all districts, villages and streets of Makassar."""
    districts = list(DISTRICTS)
    found = []
    for number in range(count):
        district, lap = districts[number % len(districts)], number // len(districts)
        streets = DISTRICTS[district]
        street, point = streets[lap % len(streets)], lap // len(streets) + 1
        village, latitude, longitude = place_in(district, lap)
        lorong = "" if number < ROADS else f"Lorong {point}"
        found.append(
            CameraEntry(
                id=f"k-{number:04d}",
                name=f"Jl. {street} · {lorong or f'Titik {point}'}",
                district=district,
                village=village,
                lorong=lorong,
                latitude=latitude,
                longitude=longitude,
                main_url=f"{urls[number % len(urls)]}/k-{number:04d}",
            )
        )
    return found


async def _cameras(stack: AsyncExitStack) -> list[str]:
    """The URLs of the process in which every path is a camera."""
    command = (sys.executable, "-m", "tests.support.many_cameras", *ADDRESSES)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    stack.push_async_callback(process.wait)
    stack.callback(process.terminate)
    assert process.stdout is not None
    urls = [(await process.stdout.readline()).decode().strip() for _ in ADDRESSES]
    telling = asyncio.create_task(_drained(process.stdout))
    stack.callback(telling.cancel)
    return urls


async def _drained(stdout: asyncio.StreamReader) -> None:
    while await stdout.readline():
        pass


async def _prepared(folder: Path, cameras: list[CameraEntry]) -> tuple[Path, str]:
    """A site that has its catalogue and its wall already; its configuration, and the administrator's first password."""
    config = folder / "config.yaml"
    values = {
        "state_dir": "state",
        "http": {"host": HOST, "port": free_port()},
        "gateway": {"addresses": [HOST]},
        "judge": {"visits_per_host": 8, "sweep_s": 3600},
    }
    config.write_text(yaml.safe_dump(values))
    wall = wall_showing("makassar", "Makassar", [camera.id for camera in cameras[:SHOWN]])
    _, password = await prepare_site(load_settings(config), cameras, wall)
    assert password is not None
    return config, password


def _port(config: Path) -> int:
    port: int = yaml.safe_load(config.read_text())["http"]["port"]
    return port


async def _is_up(site: Site) -> bool:
    return (await site.health()).get("status") == "ok"


async def _timed(work: Awaitable[None]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await work
    return (time.perf_counter() - began) * 1000


async def _search(admin: httpx.AsyncClient, camera: CameraEntry) -> None:
    typed = f"{camera.lorong or camera.name} {camera.district[:5]}"
    found = (await admin.get("/api/cameras", params={"q": typed, "limit": 50})).json()
    assert any(one["id"] == camera.id for one in found) or len(found) == 50


async def _loaded(browser: Browser, site: Site) -> float:
    """Milliseconds from the request of the console until list and map could be used."""
    page = await _console(browser, site)
    took = float(await page.evaluate("window.interactiveMs"))
    await page.context.close()
    return took


async def _console(browser: Browser, site: Site) -> Page:
    """In a window of its own, once it can be used."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    await context.request.post(f"{site.base}/api/login", data=site.credentials)
    page = await context.new_page()
    await page.add_init_script(INTERACTIVE)
    await page.goto(f"{site.base}/console")
    await eventually(lambda: page.evaluate("window.interactiveMs"), every=0.1)
    return page


async def _live(
    page: Page, drawn: random.Random, cameras: Sequence[CameraEntry], count: int
) -> tuple[list[float], list[float]]:
    """Milliseconds to live pictures of cameras that the wall shows, and of others; in turn, so that each is new."""
    pulled, not_pulled = [], []
    for camera in drawn.sample(cameras[SHOWN:], count):
        not_pulled.append(await _chosen(page, camera.id, "video"))
        pulled.append(await _chosen(page, drawn.choice(cameras[:SHOWN]).id, "video"))
    return pulled, not_pulled


async def _visited(admin: httpx.AsyncClient, count: int) -> list[str]:
    """Those that the sweep has seen, once these are nearly all; the wall's own, which no sweep visits, are left out."""

    async def seen() -> list[str]:
        cameras = (await admin.get("/api/cameras")).json()
        found = [one["id"] for one in cameras if one["seen_ms"] is not None and one["state"] == "live"]
        return found if len(found) >= NEARLY_ALL * (count - SHOWN) else []

    return await eventually(seen, within=60 + 3 * count / VISITS_PER_SECOND, every=5)


async def _chosen(page: Page, camera: str, what: Literal["img", "video"]) -> float:
    """Milliseconds from the click on it."""
    await page.locator("#search").fill(camera)
    await page.locator(f'.cl-rows .cam-row[id$="{camera}"]').wait_for()
    return float(await page.evaluate(CHOOSE, [camera, what]))
