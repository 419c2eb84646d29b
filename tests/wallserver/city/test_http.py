"""The city's HLS cameras, pulled by FFmpeg, and the switch by which benchmarks kill a camera: the city as a process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.city.served import Seen, steps, watch
from wallserver.city.city import run_city
from wallserver.city.clock import CLIP_PICTURES, TICKS_PER_PICTURE, age_s
from wallserver.city.names import FIRST_HLS_NUMBER

PASSWORD = "only for tests"


@dataclass(frozen=True)
class Running:
    """A city as `wallserver city` runs it."""

    base: str
    token: str

    def get(self, path: str) -> tuple[int, str]:
        return self._ask(Request(f"{self.base}/{path}"))

    def control(self, path: str, token: str | None = None) -> int:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return self._ask(Request(f"{self.base}/control/{path}", method="POST", headers=headers))[0]

    def _ask(self, request: Request) -> tuple[int, str]:
        try:
            with urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except HTTPError as error:
            with error:
                return error.code, ""


@pytest.fixture
async def running(clips: Path, tmp_path: Path) -> AsyncIterator[Running]:
    stop = asyncio.Event()
    rtsp_port, http_port = free_ports()
    task = asyncio.create_task(run_city(1, 1, rtsp_port, http_port, tmp_path, PASSWORD, stop))
    url = tmp_path / "city-control.url"
    await eventually(lambda: url.exists() or task.done())
    token = tmp_path / "city-control.token"
    assert token.stat().st_mode & 0o777 == 0o600
    city = Running(url.read_text(), token.read_text())
    await eventually(lambda: asyncio.to_thread(is_up, city))
    yield city
    stop.set()
    await asyncio.wait_for(task, PATIENCE_S)


def is_up(city: Running) -> bool:
    with contextlib.suppress(OSError):
        return city.get("hls-01/index.m3u8")[0] == 200
    return False


def free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


async def pull(city: Running, count: int) -> list[Seen]:
    return await asyncio.to_thread(watch, f"{city.base}/hls-01/index.m3u8", count)


async def test_hls_shows_every_picture_once_with_timestamps_that_run_on(running: Running) -> None:
    pictures = await pull(running, 75)  # over the border of two segments at least
    codes = [picture.code for picture in pictures if picture.code]
    assert len(codes) == 75
    assert {camera for camera, _ in codes} == {FIRST_HLS_NUMBER}
    assert [number for _, number in codes] == [(codes[0][1] + place) % CLIP_PICTURES for place in range(75)]
    assert set(steps(pictures)) == {TICKS_PER_PICTURE}
    assert age_s(FIRST_HLS_NUMBER, codes[-1][1], pictures[-1].at) < 3 * 4


async def test_the_playlist_rolls_and_old_segments_go(running: Running) -> None:
    _, playlist = await asyncio.to_thread(running.get, "hls-01/index.m3u8")
    lines = playlist.splitlines()
    first = int(next(line for line in lines if line.startswith("#EXT-X-MEDIA-SEQUENCE:")).split(":")[1])
    assert [line for line in lines if line.endswith(".ts")] == [f"segment{first + place}.ts" for place in range(4)]
    for number, status in ((first + 3, 200), (first, 200), (first - 40, 404), (first + 40, 404)):
        assert (await asyncio.to_thread(running.get, f"hls-01/segment{number}.ts"))[0] == status


async def test_the_switch_needs_its_token(running: Running) -> None:
    for token, status in (("", 401), ("wrong", 401), ("\xfc", 401), (running.token, 200)):
        assert await asyncio.to_thread(running.control, "cam-001/pause", token) == status
    assert await asyncio.to_thread(running.control, "cam-777/kill") == 404
    assert await asyncio.to_thread(running.control, "cam-001/explode") == 404


async def test_an_hls_camera_is_killed_paused_and_comes_back(running: Running) -> None:
    def newest() -> str:
        return running.get("hls-01/index.m3u8")[1].splitlines()[-1]

    assert await asyncio.to_thread(running.control, "hls-01/kill") == 200
    assert (await asyncio.to_thread(running.get, "hls-01/index.m3u8"))[0] == 404
    assert await asyncio.to_thread(running.control, "hls-01/pause") == 200
    stands = await asyncio.to_thread(newest)
    assert await asyncio.to_thread(running.control, "hls-01/resume") == 200
    await eventually(lambda: _differs(newest, stands))


async def _differs(newest: object, stands: str) -> bool:
    return await asyncio.to_thread(newest) != stands  # type: ignore[arg-type]
