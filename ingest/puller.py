"""The role `puller`: a thread for each stream that is ours, its access units on the bus, its status for everybody."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any

import structlog

from ingest import causes
from ingest.access_unit import AccessUnit
from ingest.bus import Bus, BusAddress, Subscription
from ingest.camera_state import State, StreamStatus
from ingest.errors import BusError
from ingest.gop import GopCache
from ingest.heartbeat import Heartbeat
from ingest.lease import Lease
from ingest.ownership import Ownership
from ingest.pull import SourcePuller
from ingest.source import SourceError, SourceSpec
from ingest.worker import Stop

PREFIXES = ("cam.",)
TICK_S = 1.0
# How old the figures in the bucket `status` may be.
FIGURES_S = 5.0
SOURCE_TIMEOUT_S = 3.0
# Within the 3 s that a role has to leave. A thread that waits for a dead camera longer than that ends with the process.
JOIN_S = 1.5

log = structlog.get_logger(__name__)


async def run_puller(address: BusAddress, worker_id: str, stop: Stop) -> None:
    """Pull what is demanded and ours until `stop` is set, or the bus has refused us for good."""
    bus = await _unless(stop, Bus.connect(address, "puller", worker_id))
    if bus is None:
        return
    try:
        await _Puller(bus).run(stop)
    finally:
        await bus.close()


async def _unless[T](stop: Stop, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of `work`, or None if `stop` is set before."""
    task = asyncio.create_task(work)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for each in (task, stopped):
            each.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


class _Puller:
    """All streams of this worker."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._news = asyncio.Event()
        self._streams: set[_Stream] = set()
        Heartbeat(bus, "puller", bus.worker, self._heartbeat)
        Ownership(bus, PREFIXES, self._start)
        bus.on_state.append(self._bus_state)

    async def run(self, stop: Stop) -> None:
        """Publish the streams' status on change, and once a second look whether they have become stale."""
        while not (stop.is_set() or self._bus.failed):
            for stream in list(self._streams):
                stream.tick()
                await stream.publish_status()
            await self._until_news(stop)

    async def _until_news(self, stop: Stop) -> None:
        waiting = [asyncio.create_task(event.wait()) for event in (stop, self._news)]
        await asyncio.wait(waiting, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        self._news.clear()

    def _start(self, _name: str, lease: Lease) -> _Stream:
        stream = _Stream(self._bus, lease, self._news.set, self._streams.discard)
        self._streams.add(stream)
        return stream

    def _bus_state(self, connected: bool) -> None:
        """The bus keeps its buckets in memory: after its restart nothing of ours is there."""
        if connected:
            for stream in self._streams:
                stream.dirty = True
            self._news.set()

    def _heartbeat(self) -> dict[str, Any]:
        statuses = [stream.state for stream in self._streams]
        return {"streams": len(statuses), "live": statuses.count(State.LIVE), "dropped": self._bus.dropped}


class _Stream:
    """One stream that is ours: its thread, its cached GOP, its status."""

    def __init__(self, bus: Bus, lease: Lease, news: Callable[[], None], on_stopped: Callable[[_Stream], None]) -> None:
        self.dirty = True
        self._bus = bus
        self._lease = lease
        self._news = news
        self._on_stopped = on_stopped
        self._loop = asyncio.get_running_loop()
        self._gop = GopCache()
        self._epoch = lease.epoch
        self._known: SourceSpec | None = None
        self._stopped = False
        self._said_at = 0.0
        self._gop_service: Subscription | None = None
        self._puller = SourcePuller(
            lease.stream,
            epoch=lambda: lease.epoch,
            fetch=self._fetch,
            publish=self._publish,
            changed=self._changed,
        )
        self._serving = asyncio.create_task(self._serve_gop(), name=f"gop of {lease.stream}")
        self._puller.start()

    @property
    def state(self) -> State:
        """The state that people see."""
        return self._puller.state

    def tick(self) -> None:
        """A second has passed."""
        self._puller.tick()
        self.dirty = self.dirty or time.monotonic() - self._said_at > FIGURES_S

    async def publish_status(self) -> None:
        """Write the status if it has news, and the lease is ours."""
        if self.dirty and self._lease.valid and not self._stopped:
            self.dirty = False
            await self._put(self._puller.status(self._bus.worker))

    async def stop(self) -> None:
        """End the thread and say that the stream is off, unless another worker has it now."""
        self._stopped = True
        self._on_stopped(self)
        self._puller.stop()
        self._serving.cancel()
        await asyncio.gather(self._serving, return_exceptions=True)
        if self._gop_service is not None:
            await self._gop_service.close()
        await self._join()
        if not self._lease.lost:
            await self._put(self._puller.switched_off(self._bus.worker))

    async def _join(self) -> None:
        deadline = time.monotonic() + JOIN_S
        while not self._puller.join(0):
            if time.monotonic() > deadline:
                log.warning("a camera's thread ends later", stream=self._lease.stream)
                return
            await asyncio.sleep(0.02)

    async def _put(self, status: StreamStatus) -> None:
        try:
            await self._bus.bucket("status").put(self._lease.stream, status.to_json())
            self._said_at = time.monotonic()
        except BusError:
            self.dirty = True  # said again when the bus is back

    async def _serve_gop(self) -> None:
        """Answer joining readers; tried again where the bus was away just then (over its absences it stays)."""
        while self._gop_service is None:
            try:
                self._gop_service = await self._bus.serve_gop(self._lease.stream, self._gop.units)
            except BusError:
                await asyncio.sleep(TICK_S)

    def _publish(self, au: AccessUnit) -> None:
        """In the stream's thread."""
        if au.epoch != self._epoch:
            self._gop.clear()  # readers would drop what the cache holds of the epoch before
            self._epoch = au.epoch
        self._gop.add(au)  # first, so that whoever joins finds no hole behind it
        if self._lease.valid and not self._stopped:
            self._bus.publish_threadsafe(au)

    def _changed(self) -> None:
        """In the stream's thread."""
        self.dirty = True
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are ending
            self._loop.call_soon_threadsafe(self._news)

    def _fetch(self) -> SourceSpec:
        """In the stream's thread: control's answer, or the last one where control is away."""
        asking = self._ask()
        try:
            future = asyncio.run_coroutine_threadsafe(asking, self._loop)
        except RuntimeError:  # the loop is closed: we are ending
            asking.close()
            raise SourceError(State.CONNECTING, causes.NO_ANSWER_FROM_CONTROL) from None
        try:
            answer = future.result(SOURCE_TIMEOUT_S + 1)
        except (BusError, TimeoutError, CancelledError):
            future.cancel()
            if self._known is None:
                raise SourceError(State.CONNECTING, causes.NO_ANSWER_FROM_CONTROL) from None
            return self._known
        self._known = SourceSpec.from_answer(self._lease.stream, answer)
        return self._known

    async def _ask(self) -> dict[str, Any]:
        return await self._bus.request(f"req.source.{self._lease.stream}", {}, SOURCE_TIMEOUT_S)
