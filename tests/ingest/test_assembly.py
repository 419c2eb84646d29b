"""RTP chunks to pictures. The chunks are made as FFmpeg's depacketiser hands them over (RFC 6184, 5.8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import annexb
from ingest.access_unit import Codec
from ingest.assembly import PROOF, Assembled, Assembler
from tests.support.bitstreams import encode

MTU = 300
CODECS = [Codec.H264, Codec.H265]


def chunks(codec: Codec, nals: list[bytes], size: int = MTU) -> list[bytes]:
    """One chunk for each RTP packet: NAL units that fit whole, others in fragments."""
    header = 1 if codec is Codec.H264 else 2
    out: list[bytes] = []
    for nal in nals:
        if len(nal) <= size:
            out.append(annexb.START_CODE + nal)
            continue
        head, body, step = nal[:header], nal[header:], size - header - 1
        parts = [body[i : i + step] for i in range(0, len(body), step)]
        out += [annexb.START_CODE + head + parts[0], *parts[1:]]
    return out


def pictures(codec: Codec, count: int, gop: int = 10) -> list[list[bytes]]:
    return [annexb.split(bytes(packet)) for packet in encode(codec, count, gop=gop)]


def feed_all(assembler: Assembler, codec: Codec, source: list[list[bytes]]) -> tuple[list[Assembled], list[int]]:
    """What came out, and for each picture put in how many had come out when its last chunk was in."""
    out: list[Assembled] = []
    after: list[int] = []
    for number, nals in enumerate(source):
        for chunk in chunks(codec, nals):
            out += assembler.feed(chunk, number * 6000)
        after.append(len(out))
    return out, after


@pytest.mark.parametrize("codec", CODECS)
def test_pictures_come_out_whole_and_after_some_proof_at_once(codec: Codec) -> None:
    source = pictures(codec, 60)
    assembler = Assembler(codec)
    out, after = feed_all(assembler, codec, source)
    assert [picture.nals for picture in out] == source[: len(out)]
    assert not any(picture.broken for picture in out)
    assert assembler.foretells
    # Without foretelling a picture comes out with the first chunk of the next one: one late, always.
    assert after[:PROOF] == list(range(PROOF))
    at_once = [number + 1 == done for number, done in enumerate(after)]
    assert sum(at_once[30:]) >= 28  # all but those whose last fragment happens to be a full one


def test_a_picture_with_more_slices_than_foretold_is_said_to_be_broken_and_never_again_hurried() -> None:
    source = pictures(Codec.H264, 40, gop=100)
    assembler = Assembler(Codec.H264)
    feed_all(assembler, Codec.H264, source)
    assert assembler.foretells
    first, second = b"\x41\xe0first", b"\x41\x60second"  # first_mb_in_slice is 0, then not
    whole = assembler.feed(annexb.START_CODE + first, 10_000_000)
    late = assembler.feed(annexb.START_CODE + second, 10_000_000)
    assert [picture.nals for picture in whole] == [[first]]
    assert [picture.broken for picture in late] == [True]
    assert not assembler.foretells


def test_changing_numbers_of_slices_are_never_foretold() -> None:
    assembler = Assembler(Codec.H264)
    put_in = [[b"\x41\xe0slice"] + [b"\x41\x60slice"] * (number % 3) for number in range(100)]
    out, _ = feed_all(assembler, Codec.H264, put_in)
    assert not assembler.foretells
    assert [picture.nals for picture in out] == put_in[:-1]


def test_parameter_sets_with_a_timestamp_of_their_own_do_not_break_a_picture() -> None:
    assembler = Assembler(Codec.H264)
    out: list[Assembled] = []
    for number in range(60):
        if number % 10 == 0:
            out += assembler.feed(annexb.START_CODE + b"\x67sps", (number - 1) * 3000)  # stamped as the picture before
        out += assembler.feed(annexb.START_CODE + (b"\x65" if number % 10 == 0 else b"\x41") + b"\xe0a", number * 3000)
    assert assembler.foretells
    assert not any(picture.broken for picture in out)
    slices = [nal for picture in out for nal in picture.nals if annexb.is_picture(Codec.H264, nal[0] & 31)]
    assert len(slices) == 60


def test_a_picture_without_its_beginning_is_broken() -> None:
    assembler = Assembler(Codec.H264)
    assembler.feed(b"the end of something", 0)
    assert [picture.broken for picture in assembler.feed(annexb.START_CODE + b"\x41\xe0a", 3000)] == [True]


def test_said_losses_are_remembered_by_the_picture() -> None:
    assembler = Assembler(Codec.H264)
    assembler.feed(annexb.START_CODE + b"\x41\xe0a", 0)
    assembler.lost()
    assert assembler.feed(annexb.START_CODE + b"\x41\xe0b", 3000)[0].broken
    assert assembler.feed(annexb.START_CODE + b"\x41\xe0c", 6000)[0].broken
    assert not assembler.feed(annexb.START_CODE + b"\x41\xe0d", 9000)[0].broken


def test_pictures_without_timestamps_end_where_the_next_begins() -> None:
    assembler = Assembler(Codec.H264)
    out: list[Assembled] = []
    for number in range(40):
        out += assembler.feed(annexb.START_CODE + b"\x41\xe0" + bytes([number + 1]), None)
    assert [picture.nals[0][-1] for picture in out] == list(range(1, 40))


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=60), st.booleans(), st.integers(0, 5)), max_size=60))
def test_no_chunks_break_it_and_nothing_is_kept_for_ever(given_chunks: list[tuple[bytes, bool, int]]) -> None:
    for codec in CODECS:
        assembler = Assembler(codec)
        for data, starts, pts in given_chunks:
            assembler.feed((annexb.START_CODE if starts else b"") + data, pts)
