"""HLS through the whole house: a camera's own pictures, and a display as one stream, in a player nobody here wrote."""

from __future__ import annotations

import asyncio
import itertools
import time

import av
import httpx
import pytest

from tests.support.camera_units import i420
from tests.support.site import Site
from tests.support.waiting import PATIENCE_S
from wallserver.city.block_code import read
from wallserver.city.clock import age_s
from wallserver.city.names import city_cameras

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PICTURES = 60
CAMERA = city_cameras(9, 1)[0]


def play(url: str, token: str) -> list[tuple[av.VideoFrame, float]]:
    """FFmpeg's next pictures, and when each was decoded."""
    options = {"headers": f"Authorization: Bearer {token}\r\n", "err_detect": "explode"}
    with av.open(url, options=options, timeout=(PATIENCE_S, PATIENCE_S)) as container:
        frames = itertools.islice(container.decode(container.streams.video[0]), PICTURES)
        return [(frame, time.time()) for frame in frames]


@pytest.mark.parametrize("stream", [f"cam.{CAMERA.id}.sub", "mosaic.makassar-1"])
async def test_ffmpeg_plays_what_control_sends_it_to(site: Site, stream: str) -> None:
    async with site.client() as admin:
        made = await admin.post("/api/tokens", json={"label": "FFmpeg", "stream": stream})
        assert made.status_code == 201, made.text
    url = f"{site.base}/hls/{stream}/index.m3u8"
    shown = await asyncio.to_thread(play, url, made.json()["token"])
    times = [float(frame.time or 0) for frame, _ in shown]
    assert len(times) == PICTURES
    assert times == sorted(set(times))
    if stream.startswith("cam."):
        codes = [read(i420(frame)[: frame.height], 0, 0, frame.width, frame.height) for frame, _ in shown]
        assert {code and code[0] for code in codes} == {CAMERA.number}
        assert codes[-1] is not None
        assert age_s(CAMERA.number, codes[-1][1], shown[-1][1]) < 18


async def test_nobody_gets_a_playlist_without_a_token(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.base) as nobody:
        assert (await nobody.get(f"/hls/cam.{CAMERA.id}.sub/index.m3u8")).status_code == 401
