"""The bus: access units, requests and shared state between all roles, over NATS.

Two connections: pictures go over one, all else over the other, so that a heartbeat never waits behind video. Both
come back by themselves for ever. While they are away nothing is kept to be said later: an old picture is worthless.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Self

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription

from ingest.access_unit import AccessUnit
from ingest.bucket import TTL_SECONDS, Bucket
from ingest.bus_address import BusAddress
from ingest.cached_keyframe import KEYFRAME_ONLY, cached_keyframe
from ingest.connection import Connection
from ingest.ending import end_tasks
from ingest.envelope import pack, split
from ingest.errors import BusError, BusTimeout, EnvelopeError, IngestError
from ingest.outbox import Outbox
from ingest.permissions import RIGHTS, may_answer
from ingest.stream_reader import StreamReader

__all__ = ["Bus", "BusAddress", "Subscription"]

log = structlog.get_logger(__name__)

BATCH_SECONDS = 0.003
# A task that has much to say lets others have a turn after so many access units.
_TURN_UNITS = 32

type Handler = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


class Subscription:
    """Something that is answered on the bus; `await close()` ends it."""

    def __init__(self, subscription: NatsSubscription, on_close: Callable[[Subscription], None]) -> None:
        self._subscription = subscription
        self._on_close = on_close

    async def close(self) -> None:
        """Answer no longer."""
        self._on_close(self)
        with contextlib.suppress(nats.errors.Error):  # closed twice, or the connection went before
            await self._subscription.unsubscribe()


class Bus:
    """One worker's place on the bus. Make it with `connect`.

    `on_state` is told `connected` when that changes; `on_close` is called in its order at `close`, while the
    connections still stand.
    """

    def __init__(self, address: BusAddress, role: str, worker: str) -> None:
        self.role = role
        self.worker = worker
        self.on_state: list[Callable[[bool], None]] = []
        self.on_close: list[Callable[[], Awaitable[None]]] = []
        self._media_connection = Connection(address, role, f"{worker} media", self._media_state, self._closed)
        self._control_connection = Connection(address, role, f"{worker} control", self._control_state, self._closed)
        self._media = self._media_connection.client
        self._control = self._control_connection.client
        self._generation = 1
        self._was_connected = False
        self._closing = False
        self._outbox = Outbox()
        self._unsaid = 0
        self._foreign = False
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._buckets: dict[str, Bucket] = {}
        self._readers: set[StreamReader] = set()
        self._subscriptions: set[Subscription] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure = asyncio.Event()

    @classmethod
    async def connect(cls, address: BusAddress, role: str, worker: str) -> Self:
        """Connect as `role`, under `worker`'s name (letters, digits, - and _). Waits for a bus that is away.

        Raises BusError where it refuses us, takes messages of less than 8 MB, or would be reached in the clear
        over a network.
        """
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", worker):
            raise BusError(f"a worker's name is letters, digits, - and _, unlike {worker!r}")
        bus = cls(address, role, worker)
        await bus._media_connection.open()
        try:
            await bus._control_connection.open()
        except BaseException:  # cancelled too: nothing stays open
            await bus._media.close()
            raise
        bus._was_connected = True
        bus.essential(bus._publish_all(), "publish")
        if bus.makes_buckets:  # also those that we do not use: others wait for them
            for bucket in [bus.bucket(name) for name in RIGHTS[role].reads]:
                bus._start(bus._restore(bucket, bus._generation), f"make {bucket.name}")
        return bus

    @property
    def control(self) -> Client:
        """The connection of requests and buckets."""
        return self._control

    @property
    def makes_buckets(self) -> bool:
        """Whether this role may make one that is not there."""
        return RIGHTS[self.role].makes

    @property
    def generation(self) -> int:
        """1 at first, one more with each reconnection of `control`."""
        return self._generation

    @property
    def connected(self) -> bool:
        """Whether both connections stand."""
        return self._media.is_connected and self._control.is_connected

    @property
    def failed(self) -> bool:
        """Whether this worker is of no use any more: closed by the bus for good, or an `essential` task failed."""
        return self._failure.is_set()

    @property
    def dropped(self) -> int:
        """Access units that were given to be published and were not, so far."""
        return self._outbox.dropped + self._unsaid

    def publish(self, au: AccessUnit) -> None:
        """Publish `au` in its turn; never waits. Dropped, up to its next keyframe, where the bus is slow."""
        if self._outbox.put(au):
            self._wake.set()

    def publish_threadsafe(self, au: AccessUnit) -> None:
        """`publish` from another thread. One wake-up of the event loop for a burst."""
        if self._outbox.put(au):
            with contextlib.suppress(RuntimeError):  # the loop is closed: we are ending
                self._loop.call_soon_threadsafe(self._wake.set)

    def subscribe(self, stream: str, *, with_gop: bool = True, max_units: int = 120) -> StreamReader:
        """Read `stream`, which need not have an owner yet; with_gop: begin with the owner's cached GOP.

        At most `max_units` access units wait for a slow reader, which then goes on at the newest keyframe.
        """
        reader = StreamReader(
            self._media,
            stream,
            with_gop=with_gop,
            max_units=max_units,
            on_close=self._readers.discard,
            start=self.essential,
        )
        self._readers.add(reader)
        return reader

    async def request_keyframe(self, stream: str) -> None:
        """Ask the owner of `stream` for a keyframe soon; nobody answers. Of cameras only those with ONVIF are asked."""
        await self._say(self._media, f"req.keyframe.{stream}", b"")

    async def cached_keyframe(self, stream: str, timeout: float) -> AccessUnit | None:
        """The keyframe that `stream`'s owner has in its cache; None where there is none, or no answer in `timeout` s.

        For who wants a picture now and then: all access units of a stream are twenty times as many bytes.
        """
        return await cached_keyframe(self._media, stream, timeout)

    async def request(self, subject: str, payload: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """The answer to a request, within `timeout` seconds. Raises BusTimeout; BusError where nobody listens."""
        if not self._control.is_connected:
            raise BusError("the bus is away")
        try:
            message = await self._control.request(subject, json.dumps(payload).encode(), timeout=timeout)
        except nats.errors.NoRespondersError as error:
            raise BusError(f"nobody answers {subject}") from error
        except nats.errors.TimeoutError as error:
            raise BusTimeout(f"no answer to {subject} within {timeout:g} s") from error
        except nats.errors.Error as error:
            raise BusError(f"the bus failed at {subject}: {error}") from error
        return _object(message)

    async def tell(self, subject: str, payload: Mapping[str, Any]) -> None:
        """Say something that nobody answers (`evt.…`); lost while the bus is away."""
        await self._say(self._control, subject, json.dumps(payload).encode())

    async def serve(self, subject: str, handler: Handler) -> Subscription:
        """Answer requests, and hear what is told, on `subject` (wildcards are allowed): handler(subject, payload).

        Each is a task of its own. An IngestError of the handler is answered as {"error": its words}.
        """

        async def come(message: Msg) -> None:
            self._start(self._answer(message, handler), f"answer {message.subject}")

        return await self._listen(self._control, subject, come)

    async def serve_gop(self, stream: str, units: Callable[[], Sequence[AccessUnit]]) -> Subscription:
        """Answer readers that join `stream` with what `units()` returns then (see GopCache.units).

        Who wants a keyframe only gets the first of them (see `cached_keyframe`).
        """

        async def come(message: Msg) -> None:
            for au in units()[:1] if message.data == KEYFRAME_ONLY else units():
                for part in split(pack(au)):
                    await self._say(self._media, message.reply, part)
            await self._say(self._media, message.reply, b"")  # the marker: that was all

        return await self._listen(self._media, f"req.gop.{stream}", come)

    async def serve_keyframe(self, stream: str, callback: Callable[[], None]) -> Subscription:
        """Call `callback` at each request for a keyframe of `stream`."""

        async def come(_: Msg) -> None:
            callback()

        return await self._listen(self._media, f"req.keyframe.{stream}", come)

    def bucket(self, name: str) -> Bucket:
        """The key-value bucket `name`, one of ingest.bucket.TTL_SECONDS."""
        if name not in self._buckets:
            if name not in TTL_SECONDS:
                raise BusError(f"there is no bucket {name}")
            self._buckets[name] = Bucket(self, name)
        return self._buckets[name]

    async def until(self, stop: asyncio.Event) -> None:
        """Return when `stop` is set; raises BusError when this has `failed`: only a new process helps."""
        ends = [asyncio.create_task(event.wait()) for event in (stop, self._failure)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks(*ends)
        if self.failed and not stop.is_set():
            raise BusError("this worker's part of the bus has failed; the log says why")

    def essential(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `work`, without which this worker is of no use: should it raise, that is logged and `failed`."""
        return self._start(work, name, self._failure.set)

    async def close(self) -> None:
        """Stop reading, answering and publishing, and disconnect."""
        for end in list(self.on_close):
            await end()
        self._closing = True
        for reader in list(self._readers):
            await reader.close()
        for subscription in list(self._subscriptions):
            await subscription.close()
        await end_tasks(*self._tasks)
        await self._media.close()
        await self._control.close()

    async def _publish_all(self) -> None:
        """Publish what the outbox holds, for ever."""
        while True:
            if self._outbox.sleep():
                await self._wake.wait()
                self._wake.clear()
            said = 0
            while (au := self._outbox.take()) is not None:
                try:
                    messages = split(pack(au))
                except EnvelopeError as error:  # a fault of ours, of every picture: not said for each
                    messages = []
                    if au.keyframe:
                        log.error("access unit not published", stream=au.stream, reason=str(error))
                whole = [await self._say(self._media, f"au.{au.stream}", message) for message in messages]
                self._unsaid += not (whole and all(whole))
                said += 1
                if said % _TURN_UNITS == 0:
                    await asyncio.sleep(0)
            # The first goes out at once, the others of a busy puller together: waking costs more than publishing.
            await asyncio.sleep(BATCH_SECONDS)

    async def _say(self, client: Client, subject: str, data: bytes) -> bool:
        """Publish; False where it could not be."""
        if not client.is_connected:  # nats-py would keep it, and say it when it is no longer true
            return False
        try:
            await client.publish(subject, data)
        except nats.errors.Error:
            return False
        return True

    async def _listen(
        self, client: Client, subject: str, come: Callable[[Msg], Coroutine[Any, Any, None]]
    ) -> Subscription:
        """`come` at each message, but for one whose answer would go where its asker may not speak itself."""

        async def admit(message: Msg) -> None:
            if not message.reply or may_answer(message.subject, message.reply):
                await come(message)
            elif not self._foreign:  # once: who asks like this may ask often
                self._foreign = True
                log.error("a request is not answered where it says", subject=message.subject, reply=message.reply)

        try:
            subscription = Subscription(await client.subscribe(subject, cb=admit), self._subscriptions.discard)
        except nats.errors.Error as error:
            raise BusError(f"{subject} cannot be listened to: {error}") from error
        self._subscriptions.add(subscription)
        return subscription

    async def _answer(self, message: Msg, handler: Handler) -> None:
        answer: dict[str, Any] = {"error": "it failed; its log says why"}
        try:
            answer = await handler(message.subject, _object(message))
        except IngestError as error:
            answer = {"error": str(error)}
        finally:
            if message.reply:
                await self._say(self._control, message.reply, json.dumps(answer).encode())

    def _start(
        self, work: Coroutine[Any, Any, None], name: str, on_failure: Callable[[], None] | None = None
    ) -> asyncio.Task[None]:
        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("a task failed", task=name, exc_info=error)
                if on_failure is not None:
                    on_failure()

        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(ended)
        return task

    def _media_state(self, _connected: bool) -> None:
        self._state_changed()

    def _closed(self) -> None:
        if not self._closing:
            log.error("the bus has closed a connection for good")
            self._failure.set()

    def _control_state(self, connected: bool) -> None:
        if connected:
            self._generation += 1
            for bucket in self._buckets.values():
                bucket.reconnected()
                self._start(self._restore(bucket, self._generation), f"restore {bucket.name}")
        self._state_changed()

    def _state_changed(self) -> None:
        if self._closing or self.connected == self._was_connected:
            return
        self._was_connected = self.connected
        if self._was_connected:
            log.info("bus is back")
        else:
            log.warning("bus is away")
        for callback in list(self.on_state):
            callback(self._was_connected)

    async def _restore(self, bucket: Bucket, generation: int) -> None:
        """Again and again until it is done, or the connection is another one once more."""
        while self._generation == generation:
            try:
                await bucket.restore()
            except BusError as error:
                log.warning("bucket not restored yet", bucket=bucket.name, reason=str(error))
                await asyncio.sleep(0.5)
            else:
                break


def _object(message: Msg) -> dict[str, Any]:
    try:
        value = json.loads(message.data)
    except ValueError as error:
        raise BusError(f"what came on {message.subject} is not JSON") from error
    if not isinstance(value, dict):
        raise BusError(f"what came on {message.subject} is not a JSON object")
    return value
