"""Key-value buckets of the bus: leases, heartbeats, demand, plans, mosaics, status, health.

They live in the memory of nats-server (NATS ADR-8 over JetStream). After a restart of it the first who may makes
them again, watchers are told what went, and entries without expiry are written again by those who wrote them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from ingest.bucket_feed import HEARTBEAT_SECONDS, Change, Feed, Mirror, loaded, value_of
from ingest.errors import BusError, BusTimeout
from ingest.permissions import bucket_stream

__all__ = ["SAID_BYTES", "TTL_SECONDS", "Bucket", "Change", "Link", "Mirror"]

log = structlog.get_logger(__name__)

# Seconds after which an entry that is not renewed is gone; None: it stays until it is deleted.
TTL_SECONDS: dict[str, int | None] = {
    "leases": None,
    "holders": 2,
    "workers": 3,
    "demand": 5,
    "plans": None,
    "mosaics": None,
    "status": None,
    "health": None,
    "refusals": 20 * 60,
}
# What workers say each second, the public gateway too, and the bytes that it may take: without a bound one of them
# fills the memory of all buckets. A demand for 7,490 cameras by their longest names has 0.6 MB, a heartbeat some kB.
# Nobody is answered here: nats-server says its answer wherever the writer likes, also where that may not write.
SAID_BYTES = {"demand": 16 * 1024 * 1024, "workers": 4 * 1024 * 1024}
_MAX_SAID = 1024 * 1024
# How long nats-server keeps its word that an entry expired; without it watchers would hear of no expiry.
_MARKER_SECONDS = 1
_ANSWER_SECONDS = 2.0
_NANOSECONDS = 1_000_000_000
_WRONG_LAST_SEQUENCE = (10071, 10164)
_NAME_IN_USE = 10058


class _BucketGone(BusError):  # noqa: N818 - reads as what happened
    """Nobody answers for the bucket: nothing was written."""


class Link(Protocol):
    """What a bucket needs of the bus."""

    @property
    def makes_buckets(self) -> bool:
        """Whether its user may make one that is not there; else others have to."""

    @property
    def control(self) -> Client:
        """The connection that no picture travels on."""

    @property
    def on_close(self) -> list[Callable[[], Awaitable[None]]]:
        """Called when the bus is closed, before it disconnects."""

    def essential(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `work`, whose failure is the worker's."""

    @property
    def generation(self) -> int:
        """1 at first, one more with each reconnection of `control`."""


