from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import annexb
from ingest.access_unit import Codec
from ingest.parameter_sets import MAX_KEPT_BYTES, MAX_PPS, ParameterSets, parse_sps
from tests.support.bitstreams import encode

CODECS = [Codec.H264, Codec.H265]
SPS = {Codec.H264: annexb.H264_SPS, Codec.H265: annexb.H265_SPS}


def first_nals(codec: Codec, width: int = 320, height: int = 180, b_frames: int = 0) -> list[bytes]:
    return annexb.split(bytes(encode(codec, 4, width, height, b_frames=b_frames)[0]))


def sps_of(codec: Codec, nals: list[bytes]) -> bytes:
    return next(nal for nal in nals if annexb.nal_type(codec, nal) == SPS[codec])


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [(320, 180), (640, 360), (1920, 1080), (354, 290)])
def test_size_is_that_of_the_picture_after_cropping(codec: Codec, size: tuple[int, int]) -> None:
    read = parse_sps(codec, sps_of(codec, first_nals(codec, *size)))
    assert (read.width, read.height) == size


def test_h265_says_in_its_sps_that_it_reorders() -> None:
    assert not parse_sps(Codec.H265, sps_of(Codec.H265, first_nals(Codec.H265))).reorders
    assert parse_sps(Codec.H265, sps_of(Codec.H265, first_nals(Codec.H265, b_frames=2))).reorders


@given(st.binary(min_size=2, max_size=80))
def test_nonsense_is_refused_or_passed_over(data: bytes) -> None:
    for codec, kind in ((Codec.H264, b"\x67"), (Codec.H265, b"\x42\x01")):
        with contextlib.suppress(ValueError):
            parse_sps(codec, kind + data)
        ParameterSets(codec).learn(kind + data)


@pytest.mark.parametrize("codec", CODECS)
def test_parameter_sets_stand_before_a_keyframe_once_each(codec: Codec) -> None:
    nals = first_nals(codec)
    sets = ParameterSets(codec)
    assert not sets.complete
    pictures = []
    for nal in nals:
        kind = annexb.nal_type(codec, nal)
        if annexb.is_parameter_set(codec, kind):
            sets.learn(nal)
        elif annexb.is_picture(codec, kind):
            pictures.append(nal)
    assert sets.complete
    bare, full = sets.before(pictures), sets.before(nals)
    kinds = [annexb.nal_type(codec, nal) for nal in bare]
    assert kinds[:-1] == sorted(set(kinds[:-1]))
    assert all(full.count(nal) == 1 for nal in full)
    assert bare[-1] == full[-1] == pictures[-1]


def test_a_new_size_replaces_the_old_one() -> None:
    sets = ParameterSets(Codec.H264)
    for size in ((320, 180), (640, 360)):
        for nal in first_nals(Codec.H264, *size):
            if annexb.is_parameter_set(Codec.H264, annexb.nal_type(Codec.H264, nal)):
                sets.learn(nal)
        assert sets.format is not None
        assert (sets.format.width, sets.format.height) == size
    assert sum(annexb.nal_type(Codec.H264, nal) == annexb.H264_SPS for nal in sets.before([])) == 1


def pps(number: int, size: int = 5) -> bytes:
    """One of this id, as far as anybody here reads it."""
    code = number + 1  # ue(v): as many zeros as the code has bits after its first
    bits = format(code, "b").rjust(2 * code.bit_length() - 1, "0").ljust(40, "1")
    return b"\x68" + int(bits, 2).to_bytes(5, "big") + b"\xff" * (size - 5)


@pytest.mark.parametrize(("size", "kept"), [(5, MAX_PPS), (1000, MAX_KEPT_BYTES // 1001)])
def test_of_parameter_sets_that_are_counted_up_for_ever_the_newest_are_kept(size: int, kept: int) -> None:
    """A keyframe of 20 bytes had megabytes of them in front."""
    sets = ParameterSets(Codec.H264)
    for number in range(3000):
        sets.learn(pps(number, size))
    assert sets.before([]) == [pps(number, size) for number in range(256 - kept, 256)]


def test_one_that_changes_is_no_old_one() -> None:
    sets = ParameterSets(Codec.H264)
    for number in range(MAX_PPS):
        sets.learn(pps(number))
    sets.learn(pps(0, 6))
    sets.learn(pps(200))
    assert pps(0, 6) in sets
    assert pps(1) not in sets
