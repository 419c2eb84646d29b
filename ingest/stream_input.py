"""The inputs of a tiler: each stream read and decoded once, however many cells and mosaics need it."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import NamedTuple

import av

from ingest.access_unit import AccessUnit
from ingest.boot import boot_id
from ingest.bus import Bus
from ingest.decoder import Decoder
from ingest.tempo import Tempo

# A picture that is waited for longer than this, or three times the longest wait of late, is not coming.
LEAST_BOUND_S, MOST_BOUND_S = 2.0, 20.0
_INTERVALS = 100
# From this wait on streams give their place to others: a second is old, and a slow tempo and the browser take 0.3 s.
LONG_WAIT_S = 0.5
# How often each stream does, in a second, for each second that the wait is longer: one by one, not all at once.
_SKIPS_PER_SECOND = 4.0
_MOST_SECONDS_BETWEEN_SKIPS = 0.1
# A stream that is joined and has not caught up by then begins at its next keyframe.
JOIN_S = 2.0


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

    `show` and `hide` say how wide the cells are that show it, in pixels; `widest` is the widest: what nobody sees large
    is decoded for less, and gives its place to others first. `left_out_s` (monotonic): when an access unit of it was
    last left out for want of CPU; its last picture then stays.
    """

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.picture: Picture | None = None
        self.widest = 0
        self.left_out_s = float("-inf")
        self._widths: list[int] = []
        self._decoder = Decoder()
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)

    @property
    def bound_s(self) -> float:
        """How long a picture of this stream may be on show before it counts as dead."""
        longest = max(self._intervals.copy(), default=0.0)
        return min(MOST_BOUND_S, max(LEAST_BOUND_S, 3 * longest))

    def fresh(self, now: float) -> Picture | None:
        """The newest picture, unless the stream is dead. `now` is monotonic seconds."""
        picture = self.picture
        if picture is None:
            return None
        silent_s = now - max(picture.decoded_s, self.left_out_s)
        return picture if silent_s <= LEAST_BOUND_S or silent_s <= self.bound_s else None

    def show(self, width: int) -> None:
        """A cell of so many pixels shows it now."""
        self._widths.append(width)
        self.widest = max(self._widths)

    def hide(self, width: int) -> None:
        """Such a cell shows it no longer."""
        self._widths.remove(width)
        self.widest = max(self._widths, default=0)

    def decode(self, unit: AccessUnit, *, shown: bool = True) -> None:
        """In the decoding thread. `shown`: False where newer ones wait already."""
        self._decoder.reduced = 2 * self.widest <= unit.width
        frame = self._decoder.decode(unit)
        if frame is None or not shown:
            return
        now = time.monotonic()
        if self.picture is not None:
            silent_s = now - max(self.picture.decoded_s, self.left_out_s)
            if silent_s < MOST_BOUND_S:
                self._intervals.append(silent_s)
        self.picture = Picture(frame, self._decoder.aspect(frame), unit, now)


class Waiting(NamedTuple):
    """An access unit that waits for the decoder since `since_s` (monotonic).

    `catching_up`: newer ones of its stream came with it; it need not be seen, and is old by nature.
    """

    entry: StreamInput
    unit: AccessUnit
    since_s: float
    catching_up: bool = False


