"""Access units as RTP payloads: H.264, packetization mode 1 (RFC 6184, 5.6 to 5.8).

Made once for each access unit, whatever the number of viewers: a viewer's own are only the header, the extensions and
the encryption.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from ingest import annexb
from ingest.access_unit import Codec

# With the RTP header, our extensions, the longest SRTP tag, UDP and IPv6: 1,280 bytes, which every network carries
# (RFC 8200, 5).
MAX_PAYLOAD_BYTES = 1180
# What UDP GSO takes at a time (udp(7): UDP_SEGMENT): as many datagrams, and as many bytes as one datagram may have.
MAX_RUN_PACKETS = 50
_STAP_A, _FU_A = 24, 28
_NRI = 0x60
_START, _END = 0x80, 0x40


@dataclass(frozen=True, slots=True)
class Packets:
    """The RTP payloads of one access unit; the last one's packet has the marker bit.

    `runs`: from where to where they can leave as one message: all of one size, but for the last one of a run, which may
    be smaller; at most MAX_RUN_PACKETS.
    """

    payloads: tuple[bytes, ...]
    runs: tuple[tuple[int, int], ...]
    _spaced: dict[tuple[int, int, int], bytes] = field(default_factory=dict, compare=False, repr=False)

    def spaced(self, run: tuple[int, int], before: int, after: int) -> bytes:
        """A run's payloads one behind the other, with so many bytes before and after each: made once for all."""
        key = run[0], before, after
        if (spaced := self._spaced.get(key)) is None:
            parts = (part for payload in self.payloads[slice(*run)] for part in (bytes(before), payload, bytes(after)))
            spaced = self._spaced[key] = b"".join(parts)
        return spaced


def packetise(data: bytes) -> Packets:
    """Cut one Annex B access unit into packets.

    Large NAL units are cut into fragments of equal size, so that they can leave as one batch (UDP GSO wants that);
    small ones that follow one another, parameter sets above all, share a packet.
    """
    out: list[bytes] = []
    small: list[bytes] = []
    size = 1
    for nal in annexb.split(data):
        if annexb.is_noise(Codec.H264, nal[0] & 0x1F):
            continue
        needs = 2 + len(nal)
        if small and size + needs > MAX_PAYLOAD_BYTES:
            out.append(_together(small))
            small, size = [], 1
        if len(nal) > MAX_PAYLOAD_BYTES:
            out.extend(_fragments(nal))
        else:
            small.append(nal)
            size += needs
    if small:
        out.append(_together(small))
    return Packets(tuple(out), tuple(_runs(out)))


def _runs(payloads: list[bytes]) -> Iterable[tuple[int, int]]:
    begin = 0
    for place, (one, following) in enumerate(pairwise(map(len, payloads)), 1):
        if one < len(payloads[begin]) or following > one or place - begin >= MAX_RUN_PACKETS:
            yield begin, place
            begin = place
    if payloads:
        yield begin, len(payloads)


def _together(nals: list[bytes]) -> bytes:
    """One NAL unit as it is, several as an aggregation packet (STAP-A)."""
    if len(nals) == 1:
        return nals[0]
    forbidden = max(nal[0] & 0x80 for nal in nals)
    importance = max(nal[0] & _NRI for nal in nals)
    parts = [part for nal in nals for part in (len(nal).to_bytes(2, "big"), nal)]
    return bytes((forbidden | importance | _STAP_A,)) + b"".join(parts)


def _fragments(nal: bytes) -> Iterable[bytes]:
    """A NAL unit as fragments (FU-A) of equal size; the last one may be smaller."""
    indicator, kind = nal[0] & 0xE0 | _FU_A, nal[0] & 0x1F
    length = len(nal) - 1
    count = -(-length // (MAX_PAYLOAD_BYTES - 2))
    size = -(-length // count)
    yield bytes((indicator, _START | kind)) + nal[1 : 1 + size]
    middle = bytes((indicator, kind))
    for at in range(1 + size, 1 + size * (count - 1), size):
        yield middle + nal[at : at + size]
    yield bytes((indicator, _END | kind)) + nal[1 + size * (count - 1) :]
