"""Our sender under aiortc's: an access unit is packetised once for all, and leaves at once in batches.

aiortc keeps ICE, DTLS, SDP and RTCP, the sender reports among it (RFC 3550, 6.4.1), for which it is told what was sent.
"""

from __future__ import annotations

import asyncio
import random
import struct
import time
from typing import Any

from aiortc import RTCRtpSender
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from ingest.token_bucket import TokenBucket
from wallserver.gateway.datagrams import Datagrams
from wallserver.gateway.header_extensions import PacketExtensions
from wallserver.gateway.history import History, Sent
from wallserver.gateway.pacer import Pacer
from wallserver.gateway.packetise import Packets
from wallserver.gateway.slot import Slot

_P = "_RTCRtpSender__"
_NAMES = (
    "_run_rtp",
    "_retransmit",
    "_ssrc",
    "_rtx_ssrc",
    f"{_P}rtp_started",
    f"{_P}rtp_exited",
    f"{_P}rtx_payload_type",
    f"{_P}ntp_timestamp",
    f"{_P}rtp_timestamp",
    f"{_P}octet_count",
    f"{_P}packet_count",
)

_HEADER = struct.Struct("!BBHLL")
_TIME_AND_SOURCE = struct.Struct("!LL")
_VERSION, _EXTENDED = 0x80, 0x10
_MARKER = 0x80
# From 1900, where NTP begins, to 1970.
_NTP_EPOCH_S = 2_208_988_800
# Packets that a viewer may ask for again: all that it was sent in a while, and then no faster than this.
_REPEATS_BURST, _REPEATS_RATE = 1000.0, 1000.0


def missing_names(sender: RTCRtpSender) -> list[str]:
    """What of aiortc's sender this module relies on and this version does not have."""
    return [f"RTCRtpSender.{name}" for name in _NAMES if not hasattr(sender, name)]


