"""7,490 cameras, as in Makassar: how soon the house is up, searches, shows a still, a live picture (about 6 minutes).

A whole house; its cameras answer from one process, in which any path is a camera. Cameras are drawn at random from the
whole catalogue, once the sweep has been to each. The console runs in a real Chromium on the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import yaml
from playwright.async_api import Page

from layouts.presets import wall_showing
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

# Clicks a line of the list; resolves with the ms until a picture of its video was on the screen.
LIVE_MS = """async (id) => {
  const list = document.querySelector('.cl-rows');
  const row = [...list.querySelectorAll('.cam-row')].find((one) => one.id.includes(id));
  const place = document.querySelector('.preview');
  const before = place.querySelector('video');
  const began = performance.now();
  row.click();
  for (;;) {
    await new Promise(requestAnimationFrame);
    const video = place.querySelector('.stage video');
    if (video && video !== before && video.readyState >= 2) return performance.now() - began;
    if (performance.now() - began > 20000) return NaN;
  }
}"""


def options(_: argparse.ArgumentParser) -> None:
    """This benchmark has no options of its own."""


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up cameras and house; leave nothing behind."""
    count = 600 if options.quick else CAMERAS
    drawn = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            cameras = entries(count, await _cameras(stack))
            config, password = await _prepared(folder, cameras)
            began = time.monotonic()
            site = await stack.enter_async_context(running(["run", "--config", str(config)], folder, _port(config)))
            await eventually(site.health, within=60, every=0.02)
            start_s = time.monotonic() - began
            await choose_password(site, password)
            admin = await stack.enter_async_context(site.client())
            search = await _timed(300, lambda: _search(admin, drawn.choice(cameras)))
            seen = await _visited(admin, count)
            preview = await _timed(200, lambda: _still(admin, drawn.choice(seen)))
            browser = await stack.enter_async_context(chromium())
            page = await (await browser.new_context(viewport={"width": 1920, "height": 1080})).new_page()
            interactive_ms = await _console(page, site)
            shown, others = cameras[:SHOWN], cameras[SHOWN:]
            pulled = [await _live(page, drawn.choice(shown)) for _ in range(20)]
            not_pulled = [await _live(page, camera) for camera in drawn.sample(others, 20)]
            return {
                "cameras": count,
                "start_s": start_s,
                "search_ms": _percentiles(search),
                "interactive_ms": interactive_ms,
                "preview_ms": _percentiles(preview),
                "preview_live_ms": {"pulled": _percentiles(pulled), "not_pulled": _percentiles(not_pulled)},
            }


def entries(count: int, url: str) -> list[CameraEntry]:
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
                main_url=f"{url}/k-{number:04d}",
            )
        )
    return found


async def _cameras(stack: AsyncExitStack) -> str:
    """The URL of the process in which every path is a camera."""
    command = ("uv", "run", "--quiet", "python", "-m", "tests.support.many_cameras", HOST)
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=nothing)
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    telling = asyncio.create_task(_drained(process.stdout))
    stack.callback(process.terminate)
    stack.callback(telling.cancel)
    return url


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
        # All have one address here; a city's have one each.
        "judge": {"visits_per_host": 500, "visits_per_second": 50, "sweep_s": 3600},
    }
    config.write_text(yaml.safe_dump(values))
    wall = wall_showing("makassar", "Makassar", [camera.id for camera in cameras[:SHOWN]])
    _, password = await prepare_site(load_settings(config), cameras, wall)
    assert password is not None
    return config, password


def _port(config: Path) -> int:
    port: int = yaml.safe_load(config.read_text())["http"]["port"]
    return port


async def _timed(count: int, do: Callable[[], Awaitable[None]]) -> list[float]:
    """Milliseconds of each, one after the other."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await do()
        times.append((time.perf_counter() - began) * 1000)
    return times


async def _search(admin: httpx.AsyncClient, camera: CameraEntry) -> None:
    typed = f"{camera.lorong or camera.name} {camera.district[:5]}"
    found = (await admin.get("/api/cameras", params={"q": typed, "limit": 50})).json()
    assert any(one["id"] == camera.id for one in found) or len(found) == 50


async def _still(admin: httpx.AsyncClient, camera: str) -> None:
    (await admin.get(f"/api/cameras/{camera}/still")).raise_for_status()


async def _visited(admin: httpx.AsyncClient, count: int) -> list[str]:
    """Those that the sweep has seen, once these are nearly all; the wall's own, which no sweep visits, are left out."""

    async def seen() -> list[str]:
        cameras = (await admin.get("/api/cameras")).json()
        found = [one["id"] for one in cameras if one["seen_ms"] is not None and one["state"] == "live"]
        return found if len(found) >= NEARLY_ALL * (count - SHOWN) else []

    return await eventually(seen, within=700, every=3)


async def _console(page: Page, site: Site) -> float:
    """Milliseconds from the request of the page until list and map can be used."""
    await page.context.request.post(f"{site.base}/api/login", data={"username": "admin", "password": site.password})
    await page.goto(f"{site.base}/console")
    await page.locator(".cl-row").first.wait_for()
    await page.locator('.map-place[data-ready="true"]').wait_for()
    return float(await page.evaluate("performance.now()"))


async def _live(page: Page, camera: CameraEntry) -> float:
    await page.locator("#search").fill(camera.id)
    await page.locator(".cam-row", has_text=re.compile(re.escape(camera.name))).first.wait_for()
    return float(await page.evaluate(LIVE_MS, camera.id))


def _percentiles(times: list[float]) -> dict[str, float]:
    return {"p50": float(np.percentile(times, 50)), "p95": float(np.percentile(times, 95))}
