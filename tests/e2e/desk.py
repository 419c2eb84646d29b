"""What tests of the pages for people do: commands on the demo's wall, and the pointer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page

from tests.support.chromium import person
from tests.support.nats import bus_server_in
from tests.support.site import CHOSEN_PASSWORD, TOO_MANY, Site
from tests.support.waiting import eventually
from tests.support.wall_commands import change
from wallserver.config import Settings
from wallserver.control import run_control

WALL = "/api/walls/makassar"
SECOND = "makassar-2"  # the display with one camera
PANEL_SITE = "https://papan.makassar.example"
do = partial(change, "makassar")


async def cells(admin: httpx.AsyncClient, display: str = SECOND) -> dict[str, dict[str, Any]]:
    """The cells of a display as the server has them."""
    wall = (await admin.get(WALL)).json()
    (found,) = [one for one in wall["displays"] if one["id"] == display]
    return {cell["id"]: cell for cell in found["layout"]["cells"]}


async def until(admin: httpx.AsyncClient, check: Callable[[dict[str, dict[str, Any]]], bool]) -> None:
    """Until the server has the display's cells so."""

    async def so() -> bool:
        return check(await cells(admin))

    await eventually(so, every=0.1)


async def printed_password(capsys: pytest.CaptureFixture[str]) -> str:
    """The administrator's first password, once a control of this process has printed it."""
    said = ""

    def printed() -> str:
        nonlocal said
        said += capsys.readouterr().out
        found = re.search(r"with the password (\S+) ", said)
        return found[1] if found else ""

    return await eventually(printed)


async def sign_in(context: BrowserContext, base: str, name: str, password: str) -> None:
    """In this browser, as soon as one may."""
    body = {"username": name, "password": password}
    answer = await context.request.post(f"{base}/api/login", data=body)
    while answer.status == TOO_MANY:
        await asyncio.sleep(1)
        answer = await context.request.post(f"{base}/api/login", data=body)
    assert answer.ok


async def sign_in_first(context: BrowserContext, base: str, name: str, first: str) -> None:
    """By the password that somebody was given, in whose place they choose one."""
    await sign_in(context, base, name, first)
    chosen = {"current": first, "new": CHOSEN_PASSWORD}
    assert (await context.request.post(f"{base}/api/me/password", data=chosen, headers={"X-Wallserver": "1"})).ok


@asynccontextmanager
async def signed_in(
    site: Site, browser: Browser, admin: httpx.AsyncClient, name: str, role: str
) -> AsyncIterator[Page]:
    """A page of a browser of somebody new, who has chosen a password; they are there for as long as this lasts."""
    made = (await admin.post("/api/users", json={"name": name, "role": role})).raise_for_status().json()
    context = await person(browser, 1600, 900)
    try:
        await sign_in_first(context, site.base, name, made["password"])
        yield await context.new_page()
    finally:
        await context.close()
        await admin.delete(f"/api/users/{made['user']['id']}")


@asynccontextmanager
async def control_alone(
    settings: Settings, folder: Path, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Page]:
    """A page of the administrator's of a control that has a bus and no cameras' pictures."""
    stop = asyncio.Event()
    async with bus_server_in(folder) as bus:
        running = asyncio.create_task(run_control(settings, bus.address("control"), stop))
        first = await printed_password(capsys)
        context = await person(browser, 1366, 768, base_url=f"http://127.0.0.1:{settings.http.port}")
        await sign_in_first(context, f"http://127.0.0.1:{settings.http.port}", "admin", first)
        try:
            yield await context.new_page()
        finally:
            await context.close()
            stop.set()
            await running


async def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    await page.mouse.move(*end, steps=3)


async def middle(place: Locator) -> tuple[float, float]:
    box = await place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def brightness(place: Page | Locator) -> float:
    """The mean of what is seen of it on the screen, 0 to 255; the ground alone is 14."""
    picture = cv2.imdecode(np.frombuffer(await place.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return float(picture.mean())
