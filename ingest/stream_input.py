"""A stream as mosaics see it: its newest decoded picture, and whether it lives."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import av

from ingest.access_unit import AccessUnit, Codec
from ingest.decoder import NO_ENGINES, Decoder
from ingest.mosaic import Need

# A picture that is waited for longer than this, or three times the longest wait of late, is not coming.
LEAST_BOUND_S, MOST_BOUND_S = 2.0, 20.0
_INTERVALS = 100


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and where it comes from. `decoded_s` is monotonic."""

    frame: av.VideoFrame
    aspect: float
    unit: AccessUnit
    decoded_s: float


class StreamInput:
    """One stream: `picture` is its newest decoded one, `on_picture` is told of each, by a decoding thread at a time.

    `show` and `hide` say what the cells need that show it; `widest` is the widest one: what nobody sees large is
    decoded for less, and gives its place to others first. `left_out_s` (monotonic): when an access unit of it was last
    left out, for want of CPU or because keyframes are enough; its last picture then stays. `began_s` (monotonic): since
    when it is read.
    """

    def __init__(self, stream: str, engines: Mapping[Codec, str] = NO_ENGINES) -> None:
        self.stream = stream
        self.began_s = time.monotonic()
        self.picture: Picture | None = None
        self.on_picture: tuple[Callable[[Picture], None], ...] = ()
        self.widest = 0
        self._thumbnails = False
        self.left_out_s = float("-inf")
        self._needs: list[Need] = []
        self._decoder = Decoder(engines)
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)

    @property
    def bound_s(self) -> float:
        """How long a picture of this stream may be on show before it counts as dead."""
        longest = max(self._intervals.copy(), default=0.0)
        return min(MOST_BOUND_S, max(LEAST_BOUND_S, 3 * longest))

    def show(self, need: Need) -> None:
        """A cell with that need shows it now."""
        self._needs.append(need)
        self._look()

    def hide(self, need: Need) -> None:
        """Such a cell shows it no longer."""
        self._needs.remove(need)
        self._look()

    def decode(self, unit: AccessUnit, *, shown: bool = True) -> None:
        """In a decoding thread. `shown`: False where newer ones wait already."""
        self._decoder.reduced = 2 * self.widest <= unit.width
        self._decoder.keyframes_only = self._thumbnails
        if self._thumbnails and not unit.keyframe:
            self.left_out_s = time.monotonic()
        frame = self._decoder.decode(unit)
        if frame is None or not shown:
            return
        now = time.monotonic()
        if self.picture is not None:
            silent_s = now - max(self.picture.decoded_s, self.left_out_s)
            if silent_s < MOST_BOUND_S:
                self._intervals.append(silent_s)
        self.picture = picture = Picture(frame, self._decoder.aspect(frame), unit, now)
        for show in self.on_picture:
            show(picture)

    def _look(self) -> None:
        self.widest = max((need.width for need in self._needs), default=0)
        self._thumbnails = bool(self._needs) and not any(need.motion for need in self._needs)
