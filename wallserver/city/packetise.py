"""H.264 access units as RTP payloads (RFC 6184): single NAL units, and FU-A for what is larger than a packet."""

from __future__ import annotations

from typing import NamedTuple

from wallserver.city.clips import nal_units

MAX_PAYLOAD = 1400  # bytes: with all headers below an Ethernet frame's 1,500
_FU_A = 28
_NOT_SENT = {9}  # access unit delimiters say nothing that the marker bit does not


class Payload(NamedTuple):
    """One packet's payload; `last` of its access unit (the marker bit, RFC 6184 section 5.1)."""

    data: bytes
    last: bool


def payloads(unit: bytes) -> tuple[Payload, ...]:
    """The packets of one access unit in Annex B."""
    parts = [part for nal in nal_units(unit) if nal[0] & 31 not in _NOT_SENT for part in _parts(nal)]
    return tuple(Payload(part, number == len(parts)) for number, part in enumerate(parts, start=1))


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
