"""RTP packets of access units, as they go over an RTSP connection."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from wallserver.city.packetise import MAX_PAYLOAD, packetise

SSRC = 0xCAFE_0001


def packets_of(wire: bytes) -> list[bytes]:
    """The RTP packets in what is sent over a connection (RFC 2326, section 10.12)."""
    packets = []
    while wire:
        sign, channel, length = struct.unpack_from("!BBH", wire)
        assert (sign, channel) == (ord("$"), 0)
        packets.append(wire[4 : 4 + length])
        wire = wire[4 + length :]
    return packets


def units_of(packets: list[bytes]) -> list[bytes]:
    """What a receiver puts together (RFC 6184, sections 5.6 and 5.8)."""
    nals: list[bytes] = []
    for payload in (packet[12:] for packet in packets):
        if payload[0] & 31 != 28:
            nals.append(payload)
        elif payload[1] & 0x80:
            nals.append(bytes((payload[0] & 0xE0 | payload[1] & 31,)) + payload[2:])
        else:
            nals[-1] += payload[2:]
    return nals


# No zeros in what follows the header: start codes cannot occur in a NAL unit.
NALS = st.builds(
    lambda kind, size, byte: bytes((0x60 | kind,)) + bytes((byte,)) * size,
    st.sampled_from([1, 5, 6, 7, 8]),
    st.integers(1, 5000),
    st.integers(1, 255),
)


@given(st.lists(NALS, min_size=1, max_size=5), st.booleans(), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF))
def test_a_receiver_gets_the_nal_units_back(nals: list[bytes], short: bool, sequence: int, timestamp: int) -> None:
    start = b"\x00\x00\x01" if short else b"\x00\x00\x00\x01"
    laid_out = packetise(b"".join(start + nal for nal in nals))
    packets = packets_of(bytes(laid_out.stamped(sequence, timestamp, SSRC)))
    assert units_of(packets) == nals
    assert all(len(packet) <= MAX_PAYLOAD + 12 for packet in packets)
    assert laid_out.payload == sum(len(packet) - 12 for packet in packets)
    for number, packet in enumerate(packets):
        head = struct.unpack_from("!BBHII", packet)
        last = number == len(packets) - 1
        assert head == (0x80, 0xE0 if last else 0x60, (sequence + number) & 0xFFFF, timestamp, SSRC)


def test_a_layout_serves_many_clients() -> None:
    laid_out = packetise(b"\x00\x00\x00\x01\x65abc")
    assert laid_out.stamped(1, 2, 3) == laid_out.stamped(1, 2, 3) != laid_out.stamped(2, 2, 3)


def test_access_unit_delimiters_are_not_sent() -> None:
    wire = packetise(b"\x00\x00\x00\x01\x09\x10\x00\x00\x00\x01\x65abc").stamped(0, 0, 0)
    assert units_of(packets_of(bytes(wire))) == [b"\x65abc"]
