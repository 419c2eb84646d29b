"""Waiting for a condition, never for time."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, overload

# A bound for what hangs, not for what is slow: a condition that holds at once costs nothing, whatever the machine does.
PATIENCE_S = 60.0


@overload
async def eventually[T](check: Callable[[], Awaitable[T]], within: float = PATIENCE_S, every: float = 0.02) -> T: ...
@overload
async def eventually[T](check: Callable[[], T], within: float = PATIENCE_S, every: float = 0.02) -> T: ...
async def eventually(check: Callable[[], Any], within: float = PATIENCE_S, every: float = 0.02) -> Any:
    """Return the first truthy answer of `check`; fail with its last answer after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = check()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {within} s: {check} last answered {value!r}")
        await asyncio.sleep(every)
