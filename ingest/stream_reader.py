"""Reading one stream off the bus: live, joined to the owner's cached GOP, in order, without a hole unsaid.

`Cursor` decides, without I/O, what a reader is given; `StreamReader` feeds it from the bus.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Self

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from ingest.access_unit import AccessUnit
from ingest.envelope import Joiner, unpack
from ingest.errors import BusError, EnvelopeError

JOIN_SECONDS = 0.3
_JOIN_EVERY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Cursor:
    """What one reader of one stream is given, and in which order. No I/O, no clock.

    - Lower epochs are dropped; the epoch changes only at a keyframe.
    - A hole is never passed over: after it comes a keyframe, flagged `discontinuity`.
    - It holds at most `max_units`; a reader that is too slow jumps to the newest keyframe.
    - While joining, live access units wait for the cached ones, which go before them.
    """

    def __init__(self, *, with_gop: bool = True, max_units: int = 120) -> None:
        self._with_gop = with_gop
        self._max_units = max_units
        self._queue: deque[AccessUnit] = deque()
        self._cached: list[AccessUnit] = []
        self._early: list[AccessUnit] = []
        self._epoch = -1
        self._sequence = -1
        self._joining = False
        self._overrun = False
        self._holding = False  # the owner's cache is one held keyframe: asking again gives the same one
        self.wants_gop = with_gop
        self.dropped = 0
        self.stale = 0

    def begin_join(self) -> None:
        """The owner's cached GOP has been asked for."""
        self.wants_gop = False
        self._joining = True

    def cached(self, au: AccessUnit) -> None:
        """An access unit of the owner's cache; one that comes after the join is ignored."""
        if self._joining and len(self._cached) < 2 * self._max_units:
            self._cached.append(au)

    def live(self, au: AccessUnit) -> None:
        """An access unit as it is published."""
        if self._joining and len(self._early) < self._max_units:
            self._early.append(au)
            return
        self.end_join()
        self._accept(au)

    def end_join(self) -> None:
        """The cache has been told to its end, or takes too long; nothing if no join has begun."""
        if not self._joining:
            return
        cached, early = self._cached, self._early
        self._cached, self._early = [], []
        self._joining = False
        # Sorted, since an old and a new owner may both have answered.
        for au in sorted(cached, key=lambda au: (au.epoch, au.sequence)):
            self._accept(au)
        self._holding = any(au.held for au in cached)
        for au in early:
            self._accept(au)

    def take(self) -> AccessUnit | None:
        """The next access unit for the reader, None if there is none yet."""
        return self._queue.popleft() if self._queue else None

    def _accept(self, au: AccessUnit) -> None:
        if au.epoch < self._epoch:
            self.stale += 1
            return
        same_epoch = au.epoch == self._epoch
        if same_epoch and au.sequence <= self._sequence:
            return
        follows = same_epoch and au.sequence == self._sequence + 1 and not self._overrun
        if not follows and not au.keyframe:
            self.dropped += self._epoch >= 0
            # After an overrun more to read is the last thing that helps.
            self.wants_gop = self._with_gop and not self._overrun and not self._holding
            return
        if not follows:
            au = replace(au, discontinuity=True)
        if au.keyframe and not au.held:
            self._holding = False
            self.wants_gop = False
        self._epoch, self._sequence = au.epoch, au.sequence
        self._overrun = False
        if len(self._queue) < self._max_units:
            self._queue.append(au)
        else:
            self._jump(au)

    def _jump(self, au: AccessUnit) -> None:
        """Make room by going on at the newest keyframe; without one, wait for the next."""
        waiting = [*self._queue, au]
        newest = max((place for place, unit in enumerate(waiting) if unit.keyframe), default=0)
        self._queue.clear()
        if newest == 0:
            self.dropped += len(waiting)
            self._overrun = True
            return
        self.dropped += newest
        self._queue.append(replace(waiting[newest], discontinuity=True))
        self._queue.extend(waiting[newest + 1 :])


