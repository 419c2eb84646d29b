"""What is sent to a viewer, and what the viewer says of it: counters of each slot, and where aiortc keeps the rest."""

from __future__ import annotations

import time
from dataclasses import dataclass

from aiortc import RTCRtpSender
from aiortc.rtp import (
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
)

# What of Traffic only ever grows.
COUNTERS = ("packets", "octets", "unsent", "nacked", "repeated", "dropped", "keyframe_requests")

# A report that is older says nothing of now. Browsers send one about every second, GStreamer after 2.5 to 7.5 s
# (RFC 3550 section 6.2).
REPORT_FRESH_S = 8.0
# A viewer that says at once that it lacks so many packets (RFC 4585, 6.2.1) needs a keyframe, and asks for that too.
MOST_NACKED = 500
# What takes longer is no round trip but a viewer that lies, or an answer to a report of long ago.
_LONGEST_RTT_S = 60.0
_CLOCK_HZ = 90_000

# The sender's own counters, out of which it makes its sender reports; the last report's name, and when it was sent.
_PACKETS = "_RTCRtpSender__packet_count"
_OCTETS = "_RTCRtpSender__octet_count"
_LAST_REPORT = "_RTCRtpSender__lsr"
_LAST_REPORT_TIME = "_RTCRtpSender__lsr_time"
_HANDLE_RTCP = "_handle_rtcp_packet"
_SEND_RTCP = "_send_rtcp"
_PRIVATE_NAMES = (_PACKETS, _OCTETS, _LAST_REPORT, _LAST_REPORT_TIME, _HANDLE_RTCP, _SEND_RTCP, "_ssrc")
# Sender reports go out about once a second; so many a viewer may be behind with its answers.
_REPORTS_KNOWN = 8


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """A viewer's newest report of one slot (RFC 3550 section 6.4.1); `at` by the monotonic clock."""

    at: float
    lost: int
    """Packets lost since the beginning, as the viewer reckons; those that were repeated in time may count or not."""
    loss: float
    """The share of packets lost since the report before, 0 to 1."""
    expected: int
    """How many packets that share is of."""
    jitter_s: float
    rtt_s: float | None
    """Round trip, where the viewer refers to a sender report of ours (RFC 3550 section 6.4.1, DLSR)."""


@dataclass(slots=True)
class Traffic:
    """One slot's figures. Counts are since its beginning; whoever does the thing counts it."""

    packets: int = 0
    octets: int = 0
    """Of payload, without headers and repeats, as in sender reports."""
    unsent: int = 0
    """Packets for which there was no way to the viewer, or no key any more."""
    nacked: int = 0
    """Packets that the viewer asked for again (RFC 4585 section 6.2.1)."""
    repeated: int = 0
    """Packets that were sent again."""
    dropped: int = 0
    """Access units that the viewer was not given, because it was too far behind."""
    keyframe_requests: int = 0
    """PLI and FIR."""
    switch_s: float | None = None
    """From the last change of stream to the first picture of it; of the first one, connecting is part."""
    switched_at: float = 0.0
    report: ReceiverReport | None = None
    _asked_at: float | None = None

    def switch_begins(self) -> None:
        """Another stream stands behind the slot from now on."""
        self._asked_at = time.monotonic()

    def switch_ends(self) -> None:
        """A picture leaves; the first one after a switch ends it."""
        if self._asked_at is not None:
            self.switched_at = time.monotonic()
            self.switch_s = self.switched_at - self._asked_at
            self._asked_at = None

    def fresh_report(self, now: float) -> ReceiverReport | None:
        """The newest report, if it says something of now."""
        report = self.report
        return report if report is not None and now - report.at <= REPORT_FRESH_S else None


class TrafficMeter:
    """Fills a slot's Traffic with what comes and goes by its sender, whichever sends the packets.

    It notes which sender reports leave, and takes receiver reports in the sender's stead: aiortc makes three objects of
    each, for statistics that nobody reads here.
    """

    def __init__(self, sender: RTCRtpSender, traffic: Traffic) -> None:
        self.traffic = traffic
        self._sender = sender
        self._handle_rest = getattr(sender, _HANDLE_RTCP)
        self._send_rest = getattr(sender, _SEND_RTCP)
        self._highest: int | None = None
        self._reports: dict[int, float] = {}  # our newest sender reports: their names, and when they left (Unix s)
        setattr(sender, _HANDLE_RTCP, self._handle)
        setattr(sender, _SEND_RTCP, self._send)

    def read(self) -> Traffic:
        """The slot's figures as they are now."""
        self.traffic.packets = getattr(self._sender, _PACKETS)
        self.traffic.octets = getattr(self._sender, _OCTETS)
        return self.traffic

    async def _send(self, packets: list[AnyRtcpPacket]) -> None:
        name = getattr(self._sender, _LAST_REPORT)
        self._reports.pop(name, None)
        self._reports[name] = getattr(self._sender, _LAST_REPORT_TIME)
        if len(self._reports) > _REPORTS_KNOWN:
            del self._reports[next(iter(self._reports))]
        await self._send_rest(packets)

    async def _handle(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == self._sender._ssrc:
                    self._take(report)
            return
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self.traffic.nacked += len(packet.lost)
            if len(packet.lost) > MOST_NACKED:
                return
        await self._handle_rest(packet)

    def _take(self, report: RtcpReceiverInfo) -> None:
        """A viewer may say what it likes: what it says is brought within bounds."""
        before, self._highest = self._highest, report.highest_sequence
        expected = 0 if before is None else (report.highest_sequence - before) & 0xFFFFFFFF
        self.traffic.report = ReceiverReport(
            at=time.monotonic(),
            lost=max(0, report.packets_lost),
            loss=report.fraction_lost / 256,
            expected=min(expected, 0xFFFF),
            jitter_s=report.jitter / _CLOCK_HZ,
            rtt_s=self._round_trip(report),
        )

    def _round_trip(self, report: RtcpReceiverInfo) -> float | None:
        sent_at = self._reports.get(report.lsr) if report.lsr else None
        if sent_at is None:
            return None
        rtt = time.time() - sent_at - report.dlsr / 65536
        return rtt if 0 <= rtt <= _LONGEST_RTT_S else None


def missing_traffic_names(sender: RTCRtpSender) -> list[str]:
    """What of aiortc's sender this module relies on and this version does not have."""
    return [f"RTCRtpSender.{name}" for name in _PRIVATE_NAMES if not hasattr(sender, name)]
