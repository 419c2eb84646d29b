"""The camera that encodes while one looks: every picture says when it was encoded."""

from __future__ import annotations

import asyncio
import itertools
import socket
from typing import Literal

import pytest

from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.city.served import PASSWORD, USER, steps, watch
from wallserver.city.live_camera import LIVE_NUMBER, live_age_ms, run_live_camera


@pytest.mark.parametrize(("quality", "fps", "size"), [("sub", 15, (640, 360)), ("main", 25, (1280, 720))])
async def test_a_picture_is_as_old_as_its_way(quality: Literal["main", "sub"], fps: int, size: tuple[int, int]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    stop = asyncio.Event()
    task = asyncio.create_task(run_live_camera("127.0.0.1", port, USER, PASSWORD, stop, fps))
    await eventually(lambda: is_open(port))
    url = f"rtsp://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/live/{quality}"
    pictures = await asyncio.to_thread(watch, url, 40, rtsp_transport="tcp")
    stop.set()
    await asyncio.wait_for(task, PATIENCE_S)
    codes = [picture.code for picture in pictures if picture.code]
    assert len(codes) == 40
    assert {camera for camera, _ in codes} == {LIVE_NUMBER}
    assert {picture.size for picture in pictures} == {size}
    apart = [(later[1] - earlier[1]) % 4096 for earlier, later in itertools.pairwise(codes)]
    # The RTP clock is the stamp's: both tell the same time between two pictures, to the millisecond.
    ticks = steps(pictures)
    assert all(abs(step / 90 - between) <= 1 for step, between in zip(ticks, apart[-len(ticks) :], strict=True))
    # On a busy machine some come late and some in a bunch; together they keep the rate.
    assert 0.9 * 1000 / fps < sum(apart) / len(apart) < 3 * 1000 / fps
    ages = sorted(live_age_ms(picture.code[1], picture.at) for picture in pictures if picture.code)
    assert ages[0] < 1000


def test_an_age_goes_round_at_4096_ms() -> None:
    now = 1_800_000_000.0
    for age in (0, 1, 500, 4095):
        stamp = (int(now * 1000) - age) % 4096
        assert live_age_ms(stamp, now) == pytest.approx(age, abs=0.01)


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
