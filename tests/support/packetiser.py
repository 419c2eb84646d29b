"""NAL units as RTP payloads in every way that RFC 6184 (H.264) and RFC 7798 (H.265) allow, and as RTP packets."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingest import annexb
from ingest.access_unit import Codec

PAYLOAD_TYPE = 96
_HEADER = struct.Struct("!BBHII")


def single(nal: bytes) -> list[bytes]:
    """One packet for the whole NAL unit."""
    return [nal]


def aggregate(codec: Codec, nals: Sequence[bytes]) -> list[bytes]:
    """One packet for several NAL units: STAP-A, AP."""
    header = b"\x78" if codec is Codec.H264 else b"\x60\x01"
    return [header + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)]


def fragments(codec: Codec, nal: bytes, sizes: Sequence[int]) -> list[bytes]:
    """Several packets for one NAL unit: FU-A, FU. `sizes`: of all but the last fragment, in bytes of the NAL unit."""
    if codec is Codec.H264:
        before, kind, body = bytes((nal[0] & 0xE0 | 28,)), nal[0] & 0x1F, nal[1:]
    else:
        before, kind, body = bytes((nal[0] & 0x81 | 49 << 1, nal[1])), nal[0] >> 1 & 0x3F, nal[2:]
    parts: list[bytes] = []
    for size in sizes:
        if len(body) - size < 1:
            break
        parts.append(body[:size])
        body = body[size:]
    parts.append(body)
    last = len(parts) - 1
    return [
        before + bytes((kind | (0x80 if at == 0 else 0) | (0x40 if at == last else 0),)) + part
        for at, part in enumerate(parts)
    ]


def plain_payloads(codec: Codec, nals: Iterable[bytes], size: int = 1400) -> list[bytes]:
    """As most cameras do it: whole where it fits, else in fragments of `size` bytes."""
    return [
        payload
        for nal in nals
        for payload in (single(nal) if len(nal) <= size else fragments(codec, nal, [size] * (len(nal) // size)))
    ]


def rtp(
    payload: bytes,
    *,
    sequence: int = 0,
    timestamp: int = 0,
    marker: bool = False,
    ssrc: int = 7,
    payload_type: int = PAYLOAD_TYPE,
) -> bytes:
    """One RTP packet (RFC 3550, 5.1)."""
    second = payload_type | (0x80 if marker else 0)
    return _HEADER.pack(0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def interleaved(packet: bytes, channel: int = 0) -> bytes:
    """A packet as it goes over the RTSP connection (RFC 2326, 10.12)."""
    return bytes((0x24, channel)) + len(packet).to_bytes(2, "big") + packet


@dataclass(slots=True)
class RtpStream:
    """One track: gives each picture's packets their numbers. `step`: ticks of 90 kHz between pictures."""

    codec: Codec = Codec.H264
    sequence: int = 0
    timestamp: int = 0
    step: int = 6000
    ssrc: int = 7
    pictures: int = field(default=0, init=False)

    def picture(self, data: bytes) -> list[bytes]:
        """The packets of one access unit in Annex B, the last one with the marker."""
        return self.packets(plain_payloads(self.codec, annexb.split(data)))

    def packets(self, payloads: Sequence[bytes], *, marker: bool = True) -> list[bytes]:
        """These payloads as the packets of one picture."""
        out = []
        for number, payload in enumerate(payloads, start=1):
            last = marker and number == len(payloads)
            out.append(rtp(payload, sequence=self.sequence, timestamp=self.timestamp, marker=last, ssrc=self.ssrc))
            self.sequence += 1
        self.timestamp += self.step
        self.pictures += 1
        return out
