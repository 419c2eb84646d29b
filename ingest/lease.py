"""Leases: who owns a stream, and from which epoch on.

A lease is an entry of the bucket `leases` that expires unless it is renewed each second. The entry's revision when
it was made is the stream's epoch: later owners have higher ones, over restarts of the bus too.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable

import structlog

from ingest.bucket import TTL_SECONDS
from ingest.bus import Bus
from ingest.errors import BusError

LEASE_SECONDS = float(TTL_SECONDS["leases"] or 0)
RENEW_SECONDS = 1.0
# A holder that could not renew for so long stops publishing, well before anybody else may begin.
VALID_SECONDS = LEASE_SECONDS * 2 / 3

log = structlog.get_logger(__name__)


class Lease:
    """The right to publish `stream`, while `valid`, under `epoch`. Both may be read from any thread.

    Whoever publishes asks for each access unit: `epoch` rises when a lease had lapsed while the bus was away and
    was taken again before anybody else did.
    """

    def __init__(self, stream: str, epoch: int, renewed: float, clock: Callable[[], float]) -> None:
        self.stream = stream
        self.epoch = epoch
        self.lost = False
        self.revision = epoch
        self.renewed = renewed
        self.token = ""
        self._clock = clock

    @property
    def valid(self) -> bool:
        """Whether access units may be published now, by our own monotonic clock."""
        return not self.lost and self._clock() - self.renewed < VALID_SECONDS


class Leases:
    """All leases of this worker, renewed by a task; `on_lost` is told of those that another worker has now.

    Needs a running event loop. `clock` is monotonic, in seconds.
    """

    def __init__(self, bus: Bus, on_lost: Callable[[Lease], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.held: dict[str, Lease] = {}
        self._bucket = bus.bucket("leases")
        self._worker = bus.worker
        self._on_lost = on_lost
        self._clock = clock
        self._task = bus.essential(self._renew_all(), "renew leases")
        bus.on_close.append(self.close)

    async def acquire(self, stream: str) -> Lease | None:
        """The lease of `stream`, None while another worker has it. Raises BusError."""
        if stream in self.held:
            return self.held[stream]
        lease = Lease(stream, 0, 0.0, self._clock)
        if not await self._create(lease):
            return None
        self.held[stream] = lease
        return lease

    async def release(self, lease: Lease) -> None:
        """Give the lease back, so that another worker may have it at once."""
        lease.lost = True
        if self.held.get(lease.stream) is lease:
            del self.held[lease.stream]
        with contextlib.suppress(BusError):  # it expires by itself
            await self._bucket.delete(lease.stream, lease.revision)

    async def close(self) -> None:
        """Give all leases back."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*(self.release(lease) for lease in list(self.held.values())))

    async def _renew_all(self) -> None:
        while True:
            began = self._clock()
            await asyncio.gather(*(self._renew(lease) for lease in list(self.held.values())))
            await asyncio.sleep(max(0.0, began + RENEW_SECONDS - self._clock()))

    async def _renew(self, lease: Lease) -> None:
        asked = self._clock()
        try:
            revision = await self._bucket.update(lease.stream, self._value(lease), lease.revision)
            if revision is not None:
                lease.revision, lease.renewed = revision, asked
            elif not lease.lost and not await self._regain(lease):
                self._lose(lease)
        except BusError:
            return  # `valid` ends by itself

    async def _regain(self, lease: Lease) -> bool:
        """The entry is not as we left it: ours after all, gone, or another's. False where it is another's."""
        there = await self._bucket.get(lease.stream)
        if lease.lost:  # released while we asked
            return True
        if there is None:
            return await self._create(lease)
        if there.value is None or there.value.get("token") != lease.token:
            return False
        lease.revision = there.revision  # a renewal was made although its answer did not come
        return True

    async def _create(self, lease: Lease) -> bool:
        asked = self._clock()
        lease.token = secrets.token_hex(8)
        epoch = await self._bucket.create(lease.stream, self._value(lease))
        if epoch is None:
            return False
        lease.epoch = lease.revision = epoch
        lease.renewed = asked
        return True

    def _lose(self, lease: Lease) -> None:
        if lease.lost:  # released meanwhile
            return
        lease.lost = True
        self.held.pop(lease.stream, None)
        log.warning("lease lost", stream=lease.stream, epoch=lease.epoch)
        self._on_lost(lease)

    def _value(self, lease: Lease) -> dict[str, str]:
        return {"worker": self._worker, "token": lease.token}
