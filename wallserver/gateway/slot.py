"""A slot: one negotiated video of one viewer. Streams behind it change; the slot and its RTP clock stay."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from ingest.access_unit import AccessUnit
from ingest.boot import boot_id
from wallserver.gateway.cell_channel import CellChannel
from wallserver.gateway.packetise import Packets, packetise
from wallserver.gateway.slot_clock import SlotClock
from wallserver.gateway.traffic import Traffic

# A viewer whose next picture arrived so long before the newest one jumps to the newest keyframe.
MAX_BEHIND_NS = 4_000_000_000

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


class Feed(Protocol):
    """A stream, shared by all slots that show it."""

    @property
    def stream(self) -> str:
        """The stream's name."""

    def cached(self) -> Sequence[AccessUnit]:
        """The newest keyframe and what followed it; where that is too much the keyframe alone, marked held."""

    def request_keyframe(self) -> None:
        """Ask the owner of a composed stream for an IDR."""

    def packets(self, unit: AccessUnit) -> Packets:
        """An access unit's packets, made once for all who want them."""


class Outlet(Protocol):
    """What takes a slot's access units to its viewer: a sender."""

    def wake(self) -> None:
        """There is something to take."""

    def on_wire(self, stamp: int) -> int | None:
        """The 32-bit RTP timestamp under which `stamp` is sent; None where that is not known yet."""


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


def _span_ns(first: AccessUnit, last: AccessUnit) -> int:
    """How much later the one arrived, both by their puller's clock."""
    return last.arrived_mono_ns - first.arrived_mono_ns


class Slot:
    """One m-line for as long as its session lives: it outlives every stream, and its clock goes on.

    `channel`: where the viewer is told what each picture shows; a player wants to know nothing of it.
    """

    def __init__(self, index: int, channel: CellChannel | None) -> None:
        self.index = index
        self.traffic = Traffic()
        self._channel = channel
        self._feed: Feed | None = None
        self._queue: deque[AccessUnit] = deque()
        self._room_ns = MAX_BEHIND_NS
        self._clock = SlotClock()
        self._outlet: Outlet | None = None
        self._newest: AccessUnit | None = None
        self._must_start = True
        self._held = False
        self._held_repeats = 0
        self._runs = False
        self._answered_at: float | None = None

    @property
    def stream(self) -> str | None:
        """The stream behind the slot now."""
        return None if self._feed is None else self._feed.stream

    def attach(self, outlet: Outlet | None) -> None:
        """The viewer is there, and this takes what there is to it; None: it is gone."""
        self._outlet = outlet
        self._wake()

    def show(self, feed: Feed | None) -> None:
        """Put another stream behind the slot, from its cached keyframe on; None: send nothing."""
        self._feed = feed
        self._held_repeats = 0
        self._answered_at = None
        if feed is not None:
            self.traffic.switch_begins()
        self._restart()
        last, channel = self._clock.last, self._channel
        if feed is None and channel is not None and self._outlet is not None and last is not None:
            channel.emptied(self.index, self._outlet.on_wire(last + 1) or 0)

    def push(self, unit: AccessUnit) -> None:
        """The feed's next access unit; the feed's cache has it already, and so may the slot, from there."""
        if unit is self._newest:
            return
        if self._must_start:
            # It will be taken out of the cache with what came before it.
            self._wake()
        elif self._held and not unit.keyframe:
            self._leave_held()
        elif self._queue and _span_ns(self._queue[0], unit) > self._room_ns:
            self.traffic.dropped += len(self._queue)
            self._restart()
        else:
            self._held = unit.held
            self._newest = unit
            self._queue.append(unit)
            self._wake()

    def withdraw(self) -> None:
        """What waits may be shown no more: go on with what the feed has from now on."""
        if self._queue:
            self.traffic.dropped += len(self._queue)
            self._restart()

    def keyframe_wanted(self) -> None:
        """The viewer cannot decode (PLI or FIR): it gets a keyframe, but not as often as it may ask."""
        self.traffic.keyframe_requests += 1
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

    def take(self) -> tuple[int, AccessUnit] | None:
        """The next access unit and its stamp for the wire, unwrapped 90 kHz ticks; None: nothing for now."""
        if self._must_start:
            self._start()
        if not self._queue:
            return None
        self.traffic.switch_ends()
        unit = self._queue.popleft()
        if not self._queue:
            self._room_ns = MAX_BEHIND_NS
        if self._channel is not None and self._channel.is_another(self.index, unit):
            self._clock.tell_apart()
        return self._clock.stamp(unit.timestamp, time.monotonic_ns() * 9 // 100_000), unit

    def packets(self, unit: AccessUnit) -> Packets:
        """The packets of an access unit that was just taken."""
        return packetise(unit.data) if self._feed is None else self._feed.packets(unit)

    def leaves(self, rtp_ts: int, unit: AccessUnit) -> None:
        """An access unit leaves under this 32-bit RTP timestamp: the viewer is told what it is, if it wants to know."""
        if self._channel is not None:
            self._channel.picture(self.index, rtp_ts, unit, age_ms(unit))

    def _wake(self) -> None:
        if self._outlet is not None:
            self._outlet.wake()

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
        self._newest = units[-1]
        self._queue.extend(units[:1] if stopped else units)
        # What was old when it came is no fault of the viewer's.
        self._room_ns = MAX_BEHIND_NS + _span_ns(units[0], units[-1])

    def _restart(self, *, runs: bool = False) -> None:
        self._queue.clear()
        self._must_start = True
        self._held = False
        self._runs = runs
        self._wake()

    def _leave_held(self) -> None:
        """Something follows a held picture: begin again with all of its GOP, if the cache holds it whole."""
        if self._feed is not None and (units := self._feed.cached()) and not units[-1].held:
            self._held_repeats = 0
            # Seen with our own eyes: the clocks of two machines may differ by more than STOPPED_MS.
            self._restart(runs=True)

    def _repeat(self) -> None:
        if not self._held:
            self._held_repeats = 0
        elif self._held_repeats >= MAX_HELD_REPEATS:
            return
        else:
            self._held_repeats += 1
        self._restart()
