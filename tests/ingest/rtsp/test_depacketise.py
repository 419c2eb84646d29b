from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.access_unit import Codec
from ingest.annexb import RawPicture
from ingest.rtsp import depacketise
from ingest.rtsp.depacketise import Depacketiser
from ingest.rtsp.errors import PictureTooLargeError
from ingest.rtsp.rtp import Packet, parse
from tests.support.packetiser import RtpStream, aggregate, fragments, rtp, single

CODECS = [Codec.H264, Codec.H265]
codecs = pytest.mark.parametrize("codec", CODECS)


def packet(payload: bytes, timestamp: int = 0, *, marker: bool = False) -> Packet:
    found = parse(rtp(payload, timestamp=timestamp, marker=marker))
    assert found is not None
    return found


class Track:
    """A depacketiser and its pictures."""

    def __init__(self, codec: Codec = Codec.H264) -> None:
        self.pictures: list[RawPicture] = []
        self.depacketiser = Depacketiser(codec, self.pictures.append)

    def come(self, payloads: Iterable[bytes], timestamp: int, *, marker: bool = True, lost: int | None = None) -> None:
        """One picture's payloads, the last one with the marker; before payload `lost` some are missing."""
        whole = list(payloads)
        for number, payload in enumerate(whole):
            last = marker and number == len(whole) - 1
            self.depacketiser.take(packet(payload, timestamp, marker=last), number == lost)

    @property
    def nals(self) -> list[list[bytes]]:
        return [picture.nals for picture in self.pictures]

    @property
    def broken(self) -> list[bool]:
        return [picture.broken for picture in self.pictures]


def key(codec: Codec, size: int = 100) -> bytes:
    """A keyframe's only slice."""
    return (b"\x65" if codec is Codec.H264 else b"\x26\x01") + b"\x88" + b"k" * size


def slice_(codec: Codec, size: int = 100, *, first: bool = True) -> bytes:
    """A slice of another picture; `first` in it or not."""
    return (b"\x41" if codec is Codec.H264 else b"\x02\x01") + (b"\x9a" if first else b"\x40") + b"s" * size


def set_(codec: Codec) -> bytes:
    """Something that is no picture."""
    return b"\x67\x4d\x00\x29" if codec is Codec.H264 else b"\x42\x01\x01\x60"


@st.composite
def _packetised(draw: st.DrawFn, codec: Codec) -> tuple[list[bytes], list[bytes]]:
    """An access unit and its payloads, packetised in any of the ways that are allowed."""
    heads = (
        [b"\x67", b"\x68", b"\x06", b"\x65", b"\x41"]
        if codec is Codec.H264
        else [b"\x40\x01", b"\x42\x01", b"\x26\x01", b"\x02\x01"]
    )
    nals: list[bytes] = []
    payloads: list[bytes] = []
    for _ in range(draw(st.integers(1, 4))):
        made = [draw(st.sampled_from(heads)) + b"\x80" + draw(st.binary(min_size=1, max_size=40))]
        way = draw(st.sampled_from(["single", "aggregate", "fragments"]))
        if way == "aggregate":
            made += [
                draw(st.sampled_from(heads)) + b"\x80" + draw(st.binary(max_size=40))
                for _ in range(draw(st.integers(0, 3)))
            ]
            payloads += aggregate(codec, made)
        elif way == "fragments":
            payloads += fragments(codec, made[0], draw(st.lists(st.integers(1, 20), min_size=1, max_size=6)))
        else:
            payloads += single(made[0])
        nals += made
    nals.append(slice_(codec))
    return nals, [*payloads, *single(nals[-1])]


@codecs
@given(data=st.data())
def test_whatever_the_way_the_same_nal_units_come_out(codec: Codec, data: st.DataObject) -> None:
    units = data.draw(st.lists(_packetised(codec), min_size=1, max_size=3))
    track = Track(codec)
    for number, (_, payloads) in enumerate(units):
        track.come(payloads, number * 6000)
    assert track.nals == [nals for nals, _ in units]
    assert not any(track.broken)
    assert [picture.pts for picture in track.pictures] == [number * 6000 for number in range(len(units))]