class Bucket:
    """One bucket. Every method raises BusError (BusTimeout) while the bus is away."""

    def __init__(self, link: Link, name: str) -> None:
        self.name = name
        self._link = link
        self._ttl = TTL_SECONDS[name]
        self._stream = bucket_stream(name)
        self._prefix = f"$KV.{name}."
        self._generation = 0
        self._making = asyncio.Lock()
        self._mine: dict[str, bytes] = {}
        self._unsaid: set[str] = set()
        self._feeds: set[Feed] = set()
        self._highest = 0

    async def put(self, key: str, value: Mapping[str, Any]) -> int:
        """Write, whatever is there; returns the revision, 0 where nobody is answered (SAID_BYTES).

        In a bucket without expiry the entry is written again when the bus comes back from a restart, also where
        this call could not write it.
        """
        data = _dumped(value)
        if self._ttl is None:
            self._mine[key] = data
            self._unsaid.add(key)
        revision = await self._write(key, data)
        self._unsaid.discard(key)
        return _certain(revision)

    async def create(self, key: str, value: Mapping[str, Any]) -> int | None:
        """Write only if there is no such entry; returns the revision, None if there is one."""
        data = _dumped(value)
        revision = await self._write(key, data, last=0)
        if revision is None:
            # The marker of an entry that is gone counts as a last revision for a second: write over it.
            there = await self._get(key)
            if there is not None and there.value is None:
                revision = await self._write(key, data, last=there.revision)
        return revision

    async def update(self, key: str, value: Mapping[str, Any], last: int) -> int | None:
        """Write only if the entry's revision is `last`; returns the new revision, None if it is another."""
        return await self._write(key, _dumped(value), last=last)

    async def delete(self, key: str, last: int | None = None) -> bool:
        """Remove the entry (only if its revision is `last`); False if it has another revision."""
        self._mine.pop(key, None)
        self._unsaid.discard(key)
        return await self._write(key, b"", last=last, headers={"KV-Operation": "DEL"}) is not None

    async def get(self, key: str) -> Change | None:
        """The entry, None if there is none."""
        there = await self._get(key)
        return None if there is None or there.value is None else there

    async def watch(self, keys: str = ">") -> AsyncGenerator[Change]:
        """All entries that match `keys`, then every change, for ever.

        Over absences of the bus: an entry that went meanwhile is told as gone when the bus is back.
        """
        async with contextlib.aclosing(self._watch(keys)) as changes:
            async for change in changes:
                if change is not None:
                    yield change

    async def entries(self) -> dict[str, dict[str, Any]]:
        """All that there is; absences of the bus are waited out."""
        found: dict[str, dict[str, Any]] = {}
        async with contextlib.aclosing(self._watch(">")) as changes:
            async for change in changes:
                if change is None:
                    break
                if change.value is None:
                    found.pop(change.key, None)
                else:
                    found[change.key] = change.value
        return found

    def mirror(self, keys: str = ">") -> Mirror:
        """A copy of the entries that match `keys`, kept current by a task; close it."""
        name = f"mirror {self.name} {keys}"
        mirror = Mirror(self._watch(keys), lambda work: self._link.essential(work, name))
        self._link.on_close.append(mirror.close)
        return mirror

    def reconnected(self) -> None:
        """The connection is another one now: what is watched has to be watched anew."""
        for feed in self._feeds:
            feed.end()

    async def restore(self) -> None:
        """After a reconnection: make the bucket if it is gone, and write again what was ours."""
        await self._ensure()
        for key, data in list(self._mine.items()):
            if key in self._unsaid:
                await self._write(key, data)
                self._unsaid.discard(key)
            else:
                await self._write(key, data, last=0)

    async def _ensure(self) -> None:
        """Make the bucket unless this connection knows that it is there, or leaves that to others."""
        if self._generation == self._link.generation or not self._link.makes_buckets:
            return
        async with self._making:
            generation = self._link.generation
            if self._generation == generation:
                return
            answer = await self._api(f"STREAM.CREATE.{self._stream}", self._configuration())
            code = answer.get("error", {}).get("err_code")
            if code not in (None, _NAME_IN_USE):  # in use: it is there, with another first revision
                raise BusError(f"bucket {self.name} cannot be made: {answer['error'].get('description')}")
            self._generation = generation

    def _configuration(self) -> dict[str, Any]:
        configuration: dict[str, Any] = {
            "name": self._stream,
            "subjects": [f"{self._prefix}>"],
            "storage": "memory",
            "max_msgs_per_subject": 1,
            "discard": "new",
            "num_replicas": 1,
            "allow_direct": True,
            "deny_delete": True,
            # Epochs are revisions, so these rise over restarts too: they go on from the clock, in µs, or from the
            # highest one seen where our clock is behind that of whoever made the bucket before.
            "first_seq": max(time.time_ns() // 1000, self._highest + 1_000_000),
        }
        if self.name in SAID_BYTES:
            configuration |= {"no_ack": True, "max_bytes": SAID_BYTES[self.name], "max_msg_size": _MAX_SAID}
        if self._ttl is None:
            configuration["deny_purge"] = True
        else:  # nats-server purges where it says that an entry expired, and lets writers do so too
            configuration["max_age"] = self._ttl * _NANOSECONDS
            configuration["duplicate_window"] = _NANOSECONDS
            configuration["allow_msg_ttl"] = True
            configuration["subject_delete_marker_ttl"] = _MARKER_SECONDS * _NANOSECONDS
        return configuration

    async def _write(
        self, key: str, data: bytes, last: int | None = None, headers: dict[str, str] | None = None
    ) -> int | None:
        headers = dict(headers or {})
        if self.name in SAID_BYTES:
            if last is not None:
                raise BusError(f"nobody is answered in {self.name}, so that nothing is written there on a condition")
            await self._say(key, data, headers or None)
            return 0
        if last is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(last)
        answer = loaded(await self._ask_bucket(self._prefix + key, data, headers or None))
        error = answer.get("error")
        if error is None:
            return self._seen(int(answer["seq"]))
        if error.get("err_code") in _WRONG_LAST_SEQUENCE:
            return None
        raise BusError(f"{self.name} {key} cannot be written: {error.get('description')}")

    def _seen(self, revision: int) -> int:
        self._highest = max(self._highest, revision)
        return revision

    async def _get(self, key: str) -> Change | None:
        message = await self._ask_bucket(f"$JS.API.DIRECT.GET.{self._stream}.{self._prefix}{key}", b"")
        headers = message.headers or {}
        if headers.get("Status") == "404":
            return None
        if "Nats-Sequence" not in headers:
            raise BusError(f"{self.name} {key} cannot be read: {headers.get('Description', 'no answer')}")
        return Change(key, value_of(message), int(headers["Nats-Sequence"]))

    async def _api(self, verb: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        return loaded(await self._ask(f"$JS.API.{verb}", _dumped(payload)))

    async def _ask_bucket(self, subject: str, data: bytes, headers: dict[str, str] | None = None) -> Msg:
        """`_ask`, once more where the bucket went without our knowing: just now, or from a node of a cluster."""
        await self._ensure()
        try:
            return await self._ask(subject, data, headers)
        except _BucketGone:
            await self._ensure()
            return await self._ask(subject, data, headers)

    async def _say(self, key: str, data: bytes, headers: dict[str, str] | None) -> None:
        """Write where nobody is answered. A bucket that went is found out by who watches it."""
        await self._ensure()
        try:
            await self._client().publish(self._prefix + key, data, headers=headers)
        except nats.errors.Error as error:
            raise BusError(f"the bus failed about {self.name}: {error}") from error

    def _client(self) -> Client:
        client = self._link.control
        if not client.is_connected:  # nats-py would keep it, and say it when it is no longer true
            raise BusError("the bus is away")
        return client

    async def _ask(self, subject: str, data: bytes, headers: dict[str, str] | None = None) -> Msg:
        try:
            return await self._client().request(subject, data, timeout=_ANSWER_SECONDS, headers=headers)
        except nats.errors.NoRespondersError as error:
            self._generation = 0
            raise _BucketGone(f"bucket {self.name} is gone") from error
        except nats.errors.TimeoutError as error:
            raise BusTimeout(f"no answer of the bus about {self.name}") from error
        except nats.errors.Error as error:
            raise BusError(f"the bus failed about {self.name}: {error}") from error

    async def _watch(self, keys: str) -> AsyncGenerator[Change | None]:
        """Changes; None each time that all entries of the beginning have been told."""
        known: set[str] = set()
        while True:
            try:
                async with self._consumer(keys) as feed:
                    unseen, told = set(known), False
                    while (news := await feed.next()) is not None:
                        change, last = news
                        if change is not None:
                            self._seen(change.revision)
                            unseen.discard(change.key)
                            (known.discard if change.value is None else known.add)(change.key)
                            yield change
                        if last and not told:
                            for key in unseen:
                                known.discard(key)
                                yield Change(key, None, 0)
                            told = True
                            yield None
            except BusError:
                log.debug("bucket not to be watched", bucket=self.name)
            await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def _consumer(self, keys: str) -> AsyncIterator[Feed]:
        """A push consumer that begins with the last value of each key, and ends when one may be missed."""
        await self._ensure()
        client = self._link.control
        inbox = client.new_inbox()
        feed = Feed(len(self._prefix))
        try:
            subscription = await client.subscribe(inbox, cb=feed.take)
        except nats.errors.Error as error:
            raise BusError(f"the bus failed about {self.name}: {error}") from error
        name = inbox.rsplit(".", 1)[-1]
        self._feeds.add(feed)
        try:
            configuration = {
                "name": name,
                "deliver_subject": inbox,
                "deliver_policy": "last_per_subject",
                "ack_policy": "none",
                "filter_subject": self._prefix + keys,
                "mem_storage": True,
                "num_replicas": 1,
                "idle_heartbeat": int(HEARTBEAT_SECONDS * _NANOSECONDS),
                "inactive_threshold": 10 * _NANOSECONDS,
            }
            answer = await self._api(
                f"CONSUMER.CREATE.{self._stream}.{name}.{self._prefix}{keys}",
                {"stream_name": self._stream, "config": configuration},
            )
            if "error" in answer:
                self._generation = 0
                raise BusError(f"{self.name} cannot be watched: {answer['error'].get('description')}")
            if not answer["num_pending"]:
                feed.empty()
            yield feed
        finally:
            self._feeds.discard(feed)
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()
                # Without the subscription the consumer ends by itself; this is only sooner.
                if client.is_connected:
                    await client.publish(f"$JS.API.CONSUMER.DELETE.{self._stream}.{name}")


def _dumped(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _certain(revision: int | None) -> int:
    if revision is None:
        raise BusError("an unconditional write was refused")
    return revision
