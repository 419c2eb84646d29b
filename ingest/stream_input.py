"""The inputs of a tiler: each stream read and decoded once, however many cells and mosaics need it."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass

import av
import structlog

from ingest.access_unit import AccessUnit
from ingest.boot import boot_id
from ingest.bus import Bus
from ingest.decoder import Decoder

# A picture that is waited for longer than this, or three times the longest wait of late, is not coming.
LEAST_BOUND_S, MOST_BOUND_S = 2.0, 20.0
_INTERVALS = 100
# Access units of one stream that may wait for the decoder; beyond, it goes on at the next keyframe.
_MAX_WAITING = 30

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and where it comes from. `decoded_s` is monotonic."""

    frame: av.VideoFrame
    aspect: float
    unit: AccessUnit
    decoded_s: float

    def age_ms(self) -> int:
        """Since its last byte arrived: by the monotonic clock on one host, by the wall clock from another."""
        if self.unit.boot_id == boot_id():
            return max(0, time.monotonic_ns() - self.unit.arrived_mono_ns) // 1_000_000
        return max(0, time.time_ns() - self.unit.arrived_wall_ns) // 1_000_000


class StreamInput:
    """One stream: `picture` is its newest decoded one. Written by the decoding thread, read by the mosaics' threads.

    `widths` are those of the cells that show it, in pixels: what nobody sees large is decoded for less.
    """

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.picture: Picture | None = None
        self.waiting = 0
        self.dropped = 0
        self.widths: list[int] = []
        self._decoder = Decoder()
        self._broken = False
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)

    @property
    def bound_s(self) -> float:
        """How long a picture of this stream may be on show before it counts as dead."""
        longest = max(self._intervals.copy(), default=0.0)
        return min(MOST_BOUND_S, max(LEAST_BOUND_S, 3 * longest))

    def fresh(self, now: float) -> Picture | None:
        """The newest picture, unless the stream is dead. `now` is monotonic seconds."""
        picture = self.picture
        return picture if picture is not None and now - picture.decoded_s <= self.bound_s else None

    def decode(self, unit: AccessUnit) -> None:
        """In the decoding thread."""
        self.waiting -= 1
        self._broken = (self._broken or self.waiting > _MAX_WAITING) and not unit.keyframe
        if self._broken:
            self.dropped += 1
            return
        self._decoder.reduced = 2 * max(self.widths.copy(), default=0) <= unit.width
        frame = self._decoder.decode(unit)
        if frame is None:
            return
        now = time.monotonic()
        if self.picture is not None and (passed := now - self.picture.decoded_s) < MOST_BOUND_S:
            self._intervals.append(passed)
        self.picture = Picture(frame, self._decoder.aspect(frame), unit, now)


class Inputs:
    """Reads the streams that are asked for and has them decoded in one thread, which keeps their order.

    Needs a running event loop. A stream is read while somebody holds it.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._inputs: dict[str, tuple[StreamInput, asyncio.Task[None]]] = {}
        self._holders: dict[str, int] = {}
        self._queue: queue.SimpleQueue[tuple[StreamInput, AccessUnit] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._decode, name="decode", daemon=True)
        self._thread.start()

    @property
    def streams(self) -> frozenset[str]:
        """What is read."""
        return frozenset(self._inputs)

    @property
    def dropped(self) -> int:
        """Access units that were not decoded because decoding was behind."""
        return sum(entry.dropped for entry, _ in self._inputs.values())

    def hold(self, stream: str, width: int) -> StreamInput:
        """Read a stream from now on, for cells up to `width` pixels wide; `release` it as often, with the same."""
        self._holders[stream] = self._holders.get(stream, 0) + 1
        if stream not in self._inputs:
            entry = StreamInput(stream)
            self._inputs[stream] = entry, asyncio.create_task(self._read(entry), name=f"read {stream}")
        entry, _ = self._inputs[stream]
        entry.widths.append(width)
        return entry

    def release(self, stream: str, width: int) -> None:
        """Read a stream no longer, unless somebody else holds it."""
        self._holders[stream] -= 1
        self._inputs[stream][0].widths.remove(width)
        if not self._holders[stream]:
            del self._holders[stream]
            self._inputs.pop(stream)[1].cancel()

    async def close(self) -> None:
        """End the readers and the thread."""
        tasks = [task for _, task in self._inputs.values()]
        self._inputs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, 1.0)

    async def _read(self, entry: StreamInput) -> None:
        reader = self._bus.subscribe(entry.stream)
        try:
            async for unit in reader:
                entry.waiting += 1
                self._queue.put((entry, unit))
        finally:
            await reader.close()

    def _decode(self) -> None:
        while (work := self._queue.get()) is not None:
            entry, unit = work
            entry.decode(unit)
