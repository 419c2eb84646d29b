"""Keyframes as the judge sees them: what comes out of good ones, of bad ones, and of absurd ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest import decoder
from ingest.access_unit import Codec
from ingest.masks import Mask
from ingest.stills import see, still_of
from tests.ingest.test_colours import MATRICES, RANGES, RGB, unit_of
from tests.support.bitstreams import encode, keyframe
from tests.support.pictures import made_picture


@pytest.mark.parametrize("codec", list(Codec))
def test_a_keyframe_becomes_a_look_and_a_small_picture(codec: Codec) -> None:
    first = keyframe(codec, 640, 360)
    seen = see(codec, first)
    assert seen is not None
    assert seen.still is not None
    picture = cv2.imdecode(np.frombuffer(seen.still.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert picture.shape == (180, 320)
    sent = cv2.resize(made_picture(640, 360, 0)[:360], (320, 180), interpolation=cv2.INTER_AREA)
    assert np.abs(picture.astype(int) - sent).mean() < 25  # the same picture, not only one of its size
    assert len(seen.still.jpeg) < 60_000


@pytest.mark.parametrize(("size", "shape"), [((180, 640), (640, 320)), ((1920, 64), (40, 320))])
def test_a_still_keeps_the_pictures_shape_within_reason(size: tuple[int, int], shape: tuple[int, int]) -> None:
    (first, *_) = encode(Codec.H264, 1, *size)
    seen = see(Codec.H264, bytes(first))
    assert seen is not None
    assert seen.still is not None
    picture = cv2.imdecode(np.frombuffer(seen.still.jpeg, np.uint8), cv2.IMREAD_COLOR)
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
    monkeypatch.setattr(decoder, "MOST_PIXELS", 640 * 360 - 1)
    assert see(Codec.H264, bytes(first)) is None


def decoded(jpeg: bytes | None) -> NDArray[np.uint8]:
    assert jpeg is not None
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize(
    ("asked", "size"), [(320, (180, 320)), (426, (240, 426)), (640, (360, 640)), (4096, (360, 640))]
)
def test_a_still_is_as_wide_as_asked_for_and_no_wider_than_the_stream(
    codec: Codec, asked: int, size: tuple[int, int]
) -> None:
    picture = decoded(still_of(codec, keyframe(codec, 640, 360), asked, ()))
    assert picture.shape[:2] == size
    sent = cv2.resize(made_picture(640, 360, 0)[:360], size[::-1], interpolation=cv2.INTER_AREA)
    full = np.clip((sent.astype(int) - 16) * 255 / 219, 0, 255)
    assert np.abs(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) - full).mean() < 25


@pytest.mark.parametrize(("matrix", "colours"), [("bt709", "limited"), ("bt601", "full")])
def test_a_still_has_the_colours_that_the_camera_meant(matrix: str, colours: str) -> None:
    number, space = MATRICES[matrix]
    said = f"matrix_coefficients={number}:video_full_range_flag={int(colours == 'full')}"
    for rgb in RGB.values():
        unit = unit_of(np.full((180, 320, 3), rgb, np.uint8), space, RANGES[colours], "yuv420p", said)
        picture = decoded(still_of(Codec.H264, unit.data, 320, ()))
        assert np.abs(picture[90, 160, ::-1].astype(int) - rgb).max() <= 6


def test_a_still_is_upright_and_in_its_shape() -> None:
    picture = np.full((180, 320, 3), 60, np.uint8)
    picture[:60, :100] = 230
    said = "display_orientation=insert:rotate=90"
    unit = unit_of(picture, *MATRICES["bt709"][1:], RANGES["limited"], "yuv420p", said)
    still = decoded(still_of(Codec.H264, unit.data, 4096, ()))
    assert still.shape[:2] == (320, 180)
    assert sorted(bool(still[y, x, 0] > 140) for y in (20, 300) for x in (20, 160)) == [False, False, False, True]
    wide = unit_of(
        np.full((288, 352, 3), 90, np.uint8),
        *MATRICES["bt709"][1:],
        RANGES["limited"],
        "yuv420p",
        "sample_aspect_ratio=12/11",
    )
    assert decoded(still_of(Codec.H264, wide.data, 352, ())).shape[:2] == (264, 352)


def test_what_is_masked_is_masked_in_every_still_and_of_a_camera_of_unknown_masks_there_is_none() -> None:
    masks = (Mask(((0, 0), (5000, 0), (5000, 10_000), (0, 10_000))),)
    first = keyframe(Codec.H264, 640, 360)
    seen = see(Codec.H264, first, masks)
    assert seen is not None
    assert seen.still is not None
    assert seen.still.masks == masks
    assert seen.look is not None
    for jpeg in (seen.still.jpeg, still_of(Codec.H264, first, 640, masks), still_of(Codec.H264, first, 320, masks)):
        picture = decoded(jpeg)
        left, right = np.split(picture[:, : picture.shape[1] // 2 * 2], 2, axis=1)
        assert np.ptp(left[:, :-9].astype(int)) <= 4
        assert right.std() > 10
    unknown = see(Codec.H264, first, None)
    assert unknown is not None
    assert unknown.still is None
    assert unknown.look is not None


def test_what_gives_no_picture_gives_no_still() -> None:
    assert still_of(Codec.H264, b"\x00\x00\x00\x01\x65" + b"\xff" * 200, 320, ()) is None
