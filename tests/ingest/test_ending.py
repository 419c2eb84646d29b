"""What tasks worked for goes when they are ended, without a search for cycles."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from ingest.ending import end_tasks


@pytest.fixture
def no_search() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


class _Work:
    """Holds its task, as most that have one do, and the task's frames hold it."""

    def __init__(self) -> None:
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        await asyncio.sleep(60)


async def _waiting() -> _Work:
    work = _Work()
    await asyncio.sleep(0)
    return work


@pytest.mark.usefixtures("no_search")
async def test_who_has_a_task_is_gone_once_it_is_ended() -> None:
    work = await _waiting()
    gone = weakref.ref(work)
    await end_tasks(work.task)
    del work
    assert gone() is None


@pytest.mark.usefixtures("no_search")
async def test_with_gather_alone_it_would_still_be_there() -> None:
    """If this fails, Python has mended it, and `end_tasks` can do less."""
    work = await _waiting()
    there = weakref.ref(work)
    work.task.cancel()
    await asyncio.gather(work.task, return_exceptions=True)
    del work
    assert there() is not None


async def test_what_a_task_ends_with_is_not_raised() -> None:
    async def fails() -> None:
        raise ValueError("the task's own")

    done, failed = asyncio.create_task(asyncio.sleep(0)), asyncio.create_task(fails())
    await asyncio.sleep(0.01)
    await end_tasks(done, failed)
    assert isinstance(failed.exception(), ValueError)


async def test_it_waits_for_a_task_that_tidies_up() -> None:
    tidied = False

    async def tidies() -> None:
        nonlocal tidied
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            tidied = True

    task = asyncio.create_task(tidies())
    await asyncio.sleep(0)
    await end_tasks(task)
    assert tidied
    assert task.cancelled()
