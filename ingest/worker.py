"""What every role's process has in common: logs, signals, an end in time."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import faulthandler
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from ingest.ending import end_tasks
from ingest.heartbeat import Heartbeat
from ingest.redact import redact, redact_event

__all__ = ["GRACE_SECONDS", "Heartbeat", "Stop", "run_worker", "set_up_logs"]

GRACE_SECONDS = 2.5
"""How long a role may take to leave after a signal before its process ends itself."""
HUNG_SECONDS = 30.0
"""How long a role's event loop may stand still before its process ends itself, to be started anew."""
_ALIVE_SECONDS = 5.0
_STANDARD_ERROR = 2

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>
_LARGE_BLOCK_BYTES = 1 << 20

type Stop = asyncio.Event

log = structlog.get_logger(__name__)


def set_up_logs() -> None:
    """structlog to standard error: for people on a terminal, key=value elsewhere; secrets redacted everywhere."""
    terminal = sys.stderr.isatty()
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if terminal
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            redact_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(_Redacting(logging.BASIC_FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[libraries])


class _Redacting(logging.Formatter):
    """What libraries log, which quote addresses as they were given."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def run_worker(
    main: Callable[[Stop], Coroutine[Any, Any, None]],
    grace: float = GRACE_SECONDS,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    """Run a role until it ends by itself or SIGINT or SIGTERM comes, also where SIGINT was inherited as ignored.

    `loop_factory`: another event loop than asyncio's own.
    """
    set_up_logs()
    look_rarely_for_cycles()
    give_large_blocks_back()
    asyncio.run(_until_stopped(main, grace), loop_factory=loop_factory)


def look_rarely_for_cycles() -> None:
    """What was imported stays, and what pictures are made of goes by itself: looking for cycles in it took 3 %."""
    # Connections that fail leave some: 20,000 by 20 of them at a time stopped everything for 190 ms.
    gc.freeze()
    gc.set_threshold(5_000, 5)


def give_large_blocks_back() -> None:
    """Memory in large blocks is mapped, and so goes back to the system when it is freed (mallopt(3); glibc alone).

    By itself glibc raises the bound to the largest block that was freed, up to 32 MiB: the pictures of encoders that
    come and go then lie in the heaps of their threads, and what is free between them stays there. Any lower, and each
    picture of a sub stream would cost calls of the system.
    """
    with contextlib.suppress(AttributeError):  # another libc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
        mallopt(_M_TRIM_THRESHOLD, 2 * _LARGE_BLOCK_BYTES)  # the ratio that glibc itself keeps


async def _until_stopped(main: Callable[[Stop], Coroutine[Any, Any, None]], grace: float) -> None:
    stop: Stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end(number: signal.Signals) -> None:
        if not stop.is_set():
            log.info("stopping", signal=number.name)
            stop.set()
            _exit_after(grace)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    _end_if_it_hangs()
    alive = asyncio.create_task(_say_that_it_turns(), name="say that the loop turns")
    try:
        await main(stop)
    finally:
        alive.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _say_that_it_turns() -> None:
    while True:
        await asyncio.sleep(_ALIVE_SECONDS)
        _end_if_it_hangs()


def _end_if_it_hangs() -> None:
    """From now on in HUNG_SECONDS, unless this is called again; its log says where each thread was.

    By a thread of faulthandler's, which needs no lock that a library may hold for ever.
    """
    faulthandler.dump_traceback_later(HUNG_SECONDS, exit=True, file=_STANDARD_ERROR)


async def unless_stopped[T](stop: Stop, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of `work`, or None if `stop` is set before."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        await end_tasks(task, stopped)


def _exit_after(seconds: float) -> None:
    """End the process by force: a thread inside FFmpeg must not keep a dead house's camera busy."""

    def leave() -> None:
        log.warning("did not stop in time, leaving", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()
