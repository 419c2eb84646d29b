"""H.264 access units as RTP (RFC 6184): single NAL units, and FU-A for what is larger than a packet.

The packets of a picture are laid out once, as they go over an RTSP connection (RFC 2326, section 10.12); what differs
between clients and laps, twelve bytes in each header, is written into a copy.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from wallserver.city.clips import nal_units

MAX_PAYLOAD = 1400  # bytes: with all headers below an Ethernet frame's 1,500
_FU_A = 28
_NOT_SENT = {9}  # access unit delimiters say nothing that the marker bit does not
# "$", channel 0, length; then RTP (RFC 3550, section 5.1): version 2, marker and payload type 96.
_HEAD = struct.Struct("!BBHBB")
_REST = struct.Struct("!HII")  # sequence number, timestamp, SSRC
_RTP_HEADER = 12


@dataclass(frozen=True, slots=True)
class Packets:
    """The interleaved RTP packets of one access unit; only sequence numbers, timestamp and SSRC are still zero."""

    data: bytes
    headers: tuple[int, ...]  # where, in `data`, each packet's sequence number stands
    payload: int  # bytes without all headers

    def stamped(self, sequence: int, timestamp: int, ssrc: int) -> bytearray:
        """A copy ready to be sent; `sequence` is the first packet's, `timestamp` in 90 kHz ticks, both modulo 2^n."""
        out = bytearray(self.data)
        for at in self.headers:
            _REST.pack_into(out, at, sequence & 0xFFFF, timestamp, ssrc)
            sequence += 1
        return out


def packetise(unit: bytes) -> Packets:
    """The packets of one access unit in Annex B."""
    parts = [part for nal in nal_units(unit) if nal[0] & 31 not in _NOT_SENT for part in _parts(nal)]
    data, headers = bytearray(), []
    for number, part in enumerate(parts, start=1):
        last = number == len(parts)  # the marker bit (RFC 6184, section 5.1)
        data += _HEAD.pack(0x24, 0, _RTP_HEADER + len(part), 0x80, 0xE0 if last else 0x60)
        headers.append(len(data))
        data += bytes(_REST.size) + part
    return Packets(bytes(data), tuple(headers), sum(len(part) for part in parts))


def _parts(nal: bytes) -> list[bytes]:
    if len(nal) <= MAX_PAYLOAD:
        return [nal]
    indicator, kind = nal[0] & 0xE0 | _FU_A, nal[0] & 31
    step = MAX_PAYLOAD - 2
    starts = range(1, len(nal), step)
    return [
        bytes((indicator, kind | (0x80 if at == 1 else 0) | (0x40 if at + step >= len(nal) else 0)))
        + nal[at : at + step]
        for at in starts
    ]
