"""What many ask for at about the same time: found once, and remembered for a moment."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any


class ShortMemory[K: Hashable, V]:
    """What was found, by what it was found for. Whoever asks for the same while it is being found, or later, but less
    than `keep_s` after that began, is answered the same.

    At most `most` findings are kept: the one that was asked for least recently goes first. One that failed is not.
    """

    def __init__(self, keep_s: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        self._keep_s = keep_s
        self._most = most
        self._clock = clock
        self._found: OrderedDict[K, tuple[float, asyncio.Task[V]]] = OrderedDict()

    async def get(self, key: K, find: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """What is remembered for this key, or what `find` finds. Raises what that raises."""
        now = self._clock()
        began, task = self._found.get(key, (now, None))
        if task is None or now - began >= self._keep_s or _failed(task):
            # A task of its own: that one of those who wait for it leaves must not end it for the others.
            task = asyncio.create_task(find(), name="find once for many")
            self._found[key] = now, task
        self._found.move_to_end(key)
        if len(self._found) > self._most:
            self._found.popitem(last=False)
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Whoever asks from now on is not answered by what was found, or begun to be found, until now."""
        self._found.clear()


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
