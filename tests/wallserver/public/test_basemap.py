"""What is said of the map where there is none of it is not kept for as long as the map is."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import RawTestServer

from wallserver.public.basemap import Basemap


@pytest.mark.parametrize(
    ("content", "wanted", "status", "kept"),
    [
        (None, "bytes=0-6", 204, "max-age=60"),
        (b"0123456789", "bytes=10-12", 416, "max-age=60"),
        (b"0123456789", "bytes=2-4", 206, "public, max-age=3600"),
    ],
)
async def test_only_the_map_itself_is_kept_for_an_hour(
    tmp_path: Path, content: bytes | None, wanted: str, status: int, kept: str
) -> None:
    path = tmp_path / "city.pmtiles"
    if content is not None:
        path.write_bytes(content)
    async with (
        RawTestServer(Basemap(path).piece) as server,
        ClientSession() as client,
        client.get(server.make_url("/"), headers={"Range": wanted}) as answer,
    ):
        assert (answer.status, answer.headers["Cache-Control"]) == (status, kept)
        assert await answer.read() == (b"234" if status == 206 else b"")
