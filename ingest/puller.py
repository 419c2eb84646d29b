"""The role `puller`: a task for each stream that is ours, its access units on the bus, its status for everybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog

from ingest import causes
from ingest.access_unit import AccessUnit
from ingest.admission import Admission
from ingest.backoff import Importance
from ingest.bus import Bus, BusAddress, Subscription
from ingest.camera_state import State, StreamStatus
from ingest.ending import end_tasks
from ingest.errors import BusError
from ingest.gop import GopCache
from ingest.heartbeat import Heartbeat
from ingest.lease import Lease
from ingest.open_files import allow_many_files
from ingest.ownership import Ownership
from ingest.pull import Shared, SourcePuller
from ingest.refusals import Refusals
from ingest.replay import Replays
from ingest.replay_settings import Keeping
from ingest.source import SourceError, SourceSpec
from ingest.worker import Stop, unless_stopped

PREFIXES = ("cam.",)
TICK_S = 0.5
# How old the figures in the bucket `status` may be.
FIGURES_S = 5.0
SOURCE_TIMEOUT_S = 3.0

log = structlog.get_logger(__name__)


async def run_puller(address: BusAddress, worker_id: str, stop: Stop, keeping: Keeping | None = None) -> None:
    """Pull what is demanded and ours until `stop` is set, or the bus has refused us for good.

    `keeping`: what is kept of each stream for instant replay; None: nothing.
    """
    allow_many_files()  # a camera is up to three sockets and the file of its ring
    bus = await unless_stopped(stop, Bus.connect(address, "puller", worker_id))
    if bus is None:
        return
    puller = _Puller(bus, keeping)
    try:
        await puller.run(stop)
        await bus.until(stop)  # raises where the bus is why it ended
    finally:
        await bus.close()
        await puller.close()


class _Puller:
    """All streams of this worker."""

    def __init__(self, bus: Bus, keeping: Keeping | None) -> None:
        self._bus = bus
        self._news = asyncio.Event()
        self._streams: set[_Stream] = set()
        Heartbeat(bus, "puller", bus.worker, self._heartbeat)
        admission = Admission(processes=lambda: self._ownership.workers)
        self._shared = Shared(admission=admission, refusals=Refusals(bus))
        self._ownership = Ownership(bus, PREFIXES, self._start)
        self._replays = Replays(bus, keeping, self._demanded) if keeping is not None else None
        bus.on_state.append(self._bus_state)

    async def run(self, stop: Stop) -> None:
        """Publish the streams' status on change, and twice a second look whether they have become stale."""
        await self._shared.ffmpeg.start()
        while not (stop.is_set() or self._bus.failed):
            for stream in list(self._streams):
                stream.tick()
                await stream.publish_status()
            await self._until_news(stop)

    async def close(self) -> None:
        """Once the streams have ended, with the bus."""
        await self._shared.aclose()
        if self._replays is not None:
            await self._replays.aclose()

    async def _until_news(self, stop: Stop) -> None:
        waiting = [asyncio.create_task(event.wait()) for event in (stop, self._news)]
        await asyncio.wait(waiting, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)
        await end_tasks(*waiting)
        self._news.clear()

    def _start(self, _name: str, lease: Lease) -> _Stream:
        importance = partial(self._ownership.importance, lease.stream)
        stream = _Stream(
            self._bus, lease, self._shared, self._replays, importance, self._news.set, self._streams.discard
        )
        self._streams.add(stream)
        return stream

    def _demanded(self, stream: str) -> bool:
        return self._ownership.importance(stream) is not Importance.REST

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
    """One stream that is ours: its task, its cached GOP, its ring, its status."""

    def __init__(
        self,
        bus: Bus,
        lease: Lease,
        shared: Shared,
        replays: Replays | None,
        importance: Callable[[], Importance],
        news: Callable[[], None],
        on_stopped: Callable[[_Stream], None],
    ) -> None:
        self.dirty = True
        self._bus = bus
        self._lease = lease
        self._news = news
        self._on_stopped = on_stopped
        self._gop = GopCache()
        self._replays = replays
        self._ring = replays.open(lease.stream) if replays is not None else None
        self._known: SourceSpec | None = None
        self._stopped = False
        self._said_at = 0.0
        self._services: list[Subscription] = []
        self._puller = SourcePuller(
            lease.stream,
            epoch=lambda: lease.epoch,
            fetch=self._fetch,
            publish=self._publish,
            changed=self._changed,
            another_camera=self._forget_pictures,
            importance=importance,
            shared=shared,
        )
        self._serving = asyncio.create_task(self._serve(), name=f"serve {lease.stream}")

    @property
    def state(self) -> State:
        """The state that people see."""
        return self._puller.state

    def tick(self) -> None:
        """Half a second has passed."""
        self._puller.tick()
        self.dirty = self.dirty or time.monotonic() - self._said_at > FIGURES_S

    async def publish_status(self) -> None:
        """Write the status if it has news, and the lease is ours."""
        if self.dirty and self._lease.valid and not self._stopped:
            self.dirty = False
            await self._put(self._puller.status(self._bus.worker))

    async def stop(self) -> None:
        """End the session with the camera and say that the stream is off, unless another worker has it now."""
        self._stopped = True
        self._on_stopped(self)
        if self._replays is not None and self._ring is not None:
            self._replays.close(self._ring)
        await end_tasks(self._serving)
        await self._puller.stop()
        self._gop.clear()  # at once: we and our puller know each other, and go only when cycles are looked for
        for service in self._services:
            await service.close()
        self._services.clear()
        if not self._lease.lost:
            await self._put(self._puller.switched_off(self._bus.worker))

    async def _put(self, status: StreamStatus) -> None:
        try:
            await self._bus.bucket("status").put(self._lease.stream, status.to_json())
            self._said_at = time.monotonic()
        except BusError:
            self.dirty = True  # said again when the bus is back

    async def _serve(self) -> None:
        """Answer joining readers, also those to whom the cache is no help, and who steers it or asks for a replay."""
        stream = self._lease.stream
        await self._begin(lambda: self._bus.serve_gop(stream, self._gop.units))
        await self._begin(lambda: self._bus.serve_keyframe(stream, self._puller.keyframe_wanted))
        await self._begin(lambda: self._bus.serve(f"req.steer.{stream}", self._steer))
        if self._replays is not None and self._ring is not None:
            await self._begin(partial(self._replays.serve, self._ring))

    async def _steer(self, _subject: str, asked: dict[str, Any]) -> dict[str, Any]:
        return await self._puller.steer(asked)

    async def _begin(self, service: Callable[[], Awaitable[Subscription]]) -> None:
        """Tried again where the bus was away just then (over its absences it stays)."""
        while True:
            try:
                self._services.append(await service())
            except BusError:
                await asyncio.sleep(TICK_S)
            else:
                return

    def _publish(self, au: AccessUnit) -> None:
        self._gop.add(au)  # first, so that whoever joins finds no hole behind it
        if self._ring is not None:
            self._ring.add(au)  # while the bus is away, too
        if self._lease.valid and not self._stopped:
            self._bus.publish(au)

    def _forget_pictures(self) -> None:
        """What is cached and kept is another camera's."""
        self._gop.clear()
        if self._ring is not None:
            self._ring.begin_again()

    def _changed(self) -> None:
        self.dirty = True
        self._news()

    async def _fetch(self) -> SourceSpec:
        """Where the camera is: control's answer, or the last one where control, or its catalogue, is away."""
        try:
            answer = await self._bus.request(f"req.source.{self._lease.stream}", {}, SOURCE_TIMEOUT_S)
        except BusError as error:
            answer = {"error": str(error)}
        try:
            found = SourceSpec.from_answer(self._lease.stream, answer)
        except SourceError as error:
            if error.state is State.CONNECTING and self._known is not None:
                return self._known
            self._known = None
            if error.cause is causes.SWITCHED_OFF:
                self._forget_pictures()
            raise
        self._known = found
        return found
