from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from ingest.access_unit import TICKS_PER_SECOND
from ingest.annexb import RawPicture
from ingest.errors import IngestError
from ingest.pacing import Pacer, paced


def test_a_burst_is_spread_by_its_own_times() -> None:
    pacer = Pacer()
    assert [round(pacer.wait_s(n / 10, 100.0), 3) for n in range(4)] == [0.0, 0.1, 0.2, 0.3]


def test_lateness_moves_all_that_follows() -> None:
    pacer = Pacer()
    pacer.wait_s(0.0, 100.0)
    assert pacer.wait_s(0.1, 101.0) == 0.0
    assert round(pacer.wait_s(0.2, 101.0), 3) == 0.1


def test_a_jump_in_time_is_not_waited_for() -> None:
    pacer = Pacer()
    pacer.wait_s(50.0, 100.0)
    assert pacer.wait_s(0.0, 100.1) == pytest.approx(0.0, abs=1e-6)
    assert pacer.wait_s(9000.0, 100.2) == pytest.approx(0.0, abs=1e-6)
    assert round(pacer.wait_s(9000.1, 100.2), 3) == 0.1
    assert pacer.wait_s(None, 100.2) == 0.0


async def test_between_late_pictures_others_have_their_turn() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def source() -> AsyncGenerator[RawPicture]:
        for _ in range(100):
            yield RawPicture(0, [], broken=False)

    task = asyncio.create_task(other())
    async with aclosing(source()) as pictures, aclosing(paced(pictures)) as due:
        assert len([picture async for picture in due]) == 100
    task.cancel()
    assert turns >= 100


async def test_order_end_and_errors_come_through() -> None:
    async def source() -> AsyncGenerator[RawPicture]:
        for number in range(5):
            yield RawPicture(number * TICKS_PER_SECOND // 1000, [], broken=False)
        raise IngestError("over")

    seen: list[int | None] = []

    async def read() -> None:
        async with aclosing(source()) as pictures, aclosing(paced(pictures)) as due:
            async for picture in due:
                seen.append(picture.pts)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(IngestError, match="over"):
        await read()
    assert seen == [0, 90, 180, 270, 360]
