"""An entry of a bucket that says "I am here": written each second, gone soon after its writer is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from ingest.bus import Bus
from ingest.ending import end_tasks
from ingest.errors import BusError

EVERY_SECONDS = 1.0


class Refreshed:
    """Writes `value()` under `key` each second, and at each `now()`; deletes it when closed or when the bus is.

    Needs a running event loop. While the bus is away nothing is written: the entry expires, which is the truth.
    """

    def __init__(self, bus: Bus, bucket: str, key: str, value: Callable[[], Mapping[str, Any]]) -> None:
        self._bucket = bus.bucket(bucket)
        self._key = key
        self._value = value
        self._due = asyncio.Event()
        self._task = bus.essential(self._write_all(), f"refresh {bucket} {key}")
        bus.on_close.append(self.close)

    def now(self) -> None:
        """Write at once: the value is another."""
        self._due.set()

    async def close(self) -> None:
        """Delete the entry, at once."""
        if self._task.done():
            return
        await end_tasks(self._task)
        with contextlib.suppress(BusError):  # it expires by itself
            await self._bucket.delete(self._key)

    async def _write_all(self) -> None:
        while True:
            self._due.clear()
            with contextlib.suppress(BusError):
                await self._bucket.put(self._key, self._value())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._due.wait()