@codecs
@given(data=st.data())
def test_what_is_lost_breaks_its_picture_and_no_other_after_it(codec: Codec, data: st.DataObject) -> None:
    """Any run of packets of the second of three pictures; the first and the third are whole, and so they come out."""
    units = [data.draw(_packetised(codec)) for _ in range(3)]
    stream = RtpStream(codec)
    first, second, third = (stream.packets(payloads) for _, payloads in units)
    begin = data.draw(st.integers(0, len(second) - 1))
    end = data.draw(st.integers(begin + 1, len(second)))
    track = Track(codec)
    expected = 0
    for raw in first + second[:begin] + second[end:] + third:
        found = parse(raw)
        assert found is not None
        track.depacketiser.take(found, found.sequence != expected)
        expected = found.sequence + 1
    assert (track.nals[0], track.broken[0]) == (units[0][0], False)
    assert track.nals[-1] == units[2][0]
    if end < len(second):  # the loss ended within the second picture, whose end came
        assert track.broken[1:] == [True, False]
    else:  # it may have reached into the third: that is not known
        assert track.broken[-1]


@codecs
def test_a_picture_ends_with_its_marker_and_not_with_the_next_one(codec: Codec) -> None:
    track = Track(codec)
    track.come([key(codec)], 0)
    assert track.nals == [[key(codec)]]


@codecs
def test_without_any_marker_a_picture_ends_when_the_time_changes(codec: Codec) -> None:
    track = Track(codec)
    for number in range(3):
        track.come([slice_(codec), slice_(codec, first=False)], number * 6000, marker=False)
    assert track.nals == [[slice_(codec), slice_(codec, first=False)]] * 2
    assert track.broken == [False, False]


@codecs
def test_markers_inside_pictures_are_seen_through(codec: Codec) -> None:
    """A camera that sets it on each slice: the first picture is spoilt, the others are whole."""
    track = Track(codec)
    nals = [slice_(codec, 10), slice_(codec, 20, first=False), slice_(codec, 30, first=False)]
    for number in range(4):
        for nal in nals:
            track.come([nal], number * 6000)
    assert track.nals == [nals[:1], nals[1:], nals, nals]
    assert track.broken == [False, True, False, False]


@codecs
def test_a_marker_on_parameter_sets_alone_ends_nothing(codec: Codec) -> None:
    track = Track(codec)
    track.come([set_(codec)], 0)
    assert track.nals == []
    track.come([key(codec)], 0)
    assert track.nals == [[set_(codec), key(codec)]]


@codecs
def test_a_clock_that_stands_still_is_no_reason_to_distrust_the_marker(codec: Codec) -> None:
    track = Track(codec)
    for _ in range(3):
        track.come([slice_(codec)], 0)
    assert track.nals == [[slice_(codec)]] * 3
    assert not any(track.broken)


def test_times_go_on_where_rtp_timestamps_wrap() -> None:
    track = Track()
    for number in range(4):
        track.come([slice_(Codec.H264)], ((1 << 32) - 6000 + number * 6000) & 0xFFFFFFFF)
    times = [picture.pts for picture in track.pictures]
    assert times == [(1 << 32) - 6000 + number * 6000 for number in range(4)]


def test_times_may_go_back_as_with_b_frames() -> None:
    track = Track()
    for timestamp in (3000, 12000, 6000, (1 << 32) - 3000):
        track.come([slice_(Codec.H264)], timestamp)
    assert [picture.pts for picture in track.pictures] == [3000, 12000, 6000, -3000]


def test_another_source_begins_with_its_own_time_and_with_doubt() -> None:
    track = Track()
    track.come([slice_(Codec.H264), slice_(Codec.H264, first=False)], 1000, marker=False)
    track.depacketiser.anew()
    track.come([slice_(Codec.H264)], 4_000_000_000)
    track.come([slice_(Codec.H264)], 4_000_006_000)
    assert track.nals == [[slice_(Codec.H264)]] * 2
    assert [picture.pts for picture in track.pictures] == [4_000_000_000, 4_000_006_000]
    assert track.broken == [True, False]


