"""Cameras that nobody here wrote, good and bad ones, through `wallserver run` into a real browser."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.support.chromium import look, pair
from tests.support.gst_cameras import GstCameras, Mount, gst_cameras
from tests.support.site import Site, free_port, house
from tests.support.waiting import eventually
from tests.support.wall_commands import change

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.gst,
    pytest.mark.asyncio(loop_scope="session"),
]

STATES = {
    "good": "live",
    "locked": "refused",
    "nowhere": "not_found",
    "silent": "unreachable",
    "page": "unsupported",
    "codec": "unsupported",
}


@contextlib.asynccontextmanager
async def html_page() -> AsyncIterator[str]:
    """A web server that answers every address with a page, as a camera's or a portal's does."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            body = b"<!doctype html><title>Login</title>"
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close"
            writer.write(head.encode() + b"\r\n\r\n" + body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/live.m3u8"
    finally:
        server.close()


def catalogue(gst: GstCameras, page: str) -> list[dict[str, Any]]:
    urls = {
        "good": gst.url("/good"),
        "locked": gst.url("/locked"),
        "nowhere": gst.url("/nowhere"),
        "silent": f"rtsp://127.0.0.1:{free_port()}/x",
        "page": page,
        "codec": gst.url("/vp8"),
    }
    return [
        {"id": name, "name": f"Kamera {name}", "main_url": url}
        | ({"username": "wall", "password": "canary-password"} if name == "locked" else {})
        for name, url in urls.items()
    ]


async def test_each_camera_says_what_is_wrong_and_the_good_one_plays(tmp_path: Path, browser: Browser) -> None:
    mounts = [
        Mount("/good", stamps=False),
        Mount("/locked", username="wall", password="another"),
        Mount("/vp8", codec="vp8"),
    ]
    with gst_cameras(*mounts) as gst:
        async with html_page() as html, house(tmp_path, catalogue(gst, html)) as site:
            page = await pair(site, browser, "wall-1")

            async def as_expected() -> bool:
                cells = {cell.camera: cell for cell in await look(page) if cell.camera}
                states = {name: "live" if cell.live else cell.state for name, cell in cells.items()}
                return states == STATES

            try:
                await eventually(as_expected, within=60, every=0.3)
            except AssertionError:
                raise AssertionError([(cell.camera, cell.state, cell.live) for cell in await look(page)]) from None
            cards = await page.inner_text("body")
            assert "Kamera locked" in cards
            await _passthrough(site, page)
            await page.context.close()
        assert "canary-password" not in (tmp_path / "house.log").read_text()


async def _passthrough(site: Site, page: Page) -> None:
    """The same camera in a large cell comes as it is, not through a mosaic."""
    async with site.client() as admin:
        wall = await change("wall", admin, type="preset", display="wall-1", preset="1")
        cell = wall["displays"][0]["layout"]["cells"][0]["id"]
        await change("wall", admin, type="assign", display="wall-1", cell=cell, camera="good")

    async def plays() -> bool:
        cells = await look(page)
        return [(cell.camera, cell.kind, cell.live) for cell in cells] == [("good", "camera", True)]

    await eventually(plays, every=0.2)
