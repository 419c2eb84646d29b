"""The flight recorder: what displays prove that they drew, and which camera tours chose, written down in batches.

What people put on a cell is written with its revision; this is all the rest. Nobody waits for it: it is taken from
memory every few seconds, and kept there while the database is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import structlog

from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.catalogue.flight import LONGEST_MS, LOOK_MS, Drawn, Flight, Step
from wallserver.control.forgetting import FORGET_AT_FIRST_S, FORGET_S

_log = structlog.get_logger(__name__)

_WRITE_S = 5.0
# A clock that nobody has set for so long is believed: after a start the network sets it within a minute or two.
_BELIEVED_MS = 600_000
_DAY_MS = 24 * 3600 * 1000
# Two pictures of one cell that are no further apart belong to one interval: displays report every 10 s.
GAP_MS = 15_000
# For so long a picture may stay where it is no longer asked for: its display has yet to hear of that, and to draw it.
_STAYS_MS = 2_000
# A line that is silent for longer has ended: no report comes later.
_MOST_LATE_MS = 60_000
# What waits while the database is away; beyond it the oldest are lost, and that is logged.
MOST_WAITING = 100_000

type CellCamera = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CellFrames:
    """A display drew `frames` pictures of a camera in a cell, the first and the last of them so many ms ago; 0: between
    these instants it was to, and there were none."""

    cell: str
    camera: str
    frames: int
    first_ms: int
    last_ms: int


class Proof:
    """What one browser of a display says: its reports put together to intervals. Times are Unix milliseconds."""

    def __init__(self, display: str, now_ms: int) -> None:
        self._display = display
        self._said_ms = now_ms  # what it says is of the time since then
        self._open: dict[str, Drawn] = {}
        self._asked: AbstractSet[CellCamera] = frozenset()
        self._gone_ms: dict[CellCamera, int] = {}  # since when a picture that was asked for cannot be there any more

    def asks(self, pictures: AbstractSet[CellCamera], now_ms: int) -> None:
        """From now on the display is asked to show these, and no others."""
        # Of one that never reports nothing need be remembered without end.
        self._gone_ms = {picture: at_ms for picture, at_ms in self._gone_ms.items() if at_ms > now_ms - 4 * GAP_MS}
        self._gone_ms |= dict.fromkeys(self._asked - pictures, now_ms + _STAYS_MS)
        self._asked = pictures

    def said(self, plan: int, cells: Iterable[CellFrames], now_ms: int, sent_ms: int | None = None) -> list[Drawn]:
        """A report, in the order in which the pictures came: the intervals that are new or longer by it. It may have
        lain on the line: by control's clock it was sent at `sent_ms`, as the display says."""
        changed: dict[tuple[str, int], Drawn] = {}
        if now_ms < self._said_ms:  # the clock was set back
            self._open, self._gone_ms, self._said_ms = {}, {}, now_ms
        at_ms = now_ms if sent_ms is None else min(max(sent_ms, self._said_ms, now_ms - _MOST_LATE_MS), now_ms)
        for told in cells:
            begin = min(max(at_ms - told.first_ms, self._said_ms), at_ms)
            end = max(at_ms - told.last_ms, begin)
            before = self._open.get(told.cell)
            if before is not None and before.until_ms >= begin:
                begin = min(before.until_ms + 1, at_ms)
                end = max(begin, end)
            if before is not None and self._goes_on(before, told, begin, end):
                now = replace(before, until_ms=end, plan=plan, frames=before.frames + told.frames)
            else:
                now = Drawn(self._display, told.cell, told.camera, begin, end, plan, told.frames)
            self._open[told.cell] = now
            changed[now.cell, now.from_ms] = now
        self._said_ms = at_ms
        return list(changed.values())

    def _goes_on(self, before: Drawn, told: CellFrames, begin: int, end: int) -> bool:
        gone_ms = self._gone_ms.get((told.cell, told.camera))
        return (
            before.camera == told.camera
            and (before.frames > 0) == (told.frames > 0)
            and begin - before.until_ms <= GAP_MS
            and (gone_ms is None or not before.until_ms <= gone_ms < begin)
            and end - before.from_ms < LONGEST_MS
        )


