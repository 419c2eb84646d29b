"""What a judge has found: the state of each stream that it looks at, told to everybody, and a still of each camera."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import structlog

from ingest import causes
from ingest.bucket import Bucket
from ingest.camera_state import State, StreamHealth, camera_of
from ingest.causes import Cause
from ingest.errors import BusError
from ingest.judge_settings import JudgeSettings
from ingest.signal_health import SignalHealth
from ingest.stills import Seen, Still

# How old `seen_ms` in the bucket may be for a stream that is looked at all the time.
SAID_S = 30.0

_CAUSES: dict[State, Cause] = {
    State.LIVE: causes.NONE,
    State.BLACK: causes.BLACK,
    State.FROZEN: causes.FROZEN,
    State.BLURRED: causes.BLURRED,
    State.MOVED: causes.MOVED,
}

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Known:
    """A stream: `looked_s` and `said_s` are monotonic."""

    health: SignalHealth = field(default_factory=SignalHealth)
    looked_s: float = float("-inf")
    said_s: float = float("-inf")
    record: StreamHealth | None = None


class Verdicts:
    """All streams of this judge. Needs a running event loop. `settings` answers what holds now."""

    def __init__(self, bucket: Bucket, worker: str, settings: Callable[[], JudgeSettings]) -> None:
        self._bucket = bucket
        # What was found before us still holds: a camera that has been dead since yesterday does not die anew.
        self._before = bucket.mirror()
        self._worker = worker
        self._settings = settings
        self._known: dict[str, _Known] = {}
        self._stills: dict[str, Still] = {}  # by camera
        self._unsaid: set[str] = set()

    @property
    def synced(self) -> bool:
        """Whether what was found before is known."""
        return self._before.synced

    def still(self, camera: str) -> Still | None:
        """The newest picture of a camera."""
        return self._stills.get(camera)

    def wants_look(self, stream: str) -> bool:
        """Whether the stream's signal is to be judged by its next picture."""
        known = self._known.get(stream)
        return known is None or time.monotonic() - known.looked_s >= self._settings().look_s

    def seen(self, stream: str, seen: Seen, taken_ms: int) -> bool:
        """There is a picture; whether it leaves a doubt."""
        if seen.still is not None:
            self._stills[camera_of(stream)] = Still(seen.still.jpeg, seen.still.masks, taken_ms)
        if seen.look is None:
            return False
        known = self._of(stream)
        known.looked_s = time.monotonic()
        state = known.health.look(seen.look, known.looked_s, self._settings())
        self._find(stream, known, state, _CAUSES[state])
        return state is State.LIVE and known.health.in_doubt

    def failed(self, stream: str, state: State, cause: Cause) -> None:
        """A visit brought no picture."""
        self._find(stream, self._of(stream), state, cause)

    def accept_view(self, camera: str) -> None:
        """What the camera shows from now on is what it should show: it has not moved."""
        for stream, known in self._known.items():
            if camera_of(stream) == camera:
                known.health.accept_view()
                if known.record is not None and known.record.state in (State.MOVED, State.BLURRED):
                    self._find(stream, known, State.LIVE, causes.NONE)

    async def forget_all_but(self, streams: Collection[str]) -> None:
        """The catalogue has these: what was known of others is no longer kept, nor said."""
        kept, cameras = set(streams), {camera_of(stream) for stream in streams}
        self._stills = {camera: still for camera, still in self._stills.items() if camera in cameras}
        for stream in self._known.keys() - kept:
            del self._known[stream]
        for stream in [stream for stream in self._before.values if stream not in kept]:
            await self._bucket.delete(stream)

    async def say(self) -> None:
        """Tell what is new."""
        while self._unsaid:
            stream = self._unsaid.pop()
            known = self._known.get(stream)
            if known is None or known.record is None:
                continue
            try:
                await self._bucket.put(stream, known.record.to_json())
            except BusError:
                self._unsaid.add(stream)
                return  # the bus is away: later

    def _of(self, stream: str) -> _Known:
        return self._known.setdefault(stream, _Known())

    def _find(self, stream: str, known: _Known, state: State, cause: Cause) -> None:
        now_ms, before = time.time_ns() // 1_000_000, self._said_before(stream, known.record)
        same = before is not None and before.state is state
        if not same and not (before is None and state is State.LIVE):
            log.info("camera", stream=stream, state=state.value, cause=cause.english)
        known.record = StreamHealth(
            stream=stream,
            camera=camera_of(stream),
            state=state,
            since_ms=before.since_ms if same and before is not None else now_ms,
            seen_ms=now_ms,
            cause_id=cause.indonesian,
            cause_en=cause.english,
            worker=self._worker,
        )
        now_s = time.monotonic()
        if not same or known.record.cause_en != (before and before.cause_en) or now_s - known.said_s >= SAID_S:
            known.said_s = now_s
            self._unsaid.add(stream)

    def _said_before(self, stream: str, ours: StreamHealth | None) -> StreamHealth | None:
        """The last word on it: ours, or that of another judge that had the stream since."""
        value = self._before.values.get(stream)
        if value is None or (ours is not None and ours.seen_ms >= value.get("seen_ms", 0)):
            return ours
        try:
            return StreamHealth.from_json(value)
        except ValueError:
            return ours
