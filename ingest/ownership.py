"""Which streams this worker owns: the loop that pullers and tilers share.

It watches demand, workers and leases. A demanded stream that nobody owns is taken by the worker that placement
prefers; by another only if it stays free for longer than a lease lives. There is no scheduler that could fail.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from ingest.backoff import Importance
from ingest.bus import Bus
from ingest.demand import DemandView
from ingest.ending import end_tasks
from ingest.errors import BusError
from ingest.lease import LEASE_SECONDS, Lease, Leases
from ingest.placement import preferred

# A stream that nobody demands any more is kept this long: displays reload, layouts go back and forth.
LINGER_SECONDS = 10.0
# After our start, workers that start with us have this long to appear, so that streams are shared from the first.
SETTLE_SECONDS = 1.0
# Where workers have come or gone, streams move to those that are to have them: after so long without another change,
# and no faster than this.
CALM_SECONDS = 30.0
HAND_OVER_SECONDS = 1.0
_STEP_SECONDS = 0.5
_LEAST_STEP_SECONDS = 0.05

log = structlog.get_logger(__name__)


class Running(Protocol):
    """What works for a stream that we own."""

    async def stop(self) -> None:
        """End it. Another worker may begin before this returns: our lease is over, or about to be."""


@dataclass(slots=True)
class _Owned:
    lease: Lease
    running: Running


class Ownership:
    """Takes the streams that begin with one of `prefixes`, and calls `start(stream, lease)` for each it gets.

    What `start` returns publishes while `lease.valid`, under `lease.epoch`, and is stopped when the lease is lost
    or nobody has demanded the stream for LINGER_SECONDS. While the bus is away all goes on but the publishing;
    on its return former leases are taken again first, and nobody else's streams until the workers that are there
    have been the same for as long as a lease lives.
    Needs a running event loop; ends with the bus. `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        bus: Bus,
        prefixes: tuple[str, ...],
        start: Callable[[str, Lease], Running],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus = bus
        self._prefixes = prefixes
        self._start = start
        self._clock = clock
        self._owned: dict[str, _Owned] = {}
        self._stopping: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._demand = DemandView(bus)
        self._leases = Leases(bus, self._lost, clock)
        self._workers = bus.bucket("workers").mirror(f"{bus.role}.*")
        self._leases.on_change(self._wake.set)
        self._demand.on_change.append(self._wake.set)
        self._watch = _Watch(clock)
        self._handed_over = 0.0
        bus.on_state.append(self._bus_state)
        # Closed before the leases and mirrors above, which close themselves with the bus.
        bus.on_close.insert(0, self.close)
        self._task = bus.essential(self._run(), "ownership")

    @property
    def workers(self) -> int:
        """How many live workers of our role there are, ourselves included."""
        return len(self._live_workers())

    def importance(self, stream: str) -> Importance:
        """How much a stream is wanted now."""
        return self._demand.importance(stream)

    @property
    def running(self) -> Mapping[str, Running]:
        """What works, by stream."""
        return {stream: owned.running for stream, owned in self._owned.items()}

    async def close(self) -> None:
        """Stop everything and give the leases back."""
        if not self._task.done():
            await end_tasks(self._task)
        for stream in list(self._owned):
            self._stop(stream)
        await asyncio.gather(*self._stopping.values())

    async def _run(self) -> None:
        while True:
            if self._bus.connected and self._demand.synced and self._leases.synced and self._workers.synced:
                await self._step()
            try:
                async with asyncio.timeout(_STEP_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            await asyncio.sleep(_LEAST_STEP_SECONDS)  # a burst of news is one step
            self._wake.clear()

    async def _step(self) -> None:
        demanded = {stream for stream in self._demand.streams if stream.startswith(self._prefixes)}
        workers = self._live_workers()
        self._watch.see(demanded, self._owned, self._leases.taken, workers)
        for stream in [*self._owned]:
            if self._watch.undemanded_for(stream) > LINGER_SECONDS:
                self._stop(stream)
        self._hand_over_one(workers)
        wanted = sorted(demanded - self._owned.keys() - self._stopping.keys())
        await asyncio.gather(*(self._take(stream) for stream in wanted if self._may_take(stream, workers)))

    def _may_take(self, stream: str, workers: Mapping[str, float]) -> bool:
        if self._leases.taken(stream) or not self._watch.settled:
            return False
        return preferred(stream, workers) == self._bus.worker or self._watch.free_for(stream) > LEASE_SECONDS

    def _hand_over_one(self, workers: Mapping[str, float]) -> None:
        """Leave a stream to the worker that placement prefers: one now and then, for each is a short gap."""
        now = self._clock()
        if now - self._handed_over < HAND_OVER_SECONDS or self._watch.workers_same_for < CALM_SECONDS:
            return
        for stream in self._owned:
            if preferred(stream, workers) != self._bus.worker:
                self._handed_over = now
                log.info("stream is left to the worker that is to have it", stream=stream)
                self._stop(stream)
                return

    async def _take(self, stream: str) -> None:
        """Take the stream unless another was quicker."""
        try:
            lease = await self._leases.acquire(stream)
        except BusError as error:  # later
            log.warning("lease not to be had", stream=stream, reason=str(error))
            return
        if lease is not None:
            log.info("stream is ours", stream=stream, epoch=lease.epoch)
            self._owned[stream] = _Owned(lease, self._start(stream, lease))

    def _lost(self, lease: Lease) -> None:
        owned = self._owned.get(lease.stream)
        if owned is not None and owned.lease is lease:
            self._stop(lease.stream)

    def _stop(self, stream: str) -> None:
        """Stop in a task of its own: a source that takes long to close must not keep the others."""
        owned = self._owned.pop(stream)
        log.info("stream is no longer ours", stream=stream)
        self._stopping[stream] = asyncio.create_task(self._stop_and_release(owned), name=f"stop {stream}")

    async def _stop_and_release(self, owned: _Owned) -> None:
        try:
            await owned.running.stop()
        finally:
            if not owned.lease.lost:
                await self._leases.release(owned.lease)
            del self._stopping[owned.lease.stream]
            self._wake.set()

    def _live_workers(self) -> dict[str, float]:
        """Capacity by worker; we are one of them, whether our heartbeat has come back yet or not."""
        there = {self._bus.worker: 1.0}
        for value in self._workers.values.values():
            worker, capacity = value.get("worker"), value.get("capacity", 1)
            if isinstance(worker, str) and isinstance(capacity, int | float) and self._leases.is_there(worker):
                there[worker] = float(capacity)
        return there

    def _bus_state(self, connected: bool) -> None:
        if connected:
            self._watch.unsettle(LEASE_SECONDS)
        self._wake.set()


class _Watch:
    """For how long things have been as they are. Seconds, by the clock given."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._undemanded: dict[str, float] = {}
        self._free: dict[str, float] = {}
        self._workers: set[str] = set()
        self._calm_seconds = SETTLE_SECONDS
        self._calm_since = clock()
        self.settled = False

    def see(
        self,
        demanded: set[str],
        owned: Collection[str],
        taken: Callable[[str], bool],
        workers: Collection[str],
    ) -> None:
        """Look at the site."""
        now = self._clock()
        self._undemanded = {stream: self._undemanded.get(stream, now) for stream in owned if stream not in demanded}
        self._free = {stream: self._free.get(stream, now) for stream in demanded if not taken(stream)}
        if set(workers) != self._workers:
            self._workers = set(workers)
            self._calm_since = now
        self.settled = self.settled or now - self._calm_since >= self._calm_seconds

    def unsettle(self, seconds: float) -> None:
        """Not settled before the workers have been the same for `seconds`."""
        self._calm_seconds = seconds
        self._calm_since = self._clock()
        self.settled = False

    @property
    def workers_same_for(self) -> float:
        """Seconds since a worker came or went."""
        return self._clock() - self._calm_since

    def undemanded_for(self, stream: str) -> float:
        """Seconds since nobody demands `stream`, 0 while somebody does."""
        return self._clock() - self._undemanded.get(stream, self._clock())

    def free_for(self, stream: str) -> float:
        """Seconds since `stream` is demanded and without an owner."""
        return self._clock() - self._free.get(stream, self._clock())
