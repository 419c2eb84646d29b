"""A simulated city, the wall that shows it and a Chromium, shared by the tests of this folder and ended after them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.e2e.desk import PANEL_SITE, SECOND, WALL, do, sign_in
from tests.support.chromium import chromium, executable, person
from tests.support.debian import require
from tests.support.pmtiles import map_of_streets
from tests.support.site import Site, demo

CAMERAS, HLS = 9, 1


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """`wallserver demo` with nine RTSP cameras on a 3×3 display and an HLS camera on a second one; with streets, and a
    site whose pages and pictures displays may show."""
    folder: Path = tmp_path_factory.mktemp("city")
    streets = folder / "streets.pmtiles"
    streets.write_bytes(map_of_streets())
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("WALLSERVER_MAP__BASEMAP", str(streets))
            environment.setenv("WALLSERVER_DISPLAY__PANEL_SITES", json.dumps([PANEL_SITE]))
            running = await stack.enter_async_context(demo(folder, CAMERAS, HLS, per_display=CAMERAS))
        await running.live(CAMERAS + HLS, within=120)
        yield running


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    require(lambda: executable() is not None, "chromium")
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def admin(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator; the display has four cells, three of them empty, and afterwards what it had before."""
    async with site.client() as client:
        before = (await client.get(WALL)).json()["revision"]
        await do(client, type="preset", display=SECOND, preset="2x2")
        yield client
        await do(client, type="restore", revision=before)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(site: Site, browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser of somebody who is signed in."""
    context = await person(browser, 1600, 900)
    await sign_in(context, site.base, "admin", site.password)
    yield context
    await context.close()
