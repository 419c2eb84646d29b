"""An event loop whose clock jumps to whatever is due next: hours of waiting in milliseconds, with real code.

Only for code that waits for time and for itself, never for a socket or a thread.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _NoWaiting(selectors.DefaultSelector):
    """Passes the time that it was to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everybody waits for something that never comes")
        self.now += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _NoWaiting()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


def run_in_virtual_time[T](work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end; `loop.time()` and `asyncio.sleep` are virtual in it."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
