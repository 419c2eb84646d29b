"""Access units to packets and back, by a decoder of RFC 6184 that is not ours."""

from __future__ import annotations

import random

import pytest
from aiortc.codecs.h264 import h264_depayload
from hypothesis import given
from hypothesis import strategies as st

from ingest import annexb
from tests.wallserver.gateway.pictures import Camera
from wallserver.gateway.packetise import MAX_PAYLOAD_BYTES, MAX_RUN_PACKETS, Packets, packetise

# Types that a picture may have, apart from the noise that is left out: slices, SEI, parameter sets.
KINDS = [1, 5, 6, 7, 8]


def nal(kind: int, size: int) -> bytes:
    """A NAL unit without a start code in it, which does not end in a zero byte."""
    source = random.Random(size * 31 + kind)
    return bytes((0x60 | kind,)) + bytes(source.choices(range(1, 256), k=size - 1))


def depacketised(packets: Packets) -> list[bytes]:
    return annexb.split(b"".join(map(h264_depayload, packets.payloads)))


def check_runs(packets: Packets) -> None:
    """They cover all packets in order; within one all are of one size, the last one maybe smaller."""
    at = 0
    for begin, end in packets.runs:
        assert begin == at < end <= begin + MAX_RUN_PACKETS
        sizes = [len(payload) for payload in packets.payloads[begin:end]]
        assert set(sizes[:-1]) <= {sizes[0]}
        assert sizes[-1] <= sizes[0]
        at = end
    assert at == len(packets.payloads)


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(2, 8 * MAX_PAYLOAD_BYTES)), max_size=12))
def test_nothing_is_lost(chosen: list[tuple[int, int]]) -> None:
    nals = [nal(kind, size) for kind, size in chosen]
    packets = packetise(annexb.join(nals))
    assert depacketised(packets) == nals
    assert all(0 < len(payload) <= MAX_PAYLOAD_BYTES for payload in packets.payloads)
    check_runs(packets)


@pytest.mark.parametrize("size", [MAX_PAYLOAD_BYTES - 1, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1, 200_000])
def test_at_the_bounds(size: int) -> None:
    packets = packetise(annexb.join([nal(5, size)]))
    assert depacketised(packets) == [nal(5, size)]
    assert (len(packets.payloads) == 1) == (size <= MAX_PAYLOAD_BYTES)
    check_runs(packets)


def test_fragments_are_of_one_size_so_that_they_leave_together() -> None:
    packets = packetise(annexb.join([nal(5, 30_000)]))
    sizes = [len(payload) for payload in packets.payloads]
    assert max(sizes) - min(sizes) <= len(sizes)
    assert packets.runs == ((0, len(sizes)),)


def test_parameter_sets_share_a_packet_and_padding_makes_none() -> None:
    data = annexb.join([nal(9, 2), nal(7, 20), nal(8, 6), nal(5, 900), nal(12, 5000)])
    packets = packetise(data)
    assert len(packets.payloads) == 1
    assert packets.payloads[0][0] & 0x1F == 24
    assert depacketised(packets) == [nal(7, 20), nal(8, 6), nal(5, 900)]
    assert packetise(annexb.join([nal(9, 2)])) == Packets((), ())


def test_a_real_picture() -> None:
    unit = Camera("cam.a.sub", (640, 360)).unit(keyframe=True)
    assert depacketised(packetise(unit.data)) == annexb.split(unit.data)
