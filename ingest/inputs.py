"""The inputs of a decoder process: each stream read and decoded once, however many cells and mosaics need it."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

import structlog

from ingest.access_unit import AccessUnit, Codec
from ingest.backlog import Backlog, Waiting
from ingest.bus import Bus
from ingest.decoder import NO_ENGINES
from ingest.ending import end_tasks
from ingest.mosaic import Need
from ingest.stream_input import StreamInput
from ingest.tempo import Tempo

# What is more than one process does is spread over several (ingest.decoders): more threads only wait for one another.
_MOST_THREADS = 4

log = structlog.get_logger(__name__)


class Inputs:
    """Reads the streams that are asked for and has them decoded, by whichever thread is free.

    Needs a running event loop. A stream is read while somebody holds it.
    """

    def __init__(self, bus: Bus, engines: Mapping[Codec, str] = NO_ENGINES) -> None:
        self._bus = bus
        self._engines = engines
        self._inputs: dict[str, _Input] = {}
        self._holders: dict[str, int] = {}
        self._threads = _DecodingThreads(min(len(os.sched_getaffinity(0)), _MOST_THREADS))

    @property
    def tempo_divisor(self) -> int:
        """At every how many ticks a mosaic is made, so that decoding keeps up."""
        return self._threads.tempo.divisor if self._inputs else 1

    @property
    def behind_ms(self) -> int:
        """How long the oldest access unit waits for a thread."""
        return round(self._threads.behind_s * 1000)

    @property
    def dropped(self) -> int:
        """Access units that were not decoded because decoding was behind, so far."""
        return self._threads.dropped

    def hold(self, stream: str, need: Need) -> StreamInput:
        """Read a stream from now on, for cells with that need; `release` it as often, with the same."""
        self._holders[stream] = self._holders.get(stream, 0) + 1
        if stream not in self._inputs:
            entry = StreamInput(stream, self._engines)
            self._inputs[stream] = _Input(entry, asyncio.create_task(self._read(entry), name=f"read {stream}"))
            self._threads.decode(len(self._inputs))
        entry = self._inputs[stream].entry
        entry.show(need)
        return entry

    def release(self, stream: str, need: Need) -> None:
        """Read a stream no longer, unless somebody else holds it."""
        self._holders[stream] -= 1
        entry, reading = self._inputs[stream]
        entry.hide(need)
        if not self._holders[stream]:
            del self._holders[stream], self._inputs[stream]
            reading.cancel()
            self._threads.forget(entry)
            self._threads.decode(len(self._inputs))

    async def close(self) -> None:
        """End the readers and the threads."""
        tasks = [one.reading for one in self._inputs.values()]
        self._inputs.clear()
        await end_tasks(*tasks)
        await self._threads.close()

    async def _read(self, entry: StreamInput) -> None:
        reader = self._bus.subscribe(entry.stream)
        try:
            async for unit in reader:
                self._threads.put(entry, unit)
        finally:
            await reader.close()


class _Input(NamedTuple):
    entry: StreamInput
    reading: asyncio.Task[None]


class _DecodingThreads:
    """Decode what waits, whichever is free: as long as there are fewer cameras that cost much than threads, they take
    their own time and no other's.

    `tempo` follows how long what is decoded had waited for a thread.
    """

    def __init__(self, count: int) -> None:
        self.tempo = Tempo()
        self._backlog = Backlog()
        self._lock = threading.Lock()  # of backlog, tempo and the number of those that wait
        self._idle = 0
        self._closing = False
        self._failed: set[str] = set()  # streams of which that has been said
        self._wake: queue.SimpleQueue[bool] = queue.SimpleQueue()  # for one that waits: True to look, False to end
        self._threads = [threading.Thread(target=self._run, name=f"decode {n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    @property
    def behind_s(self) -> float:
        """How long the oldest access unit has waited for a thread."""
        with self._lock:
            return self._backlog.behind_s(time.monotonic())

    @property
    def dropped(self) -> int:
        """Access units left out so far."""
        return self._backlog.dropped

    def put(self, entry: StreamInput, unit: AccessUnit) -> None:
        """Decode this, when its turn comes."""
        with self._lock:
            wakes = self._backlog.put(entry, unit, time.monotonic()) and self._idle > 0
            self._idle -= wakes
        if wakes:
            self._wake.put(True)

    def decode(self, streams: int) -> None:
        """So many streams may come from now on."""
        with self._lock:
            self.tempo.decodes(streams, time.monotonic())

    def forget(self, entry: StreamInput) -> None:
        """Nobody wants this stream any more."""
        with self._lock:
            self._backlog.forget(entry)
        self._failed.discard(entry.stream)

    async def close(self) -> None:
        """End them, whatever waits."""
        with self._lock:
            self._closing = True
        for _ in self._threads:
            self._wake.put(False)
        await asyncio.gather(*(asyncio.to_thread(thread.join, 1.0) for thread in self._threads))

    def _run(self) -> None:
        entry = None
        while (waiting := self._next(entry)) is not None:
            entry = waiting.entry
            try:
                entry.decode(waiting.unit, shown=not waiting.catching_up)
            except Exception:  # what nobody has foreseen of a camera's picture costs that camera alone
                if entry.stream not in self._failed:
                    self._failed.add(entry.stream)
                    log.exception("a picture broke its decoding", stream=entry.stream)

    def _next(self, done: StreamInput | None) -> Waiting | None:
        """What is to be decoded next, once there is something; None at the end. `done`: what this thread decoded last.

        A picture whose stream is being decoded just then is left to who does that, and who looks here afterwards.
        """
        while True:
            with self._lock:
                if done is not None:
                    self._backlog.done(done)
                    done = None
                if self._closing:
                    return None
                waiting = self._backlog.take()
                if waiting is None:
                    self._idle += 1
                elif not waiting.catching_up:
                    now = time.monotonic()
                    # While a thread is idle, who waited did so for its own stream alone.
                    self.tempo.waited(0.0 if self._idle else now - waiting.since_s, now)
            if waiting is not None:
                return waiting
            if not self._wake.get():
                return None