class StreamReader:
    """One reader of one stream. `await next()`, or iterate; `await close()` when done.

    It may be made before the stream has an owner, and outlives owners and the bus's absence.
    `dropped` counts what it could not give (too slow, or a keyframe missing), `stale` what an old owner sent.
    """

    def __init__(
        self,
        client: Client,
        stream: str,
        *,
        with_gop: bool,
        max_units: int,
        on_close: Callable[[StreamReader], None],
        start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        self.stream = stream
        self._client = client
        self._cursor = Cursor(with_gop=with_gop, max_units=max_units)
        self._on_close = on_close
        self._ready = asyncio.Event()
        self._gop_wanted = asyncio.Event()
        self._refused: str | None = None
        self._closed = False
        self._task = start(self._run(), f"read {stream}")

    @property
    def dropped(self) -> int:
        """Access units that came and could not be given, so far."""
        return self._cursor.dropped

    @property
    def stale(self) -> int:
        """Access units of an owner that is no longer, so far."""
        return self._cursor.stale

    async def next(self) -> AccessUnit:
        """The next access unit; raises BusError when the reader is closed."""
        while (au := self._cursor.take()) is None:
            if self._closed:
                raise BusError(f"the reader of {self.stream} is closed")
            self._ready.clear()
            await self._ready.wait()
        return au

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AccessUnit:
        try:
            return await self.next()
        except BusError:
            raise StopAsyncIteration from None

    async def close(self) -> None:
        """Stop reading. Who waits in `next` is told so."""
        if self._closed:
            return
        self._closed = True
        self._ready.set()
        self._gop_wanted.set()  # nats-py may swallow the cancellation below
        self._on_close(self)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        joiner = Joiner()

        async def live(message: Msg) -> None:
            if (au := self._unpacked(joiner, message.data)) is not None:
                self._cursor.live(au)
                self._changed()

        loop = asyncio.get_running_loop()
        subscription = await self._client.subscribe(f"au.{self.stream}", cb=live)
        try:
            self._changed()
            while not self._closed:
                await self._gop_wanted.wait()
                self._gop_wanted.clear()
                asked = loop.time()
                await self._join()
                self._changed()
                await asyncio.sleep(max(0.0, asked + _JOIN_EVERY_SECONDS - loop.time()))
        finally:
            with contextlib.suppress(nats.errors.Error):  # the connection may be gone before us
                await subscription.unsubscribe()

    async def _join(self) -> None:
        """Ask the owner for its cached GOP, and wait for its end at most JOIN_SECONDS."""
        if not self._client.is_connected:
            return  # the first access unit after its return asks again
        told = asyncio.Event()
        joiner = Joiner()

        async def cached(message: Msg) -> None:
            if not message.data:  # the marker, or nats-server's word that the stream has no owner
                told.set()
            elif (au := self._unpacked(joiner, message.data)) is not None:
                self._cursor.cached(au)

        inbox = self._client.new_inbox()
        answers = await self._client.subscribe(inbox, cb=cached)
        try:
            # Subscribed to live on this same connection before: the server sees the two in this order.
            self._cursor.begin_join()
            await self._client.publish(f"req.gop.{self.stream}", reply=inbox)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(JOIN_SECONDS):
                    await told.wait()
        except nats.errors.Error:
            log.debug("cached GOP not to be had", stream=self.stream)
        finally:
            self._cursor.end_join()
            with contextlib.suppress(nats.errors.Error):
                await answers.unsubscribe()

    def _changed(self) -> None:
        self._ready.set()
        if self._cursor.wants_gop:
            self._gop_wanted.set()

    def _unpacked(self, joiner: Joiner, message: bytes) -> AccessUnit | None:
        try:
            whole = joiner.feed(message)
            return None if whole is None else unpack(self.stream, whole)
        except EnvelopeError as error:
            if str(error) != self._refused:  # said once, not for each picture
                self._refused = str(error)
                log.error("access unit refused", stream=self.stream, reason=str(error))
            return None
