"""A house with a public page, one of its cameras published, behind nginx with the configuration that docs/ ships."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.city_house import city_house
from tests.support.site import Site, free_port
from tests.support.waiting import eventually
from tests.wallserver.gateway.hls.test_nginx import nginx

NAME = "Simpang Lima"
_SHIPPED = Path(__file__).parents[2] / "docs" / "nginx-public.conf"


@dataclass(frozen=True, slots=True)
class PublicCity:
    """`proxy`: nginx's address; `port`: the public gateway's own; `camera`: its public id."""

    site: Site
    proxy: str
    port: int
    camera: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A playlist, and how large (bytes) and long (s) its newest whole segment is."""

    playlist: str
    segment_bytes: int
    segment_s: float


@asynccontextmanager
async def public_city(folder: Path, cameras: int, **public: Any) -> AsyncIterator[PublicCity]:
    """Once all cameras are live and the first of them is published. `public`: more of these settings."""
    port = free_port()
    settings = {"enabled": True, "addresses": ["127.0.0.1"], "port": port, "proxies": ["127.0.0.1"], **public}
    (folder / "nginx").mkdir()
    written = ("/var/cache/nginx/wallserver-public", "server 127.0.0.1:8100;")
    async with (
        city_house(folder, cameras, public=settings) as site,
        nginx(folder / "nginx", port, _SHIPPED, written) as proxy,
    ):
        yield PublicCity(site, proxy, port, await _publish(site))


async def _publish(site: Site) -> str:
    async with site.client() as admin:
        camera = (await admin.get("/api/cameras")).json()[0]["id"]
        answer = await admin.put(f"/api/cameras/{camera}/public", json={"name": NAME})
        answer.raise_for_status()
        return str(answer.json()["public_id"])


async def sample(city: PublicCity) -> Sample:
    """Once the playlist has three segments: players begin there."""
    async with httpx.AsyncClient(base_url=city.proxy, trust_env=False, timeout=30) as anybody:

        async def listed() -> str:
            text = (await anybody.get(f"/public/hls/{city.camera}/video.m3u8")).text
            return text if text.count("#EXTINF") >= 3 else ""

        playlist = await eventually(listed, within=60, every=0.5)
        *_, (seconds, path) = _segments(playlist)
        return Sample(playlist, len((await anybody.get(path)).content), seconds)


def _segments(playlist: str) -> list[tuple[float, str]]:
    """Of each whole one, how long it lasts (s), and its path."""
    lines = playlist.splitlines()
    return [
        (float(line.removeprefix("#EXTINF:").rstrip(",")), lines[at + 1])
        for at, line in enumerate(lines)
        if line.startswith("#EXTINF:")
    ]
