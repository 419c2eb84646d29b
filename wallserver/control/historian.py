"""Writes down what becomes of each camera, as the streams' owners say it; tried again while the database is away."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Container
from itertools import batched

import structlog

from ingest.camera_state import State, StreamHealth, StreamStatus
from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.catalogue.history import History, StateChange
from wallserver.control.forgetting import FORGET_AT_FIRST_S, FORGET_S
from wallserver.control.watching import Watching

_log = structlog.get_logger(__name__)

_WRITE_S = 1.0
# Of how many streams old changes are forgotten in one transaction: each of them may have thousands.
STREAMS_AT_ONCE = 50
_DAY_MS = 24 * 3600 * 1000
# What waits while the database is away; beyond it the oldest are lost, and that is logged.
MOST_WAITING = 100_000


class Historian:
    """Told of every status; keeps those that change something. `keep_days`: how long. `off`: cameras that a person
    has switched off; that this was done is told by `done`.

    Whenever watching has begun anew, each stream's first word is written down, though it be the same as the last one:
    without, nobody could say later whether it held. So is the first word on a camera of which another stream was let
    go.

    `ready`: what is kept from before is known. `away`: the database could not be written to the last time.
    """

    def __init__(self, history: History, watching: Watching, keep_days: int, now_ms: Callable[[], int]) -> None:
        self.off: Container[str] = frozenset()
        self._history = history
        self._watching = watching
        self._heard: dict[str, int] = {}  # since when that was watching in which a stream has been heard of
        self._keep_ms = keep_days * _DAY_MS
        self._now_ms = now_ms
        self._last: dict[str, StateChange] = {}
        self._last_of: dict[str, StateChange] = {}  # by camera, of any of its streams
        self._said: deque[StreamStatus | StreamHealth] = deque()  # before it is ready
        self.ready = False
        self.away = False
        self._waiting: deque[StateChange] = deque()
        self._lost = 0

    def said(self, status: StreamStatus | StreamHealth) -> None:
        """A stream's owner, or a judge, says how it is."""
        if not self.ready:
            self._said.append(status)
            return
        if status.camera in self.off:  # that, and why, is what is written down
            return
        last, since_ms = self._last.get(status.stream), self._watching.since_ms
        first = since_ms is not None and status.updated_ms >= since_ms != self._heard.get(status.stream)
        is_change = last is None or (last.state, last.cause_id) != (status.state, status.cause_id)
        if not (is_change or first or self._is_let_go(status)):
            return
        # A state began when its owner says; another cause for the same state, now. Never before the change before.
        began = status.since_ms if last is None or last.state is not status.state else status.updated_ms
        what = (status.stream, status.camera, status.state, status.cause_id, status.cause_en)
        kept = self._keep(began, *what)
        if first and since_ms is not None:
            self._heard[status.stream] = since_ms
            if kept.at_ms < since_ms:
                self._keep(status.updated_ms, *what)

    def _is_let_go(self, status: StreamStatus | StreamHealth) -> bool:
        """Whether the newest word on the camera is that nobody needs another stream of it."""
        newest = self._last_of.get(status.camera)
        return (
            newest is not None
            and newest.state is State.OFF
            and status.state is not State.OFF
            and newest.at_ms < status.updated_ms
        )

    def done(self, stream: str, camera: str, state: State, cause_id: str, cause_en: str) -> None:
        """A person has done something to a camera, just now."""
        self._keep(self._now_ms(), stream, camera, state, cause_id, cause_en)

    def _keep(self, began_ms: int, stream: str, camera: str, state: State, cause_id: str, cause_en: str) -> StateChange:
        last = self._last.get(stream)
        at_ms = began_ms if last is None else max(began_ms, last.at_ms + 1)
        change = StateChange(stream, camera, at_ms, state, cause_id, cause_en)
        self._last[stream] = self._last_of[camera] = change
        self._waiting.append(change)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._lost += 1
        return change

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        forget_at, to_forget = loop.time() + FORGET_AT_FIRST_S, deque[tuple[str, ...]]()
        while True:
            try:
                await self.write()
                if loop.time() >= forget_at:
                    to_forget.extend(batched(self._last, STREAMS_AT_ONCE))
                    forget_at = loop.time() + FORGET_S
                if to_forget:
                    await self._history.forget(self._now_ms() - self._keep_ms, to_forget[0])
                    to_forget.popleft()
            except DATABASE_AWAY as error:
                if not self.away:
                    _log.error("states cannot be written down", reason=type(error).__name__)
                self.away = True
            else:
                self.away = False
            await asyncio.sleep(_WRITE_S)

    async def write(self) -> None:
        """Keep what there is. Raises what a database that is away raises."""
        if not self.ready:
            self._last = await self._history.newest()
            in_order = sorted(self._last.values(), key=lambda change: change.at_ms)
            self._last_of = {change.camera_id: change for change in in_order}
            self.ready = True
            while self._said:
                self.said(self._said.popleft())
        batch, self._waiting = self._waiting, deque()
        try:
            await self._history.add(batch)
        except DATABASE_AWAY:
            self._waiting.extendleft(reversed(batch))
            raise
        if self._lost:
            _log.error("changes of state were lost while the database was away", changes=self._lost)
            self._lost = 0