class Backlog:
    """The access units that wait for the decoder. Pure: `now` is monotonic seconds. Not thread-safe.

    What streams send is decoded in the order in which it came. A stream that is joined brings up to a GOP at once; it
    catches up in the time that the others leave. Where the wait grows too long for all, streams go on at a keyframe,
    one after the other; never is a GOP decoded with a hole. `dropped`: access units left out so, so far.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._live: deque[Waiting] = deque()
        self._joining: dict[StreamInput, deque[Waiting]] = {}
        self._left_out: set[StreamInput] = set()
        self._skip_again = 0.0

    def behind_s(self, now: float) -> float:
        """How long the oldest has waited."""
        return max(0.0, now - self._live[0].since_s) if self._live else 0.0

    def put(self, entry: StreamInput, unit: AccessUnit, now: float) -> bool:
        """Take a stream's next access unit; False if it is left out."""
        over_s = self.behind_s(now) - LONG_WAIT_S
        if over_s > 0 and now >= self._skip_again:
            self._skip_one(over_s, now)
        joins = unit.keyframe and unit.discontinuity
        burst = self._joining.get(entry)
        if burst and (unit.keyframe or now - burst[0].since_s > JOIN_S):
            del self._joining[entry]
            if not unit.keyframe:
                self._leave_out(entry, len(burst), now)
            unit = replace(unit, discontinuity=True)
        if entry in self._left_out:
            if not unit.keyframe:
                self._leave_out(entry, 1, now)
                return False
            self._left_out.remove(entry)
            unit = replace(unit, discontinuity=True)
        waiting = Waiting(entry, unit, now, catching_up=joins or entry in self._joining)
        if waiting.catching_up:
            self._joining.setdefault(entry, deque()).append(waiting)
        else:
            self._live.append(waiting)
        return True

    def take(self) -> Waiting | None:
        """What is to be decoded next."""
        if self._live:
            return self._live.popleft()
        for entry, burst in self._joining.items():
            waiting = burst.popleft()
            if burst:
                return waiting
            del self._joining[entry]
            return waiting._replace(catching_up=False)
        return None

    def forget(self, entry: StreamInput) -> None:
        """Nobody wants this stream any more."""
        self._joining.pop(entry, None)
        self._left_out.discard(entry)
        self._live = deque(waiting for waiting in self._live if waiting.entry is not entry)

    def _leave_out(self, entry: StreamInput, count: int, now: float) -> None:
        self._left_out.add(entry)
        entry.left_out_s = now
        self.dropped += count

    def _skip_one(self, over_s: float, now: float) -> None:
        """Let one stream go on at the newest keyframe that waits, or at its next one.

        First whose keyframe is near: nobody sees it stop. Then those in the smallest cells, and of these the one
        that has not given its place for the longest time. Last those that would lose a keyframe that waits.
        """
        waiting: dict[StreamInput, int] = {}
        ahead: dict[StreamInput, int] = {}  # of the newest keyframe
        for entry, unit, _, _ in self._live:
            if unit.keyframe:
                ahead[entry] = waiting.get(entry, 0)
            waiting[entry] = waiting.get(entry, 0) + 1

        def harm(entry: StreamInput) -> tuple[int, int, float]:
            return 0 if ahead.get(entry) else 1 + (entry in ahead), entry.widest, entry.left_out_s

        entry = min(waiting, key=harm)
        out = ahead.get(entry) or waiting[entry]
        self._leave_out(entry, out, now)
        kept: deque[Waiting] = deque()
        for each in self._live:
            if each.entry is not entry:
                kept.append(each)
            elif out:
                out -= 1
            elif entry in self._left_out:  # the keyframe
                self._left_out.remove(entry)
                kept.append(each._replace(unit=replace(each.unit, discontinuity=True)))
            else:
                kept.append(each)
        self._live = kept
        often = _SKIPS_PER_SECOND * len(waiting) * over_s
        self._skip_again = now + min(_MOST_SECONDS_BETWEEN_SKIPS, 1 / often)


class Inputs:
    """Reads the streams that are asked for and has them decoded in one thread, which keeps their order.

    Needs a running event loop. A stream is read while somebody holds it. `tempo` follows how far behind decoding is.
    """

    def __init__(self, bus: Bus) -> None:
        self.tempo = Tempo()
        self._bus = bus
        self._inputs: dict[str, tuple[StreamInput, asyncio.Task[None]]] = {}
        self._holders: dict[str, int] = {}
        self._backlog = Backlog()
        self._lock = threading.Lock()  # the backlog's
        self._work: queue.SimpleQueue[bool] = queue.SimpleQueue()  # True for each put into the backlog, False to end
        self._thread = threading.Thread(target=self._decode, name="decode", daemon=True)
        self._thread.start()

    @property
    def streams(self) -> frozenset[str]:
        """What is read."""
        return frozenset(self._inputs)

    @property
    def behind_ms(self) -> int:
        """How long the oldest access unit waits for the decoder."""
        with self._lock:
            return round(self._backlog.behind_s(time.monotonic()) * 1000)

    @property
    def dropped(self) -> int:
        """Access units that were not decoded because decoding was behind, so far."""
        return self._backlog.dropped

    def hold(self, stream: str, width: int) -> StreamInput:
        """Read a stream from now on, for cells up to `width` pixels wide; `release` it as often, with the same."""
        self._holders[stream] = self._holders.get(stream, 0) + 1
        if stream not in self._inputs:
            entry = StreamInput(stream)
            self._inputs[stream] = entry, asyncio.create_task(self._read(entry), name=f"read {stream}")
        entry, _ = self._inputs[stream]
        entry.show(width)
        return entry

    def release(self, stream: str, width: int) -> None:
        """Read a stream no longer, unless somebody else holds it."""
        self._holders[stream] -= 1
        entry, reading = self._inputs[stream]
        entry.hide(width)
        if not self._holders[stream]:
            del self._holders[stream], self._inputs[stream]
            reading.cancel()
            with self._lock:
                self._backlog.forget(entry)

    async def close(self) -> None:
        """End the readers and the thread."""
        tasks = [task for _, task in self._inputs.values()]
        self._inputs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._work.put(False)
        await asyncio.to_thread(self._thread.join, 1.0)

    async def _read(self, entry: StreamInput) -> None:
        reader = self._bus.subscribe(entry.stream)
        try:
            async for unit in reader:
                with self._lock:
                    taken = self._backlog.put(entry, unit, time.monotonic())
                if taken:
                    self._work.put(True)
        finally:
            await reader.close()

    def _decode(self) -> None:
        while self._work.get():
            with self._lock:
                waiting = self._backlog.take()
            if waiting is None:
                continue  # it has been left out since
            if not waiting.catching_up:
                now = time.monotonic()
                self.tempo.waited(now - waiting.since_s, now)
            waiting.entry.decode(waiting.unit, shown=not waiting.catching_up)
