"""When the site could see how its cameras were: control on the bus, with pullers and judges there. Kept, so that what
nobody saw is never taken for good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from wallserver.catalogue.availability import Availability
from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.control.forgetting import FORGET_AT_FIRST_S, FORGET_S

_log = structlog.get_logger(__name__)

_LOOK_S = 1.0
_WRITE_S = 10.0
_DAY_MS = 24 * 3600 * 1000
# A process that was stopped for longer has not watched meanwhile.
_MOST_BETWEEN_MS = 15_000
# A clock that is set back further is more likely wrong now, after a power cut, than it was before: it is believed only
# after a day, and until then nothing that was watched is forgotten for it.
_MOST_BACK_MS = 3_600_000
_DOUBTS = round(24 * 3600 / _WRITE_S)


class Watching:
    """`is_watching` answers whether it can be seen now. `since_ms`: since when it could, without a gap; None: it
    cannot. Unix milliseconds."""

    def __init__(
        self, availability: Availability, is_watching: Callable[[], bool], keep_days: int, now_ms: Callable[[], int]
    ) -> None:
        self.since_ms: int | None = None
        self._last_ms = 0
        self._back_to_ms: int | None = None  # what was watched after that is to be forgotten
        self._doubted = 0
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
        loop = asyncio.get_running_loop()
        forget_at = loop.time() + FORGET_AT_FIRST_S
        while True:
            await asyncio.sleep(_WRITE_S)
            try:
                await self.write()
                if loop.time() >= forget_at:
                    await self._availability.forget(self._now_ms() - self._keep_ms)
                    forget_at = loop.time() + FORGET_S
            except DATABASE_AWAY as error:
                _log.warning("when cameras were watched cannot be written down", reason=type(error).__name__)

    async def write(self) -> None:
        """Keep what there is; tried again where the database is away. Raises what that raises."""
        if not await self._is_believed():
            return
        for from_ms, until_ms in sorted(self._until.items()):
            await self._availability.watched(from_ms, until_ms)
            if self._until.get(from_ms) == until_ms:
                del self._until[from_ms]

    async def _is_believed(self) -> bool:
        """Whether the clock is right; if it was ahead before, what was watched by it then is forgotten."""
        if (back_to_ms := self._back_to_ms) is None:
            return True
        newest_ms = await self._availability.newest_ms()
        if newest_ms - back_to_ms > _MOST_BACK_MS:
            if self._now_ms() >= newest_ms:  # it was set right
                self._until = {from_ms: until for from_ms, until in self._until.items() if from_ms >= newest_ms}
                self._back_to_ms, self._doubted = None, 0
                return True
            if not self._doubted:
                _log.error("the clock is far behind what was watched", by_s=(newest_ms - back_to_ms) // 1000)
            self._doubted += 1
            if self._doubted <= _DOUBTS:
                return False
        await self._availability.forget_after(back_to_ms)
        self._doubted = 0
        if self._back_to_ms == back_to_ms:
            self._back_to_ms = None
        return True

    def _set_back(self, now_ms: int) -> None:
        """The clock was ahead, by now or while nobody looked: no time of it is counted twice."""
        self.since_ms = None
        self._back_to_ms = now_ms
        self._until = {from_ms: min(until, now_ms) for from_ms, until in self._until.items() if from_ms < now_ms}