class FlightRecorder:
    """Told of displays' reports and of tours' steps; keeps them for `keep_days`.

    `away`: the database could not be written to the last time.
    """

    def __init__(self, flight: Flight, keep_days: int, now_ms: Callable[[], int]) -> None:
        self._flight = flight
        self._keep_ms = keep_days * _DAY_MS
        self._now_ms = now_ms
        self._drawn: dict[tuple[str, str, int], Drawn] = {}
        self._steps: dict[tuple[str, str, str, int], Step] = {}
        self._lost = 0
        self._looked_ms = self._set_ms = 0
        self.away = False

    def proof(self, display: str) -> Proof:
        """For a browser that begins to show a display."""
        return Proof(display, self._now_ms())

    def said(self, proof: Proof, plan: int, cells: Sequence[CellFrames], sent_ms: int | None = None) -> None:
        """A browser reports."""
        for one in proof.said(plan, cells, self._now_ms(), sent_ms):
            self._drawn[one.display, one.cell, one.from_ms] = one
        self._lost += _cut(self._drawn)

    def stepped(self, steps: Iterable[Step]) -> None:
        """Tours have taken their turns."""
        for step in steps:
            self._steps[step.wall, step.display, step.cell, step.at_ms] = step
        self._lost += _cut(self._steps)

    async def run(self) -> None:
        """Until cancelled, and then once more: an end in good order loses nothing."""
        loop = asyncio.get_running_loop()
        look_at, forget_at = loop.time(), loop.time() + FORGET_AT_FIRST_S
        try:
            while True:
                await self.write()
                if not self.away and loop.time() >= look_at:
                    look_at = loop.time() + LOOK_MS / 1000
                    await self._tried(self.look_ahead())
                if not self.away and loop.time() >= forget_at and await self._tried(self._forget()):
                    forget_at = loop.time() + FORGET_S
                await asyncio.sleep(_WRITE_S)
        finally:
            await self.write()

    async def write(self) -> None:
        """Write what waits. A database that is away is said once, and tried again the next time."""
        drawn, self._drawn = self._drawn, {}
        steps, self._steps = self._steps, {}
        try:
            await self._flight.put_drawn(drawn.values())
            await self._flight.add_steps(steps.values())
        except DATABASE_AWAY as error:
            # An interval that has grown meanwhile takes the place of the shorter one.
            self._drawn, self._steps = drawn | self._drawn, steps | self._steps
            self._lost += _cut(self._drawn) + _cut(self._steps)
            if not self.away:
                _log.error("the flight recorder cannot write", reason=type(error).__name__)
            self.away = True
            return
        self.away = False
        if self._lost:
            _log.error("the flight recorder lost what it knew while the database was away", entries=self._lost)
            self._lost = 0

    async def look_ahead(self) -> None:
        """Once every `LOOK_MS`: what a clock that was ahead has proved goes, if the present one is believed."""
        looked_ms, now_ms = self._looked_ms, self._now_ms()
        self._looked_ms = now_ms
        if not 0 <= now_ms - looked_ms < 2 * LOOK_MS:
            self._set_ms = now_ms
        if now_ms - self._set_ms >= _BELIEVED_MS:
            was_believed = looked_ms - self._set_ms >= _BELIEVED_MS
            await self._flight.forget_ahead(looked_ms if was_believed else now_ms - LONGEST_MS, now_ms)

    async def _forget(self) -> bool:
        return await self._flight.forget(self._now_ms() - self._keep_ms)

    async def _tried(self, forgetting: Awaitable[bool | None]) -> bool:
        """Whether all is forgotten; what is left is the next time's."""
        try:
            return bool(await forgetting)
        except DATABASE_AWAY as error:
            _log.error("the flight recorder cannot forget", reason=type(error).__name__)
            return False


def _cut[K, V](waiting: dict[K, V]) -> int:
    """Let go of the oldest beyond what may wait; how many these were."""
    over = max(0, len(waiting) - MOST_WAITING)
    for key in list(waiting)[:over]:
        del waiting[key]
    return over
