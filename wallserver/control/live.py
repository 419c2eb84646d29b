"""What is going on at the site: which workers are there, and how each stream is. Read from the bus, kept nowhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from ingest.bus import Bus
from ingest.camera_state import SIGNAL_FAULTS, State, StreamHealth, StreamStatus
from ingest.demand import streams_of
from wallserver.control.camera_views import CameraView, found, reported, waiting
from wallserver.control.heartbeats import heartbeat_of

_log = structlog.get_logger(__name__)

WORKER_ROLES = ("puller", "tiler", "gateway", "judge")
# Of so many streams, and workers that are gone, something is kept: three times what the largest city has. The bus lets
# whoever writes there write as many names as it likes.
MOST_NAMES = 50_000


class Live:
    """The site as it is now. `listeners` are called after each change that somebody could see.

    `status_listeners` are told whatever the streams' owners, or their judges, say. `known` is set once all that had
    been said before has been read.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.listeners: list[Callable[[], None]] = []
        self.status_listeners: list[Callable[[StreamStatus | StreamHealth], None]] = []
        self.judged: set[str] = set()
        self.roles_seen: set[str] = set()
        self.demanded: frozenset[str] = frozenset()
        self.known = asyncio.Event()
        self._now_ms = now_ms
        self._begun_ms = now_ms()
        self._statuses: dict[str, StreamStatus] = {}
        self._healths: dict[str, StreamHealth] = {}
        self._well_since_ms: dict[str, int] = {}  # when a judge last took back what was wrong with a picture
        self._workers: dict[str, dict[str, Any]] = {}
        self._gone_ms: dict[str, int] = {}
        self._waiting_ms: dict[str, int] = {}
        self._was_full = False

    def workers(self, role: str) -> dict[str, dict[str, Any]]:
        """The live workers of a role: id → what their heartbeat says."""
        prefix = f"{role}."
        return {key.removeprefix(prefix): value for key, value in self._workers.items() if key.startswith(prefix)}

    @property
    def heartbeats(self) -> Mapping[str, Mapping[str, Any]]:
        """What every live worker says: `<role>.<worker>` → its heartbeat, as heartbeat_of leaves it."""
        return self._workers

    def count_workers(self) -> dict[str, int]:
        """How many live workers each role has."""
        there = Counter(key.split(".", 1)[0] for key in self._workers)
        return {role: there[role] for role in WORKER_ROLES}

    def status(self, stream: str) -> StreamStatus | None:
        """What the stream's owner, alive or not, said last."""
        return self._statuses.get(stream)

    def pulled(self) -> list[StreamStatus]:
        """What the owners say of the streams that they pull, by name."""
        known = sorted(self._statuses.items())
        return [status for _, status in known if status.state is not State.OFF and self._is_there(status.worker)]

    def plays(self, stream: str) -> bool:
        """Whether browsers can play it as it is: most can be, so also where nothing is known of it yet."""
        status = self._statuses.get(stream)
        if status is None or status.codec == "":
            return True
        return status.codec == "h264" and not status.b_frames

    def runs(self, stream: str) -> bool:
        """Whether a worker that is there has a session with its camera."""
        status = self._statuses.get(stream)
        return status is not None and status.state in {State.LIVE, State.STALE} and self._is_there(status.worker)

    def view(self, stream: str) -> CameraView:
        """How a camera stream is: what its owner says, or that it has none and is being connected."""
        status = self._statuses.get(stream)
        if status is None:
            return waiting(self._waiting_ms.setdefault(stream, self._now_ms()))
        if not self._is_there(status.worker):
            since = self._gone_ms.setdefault(status.worker, self._now_ms())
            return replace(waiting(since), last_picture_ms=status.last_picture_ms)
        return reported(self._judged(status))

    def visited(self, streams: Iterable[str]) -> CameraView | None:
        """How a camera that nobody pulls was found at the last visit, None if there was none."""
        newest = self._newest_health(streams)
        return None if newest is None else found(newest)

    def judge_of(self, streams: Iterable[str]) -> str | None:
        """The judge that has the newest still of a camera with these streams."""
        newest = self._newest_health(streams)
        return None if newest is None else newest.worker

    async def watch(self, bus: Bus) -> None:
        """Follow the bus until cancelled."""
        # First, or what an owner says would be taken for the truth, and written down, until a judge is heard.
        for stream, value in (await bus.bucket("health").entries()).items():
            self._take_health(stream, value)
        for stream, value in (await bus.bucket("status").entries()).items():
            self._take_status(stream, value)
        self.known.set()
        self._tell()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_workers(bus), name="watch workers")
            tasks.create_task(self._watch_status(bus), name="watch status")
            tasks.create_task(self._watch_health(bus), name="watch health")
            tasks.create_task(self._watch_demand(bus), name="watch demand")

    async def _watch_workers(self, bus: Bus) -> None:
        async for change in bus.bucket("workers").watch():
            known = change.key in self._workers
            if change.value is None:
                if self._workers.pop(change.key, None) is not None:
                    _log.warning("worker gone", worker=change.key)
                    if self._has_room(self._gone_ms, worker := change.key.split(".", 1)[1]):
                        self._gone_ms[worker] = self._now_ms()
                    self._tell()
                continue
            self._workers[change.key] = heartbeat_of(change.key, change.value)
            self.roles_seen.add(change.key.split(".", 1)[0])
            if not known:
                _log.info("worker there", worker=change.key)
                self._gone_ms.pop(change.key.split(".", 1)[1], None)
                self._tell()

    async def _watch_status(self, bus: Bus) -> None:
        async for change in bus.bucket("status").watch():
            before = self._statuses.get(change.key)
            # No owner takes back what it said: where an entry is gone the bus was, and its owner says it again. Until
            # then that still holds, or all would be planned as if nothing were known, and soon after once more.
            if change.value is None or (status := self._take_status(change.key, change.value)) is None:
                continue
            self._tell_status(change.key)
            if status.state is not State.CONNECTING:
                self.judged.add(change.key)
            if before is None or not _same_to_people(before, status):
                self._tell()

    def _take_status(self, stream: str, value: dict[str, Any]) -> StreamStatus | None:
        """Keep what an owner says; None where it is not understood, or there is no room for it."""
        before = self._statuses.get(stream)
        if not self._has_room(self._statuses, stream):
            return None
        try:
            status = StreamStatus.from_json(value)
        except ValueError as error:
            _log.warning("status not understood", stream=stream, error=str(error))
            return None
        if before is not None and not status.codec:
            # Its puller has begun anew and has no picture yet: what it cannot be passed on by still holds.
            status = replace(status, codec=before.codec, b_frames=before.b_frames)
        self._statuses[stream] = status
        return status

    def _take_health(self, stream: str, value: dict[str, Any] | None) -> StreamHealth | None:
        """Keep what a judge says; None where it says nothing (any more), or there is no room for it."""
        self._healths.pop(stream, None)
        if value is None:
            self._well_since_ms.pop(stream, None)
            return None
        if not self._has_room(self._healths, stream):
            return None
        try:
            health = StreamHealth.from_json(value)
        except ValueError as error:
            _log.warning("health not understood", stream=stream, error=str(error))
            return None
        self._healths[stream] = health
        return health

    def _has_room(self, kept: Mapping[str, object], name: str) -> bool:
        """Whether something new of this name can be kept; that it cannot is said once."""
        if name in kept or len(kept) < MOST_NAMES:
            return True
        if not self._was_full:
            _log.error("workers tell of more names than there can be: what is new is not kept", name=name)
        self._was_full = True
        return False

    async def _watch_health(self, bus: Bus) -> None:
        async for change in bus.bucket("health").watch():
            before = self._healths.get(change.key)
            health = self._take_health(change.key, change.value)
            if health is None:
                self._tell()
                continue
            if before is not None and before.state in SIGNAL_FAULTS and health.state is State.LIVE:
                self._well_since_ms[change.key] = health.since_ms
            self._tell_status(change.key)
            if before is None or (before.state, before.cause_id) != (health.state, health.cause_id):
                self._tell()

    async def _watch_demand(self, bus: Bus) -> None:
        wanted: dict[str, list[str]] = {}
        async for change in bus.bucket("demand").watch():
            streams = streams_of(change.key, change.value) if change.value else []
            if streams == wanted.get(change.key, []):
                continue
            wanted[change.key] = streams
            demanded = frozenset(stream for one in wanted.values() for stream in one)
            if demanded != self.demanded:
                self.demanded = demanded
                self._tell()

    def _judged(self, status: StreamStatus) -> StreamStatus:
        """What its owner says, and whether what it sends is worth looking at."""
        health = self._healths.get(status.stream)
        if status.state is not State.LIVE or health is None:
            return status
        if health.state not in SIGNAL_FAULTS:
            return replace(status, since_ms=max(status.since_ms, self._well_since_ms.get(status.stream, 0)))
        return replace(
            status,
            state=health.state,
            since_ms=health.since_ms,
            cause_id=health.cause_id,
            cause_en=health.cause_en,
            updated_ms=max(status.updated_ms, health.seen_ms),
        )

    def _tell_status(self, stream: str) -> None:
        """By the stream's owner while it has one; by the last visit after that."""
        status, health = self._statuses.get(stream), self._healths.get(stream)
        off = status is None or status.state is State.OFF
        said: StreamStatus | StreamHealth | None = status and self._judged(status)
        if off and health is not None and (status is None or health.seen_ms > status.updated_ms):
            said = health
        if said is not None:
            for listener in self.status_listeners:
                listener(said)

    def _newest_health(self, streams: Iterable[str]) -> StreamHealth | None:
        known = (health for stream in streams if (health := self._healths.get(stream)) is not None)
        return max(known, key=lambda health: health.seen_ms, default=None)

    def _is_there(self, worker: str) -> bool:
        return any(key.split(".", 1)[1] == worker for key in self._workers)

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()


def _same_to_people(one: StreamStatus, other: StreamStatus) -> bool:
    """Whether two statuses look the same on a display, and to the planner."""
    return (one.state, one.since_ms, one.cause_id, one.worker, one.codec, one.b_frames) == (
        other.state,
        other.since_ms,
        other.cause_id,
        other.worker,
        other.codec,
        other.b_frames,
    )
