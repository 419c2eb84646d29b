"""One bus reader for each stream that somebody watches, whatever the number of viewers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Protocol

import structlog

from ingest.access_unit import AccessUnit, Codec
from ingest.bus import Bus
from ingest.demand import DemandLease
from ingest.ending import end_tasks
from ingest.gop import GopCache
from wallserver.gateway.packetise import Packets, packetise
from wallserver.gateway.slot import STOPPED_MS, Feed, age_ms

# Access units that are kept as packets: a GOP of two seconds, for a viewer that begins or asks once more.
_PACKETISED = 64
# For how long one stream's viewers are served before another's.
_TURN_S = 0.005

log = structlog.get_logger(__name__)


type Accepts = Callable[[AccessUnit], bool]


class Viewer(Protocol):
    """Whoever is given a stream's access units: a slot, or the HLS of a stream."""

    @property
    def stream(self) -> str | None:
        """The stream behind it now."""

    def show(self, feed: Feed | None) -> None:
        """Begin with another stream's cached GOP; None: nothing."""

    def push(self, unit: AccessUnit) -> None:
        """The feed's next access unit; the feed's cache has it already."""

    def withdraw(self) -> None:
        """Nothing that was pushed so far may be shown any more; what may be follows."""


class StreamFeed:
    """A stream as this gateway has it: its reader, its current GOP, and the slots that show it.

    Only whole GOPs reach the slots: after a hole, or a part that the source lost, nothing until the next
    keyframe, because a browser would decode it into smears.
    """

    def __init__(self, bus: Bus, stream: str, accepts: Accepts) -> None:
        self.slots: set[Viewer] = set()
        self.awaited = 0
        self._unclean = 0
        self._stream = stream
        self._accepts = accepts
        self._bus = bus
        self._reader = bus.subscribe(stream)
        self._gop = GopCache()
        self._last: AccessUnit | None = None
        self._playable = True
        self._era: int | None = None
        self._asking: asyncio.Task[None] | None = None
        self._has_picture = asyncio.Event()
        self._packets = lru_cache(_PACKETISED)(packetise)
        self._task = bus.essential(self._read(), f"feed {stream}")

    @property
    def stream(self) -> str:
        """The stream's name."""
        return self._stream

    @property
    def dropped(self) -> int:
        """Access units that came and that no slot was given, because something before them is missing."""
        return self._unclean + self._reader.dropped

    def cached(self) -> Sequence[AccessUnit]:
        """The newest keyframe and what followed it; where that is too much the keyframe alone, marked held."""
        return self._gop.units()

    @property
    def stopped(self) -> bool:
        """Whether its newest picture is an old one."""
        units = self._gop.units()
        return bool(units) and (units[-1].held or age_ms(units[-1]) > STOPPED_MS)

    def packets(self, unit: AccessUnit) -> Packets:
        """An access unit's packets, made once for all viewers."""
        return self._packets(unit.data)

    async def keyframe(self) -> AccessUnit:
        """The newest keyframe, as soon as there is one."""
        while not (units := self._gop.units()):
            self._has_picture.clear()
            await self._has_picture.wait()
        return units[0]

    def request_keyframe(self) -> None:
        """Ask the stream's owner for an IDR: a tiler makes one, a camera may."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(
                self._bus.request_keyframe(self._stream), name=f"keyframe {self._stream}"
            )

    async def close(self) -> None:
        """Stop reading."""
        tasks = [self._task] + ([self._asking] if self._asking is not None else [])
        await end_tasks(*tasks)

    async def _read(self) -> None:
        try:
            async for unit in self._reader:
                if self._take(unit):
                    await self._hand_out(unit)
        finally:
            await self._reader.close()

    def _take(self, unit: AccessUnit) -> bool:
        """Keep it for those who come later; whether it can be shown."""
        if not self._accepts(unit):
            self._unclean += 1
            self._last = None
            return False
        if unit.cells is not None and unit.cells.era != self._era:
            self._begin_era(unit.cells.era)
        if not self._is_clean(unit):
            self._unclean += 1
            self._last = None
            return False
        self._last = unit
        if unit.held:
            # Nothing that follows can be decoded until the next keyframe.
            self.request_keyframe()
        self._gop.add(unit)
        self._has_picture.set()
        return True

    def _begin_era(self, era: int) -> None:
        """What was composed in another one is shown to nobody any more: neither to newcomers, nor to who is late."""
        if self._era is not None:
            self._gop.clear()
            for slot in tuple(self.slots):
                slot.withdraw()
        self._era = era

    async def _hand_out(self, unit: AccessUnit) -> None:
        """Each slot sends it at once; two hundred of them must not keep the other streams waiting."""
        turn_over = time.monotonic() + _TURN_S
        for slot in tuple(self.slots):
            if slot in self.slots:
                slot.push(unit)
            if time.monotonic() > turn_over:
                await asyncio.sleep(0)
                turn_over = time.monotonic() + _TURN_S

    def _is_clean(self, unit: AccessUnit) -> bool:
        """Whether a decoder that got everything before can decode this without harm."""
        playable = unit.codec is Codec.H264
        if playable != self._playable:
            self._playable = playable
            log.info("stream can be played again" if playable else "stream is not H.264", stream=self._stream)
        if not playable or unit.damaged:
            return False
        if unit.keyframe:
            return True
        last = self._last
        return last is not None and (unit.epoch, unit.sequence) == (last.epoch, last.sequence + 1)


class FanOut:
    """The streams that this gateway reads, and the demand for them. `accepts`: which pictures may be shown at all."""

    def __init__(self, bus: Bus, demand: DemandLease, accepts: Accepts = lambda _: True) -> None:
        self._accepts = accepts
        self._bus = bus
        self._demand = demand
        self._feeds: dict[str, StreamFeed] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._dropped_before = 0

    @property
    def streams(self) -> frozenset[str]:
        """The streams with viewers."""
        return frozenset(self._feeds)

    @property
    def dropped(self) -> int:
        """Access units that came and that no viewer was given, since the start."""
        return self._dropped_before + sum(feed.dropped for feed in self._feeds.values())

    def show(self, slot: Viewer, stream: str | None) -> None:
        """Put a stream behind a slot, or nothing. Its first viewer starts a stream's reader, its last one ends it."""
        before = slot.stream
        if before == stream:
            return
        feed = None
        if stream is not None:
            feed = self._open(stream)
            feed.slots.add(slot)
        slot.show(feed)
        if before is not None:
            self._feeds[before].slots.discard(slot)
            self._close_unless_used(before)
        self._demand.set(self.streams)

    def stopped(self, stream: str) -> bool:
        """Whether a stream shows only what is past; of one that is not read here nothing is known."""
        feed = self._feeds.get(stream)
        return feed is not None and feed.stopped

    @asynccontextmanager
    async def awaiting(self, stream: str) -> AsyncIterator[AccessUnit]:
        """Read a stream for this block, which begins with its newest keyframe, as soon as there is one."""
        feed = self._open(stream)
        feed.awaited += 1
        self._demand.set(self.streams)
        try:
            yield await feed.keyframe()
        finally:
            feed.awaited -= 1
            self._close_unless_used(stream)
            self._demand.set(self.streams)

    async def close(self) -> None:
        """End every reader."""
        feeds = list(self._feeds.values())
        self._feeds.clear()
        for feed in feeds:
            self._close_later(feed)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _open(self, stream: str) -> StreamFeed:
        feed = self._feeds.get(stream)
        if feed is None:
            feed = self._feeds[stream] = StreamFeed(self._bus, stream, self._accepts)
        return feed

    def _close_unless_used(self, stream: str) -> None:
        feed = self._feeds.get(stream)
        if feed is not None and not feed.slots and not feed.awaited:
            del self._feeds[stream]
            self._close_later(feed)

    def _close_later(self, feed: StreamFeed) -> None:
        self._dropped_before += feed.dropped
        task = asyncio.create_task(feed.close(), name=f"close feed {feed.stream}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