class RtpSender:
    """Sends what a slot has to one viewer, through that viewer's pacer."""

    def __init__(self, sender: RTCRtpSender, slot: Slot, pacer: Pacer, extensions: PacketExtensions) -> None:
        self._aiortc = sender
        self._slot = slot
        self._pacer = pacer
        self._extensions = extensions
        self._datagrams: Datagrams | None = None
        self._history = History()
        self._repeats = TokenBucket(_REPEATS_RATE, _REPEATS_BURST)
        # In the lower half, so that the first wrap, where SRTP has to guess, is far away (RFC 3711, 3.3.1).
        self._sequence = random.randrange(1 << 15)  # noqa: S311 - no secret
        self._repeat_sequence = random.randrange(1 << 15)  # noqa: S311
        self._origin = random.getrandbits(32)
        self._payload_type = 0
        self._packets: Packets | None = None  # of an access unit that has not left as a whole
        self._run = 0
        self._head = (b"", 0, b"")
        vars(sender).update(_run_rtp=self._run_rtp, _retransmit=self._retransmit)

    def wake(self) -> None:
        """The slot has something."""
        if self._datagrams is not None:
            self._pacer.wake(self)

    def on_wire(self, stamp: int) -> int:
        """The RTP timestamp under which `stamp` is sent."""
        return self._origin + stamp & 0xFFFFFFFF

    def send_some(self) -> int:
        """Send the next run of packets; its bytes, 0 where nothing waits."""
        packets = self._packets
        if packets is None:
            packets = self._begin()
            if packets is None:
                return 0
        datagrams = self._datagrams
        assert datagrams is not None  # noqa: S101 - only what `_run_rtp` opened is waked
        run = packets.runs[self._run]
        self._run += 1
        if self._run == len(packets.runs):
            self._packets = None
        sent = datagrams.send_run(packets, run, self._head)
        self._count(run[1] - run[0], sent)
        # What could not be sent has taken its time all the same.
        return sent or 1

    def _begin(self) -> Packets | None:
        """Take the slot's next access unit."""
        packets = None
        while packets is None or not packets.runs:  # nothing but padding makes no packet
            taken = self._slot.take()
            if taken is None:
                return None
            stamp, unit = taken
            packets = self._slot.packets(unit)
        timestamp = self._origin + stamp & 0xFFFFFFFF
        self._slot.leaves(timestamp, unit)
        now = time.monotonic()
        extensions = self._extensions.packed(now, with_mid=unit.keyframe)
        first = _VERSION | (_EXTENDED if extensions else 0)
        source = _TIME_AND_SOURCE.pack(timestamp, self._aiortc._ssrc)
        self._head = bytes((first, self._payload_type)), self._sequence, source + extensions
        self._history.add(Sent(*self._head, timestamp, packets.payloads, now))
        self._sequence = self._sequence + len(packets.payloads) & 0xFFFF
        mine = vars(self._aiortc)
        mine[f"{_P}ntp_timestamp"] = _ntp_now()
        mine[f"{_P}rtp_timestamp"] = timestamp
        self._packets, self._run = packets, 0
        return packets

    def _count(self, packets: int, sent: int) -> None:
        """For the next sender report (RFC 3550, 6.4.1): packets and payload that left, `sent` bytes in all."""
        if not sent:
            self._slot.traffic.unsent += packets
            return
        assert self._datagrams is not None  # noqa: S101 - it has just sent them
        # A header is what it begins with, the sequence number, and the rest.
        mine, overhead = vars(self._aiortc), 4 + len(self._head[2]) + self._datagrams.tag
        mine[f"{_P}packet_count"] += packets
        mine[f"{_P}octet_count"] += sent - packets * overhead

    async def _run_rtp(self, codec: RTCRtpCodecParameters) -> None:
        """In place of aiortc's: it ends when the task that it is is cancelled."""
        mine: dict[str, Any] = vars(self._aiortc)
        mine[f"{_P}rtp_started"].set()
        assert codec.payloadType is not None  # noqa: S101 - what was negotiated has one
        self._payload_type = codec.payloadType
        self._datagrams = Datagrams(self._aiortc.transport)
        self._slot.attach(self)
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            pass  # as aiortc's own ends
        finally:
            self._slot.attach(None)
            self._datagrams = None
            mine[f"{_P}rtp_exited"].set()

    async def _retransmit(self, sequence: int) -> None:
        """The viewer has not got this packet (RFC 4585, 6.2.1): it gets it once more (RFC 4588)."""
        now = time.monotonic()
        if self._datagrams is None or self._repeats.ready_at() > now:
            return
        # Looking costs too, and a viewer may ask for what never was.
        self._repeats.take(now)
        found = self._history.find(sequence)
        if found is None:
            return
        sent, place = found
        marker = _MARKER if place == len(sent.payloads) - 1 else 0
        own = vars(self._aiortc)[f"{_P}rtx_payload_type"]
        if own is None:
            # The viewer knows no stream for repeats: bit by bit the same packet, since another one under the same
            # sequence number would tell the key of AES-GCM (RFC 7714, 8.3).
            header = bytes((sent.begin[0], sent.begin[1] | marker)) + sequence.to_bytes(2, "big") + sent.rest
        else:
            extensions = self._extensions.packed(now, with_mid=False)
            first = _VERSION | (_EXTENDED if extensions else 0)
            header = _HEADER.pack(first, marker | own, self._repeat_sequence, sent.timestamp, self._aiortc._rtx_ssrc)
            header += extensions + sequence.to_bytes(2, "big")
            self._repeat_sequence = self._repeat_sequence + 1 & 0xFFFF
        self._slot.traffic.repeated += self._datagrams.send_one(header + sent.payloads[place])


def _ntp_now() -> int:
    """The wall clock as in sender reports: seconds since 1900, 32.32 bits (RFC 3550, 4)."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return seconds + _NTP_EPOCH_S << 32 | (nanoseconds << 32) // 1_000_000_000
