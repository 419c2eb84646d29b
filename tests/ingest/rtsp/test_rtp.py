from __future__ import annotations

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rtsp.rtp import MAX_HELD, MAX_LATE, MAX_WAIT_S, Packet, Receiver, parse
from tests.support.packetiser import PAYLOAD_TYPE, rtp


class Track:
    """A receiver and what it gives: (sequence, lost); `anew`: how often it said that the source is another one."""

    def __init__(self, *, reorders: bool) -> None:
        self.given: list[tuple[int, bool]] = []
        self.anew = 0
        self.receiver = Receiver(PAYLOAD_TYPE, self._take, self._anew, reorders=reorders)

    def come(self, sequences: Iterable[int], *, now: float = 0.0, ssrc: int = 7) -> None:
        for sequence in sequences:
            self.receiver.take(rtp(b"x", sequence=sequence, ssrc=ssrc), now)

    def _take(self, packet: Packet, lost: bool) -> None:
        self.given.append((packet.sequence, lost))

    def _anew(self) -> None:
        self.anew += 1


def whole(sequences: Iterable[int]) -> list[tuple[int, bool]]:
    return [(sequence & 0xFFFF, False) for sequence in sequences]


def test_a_plain_packet() -> None:
    packet = parse(rtp(b"payload", sequence=65535, timestamp=(1 << 32) - 1, marker=True, ssrc=9))
    assert packet == Packet(True, PAYLOAD_TYPE, 65535, (1 << 32) - 1, 9, b"payload")


def header(first: int) -> bytes:
    return bytes((first, 96)) + bytes(10)


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        (header(0x82) + bytes(8) + b"pay", b"pay"),  # two contributing sources
        (header(0x90) + struct.pack("!HH", 0xBEDE, 1) + bytes(4) + b"pay", b"pay"),  # an extension of one word
        (header(0x90) + struct.pack("!HH", 0xBEDE, 0) + b"pay", b"pay"),  # an empty one
        (header(0xA0) + b"pay" + b"\0\0\3", b"pay"),  # three bytes of padding
        (header(0xB1) + bytes(4) + bytes(4) + b"pay" + b"\1", b"pay"),  # all of them
        (header(0xA0) + b"\0\0\3", b""),  # nothing but padding
    ],
)
def test_where_the_payload_is(data: bytes, payload: bytes) -> None:
    packet = parse(data)
    assert packet is not None
    assert packet.payload == payload


@pytest.mark.parametrize(
    "data",
    [
        b"",
        header(0x80)[:11],
        header(0x40) + b"x",  # version 1
        header(0x8F) + b"x",  # contributing sources beyond the end
        header(0x90) + b"xx",  # an extension beyond the end
        header(0x90) + struct.pack("!HH", 0, 0xFFFF) + b"x",  # an extension longer than the packet
        header(0xA0) + b"pay\xff",  # padding longer than the packet
    ],
)
def test_what_is_no_packet(data: bytes) -> None:
    assert parse(data) is None


@given(st.binary(max_size=80))
def test_random_bytes_are_a_packet_or_none(data: bytes) -> None:
    packet = parse(data)
    assert packet is None or len(packet.payload) <= len(data) - 12


@pytest.mark.parametrize("reorders", [False, True])
def test_sequence_numbers_wrap(reorders: bool) -> None:
    track = Track(reorders=reorders)
    track.come(range(65530, 65545))
    assert track.given == whole(range(65530, 65545))
    assert (track.receiver.received, track.receiver.lost, track.receiver.highest) == (15, 0, 65544)


def test_a_hole_is_a_loss_at_once_where_nothing_overtakes() -> None:
    track = Track(reorders=False)
    track.come([1, 2, 5, 6])
    assert track.given == [(1, False), (2, False), (5, True), (6, False)]
    assert (track.receiver.lost, track.receiver.highest) == (2, 6)


def test_a_hole_over_udp_is_waited_for_until_enough_others_have_come() -> None:
    track = Track(reorders=True)
    track.come([1, *range(3, 3 + MAX_HELD)])
    assert track.given == [(1, False)]
    track.come([3 + MAX_HELD])
    assert track.given[:3] == [(1, False), (3, True), (4, False)]
    assert len(track.given) == MAX_HELD + 2


def test_a_hole_over_udp_is_waited_for_for_a_while() -> None:
    track = Track(reorders=True)
    track.come([1, 3], now=0.0)
    track.come([4], now=MAX_WAIT_S * 0.9)
    assert track.given == [(1, False)]
    track.come([5], now=MAX_WAIT_S * 1.1)
    assert track.given == [(1, False), (3, True), (4, False), (5, False)]


@given(st.integers(0, 65535), st.permutations(range(12)))
def test_whatever_overtakes_within_the_window_comes_out_in_order(begin: int, order: list[int]) -> None:
    track = Track(reorders=True)
    track.come([begin, *(begin + 1 + number for number in order)])
    assert track.given == whole(range(begin, begin + 13))
    assert (track.receiver.lost, track.anew) == (0, 0)


@given(st.lists(st.integers(0, 400), min_size=1), st.booleans())
def test_whatever_is_lost_late_or_repeated_comes_out_rising_and_each_hole_is_told(
    sequences: list[int], reorders: bool
) -> None:
    track = Track(reorders=reorders)
    track.come([0])
    for sequence in sequences:
        track.come([sequence])
    if track.anew:
        return
    before = -1
    for sequence, lost in track.given:
        assert sequence > before
        assert lost is (sequence > before + 1)
        before = sequence


def test_late_and_repeated_packets_are_passed_over() -> None:
    track = Track(reorders=True)
    track.come([10, 11, 12, 11, 12, 10, 13])
    assert track.given == whole(range(10, 14))
    assert track.anew == 0


@pytest.mark.parametrize("reorders", [False, True])
def test_another_ssrc_is_another_source(reorders: bool) -> None:
    track = Track(reorders=reorders)
    track.come([1, 2, 4] if reorders else [1, 2])
    track.come([40000, 40001], ssrc=8)
    assert track.given == whole([1, 2, 40000, 40001])
    assert (track.anew, track.receiver.ssrc) == (1, 8)


@pytest.mark.parametrize("reorders", [False, True])
def test_a_source_that_counts_anew_is_understood(reorders: bool) -> None:
    track = Track(reorders=reorders)
    track.come(range(30000, 30003))
    track.come(range(MAX_LATE + 3))
    assert track.anew == 1
    assert [sequence for sequence, _ in track.given[3:]] == [MAX_LATE, MAX_LATE + 1, MAX_LATE + 2]
    assert track.given[3] == (MAX_LATE, True)


def test_other_payload_types_are_passed_over() -> None:
    track = Track(reorders=False)
    track.receiver.take(rtp(b"x", payload_type=97), 0.0)
    assert (track.given, track.receiver.received, track.receiver.ssrc) == ([], 0, None)


def test_no_more_than_the_window_is_kept() -> None:
    track = Track(reorders=True)
    track.come(range(0, 60000, 2))
    assert len(track.receiver._held) <= MAX_HELD + 1
