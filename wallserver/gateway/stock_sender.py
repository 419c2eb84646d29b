"""aiortc's own sender: packet by packet, but with every aiortc (`gateway.sender: stock`)."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import cast

from aiortc import MediaStreamTrack, RTCRtpSender
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.access_unit import AccessUnit
from wallserver.gateway.slot import Slot

# The timestamp of the last packet sent, as in the next sender report.
RTP_TIMESTAMP = "_RTCRtpSender__rtp_timestamp"
_TICKS = Fraction(1, 90_000)


class WireTimestamps:
    """Knows the RTP timestamps that really leave a sender: it adds a random origin to those of its track."""

    __slots__ = ("_origin", "_sender")

    def __init__(self, sender: RTCRtpSender) -> None:
        self._sender = sender
        self._origin: int | None = None

    def learn(self, last_stamp: int) -> None:
        """Look at the sender once it has sent all packets of `last_stamp`, i.e. when it asks for the next."""
        if self._origin is None:
            sent: int = getattr(self._sender, RTP_TIMESTAMP)
            # 0 until the first packet; an origin that makes it 0 (1 in 2³²) is learnt one picture later.
            if sent:
                self._origin = (sent - last_stamp) & 0xFFFFFFFF

    def on_wire(self, stamp: int) -> int | None:
        """The 32-bit RTP timestamp under which `stamp` is sent; None until the first picture has left."""
        return None if self._origin is None else (self._origin + stamp) & 0xFFFFFFFF


class SlotTrack(MediaStreamTrack):
    """A slot as aiortc's sender wants it. `recv()` waits while there is nothing, and outlives every stream."""

    kind = "video"

    def __init__(self, sender: RTCRtpSender, slot: Slot) -> None:
        super().__init__()
        self._slot = slot
        self._wire = WireTimestamps(sender)
        self._ready = asyncio.Event()
        self._attached = False
        # What was taken last, and could not be announced: only its sending tells its timestamp on the wire.
        self._last: tuple[int, AccessUnit] | None = None

    def wake(self) -> None:
        """The slot has something."""
        self._ready.set()

    def on_wire(self, stamp: int) -> int | None:
        """The 32-bit RTP timestamp under which `stamp` is sent; None until the first picture has left."""
        return self._wire.on_wire(stamp)

    async def recv(self) -> Packet[VideoStream]:
        """The next access unit, when there is one, as the sender wants it: Annex B, 90 kHz timestamp."""
        if not self._attached:
            self._attached = True
            self._slot.attach(self)
        if self._last is not None:
            self._wire.learn(self._last[0])
            self._announce(*self._last)
            # A burst must not keep the loop from the other viewers' live pictures.
            await asyncio.sleep(0)
        while (taken := self._slot.take()) is None:
            self._ready.clear()
            await self._ready.wait()
        stamp, unit = taken
        self._last = None if self._announce(stamp, unit) else taken
        packet = cast("Packet[VideoStream]", Packet(unit.data))
        packet.pts = packet.dts = stamp
        packet.time_base = _TICKS
        return packet

    def stop(self) -> None:
        """The sender has ended."""
        self._slot.attach(None)
        super().stop()

    def _announce(self, stamp: int, unit: AccessUnit) -> bool:
        rtp_ts = self._wire.on_wire(stamp)
        if rtp_ts is not None:
            self._slot.leaves(rtp_ts, unit)
        return rtp_ts is not None
