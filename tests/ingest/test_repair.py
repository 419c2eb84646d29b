from __future__ import annotations

import pytest

from ingest import annexb, causes
from ingest.access_unit import Codec
from ingest.repair import MAX_UNDECODABLE, Repair, Repaired
from ingest.source import SourceError
from tests.support.bitstreams import encode

CODECS = [Codec.H264, Codec.H265]


def pictures(codec: Codec) -> list[list[bytes]]:
    return [annexb.split(bytes(packet)) for packet in encode(codec, 20, gop=10)]


def bare(codec: Codec, nals: list[bytes]) -> list[bytes]:
    """Without parameter sets."""
    return [nal for nal in nals if not annexb.is_parameter_set(codec, annexb.nal_type(codec, nal))]


@pytest.mark.parametrize("codec", CODECS)
def test_nothing_before_the_first_keyframe(codec: Codec) -> None:
    source = pictures(codec)
    repair = Repair(codec)
    out = [repair.take(nals) for nals in source[5:]]
    assert [unit is not None for unit in out] == [number >= 5 for number in range(15)]
    assert isinstance(out[5], Repaired)
    assert out[5].keyframe
    assert (out[5].width, out[5].height) == (320, 180)


@pytest.mark.parametrize("codec", CODECS)
def test_parameter_sets_from_outside_are_put_before_every_keyframe(codec: Codec) -> None:
    source = pictures(codec)
    repair = Repair(codec)
    assert repair.take(bare(codec, source[0])) is None
    repair.learn(source[0])
    for number in (0, 10):
        unit = repair.take(bare(codec, source[number]))
        assert unit is not None
        assert annexb.is_parameter_set(codec, annexb.nal_type(codec, annexb.split(unit.data)[0]))


def test_damage_lasts_until_the_next_whole_keyframe() -> None:
    source = pictures(Codec.H264)
    repair = Repair(Codec.H264)
    damaged = []
    for number, nals in enumerate(source):
        unit = repair.take(nals, broken=number == 4)
        assert unit is not None
        damaged.append(unit.damaged)
    assert damaged == [4 <= number < 10 for number in range(20)]


def test_a_lost_picture_damages_those_that_follow() -> None:
    source = pictures(Codec.H264)
    repair = Repair(Codec.H264)
    repair.take(source[0])
    assert repair.take([], broken=True) is None
    unit = repair.take(source[2])
    assert unit is not None
    assert unit.damaged


def test_keyframes_that_do_not_decode_are_unsupported() -> None:
    repair = Repair(Codec.H264)
    repair.learn(pictures(Codec.H264)[0])
    nonsense = [b"\x65" + b"\xff" * 50]
    for _ in range(MAX_UNDECODABLE - 1):
        assert repair.take(nonsense) is None
    with pytest.raises(SourceError) as caught:
        repair.take(nonsense)
    assert caught.value.cause == causes.UNDECODABLE
