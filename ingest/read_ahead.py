"""What blocks, read by a thread of its own for a reader on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator

# How soon a thread with nowhere to put things sees that nobody reads any more.
_GLANCE_S = 0.2


async def read_ahead[T](make: Callable[[], Generator[T]], limit: int, name: str) -> AsyncGenerator[T]:
    """What the generator gives that `make` makes, at most `limit` ahead of the reader.

    The thread makes it, reads it and closes it: FFmpeg's connections may be closed by no other one (a crash in 12 of
    14 runs). Raises what the generator raises. When the reader leaves, the thread ends at its next item.
    """
    ahead = _Ahead(make, limit)
    thread = threading.Thread(target=ahead.run, name=name, daemon=True)
    thread.start()
    try:
        while True:
            while ahead.items:
                item = ahead.items.popleft()
                ahead.room.release()
                yield item
            if ahead.ended:
                break
            ahead.come.clear()
            await ahead.come.wait()
        if ahead.error is not None:
            raise ahead.error
    finally:
        ahead.left.set()


class _Ahead[T]:
    """The thread's side. `items`, `ended` and `error` change in the event loop only."""

    def __init__(self, make: Callable[[], Generator[T]], limit: int) -> None:
        self.items: deque[T] = deque()
        self.ended = False
        self.error: Exception | None = None
        self.come = asyncio.Event()
        self.room = threading.Semaphore(limit)
        self.left = threading.Event()
        self._make = make
        self._loop = asyncio.get_running_loop()

    def run(self) -> None:
        """In the thread."""
        error: Exception | None = None
        try:
            with contextlib.closing(self._make()) as source:
                for item in source:
                    if not self._has_room():
                        return
                    self._tell(self._put, item)
        except Exception as raised:  # noqa: BLE001 - raised again by the reader
            error = raised
        finally:
            self._tell(self._end, error)

    def _has_room(self) -> bool:
        """Wait for room; False when nobody reads any more."""
        while not self.left.is_set():
            if self.room.acquire(timeout=_GLANCE_S):
                return True
        return False

    def _tell[A](self, what: Callable[[A], None], argument: A) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are ending
            self._loop.call_soon_threadsafe(what, argument)

    def _put(self, item: T) -> None:
        self.items.append(item)
        self.come.set()

    def _end(self, error: Exception | None) -> None:
        self.ended, self.error = True, error
        self.come.set()
