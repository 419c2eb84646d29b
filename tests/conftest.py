"""What holds for every test: nothing is left behind."""

from __future__ import annotations

import asyncio.constants
import gc
import threading
import time
import traceback
from collections.abc import Iterator

import psutil
import pytest
import structlog

from tests.support.nats import bus_server  # noqa: F401 - a fixture for all tests

# asyncio's debug mode keeps for each future, task and handle where it was made. Of futures that is the whole stack,
# pytest's fifty frames and all: nearly half of the CPU of a test that does much. The nearest frames tell it as well.
_FRAMES = 4
asyncio.constants.DEBUG_STACK_DEPTH = _FRAMES  # type: ignore[misc]
traceback.extract_stack.__defaults__ = (None, _FRAMES)


def pytest_collection_finish() -> None:
    """What is imported by now stays: passed over, the collection after each test takes 5 ms instead of 70."""
    gc.collect()
    gc.freeze()


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


def _threads() -> set[threading.Thread]:
    # The default executor of a test's event loop ends with the loop, after this fixture looked; the pools of first
    # pictures, of HLS segments and of their hosts with the process.
    passing = ("asyncio_", "hls worker", "hls hosts", "pytest_timeout")
    return {thread for thread in threading.enumerate() if not thread.name.startswith(passing)}


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread or a process running; how logs are written is as it was before."""
    threads, children = _threads(), _children()
    yield
    structlog.reset_defaults()  # a command that was called as a function says how much is logged, for good
    gc.collect()
    deadline = time.monotonic() + 2
    while (left := (_threads() - threads, _children() - children)) != (set(), set()):
        if time.monotonic() > deadline:
            pytest.fail(f"left behind: threads {[thread.name for thread in left[0]]}, processes {left[1]}")
        time.sleep(0.02)
