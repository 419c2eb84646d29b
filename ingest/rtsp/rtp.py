"""RTP packets in their order, and what is missing of them (RFC 3550)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

_HEADER = struct.Struct("!BBHII")
_HEADER_BYTES = 12
_HALF = 1 << 15
# UDP packets may overtake one another; one that has not come after so many others, or so long, is lost.
MAX_HELD = 32
MAX_WAIT_S = 0.1
# So many packets from the past in a row are not late: the camera began to count anew.
MAX_LATE = 5


class Packet(NamedTuple):
    """One RTP packet. `timestamp` counts the media's clock modulo 2³²."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """Read a packet (RFC 3550, 5.1), None where it is none."""
    if len(data) < _HEADER_BYTES:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2:
        return None
    begin, end = _HEADER_BYTES, len(data)
    if first & 0x3F:  # padding, an extension or contributing sources: rare
        begin, end = _payload_bounds(data, first)
        if begin > end:
            return None
    return Packet(second >= 0x80, second & 0x7F, sequence, timestamp, ssrc, data[begin:end])


def _payload_bounds(data: bytes, first: int) -> tuple[int, int]:
    begin, end = _HEADER_BYTES + 4 * (first & 0x0F), len(data)
    if first & 0x10:
        if begin + 4 > end:
            return 1, 0
        begin += 4 + 4 * (data[begin + 2] << 8 | data[begin + 3])
    if first & 0x20:
        end -= data[-1]
    return begin, end


class Receiver:
    """Puts one track's packets in order: `on_packet(packet, lost)`, lost: some are missing just before it.

    `reorders`: packets may overtake one another (UDP); else a hole is a loss at once. Packets of other payload types,
    late and repeated ones are passed over. `received` and `lost` count packets; `on_anew` is told when the source is
    another one (its SSRC), or counts anew.
    """

    def __init__(
        self,
        payload_type: int,
        on_packet: Callable[[Packet, bool], None],
        on_anew: Callable[[], None],
        *,
        reorders: bool,
    ) -> None:
        self.received = 0
        self.lost = 0
        self.ssrc: int | None = None
        self.highest = 0  # extended by the count of its wraps: what a receiver report says (RFC 3550, 6.4.1)
        self._payload_type = payload_type
        self._on_packet = on_packet
        self._on_anew = on_anew
        self._reorders = reorders
        self._next = -1
        self._late = 0
        self._held: dict[int, Packet] = {}
        self._held_since = 0.0

    def take(self, data: bytes, now: float) -> None:
        """The next packet as it came; `now` is monotonic seconds."""
        packet = parse(data)
        if packet is None or packet.payload_type != self._payload_type:
            return
        self.received += 1
        if packet.sequence == self._next and packet.ssrc == self.ssrc and not self._held:  # nearly every one
            self.highest += 1
            self._next = packet.sequence + 1 & 0xFFFF
            self._late = 0
            self._on_packet(packet, False)
            return
        if packet.ssrc != self.ssrc:
            self._begin_anew(packet)
        ahead = packet.sequence - self._next & 0xFFFF
        if not ahead and not self._held:
            self._give(packet, lost=False)
        elif ahead >= _HALF:
            self._late += 1
            if self._late > MAX_LATE:
                self._begin_anew(packet)
                self._give(packet, lost=True)
        elif not self._reorders:
            self._give(packet, lost=ahead > 0)
        else:
            self._hold(packet, now)

    def _begin_anew(self, packet: Packet) -> None:
        known = self.ssrc is not None
        self.ssrc = packet.ssrc
        self._next = packet.sequence
        self.highest = packet.sequence - 1
        self._late = 0
        self._held.clear()
        if known:
            self._on_anew()

    def _give(self, packet: Packet, *, lost: bool) -> None:
        ahead = packet.sequence - self._next & 0xFFFF
        self.lost += ahead
        self.highest += ahead + 1
        self._next = packet.sequence + 1 & 0xFFFF
        self._late = 0
        self._on_packet(packet, lost)

    def _hold(self, packet: Packet, now: float) -> None:
        """Wait for what is missing before it, but not for ever."""
        if not self._held:
            self._held_since = now
        self._held[packet.sequence] = packet
        while self._held:
            waiting = self._held.pop(self._next, None)
            lost = waiting is None
            if waiting is None:
                if len(self._held) <= MAX_HELD and now - self._held_since < MAX_WAIT_S:
                    return
                nearest = min(self._held, key=lambda sequence: sequence - self._next & 0xFFFF)
                waiting = self._held.pop(nearest)
            self._give(waiting, lost=lost)
            self._held_since = now
