"""A slot: one negotiated video of one viewer. Streams behind it change; the slot and its RTP clock stay."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol, cast

from aiortc import MediaStreamTrack, RTCRtpSender
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.access_unit import AccessUnit
from ingest.boot import boot_id
from wallserver.gateway.cell_channel import CellChannel
from wallserver.gateway.sender import WireTimestamps
from wallserver.gateway.slot_clock import SlotClock

# A viewer this many access units behind (4 s at 15 a second) jumps to the newest keyframe.
MAX_BEHIND = 60

# A GOP whose newest access unit is older than this belongs to a source that has stopped: it is shown as one
# held picture, because a second picture would tell the viewer that the source runs.
STOPPED_MS = 2000

# A viewer that wants keyframes of a stopped source gets its last one this often, then no more until it runs
# again.
MAX_HELD_REPEATS = 2

# Least time between two answers to a viewer's keyframe requests. A composed stream's IDR costs bits for
# every viewer of it, a camera's is only repeated to the one who asks, but with its whole GOP.
KEYFRAME_INTERVAL_COMPOSED_S = 0.5
KEYFRAME_INTERVAL_CAMERA_S = 2.0

_TICKS = Fraction(1, 90_000)


class Feed(Protocol):
    """A stream, shared by all slots that show it."""

    @property
    def stream(self) -> str:
        """The stream's name."""

    def cached(self) -> Sequence[AccessUnit]:
        """The newest keyframe and what followed it; where that is too much the keyframe alone, marked held."""

    def request_keyframe(self) -> None:
        """Ask the owner of a composed stream for an IDR."""


def is_composed(stream: str) -> bool:
    """Whether a stream's owner can be asked for an IDR: cameras, and replays of them, send what they send."""
    return stream.startswith(("mosaic.", "public."))


def age_ms(unit: AccessUnit) -> int:
    """How long ago an access unit arrived at its puller, or was composed.

    By the machine's own clock if that was here; else by both machines' wall clocks.
    """
    if unit.boot_id == boot_id():
        return max(0, (time.monotonic_ns() - unit.arrived_mono_ns) // 1_000_000)
    return max(0, (time.time_ns() - unit.arrived_wall_ns) // 1_000_000)


class Slot(MediaStreamTrack):
    """The permanent track of one m-line. `recv()` waits while there is nothing, and outlives every stream."""

    kind = "video"

    def __init__(self, index: int, channel: CellChannel) -> None:
        super().__init__()
        self.index = index
        self.dropped = 0
        self.keyframe_requests = 0
        self._channel = channel
        self._feed: Feed | None = None
        self._queue: deque[AccessUnit] = deque()
        self._room = MAX_BEHIND
        self._ready = asyncio.Event()
        self._clock = SlotClock()
        self._wire: WireTimestamps | None = None
        self._must_start = True
        self._held = False
        self._held_repeats = 0
        self._runs = False
        self._unannounced: tuple[int, AccessUnit] | None = None
        self._answered_at: float | None = None

    @property
    def stream(self) -> str | None:
        """The stream behind the slot now."""
        return None if self._feed is None else self._feed.stream

    def bind(self, sender: RTCRtpSender) -> None:
        """Name the sender that takes this track's access units: it alone knows the timestamps on the wire."""
        self._wire = WireTimestamps(sender)

    def show(self, feed: Feed | None) -> None:
        """Put another stream behind the slot, from its cached keyframe on; None: send nothing."""
        self._feed = feed
        self._held_repeats = 0
        self._answered_at = None
        self._restart()
        if feed is None and self._wire is not None and self._clock.last is not None:
            self._channel.emptied(self.index, self._wire.on_wire(self._clock.last + 1) or 0)

    def push(self, unit: AccessUnit) -> None:
        """The feed's next access unit; the feed's cache has it already."""
        if self._must_start:
            # It will be taken out of the cache with what came before it.
            self._ready.set()
        elif self._held and not unit.keyframe:
            self._leave_held()
        elif len(self._queue) >= self._room:
            self.dropped += len(self._queue)
            self._restart()
        else:
            self._held = unit.held
            self._queue.append(unit)
            self._ready.set()

    def keyframe_wanted(self) -> None:
        """The viewer cannot decode (PLI or FIR): it gets a keyframe, but not as often as it may ask."""
        self.keyframe_requests += 1
        if self._feed is None:
            return
        camera = not is_composed(self._feed.stream)
        now = time.monotonic()
        interval = KEYFRAME_INTERVAL_CAMERA_S if camera else KEYFRAME_INTERVAL_COMPOSED_S
        if self._answered_at is not None and now - self._answered_at < interval:
            return
        self._answered_at = now
        if camera:
            self._repeat()
        else:
            self._feed.request_keyframe()

    async def recv(self) -> Packet[VideoStream]:
        """The next access unit, when there is one, as the sender wants it: Annex B, 90 kHz timestamp."""
        if self._wire is not None:
            self._wire.learn(self._clock.last)
        self._announce_first()
        if self._queue:
            # A burst must not keep the loop from the other viewers' live pictures.
            await asyncio.sleep(0)
        unit = await self._next()
        stamp = self._clock.stamp(unit.timestamp, time.monotonic_ns() * 9 // 100_000)
        self._announce(stamp, unit)
        packet = cast("Packet[VideoStream]", Packet(unit.data))
        packet.pts = packet.dts = stamp
        packet.time_base = _TICKS
        return packet

    async def _next(self) -> AccessUnit:
        while True:
            if self._must_start:
                self._start()
            if self._queue:
                return self._queue.popleft()
            self._ready.clear()
            await self._ready.wait()

    def _start(self) -> None:
        """Begin on the feed's cached GOP, if there is one."""
        units = self._feed.cached() if self._feed is not None else ()
        if not units:
            return
        stopped = not self._runs and age_ms(units[-1]) > STOPPED_MS
        self._must_start = False
        self._held = stopped or units[-1].held
        if units[-1].held and self._feed is not None:
            self._feed.request_keyframe()
        self._clock.restart()
        self._queue.extend(units[:1] if stopped else units)
        self._room = len(self._queue) + MAX_BEHIND

    def _restart(self) -> None:
        self._queue.clear()
        self._must_start = True
        self._held = False
        self._runs = False
        self._ready.set()

    def _leave_held(self) -> None:
        """Something follows a held picture: begin again with all of its GOP, if the cache holds it whole."""
        if self._feed is not None and (units := self._feed.cached()) and not units[-1].held:
            self._held_repeats = 0
            self._restart()
            # Seen with our own eyes: the clocks of two machines may differ by more than STOPPED_MS.
            self._runs = True

    def _repeat(self) -> None:
        if not self._held:
            self._held_repeats = 0
        elif self._held_repeats >= MAX_HELD_REPEATS:
            return
        else:
            self._held_repeats += 1
        self._restart()

    def _announce(self, stamp: int, unit: AccessUnit) -> None:
        if self._wire is None:
            return
        rtp_ts = self._wire.on_wire(stamp)
        if rtp_ts is None:
            self._unannounced = (stamp, unit)
        else:
            self._channel.picture(self.index, rtp_ts, unit, age_ms(unit))

    def _announce_first(self) -> None:
        """Announce the connection's first picture, whose timestamp on the wire only its sending told."""
        if self._unannounced is not None:
            stamp, unit = self._unannounced
            self._unannounced = None
            self._announce(stamp, unit)
