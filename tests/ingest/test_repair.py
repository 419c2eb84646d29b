from __future__ import annotations

import time

import pytest

from ingest import annexb
from ingest.access_unit import Codec
from ingest.annexb import RawPicture
from ingest.keyframe import decodes
from ingest.repair import MAX_PARAMETER_SET_BYTES, MAX_PARAMETER_SETS, Repair, Repaired
from tests.support.bitstreams import encode

CODECS = [Codec.H264, Codec.H265]


def pictures(codec: Codec) -> list[list[bytes]]:
    return [annexb.split(bytes(packet)) for packet in encode(codec, 20, gop=10)]


def whole(nals: list[bytes]) -> RawPicture:
    return RawPicture(None, nals, broken=False)


def bare(codec: Codec, nals: list[bytes]) -> list[bytes]:
    """Without parameter sets."""
    return [nal for nal in nals if not annexb.is_parameter_set(codec, annexb.nal_type(codec, nal))]


@pytest.mark.parametrize("codec", CODECS)
def test_nothing_before_the_first_keyframe(codec: Codec) -> None:
    source = pictures(codec)
    repair = Repair(codec)
    out = [repair.take(whole(nals)) for nals in source[5:]]
    assert [unit is not None for unit in out] == [number >= 5 for number in range(15)]
    assert isinstance(out[5], Repaired)
    assert out[5].keyframe
    assert (out[5].width, out[5].height) == (320, 180)


@pytest.mark.parametrize("codec", CODECS)
def test_parameter_sets_from_outside_are_put_before_every_keyframe(codec: Codec) -> None:
    source = pictures(codec)
    repair = Repair(codec)
    assert repair.take(whole(bare(codec, source[0]))) is None
    repair.learn(source[0])
    for number in (0, 10):
        unit = repair.take(whole(bare(codec, source[number])))
        assert unit is not None
        assert annexb.is_parameter_set(codec, annexb.nal_type(codec, annexb.split(unit.data)[0]))


@pytest.mark.parametrize(("began", "goes_on"), [(Codec.H264, Codec.H265), (Codec.H265, Codec.H264)])
def test_pictures_of_another_codec_are_none(began: Codec, goes_on: Codec) -> None:
    """A camera whose settings are changed goes on in the session that it has: nothing may pass for its pictures."""
    repair = Repair(began)
    assert all(repair.take(whole(nals)) for nals in pictures(began))
    # The first one has what an encoder says of itself, which H.265 takes for a picture: once is no picture that lives.
    assert not any(repair.take(whole(nals)) for nals in pictures(goes_on)[1:])


def test_damage_lasts_until_the_next_whole_keyframe() -> None:
    source = pictures(Codec.H264)
    repair = Repair(Codec.H264)
    damaged = []
    for number, nals in enumerate(source):
        unit = repair.take(RawPicture(None, nals, broken=number == 4))
        assert unit is not None
        damaged.append(unit.damaged)
    assert damaged == [4 <= number < 10 for number in range(20)]


def test_a_lost_picture_damages_those_that_follow() -> None:
    source = pictures(Codec.H264)
    repair = Repair(Codec.H264)
    repair.take(whole(source[0]))
    assert repair.take(RawPicture(None, [], broken=True)) is None
    unit = repair.take(whole(source[2]))
    assert unit is not None
    assert unit.damaged


def test_an_enormous_parameter_set_is_passed_over_and_costs_nothing() -> None:
    """Read bit by bit as one number, a few megabytes would stop every other camera for minutes."""
    source = pictures(Codec.H264)
    repair = Repair(Codec.H264)
    sps = next(nal for nal in source[0] if annexb.nal_type(Codec.H264, nal) == annexb.H264_SPS)
    began = time.process_time()
    repair.learn([sps[:8] + bytes(8_000_000)])
    assert time.process_time() - began < 1
    assert repair.take(whole(bare(Codec.H264, source[0]))) is None
    assert max(len(nal) for nal in source[0][:2]) < MAX_PARAMETER_SET_BYTES
    assert repair.take(whole(source[0])) is not None


def test_of_countless_parameter_sets_in_a_picture_some_are_read() -> None:
    """Four thousand of them, each another one, stopped every other camera for two seconds."""
    source = pictures(Codec.H264)
    repair = Repair(Codec.H264)
    sets = [b"\x68" + number.to_bytes(2, "big") + b"\xff" for number in range(0x4000, 0x5000)]
    unit = repair.take(whole([*source[0], *sets]))
    assert unit is not None
    kinds = [annexb.nal_type(Codec.H264, nal) for nal in annexb.split(unit.data)]
    assert sum(annexb.is_parameter_set(Codec.H264, kind) for kind in kinds) <= MAX_PARAMETER_SETS
    assert decodes(Codec.H264, unit.data)
    between = repair.take(whole([*sets, *source[1]]))
    assert between is not None
    assert len(annexb.split(between.data)) <= MAX_PARAMETER_SETS + len(source[1])


def test_a_camera_with_ever_new_parameter_sets_is_read_no_faster_than_they_come_in_earnest() -> None:
    """Ones that took milliseconds each, and were another in each picture, left other cameras no time."""
    source = pictures(Codec.H264)
    now = 0.0
    repair = Repair(Codec.H264, lambda: now)
    small, large = (
        annexb.split(bytes(encode(Codec.H264, 1, width, height)[0])) for width, height in ((320, 180), (640, 360))
    )
    unreadable = [b"\x67" + number.to_bytes(2, "big") for number in range(1000)]
    repair.learn([*small, *unreadable])
    unit = repair.take(whole(large))
    assert unit is not None
    assert unit.width == 320, "its sets are not read now"
    for _ in range(3):
        repair.learn(source[0])  # those that are known cost nothing
    now = 1.0
    unit = repair.take(whole(large))
    assert unit is not None
    assert unit.width == 640


@pytest.mark.parametrize("codec", CODECS)
def test_what_decodes_and_what_does_not(codec: Codec) -> None:
    keyframe = annexb.join(pictures(codec)[0])
    assert decodes(codec, keyframe)
    assert not decodes(codec, annexb.join([b"\x65" + b"\xff" * 50]))
    assert not decodes(codec, annexb.join(bare(codec, pictures(codec)[0])))
