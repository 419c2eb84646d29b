"""A thread that reads, and a reader on the event loop that may leave at any time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import aclosing

import pytest

from ingest.errors import IngestError
from ingest.read_ahead import read_ahead
from tests.support.waiting import eventually


class Source:
    """Numbers, and which threads made and closed it."""

    def __init__(self, count: int | None) -> None:
        self.given = 0
        self.threads: list[str] = []
        self.closed = threading.Event()
        self._count = count

    def read(self) -> Generator[int]:
        self.threads.append(threading.current_thread().name)
        try:
            while self._count is None or self.given < self._count:
                self.given += 1
                yield self.given
            raise IngestError("over")
        finally:
            self.threads.append(threading.current_thread().name)
            self.closed.set()


async def test_order_end_and_errors_come_through_and_the_reading_thread_closes() -> None:
    source = Source(5)
    seen: list[int] = []

    async def read() -> None:
        async with aclosing(read_ahead(source.read, 2, "reading")) as numbers:
            async for number in numbers:
                seen.append(number)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(IngestError, match="over"):
        await read()
    assert seen == [1, 2, 3, 4, 5]
    assert source.threads == ["reading", "reading"]


async def test_a_source_that_simply_ends_ends_the_reading() -> None:
    async with aclosing(read_ahead(lambda: (number for number in range(3)), 2, "reading")) as numbers:
        assert [number async for number in numbers] == [0, 1, 2]


async def test_it_reads_no_further_ahead_than_it_may() -> None:
    source = Source(None)
    async with aclosing(read_ahead(source.read, 3, "reading")) as numbers:
        assert await anext(numbers) == 1
        await eventually(lambda: source.given == 5)  # 1 is read, 3 wait, and for 5 there is no room
        with pytest.raises(AssertionError):
            await eventually(lambda: source.given > 5, within=0.3)
        assert await anext(numbers) == 2
        await eventually(lambda: source.given == 6)


async def test_leaving_ends_the_thread_that_has_no_room() -> None:
    source = Source(None)
    async with aclosing(read_ahead(source.read, 1, "reading")) as numbers:
        await anext(numbers)
    await eventually(source.closed.is_set)


async def test_a_reader_that_is_cancelled_while_it_waits_ends_the_thread() -> None:
    release, source = threading.Event(), Source(None)

    def slow() -> Generator[int]:
        for number in source.read():
            release.wait(5)
            yield number

    async def read() -> None:
        async with aclosing(read_ahead(slow, 1, "reading")) as numbers:
            await anext(numbers)

    reader = asyncio.create_task(read())
    await eventually(lambda: source.given == 1)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    release.set()
    await eventually(source.closed.is_set)


async def test_a_source_that_cannot_be_made_says_so() -> None:
    def broken() -> Generator[int]:
        raise IngestError("no source")

    async with aclosing(read_ahead(broken, 1, "reading")) as numbers:
        with pytest.raises(IngestError, match="no source"):
            await anext(numbers)
