"""What state a camera's stream is in, and why: a state machine without I/O, and the record the bus carries."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from ingest import causes
from ingest.causes import Cause

# Enough intervals for a 99th percentile, few enough that a camera set to another rate is understood within a minute.
INTERVALS = 300
LEAST_BOUND_S = 2.0
# From the answer of the camera on: longer than GOPs should be, and on the wall within 5 s.
FIRST_PICTURE_S = 4.25
# As many have to be known to say what is usual: before, a camera of a picture in two seconds is not called stale.
_LEAST_INTERVALS = 5


class State(enum.StrEnum):
    """The states of DESIGN.md. `frozen`, `black`, `blurred`, `moved` and `off` are said by others than the puller."""

    LIVE = "live"
    CONNECTING = "connecting"
    STALE = "stale"
    FROZEN = "frozen"
    BLACK = "black"
    BLURRED = "blurred"
    MOVED = "moved"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"
    UNSUPPORTED = "unsupported"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """What a stream's owner tells everybody about it, in the bucket `status`. Times are Unix milliseconds."""

    stream: str
    camera: str
    state: State
    since_ms: int
    last_picture_ms: int | None
    cause_id: str
    cause_en: str
    codec: str
    width: int
    height: int
    fps: float
    gop_s: float
    b_frames: bool
    bitrate_kbps: int
    worker: str
    epoch: int
    updated_ms: int

    def to_json(self) -> dict[str, Any]:
        """The bucket's value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> StreamStatus:
        """The record in a bucket's value; fields that a newer writer added are passed over. Raises ValueError."""
        known = _known(cls, value)
        return cls(**{**known, "state": State(known["state"])})


# What the judge says of pictures that come: a stream that is live may be one of these all the same.
SIGNAL_FAULTS = frozenset({State.FROZEN, State.BLACK, State.BLURRED, State.MOVED})


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """What a judge found at its last look at a stream, or visit, in the bucket `health`. Times are Unix milliseconds.

    `state`: LIVE, one of SIGNAL_FAULTS, or why a visit brought no picture. `worker` is the judge, which has the still.
    """

    stream: str
    camera: str
    state: State
    since_ms: int
    seen_ms: int
    cause_id: str
    cause_en: str
    worker: str

    @property
    def updated_ms(self) -> int:
        """When this was said, as of a StreamStatus."""
        return self.seen_ms

    def to_json(self) -> dict[str, Any]:
        """The bucket's value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> StreamHealth:
        """The record in a bucket's value; fields that a newer writer added are passed over. Raises ValueError."""
        known = _known(cls, value)
        return cls(**{**known, "state": State(known["state"])})


def _known(cls: type[StreamStatus | StreamHealth], value: dict[str, Any]) -> dict[str, Any]:
    try:
        return {field.name: value[field.name] for field in fields(cls)}
    except KeyError as error:
        raise ValueError(f"what is said of a stream lacks {error.args[0]}") from None


def camera_of(stream: str) -> str:
    """The camera of a camera stream's name `cam.<camera>.<main|sub>`; empty for composed streams."""
    parts = stream.split(".")
    return parts[1] if len(parts) == 3 and parts[0] == "cam" else ""


def least_bound_hls_s(target_duration_s: float) -> float:
    """How long an HLS stream may at least be without an access unit: a playlist may be late by some segments."""
    return max(6.0, 3 * target_duration_s)


# What is no longer true of a camera that has answered and is to send pictures.
_DISPROVED = frozenset({State.CONNECTING, State.UNREACHABLE, State.REFUSED, State.NOT_FOUND, State.OFF})


class CameraState:
    """The state of one camera stream, driven by what happens to it and by `tick`.

    live only after a decoded picture of this connection and while access units come within their bound:
    max(that of the source, 3 × the 99th percentile of their intervals), and that of a first picture until some
    intervals are known. `clock` answers monotonic seconds.
    Methods that can change state or cause answer whether they did.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._least_bound_s = LEAST_BOUND_S
        self._opened: float | None = None
        self._intervals: deque[float] = deque(maxlen=INTERVALS)
        self._last_unit: float | None = None
        self._decoded = self._keyframe_late = False
        self.state = State.CONNECTING
        self.cause: Cause = causes.CONNECTING
        self.since = clock()

    @property
    def bound_s(self) -> float:
        """How long the stream may be without an access unit before it is stale."""
        if len(self._intervals) < _LEAST_INTERVALS:
            return max(self._least_bound_s, FIRST_PICTURE_S)
        ranked = sorted(self._intervals)
        return max(self._least_bound_s, 3 * ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)])

    def opened(self, least_bound_s: float) -> None:
        """The camera has answered, and is to send pictures: at least one in `least_bound_s` seconds."""
        self._opened = self._clock()
        self._keyframe_late = False
        self._least_bound_s = least_bound_s

    def keyframe_late(self) -> None:
        """Pictures come on this connection, but nothing to begin with."""
        self._keyframe_late = True

    def picture_decoded(self) -> None:
        """A keyframe of this connection was decoded."""
        self._decoded = True

    def access_unit(self) -> bool:
        """An access unit was published."""
        now = self._clock()
        if self._last_unit is not None:
            self._intervals.append(now - self._last_unit)
        self._last_unit = now
        return self._decoded and self._become(State.LIVE, causes.NONE)

    def failed(self, state: State, cause: Cause) -> bool:
        """The connection could not be made, or ended. This stays on show while the next one is tried."""
        self._decoded = False
        self._last_unit = self._opened = None
        return self._become(state, cause)

    def tick(self) -> bool:
        """Time has passed; call about twice a second."""
        now = self._clock()
        if self.state is State.LIVE and self._last_unit is not None:
            silent_s = now - self._last_unit
            # The bound of this camera takes sorting: only once it could be reached.
            if silent_s > self._least_bound_s and silent_s > self.bound_s:
                return self._become(State.STALE, causes.NO_PICTURES)
        if self.state in _DISPROVED and self._opened is not None and now - self._opened > FIRST_PICTURE_S:
            cause = causes.NO_KEYFRAME if self._keyframe_late else causes.NO_FIRST_PICTURE
            return self._become(State.STALE, cause)
        return False

    def _become(self, state: State, cause: Cause) -> bool:
        if state is self.state and cause == self.cause:
            return False
        if state is not self.state:
            self.since = self._clock()
        self.state, self.cause = state, cause
        return True
