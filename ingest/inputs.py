"""The inputs of a decoder process: each stream read and decoded once, however many cells and mosaics need it."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

from ingest.access_unit import AccessUnit, Codec
from ingest.backlog import Backlog
from ingest.bus import Bus
from ingest.decoder import NO_ENGINES
from ingest.mosaic import Need
from ingest.stream_input import StreamInput
from ingest.tempo import Tempo

# What is more than one process does is spread over several (ingest.decoders): more threads only wait for one another.
_MOST_DECODERS = 4


class Inputs:
    """Reads the streams that are asked for and has them decoded, each always by the same thread, which keeps its order.

    Needs a running event loop. A stream is read while somebody holds it.
    """

    def __init__(self, bus: Bus, engines: Mapping[Codec, str] = NO_ENGINES) -> None:
        self._bus = bus
        self._engines = engines
        self._inputs: dict[str, _Input] = {}
        self._holders: dict[str, int] = {}
        cores = len(os.sched_getaffinity(0))
        self._threads = [_DecodingThread(number) for number in range(min(cores, _MOST_DECODERS))]

    @property
    def tempo_divisor(self) -> int:
        """At every how many ticks a mosaic is made, so that decoding keeps up."""
        return max((thread.tempo.divisor for thread in self._threads if thread.streams), default=1)

    @property
    def behind_ms(self) -> int:
        """How long the oldest access unit waits to be decoded."""
        return round(max(thread.behind_s for thread in self._threads) * 1000)

    @property
    def dropped(self) -> int:
        """Access units that were not decoded because decoding was behind, so far."""
        return sum(thread.dropped for thread in self._threads)

    def hold(self, stream: str, need: Need) -> StreamInput:
        """Read a stream from now on, for cells with that need; `release` it as often, with the same."""
        self._holders[stream] = self._holders.get(stream, 0) + 1
        if stream not in self._inputs:
            entry, thread = StreamInput(stream, self._engines), min(self._threads, key=lambda thread: thread.streams)
            thread.streams += 1
            reading = asyncio.create_task(self._read(entry, thread), name=f"read {stream}")
            self._inputs[stream] = _Input(entry, thread, reading)
        entry = self._inputs[stream].entry
        entry.show(need)
        return entry

    def release(self, stream: str, need: Need) -> None:
        """Read a stream no longer, unless somebody else holds it."""
        self._holders[stream] -= 1
        entry, thread, reading = self._inputs[stream]
        entry.hide(need)
        if not self._holders[stream]:
            del self._holders[stream], self._inputs[stream]
            reading.cancel()
            thread.streams -= 1
            thread.forget(entry)

    async def close(self) -> None:
        """End the readers and the threads."""
        tasks = [one.reading for one in self._inputs.values()]
        self._inputs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(thread.close() for thread in self._threads))

    async def _read(self, entry: StreamInput, thread: _DecodingThread) -> None:
        reader = self._bus.subscribe(entry.stream)
        try:
            async for unit in reader:
                thread.put(entry, unit)
        finally:
            await reader.close()


class _Input(NamedTuple):
    entry: StreamInput
    thread: _DecodingThread
    reading: asyncio.Task[None]


class _DecodingThread:
    """Decodes some of the streams. `streams`: how many. `tempo` follows how far behind it is."""

    def __init__(self, number: int) -> None:
        self.streams = 0
        self.tempo = Tempo()
        self._backlog = Backlog()
        self._lock = threading.Lock()  # the backlog's
        self._work: queue.SimpleQueue[bool] = queue.SimpleQueue()  # True for each put into the backlog, False to end
        self._thread = threading.Thread(target=self._run, name=f"decode {number}", daemon=True)
        self._thread.start()

    @property
    def behind_s(self) -> float:
        """How long the oldest access unit has waited."""
        with self._lock:
            return self._backlog.behind_s(time.monotonic())

    @property
    def dropped(self) -> int:
        """Access units left out so far."""
        return self._backlog.dropped

    def put(self, entry: StreamInput, unit: AccessUnit) -> None:
        """Decode this, when its turn comes."""
        with self._lock:
            taken = self._backlog.put(entry, unit, time.monotonic())
        if taken:
            self._work.put(True)

    def forget(self, entry: StreamInput) -> None:
        """Nobody wants this stream any more."""
        with self._lock:
            self._backlog.forget(entry)

    async def close(self) -> None:
        """End it."""
        self._work.put(False)
        await asyncio.to_thread(self._thread.join, 1.0)

    def _run(self) -> None:
        while self._work.get():
            with self._lock:
                waiting = self._backlog.take()
            if waiting is None:
                continue  # it has been left out since
            if not waiting.catching_up:
                now = time.monotonic()
                self.tempo.waited(now - waiting.since_s, now)
            waiting.entry.decode(waiting.unit, shown=not waiting.catching_up)
