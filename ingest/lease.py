"""Leases: who owns a stream, and from which epoch on.

A lease is an entry of the bucket `leases` that names its holder: a worker, and the token of its present term. It counts
while the holder is there, an entry of the bucket `holders` that expires unless it is renewed twice a second: so
holding 300 streams costs no more than holding one. The lease's revision when it was taken is the stream's epoch:
later owners have higher ones, over restarts of the bus too.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from typing import Any

import structlog

from ingest.bucket import TTL_SECONDS, Change
from ingest.bus import Bus
from ingest.ending import end_tasks
from ingest.errors import BusError

LEASE_SECONDS = float(TTL_SECONDS["holders"] or 0)
RENEW_SECONDS = 0.5
# A holder that could not renew for so long stops publishing, well before anybody else may begin.
VALID_SECONDS = LEASE_SECONDS * 2 / 3

log = structlog.get_logger(__name__)


class Term:
    """For how long a worker may publish what it holds. It ends where it was not renewed in time; `token` names it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.token = ""
        self.renewed = 0.0
        self.revision = 0
        self._clock = clock

    @property
    def valid(self) -> bool:
        """Whether it was renewed in time, by our own monotonic clock. May be read from any thread."""
        return self._clock() - self.renewed < VALID_SECONDS


class Lease:
    """The right to publish `stream`, while `valid`, under `epoch`. Both may be read from any thread.

    Whoever publishes asks for each access unit: `epoch` rises when the holder's term had ended while the bus was away,
    and the stream was taken again before anybody else did.
    """

    def __init__(self, stream: str, term: Term) -> None:
        self.stream = stream
        self.epoch = 0
        self.lost = False
        self.token = ""
        self._term = term

    @property
    def valid(self) -> bool:
        """Whether access units may be published now."""
        return not self.lost and self.token == self._term.token and self._term.valid


class Holdings:
    """Which streams the workers of a role hold, as far as we have heard. Needs a running event loop."""

    def __init__(self, bus: Bus, role: str) -> None:
        self._role = role
        self._entries = bus.bucket("leases").mirror()
        self._there = bus.bucket("holders").mirror(f"{role}.*")

    @property
    def synced(self) -> bool:
        """Whether it is known what they hold."""
        return self._entries.synced and self._there.synced

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call it whenever what they hold has changed."""
        for mirror in (self._entries, self._there):
            mirror.on_change.append(callback)

    def taken(self, stream: str) -> bool:
        """Whether a worker that is there holds `stream`."""
        entry = self._entries.values.get(stream)
        if entry is None:
            return False
        holder = self._there.values.get(f"{self._role}.{entry.get('worker')}")
        return holder is not None and holder.get("token") == entry.get("token")

    def is_there(self, worker: str) -> bool:
        """Whether a worker of the role may hold leases."""
        return f"{self._role}.{worker}" in self._there.values


class Leases(Holdings):
    """All leases of this worker, kept by a task; `on_lost` is told of those that another worker has now.

    Needs a running event loop. `clock` is monotonic, in seconds.
    """

    def __init__(self, bus: Bus, on_lost: Callable[[Lease], None], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(bus, bus.role)
        self.held: dict[str, Lease] = {}
        self._term = Term(clock)
        self._leases = bus.bucket("leases")
        self._holders = bus.bucket("holders")
        self._worker = bus.worker
        self._on_lost = on_lost
        self._clock = clock
        self._task = bus.essential(self._keep(), "keep leases")
        bus.on_close.append(self.close)

    async def acquire(self, stream: str) -> Lease | None:
        """The lease of `stream`, None while another worker has it. Raises BusError."""
        if stream in self.held:
            return self.held[stream]
        if not self._term.valid:
            raise BusError("this worker's own term is not renewed yet")
        lease = Lease(stream, self._term)
        if not await self._take(lease):
            return None
        self.held[stream] = lease
        return lease

    async def release(self, lease: Lease) -> None:
        """Give the lease back, so that another worker may have it at once."""
        lease.lost = True
        if self.held.get(lease.stream) is lease:
            del self.held[lease.stream]
        with contextlib.suppress(BusError):  # it ends with our term
            await self._leases.delete(lease.stream, lease.epoch)

    async def close(self) -> None:
        """Give all leases back."""
        await end_tasks(self._task)
        await asyncio.gather(*(self.release(lease) for lease in list(self.held.values())))
        with contextlib.suppress(BusError):
            await self._holders.delete(self._key, self._term.revision)

    @property
    def _key(self) -> str:
        return f"{self._role}.{self._worker}"

    async def _keep(self) -> None:
        while True:
            began = self._clock()
            with contextlib.suppress(BusError):  # `valid` ends by itself
                await self._renew(began)
                await asyncio.gather(*(self._keep_one(lease) for lease in list(self.held.values())))
            await asyncio.sleep(max(0.0, began + RENEW_SECONDS - self._clock()))

    async def _renew(self, asked: float) -> None:
        """Go on with our term, or begin another one where it has ended."""
        term = self._term
        revision = None
        if term.token:
            revision = await self._holders.update(self._key, {"token": term.token}, term.revision)
            if revision is None:
                there = await self._holders.get(self._key)
                if there is not None and _token(there) == term.token:  # made although its answer did not come
                    term.revision = there.revision
                    return
        if revision is None:
            token = secrets.token_hex(8)
            revision = await self._holders.create(self._key, {"token": token})
            if revision is None:
                raise BusError("another process has this worker's name")
            if term.token:
                log.warning("leases had ended and are taken again", leases=len(self.held))
            term.token = token
        term.revision, term.renewed = revision, asked

    async def _keep_one(self, lease: Lease) -> None:
        """Take a lease of a former term again, unless another has it."""
        if lease.token == self._term.token or lease.lost:
            return
        if not await self._take(lease) and not lease.lost:
            lease.lost = True
            self.held.pop(lease.stream, None)
            log.warning("lease lost", stream=lease.stream, epoch=lease.epoch)
            self._on_lost(lease)

    async def _take(self, lease: Lease) -> bool:
        """Write ourselves down as the holder; False where another one is, and is there."""
        token = self._term.token
        value = {"worker": self._worker, "token": token}
        epoch = await self._leases.create(lease.stream, value)
        if epoch is None:
            there = await self._leases.get(lease.stream)
            if there is not None and _token(there) == token:  # it was written although the answer did not come
                epoch = there.revision
            elif there is None or await self._is_held(there):
                return False
            else:
                epoch = await self._leases.update(lease.stream, value, there.revision)
        if epoch is None:
            return False
        lease.epoch, lease.token = epoch, token
        return True

    async def _is_held(self, entry: Change) -> bool:
        """Whether the holder is there: asked, because a new one's lease may have been heard of before itself."""
        worker = entry.value.get("worker") if entry.value else None
        if worker == self._worker:  # our own, of a term that has ended
            return False
        holder = await self._holders.get(f"{self._role}.{worker}")
        return holder is not None and _token(holder) == _token(entry)


def _token(entry: Change) -> Any:
    return entry.value.get("token") if entry.value else None
