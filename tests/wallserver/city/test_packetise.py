"""RTP payloads of access units."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wallserver.city.packetise import MAX_PAYLOAD, Payload, payloads


def units_of(packets: tuple[Payload, ...]) -> list[bytes]:
    """What a receiver puts together (RFC 6184, sections 5.6 and 5.8)."""
    nals: list[bytes] = []
    for packet in packets:
        if packet.data[0] & 31 != 28:
            nals.append(packet.data)
        elif packet.data[1] & 0x80:
            nals.append(bytes((packet.data[0] & 0xE0 | packet.data[1] & 31,)) + packet.data[2:])
        else:
            nals[-1] += packet.data[2:]
    return nals


# No zeros in what follows the header: start codes cannot occur in a NAL unit.
NALS = st.builds(
    lambda kind, size, byte: bytes((0x60 | kind,)) + bytes((byte,)) * size,
    st.sampled_from([1, 5, 6, 7, 8]),
    st.integers(1, 5000),
    st.integers(1, 255),
)


@given(st.lists(NALS, min_size=1, max_size=5), st.booleans())
def test_a_receiver_gets_the_nal_units_back(nals: list[bytes], short: bool) -> None:
    start = b"\x00\x00\x01" if short else b"\x00\x00\x00\x01"
    packets = payloads(b"".join(start + nal for nal in nals))
    assert units_of(packets) == nals
    assert all(len(packet.data) <= MAX_PAYLOAD for packet in packets)
    assert [packet.last for packet in packets] == [False] * (len(packets) - 1) + [True]


def test_access_unit_delimiters_are_not_sent() -> None:
    assert units_of(payloads(b"\x00\x00\x00\x01\x09\x10\x00\x00\x00\x01\x65abc")) == [b"\x65abc"]
