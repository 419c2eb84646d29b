"""Following a bucket: what its consumer sends, and copies of it that are kept current."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from nats.aio.msg import Msg

from ingest.ending import end_tasks
from ingest.errors import BusError

HEARTBEAT_SECONDS = 2.0
_MAX_WAITING = 10_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """An entry as it is now: `value` None says that it is gone. `revision` rises with each change of a bucket."""

    key: str
    value: dict[str, Any] | None
    revision: int


class Mirror:
    """A copy of a bucket's entries, kept current; `on_change` is called after each change, not where an entry is
    written again as it was.

    `synced` once it has been whole; then it stays as it was through absences of the bus. Ends with the bus.
    """

    def __init__(
        self,
        changes: AsyncGenerator[Change | None],
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self.values: dict[str, dict[str, Any]] = {}
        self.synced = False
        self.on_change: list[Callable[[], None]] = []
        self._task = start(self._run(changes))

    async def close(self) -> None:
        """Keep it current no longer."""
        await end_tasks(self._task)

    async def _run(self, changes: AsyncGenerator[Change | None]) -> None:
        async for change in changes:
            if change is None:
                self.synced = True
            elif change.value == self.values.get(change.key):
                continue
            elif change.value is None:
                self.values.pop(change.key, None)
            else:
                self.values[change.key] = change.value
            for callback in self.on_change:
                callback()


class Feed:
    """What a consumer sends, waiting for its watcher: a change, and whether all that was there has been told."""

    def __init__(self, prefix_length: int) -> None:
        self._prefix_length = prefix_length
        self._waiting: deque[tuple[Change | None, bool]] = deque()
        self._came = asyncio.Event()
        self._number = 0
        self._ended = False

    async def take(self, message: Msg) -> None:
        """nats-py's callback: keeps the message, nothing else."""
        if message.reply:  # a heartbeat has none
            meta = message.metadata
            self._number += 1
            if meta.sequence.consumer != self._number or len(self._waiting) >= _MAX_WAITING:
                self._ended = True  # one was lost, or the watcher is far behind: begin again rather than miss one
            change = Change(message.subject[self._prefix_length :], value_of(message), meta.sequence.stream)
            self._waiting.append((change, meta.num_pending == 0))
        self._came.set()

    def empty(self) -> None:
        """There was nothing at the beginning."""
        self._waiting.append((None, True))

    def end(self) -> None:
        """Nothing more will come."""
        self._ended = True
        self._came.set()

    async def next(self) -> tuple[Change | None, bool] | None:
        """The next change; None when nothing more comes, or no heartbeat came for three of its times."""
        while not self._ended:
            if self._waiting:
                return self._waiting.popleft()
            self._came.clear()
            try:
                async with asyncio.timeout(3 * HEARTBEAT_SECONDS):
                    await self._came.wait()
            except TimeoutError:
                return None
        return None


def loaded(message: Msg) -> dict[str, Any]:
    """The JSON object of a message. Raises BusError."""
    try:
        value = json.loads(message.data)
    except ValueError as error:
        raise BusError("the bus answered what is not JSON") from error
    if not isinstance(value, dict):
        raise BusError("the bus answered what is not a JSON object")
    return value


def value_of(message: Msg) -> dict[str, Any] | None:
    """The entry's value; None for the empty message that says that it was deleted or expired."""
    if not message.data:
        return None
    try:
        return loaded(message)
    except BusError:
        log.error("bucket entry is not a JSON object, taken as gone", subject=message.subject)
        return None
