"""When the site could see how its cameras were: control on the bus, with pullers and judges there. Kept, so that what
nobody saw is never taken for good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from wallserver.catalogue.availability import Availability
from wallserver.catalogue.database import DATABASE_AWAY

_log = structlog.get_logger(__name__)

_LOOK_S = 1.0
_WRITE_S = 10.0
_FORGET_S = 24 * 3600.0
_DAY_MS = 24 * 3600 * 1000
# A process that was stopped for longer has not watched meanwhile.
_MOST_BETWEEN_MS = 15_000


class Watching:
    """`is_watching` answers whether it can be seen now. `since_ms`: since when it could, without a gap; None: it
    cannot. Unix milliseconds."""

    def __init__(
        self, availability: Availability, is_watching: Callable[[], bool], keep_days: int, now_ms: Callable[[], int]
    ) -> None:
        self.since_ms: int | None = None
        self._last_ms = 0
        self._back_to_ms: int | None = None  # what was watched after that is to be forgotten
        self._availability = availability
        self._is_watching = is_watching
        self._keep_ms = keep_days * _DAY_MS
        self._now_ms = now_ms
        self._until: dict[int, int] = {}  # by its beginning, what is not written yet

    def look(self) -> None:
        """See whether it can be seen; once a second."""
        last_ms, now_ms = self._last_ms, self._now_ms()
        self._last_ms = now_ms
        if now_ms < last_ms or not last_ms:
            self._set_back(now_ms)
        if not self._is_watching():
            self.since_ms = None
            return
        if self.since_ms is None or now_ms - last_ms > _MOST_BETWEEN_MS:
            self.since_ms = now_ms
        self._until[self.since_ms] = now_ms

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look(), name="look whether cameras are watched")
            tasks.create_task(self._write(), name="write down when cameras were watched")

    async def _look(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)

    async def _write(self) -> None:
        forget_at, loop = 0.0, asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_WRITE_S)
            try:
                await self.write()
                if loop.time() >= forget_at:
                    await self._availability.forget(self._now_ms() - self._keep_ms)
                    forget_at = loop.time() + _FORGET_S
            except DATABASE_AWAY as error:
                _log.warning("when cameras were watched cannot be written down", reason=type(error).__name__)

    async def write(self) -> None:
        """Keep what there is; tried again where the database is away. Raises what that raises."""
        if (back_to_ms := self._back_to_ms) is not None:
            await self._availability.forget_after(back_to_ms)
            if self._back_to_ms == back_to_ms:
                self._back_to_ms = None
        for from_ms, until_ms in sorted(self._until.items()):
            await self._availability.watched(from_ms, until_ms)
            if self._until.get(from_ms) == until_ms:
                del self._until[from_ms]

    def _set_back(self, now_ms: int) -> None:
        """The clock was ahead, by now or while nobody looked: no time of it is counted twice."""
        self.since_ms = None
        self._back_to_ms = now_ms
        self._until = {from_ms: min(until, now_ms) for from_ms, until in self._until.items() if from_ms < now_ms}
