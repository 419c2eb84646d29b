from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import annexb
from ingest.access_unit import Codec
from tests.support.bitstreams import encode, mp4_samples

CODECS = [Codec.H264, Codec.H265]

# NAL units as encoders write them: no start code inside, no zero at the end.
nal_units = st.binary(min_size=1, max_size=40).map(lambda data: data.replace(b"\0\0", b"\0\x80") + b"\x80")


@given(st.lists(nal_units, max_size=8))
def test_what_is_joined_is_split_again(nals: list[bytes]) -> None:
    assert annexb.split(annexb.join(nals)) == nals


@given(st.binary(min_size=1, max_size=200), st.integers(1, 4), st.sampled_from(CODECS))
def test_no_bytes_break_the_scanners(data: bytes, length_size: int, codec: Codec) -> None:
    annexb.split(data)
    annexb.begins_with_b_slice(data)
    with contextlib.suppress(ValueError):
        annexb.split_lengths(data, length_size)
    with contextlib.suppress(ValueError):
        annexb.from_configuration(codec, data)


def test_short_start_codes_and_trailing_zeros() -> None:
    assert annexb.split(b"\0\0\1\x67a\0\0\0\1\x68b\0\0\0\0\0\1\x65c\0\0") == [b"\x67a", b"\x68b", b"\x65c"]


@pytest.mark.parametrize("codec", CODECS)
def test_samples_of_mp4_become_annex_b(codec: Codec) -> None:
    configuration, samples = mp4_samples(codec, 3)
    length_size, sets = annexb.from_configuration(codec, configuration)
    assert length_size == 4
    kinds = {annexb.nal_type(codec, nal) for nal in sets}
    needed = {annexb.H264_SPS, annexb.H264_PPS}
    if codec is Codec.H265:
        needed = {annexb.H265_VPS, annexb.H265_SPS, annexb.H265_PPS}
    assert needed <= kinds
    first = annexb.split_lengths(samples[0], length_size)
    assert any(annexb.is_key(codec, annexb.nal_type(codec, nal)) for nal in first)
    assert annexb.split(annexb.join(first)) == first
    with pytest.raises(ValueError, match="longer"):
        annexb.split_lengths(samples[0][:-1], length_size)


@pytest.mark.parametrize("codec", CODECS)
def test_keyframes_are_told_from_others(codec: Codec) -> None:
    packets = encode(codec, 25, gop=10)
    keys = [
        any(annexb.is_key(codec, annexb.nal_type(codec, nal)) for nal in annexb.split(bytes(packet)))
        for packet in packets
    ]
    assert keys == [number % 10 == 0 for number in range(25)]


def test_b_slices_of_h264_are_seen() -> None:
    def has_b(b_frames: int) -> bool:
        nals = [nal for packet in encode(Codec.H264, 12, b_frames=b_frames) for nal in annexb.split(bytes(packet))]
        return any(
            annexb.begins_with_b_slice(nal) for nal in nals if annexb.nal_type(Codec.H264, nal) == annexb.H264_SLICE
        )

    assert has_b(2)
    assert not has_b(0)
