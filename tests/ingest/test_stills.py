"""Keyframes as the judge sees them: what comes out of good ones, of bad ones, and of absurd ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ingest import stills
from ingest.access_unit import Codec
from ingest.stills import see
from tests.support.bitstreams import encode, keyframe
from tests.support.pictures import made_picture


@pytest.mark.parametrize("codec", list(Codec))
def test_a_keyframe_becomes_a_look_and_a_small_picture(codec: Codec) -> None:
    first = keyframe(codec, 640, 360)
    seen = see(codec, first)
    assert seen is not None
    picture = cv2.imdecode(np.frombuffer(seen.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert picture.shape == (180, 320)
    sent = cv2.resize(made_picture(640, 360, 0)[:360], (320, 180), interpolation=cv2.INTER_AREA)
    assert np.abs(picture.astype(int) - sent).mean() < 25  # the same picture, not only one of its size
    assert len(seen.jpeg) < 60_000


@pytest.mark.parametrize(("size", "shape"), [((180, 640), (640, 320)), ((1920, 64), (40, 320))])
def test_a_still_keeps_the_pictures_shape_within_reason(size: tuple[int, int], shape: tuple[int, int]) -> None:
    (first, *_) = encode(Codec.H264, 1, *size)
    seen = see(Codec.H264, bytes(first))
    assert seen is not None
    picture = cv2.imdecode(np.frombuffer(seen.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[:2] == shape


def test_what_gives_no_picture_gives_nothing() -> None:
    (first, *_) = encode(Codec.H264, 1, 640, 360)
    keyframe = bytes(first)
    assert see(Codec.H264, b"") is None
    assert see(Codec.H264, b"\x00\x00\x00\x01\x65" + b"\xff" * 200) is None
    assert see(Codec.H265, keyframe) is None
    (tiny, *_) = encode(Codec.H264, 1, 64, 48)
    assert see(Codec.H264, bytes(tiny)) is None


def test_a_picture_that_claims_to_be_huge_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *_) = encode(Codec.H264, 1, 640, 360)
    monkeypatch.setattr(stills, "MOST_PIXELS", 640 * 360 - 1)
    assert see(Codec.H264, bytes(first)) is None
