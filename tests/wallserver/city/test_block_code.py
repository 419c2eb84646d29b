"""The block code, plain and after the whole way: x264 as a camera, scaled into a cell, x264 as a mosaic."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wallserver.city.block_code import MAX_CAMERA, MAX_PICTURE, Gray, draw, read, stamp
from wallserver.city.clips import ClipEncoder, Quality
from wallserver.city.names import city_cameras
from wallserver.city.scene import Scene, half
from wallserver.city.scene import stamp as stamp_picture

PICTURES = 12
FIRST = 4000  # of the picture numbers: all twelve bits are used


@given(st.integers(0, MAX_CAMERA), st.integers(0, MAX_PICTURE), st.integers(0, 255))
def test_what_is_drawn_is_read(camera: int, picture: int, ground: int) -> None:
    plane = np.full((360, 640), ground, np.uint8)
    stamp(plane, camera, picture)
    assert read(plane, 0, 0, 640, 360) == (camera, picture)


def test_read_where_the_picture_lies_only_roughly() -> None:
    canvas = np.full((400, 800), 90, np.uint8)
    stamp(canvas[20:380, 100:740], 7, 123)
    for dx, dy in ((0, 0), (5, 0), (-5, 3), (3, -5), (-6, -6)):
        assert read(canvas, 100 + dx, 20 + dy, 640, 360) == (7, 123)


@given(st.integers(0, 2**32 - 1))
def test_noise_is_no_code(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (180, 320), np.uint8)
    assert read(noise, 0, 0, 320, 180) is None


@pytest.mark.parametrize("level", [0, 16, 128, 255])
def test_a_blank_cell_is_no_code(level: int) -> None:
    assert read(np.full((180, 320), level, np.uint8), 0, 0, 320, 180) is None


def test_a_cell_too_small_to_be_read_is_no_code() -> None:
    assert read(np.zeros((45, 80), np.uint8), 0, 0, 80, 45) is None


def test_a_damaged_code_is_none_rather_than_another_number() -> None:
    plane = np.full((360, 640), 60, np.uint8)
    stamp(plane, 5, 77)
    plane[24:32, 40:48] ^= 255  # one module turned over
    assert read(plane, 0, 0, 640, 360) is None


@pytest.mark.parametrize(("camera", "picture"), [(-1, 0), (1024, 0), (0, -1), (0, 4096)])
def test_numbers_out_of_range_are_refused(camera: int, picture: int) -> None:
    with pytest.raises(ValueError, match="range"):
        draw(np.zeros((360, 640), np.uint8), 8, 8, 8, camera, picture)


def test_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        draw(np.zeros((40, 640), np.uint8), 8, 8, 8, 1, 1)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(city_cameras(2)[1])


def seen(scene: Scene, quality: Quality) -> list[Gray]:
    """What comes out of a camera's encoder: luma of PICTURES pictures, the first of them a keyframe."""
    encoder, decoder = ClipEncoder(quality), av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    out: list[Gray] = []
    for number in range(PICTURES):
        picture = scene.draw(number * 20)  # the scene moves on fast: a hard case for the encoder
        picture = picture if quality == "main" else half(picture)
        stamp_picture(picture, 2, FIRST + number)
        out += decode(decoder, encoder.encode(picture))
    return out


def decode(decoder: av.CodecContext, data: bytes) -> list[Gray]:
    assert isinstance(decoder, av.VideoCodecContext)
    return [luma(frame) for frame in decoder.decode(av.Packet(data))]


def luma(frame: av.VideoFrame) -> Gray:
    return frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.uint8, copy=False)


def through_a_mosaic(cells: list[Gray], width: int, height: int, kbps: int) -> list[Gray]:
    """Each picture in all of 2 × 2 cells with an odd place, encoded and decoded once more."""
    encoder, decoder = av.CodecContext.create("libx264", "w"), av.CodecContext.create("h264", "r")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 2 * width + 8, 2 * height + 8, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.bit_rate = Fraction(1, 15), Fraction(15), kbps * 1000
    encoder.thread_count = decoder.thread_count = 1
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency"}
    out: list[Gray] = []
    for number, cell in enumerate(cells):
        canvas: NDArray[np.uint8] = np.full((encoder.height * 3 // 2, encoder.width), 128, np.uint8)
        for x, y in places(width, height):
            canvas[y : y + height, x : x + width] = cell
        frame = av.VideoFrame.from_ndarray(canvas, format="yuv420p")
        frame.pts = number
        out += decode(decoder, b"".join(bytes(packet) for packet in encoder.encode(frame)))
    return out


def places(width: int, height: int) -> list[tuple[int, int]]:
    return [(2, 4), (width + 6, 2), (0, height + 6), (width + 4, height + 4)]


@pytest.mark.parametrize("quality", ["main", "sub"])
@pytest.mark.parametrize(("width", "height"), [(640, 360), (320, 180), (240, 136)])
@pytest.mark.parametrize("scaling", [cv2.INTER_AREA, cv2.INTER_LINEAR])
def test_read_in_a_cell_after_both_encoders(
    scene: Scene, quality: Quality, width: int, height: int, scaling: int
) -> None:
    pictures = seen(scene, quality)
    assert len(pictures) == PICTURES
    cells = [cv2.resize(picture, (width, height), interpolation=scaling).astype(np.uint8) for picture in pictures]
    # A 36th of a 1080p mosaic's 4 Mbit/s for each cell of 320 × 180, and as many bits for a pixel in the others.
    kbps = 4 * 4000 * width * height // (1920 * 1080)
    for number, canvas in enumerate(through_a_mosaic(cells, width, height, kbps)):
        for x, y in places(width, height):
            assert read(canvas, x, y, width, height) == (2, FIRST + number)