@pytest.mark.parametrize(
    "payload",
    [
        b"\x00",  # no type
        b"\x1f\x00",  # a type that there is not
        b"\x19\x00\x00\x00\x00",  # STAP-B: not without being asked for
        b"\x78\x00\xff\x41",  # STAP-A with a length beyond its end
        b"\x78\x00\x00\x41",  # with a length of nothing
        b"\x7c\x05rest",  # FU-A without its beginning
        b"\x7c",  # FU-A without anything
    ],
)
def test_a_payload_that_lies_breaks_its_picture(payload: bytes) -> None:
    track = Track()
    track.come([payload, slice_(Codec.H264)], 0)
    track.come([slice_(Codec.H264)], 6000)
    assert track.broken == [True, False]
    assert slice_(Codec.H264) in track.nals[0]


@pytest.mark.parametrize(
    "payload",
    [
        b"\x02",  # half a header
        b"\x64\x01\x00\x00",  # PACI
        b"\x60\x01\x00\xff\x02",  # AP with a length beyond its end
        b"\x62\x01\x01rest",  # FU without its beginning
        b"\x62\x01\x81",  # FU without anything
    ],
)
def test_a_payload_of_h265_that_lies_breaks_its_picture(payload: bytes) -> None:
    track = Track(Codec.H265)
    track.come([payload, slice_(Codec.H265)], 0)
    track.come([slice_(Codec.H265)], 6000)
    assert track.broken == [True, False]


@codecs
def test_fragments_that_never_end_break_their_picture(codec: Codec) -> None:
    track = Track(codec)
    parts = fragments(codec, key(codec), [20, 20, 20])
    track.come([slice_(codec), *parts[:-1]], 0)
    track.come([*parts[:1], slice_(codec)], 6000)
    track.come([*parts[:1], *parts], 12000)
    assert track.nals == [[slice_(codec)], [slice_(codec)], [key(codec)]]
    assert track.broken == [True, True, True]


def test_a_picture_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depacketise, "MAX_PICTURE_BYTES", 10_000)
    track = Track()
    for number in range(9):
        track.depacketiser.take(packet(b"\x7c" + (b"\x05" if number else b"\x85") + bytes(1000)), False)
    with pytest.raises(PictureTooLargeError):
        track.depacketiser.take(packet(b"\x7c\x05" + bytes(1000)), False)
    assert track.nals == []
    assert not track.depacketiser._fragments


def test_a_picture_of_countless_nal_units_is_given_up() -> None:
    """With a marker on each packet, all that came before is looked through again and again."""
    track = Track()
    hostile = packet(b"\x78" + b"\x00\x01\x06" * 20_000, marker=True)
    track.depacketiser.take(hostile, False)
    with pytest.raises(PictureTooLargeError):
        track.depacketiser.take(hostile, False)
    assert not track.depacketiser._nals


@given(
    st.sampled_from(CODECS),
    st.lists(
        st.tuples(st.binary(max_size=12), st.integers(0, (1 << 32) - 1), st.booleans(), st.booleans()), max_size=20
    ),
)
def test_nothing_that_comes_is_an_error(codec: Codec, packets: list[tuple[bytes, int, bool, bool]]) -> None:
    track = Track(codec)
    for payload, timestamp, marker, lost in packets:
        track.depacketiser.take(packet(payload, timestamp, marker=marker), lost)
    assert all(nal for nals in track.nals for nal in nals)
    assert sum(len(nal) for nals in track.nals for nal in nals) <= sum(len(payload) for payload, *_ in packets)


@given(st.lists(st.tuples(st.sampled_from(list(range(32))), st.binary(max_size=6), st.booleans()), max_size=12))
def test_no_mixture_of_packet_types_is_an_error(parts: list[tuple[int, bytes, bool]]) -> None:
    track = Track()
    for kind, rest, marker in parts:
        track.depacketiser.take(packet(bytes((kind,)) + rest, 0, marker=marker), False)
    track.come([slice_(Codec.H264)], 6000)
    track.come([slice_(Codec.H264)], 12000)  # the marker may be distrusted by now
    assert [slice_(Codec.H264)] in track.nals
