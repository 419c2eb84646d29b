"""Pictures into cells, against swscale's bicubic as the reference."""

from __future__ import annotations

from typing import Literal

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from ingest.canvas import Canvas
from ingest.scale import Scaler, placement, planes_of
from tests.support.camera_units import frame_of, i420
from tests.support.pictures import made_picture


def smooth(width: int, height: int) -> NDArray[np.uint8]:
    """A picture with texture that a scaler can keep, in colour."""
    x, y = np.meshgrid(np.linspace(0, 9, width), np.linspace(0, 7, height))
    picture = np.empty((height * 3 // 2, width), np.uint8)
    picture[:height] = 120 + 60 * np.sin(x * 4) * np.cos(y * 3) + 20 * np.sin(x * 11 + y * 7)
    picture[height:] = 90 + 40 * np.sin(np.linspace(0, 20, picture[height:].size)).reshape(picture[height:].shape)
    return picture


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def put(frame: av.VideoFrame, cell: tuple[int, int], fit: Literal["contain", "cover"] = "contain") -> Canvas:
    canvas = Canvas(*cell)
    place = placement(frame.width / frame.height, cell, fit)
    Scaler().put(frame, canvas.cell(place.into), place)
    return canvas


@pytest.mark.parametrize("cell", [(640, 360), (320, 180), (212, 118), (480, 270), (1280, 720)])
def test_a_scaled_picture_is_as_good_as_bicubic(cell: tuple[int, int]) -> None:
    frame = frame_of(smooth(640, 360))
    reference = i420(frame.reformat(*cell, "yuv420p", interpolation="BICUBIC"))
    assert psnr(put(frame, cell).buffer, reference) > 33


@pytest.mark.parametrize("size", [(641, 361), (1279, 719), (352, 288), (2560, 1440)])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "gray"])
def test_odd_sizes_and_other_formats_leave_no_green_or_pink_edge(size: tuple[int, int], pixels: str) -> None:
    source = np.full((size[1], size[0], 3), 128, np.uint8)  # a gray picture: any colour in it would be ours
    source[::7] = 90
    frame = av.VideoFrame.from_ndarray(source, format="rgb24").reformat(format=pixels)
    canvas = put(frame, (320, 180))
    planes = canvas.cell((0, 0, 320, 180))
    assert np.abs(planes.u.astype(int) - 128).max() <= 3
    assert np.abs(planes.v.astype(int) - 128).max() <= 3


@pytest.mark.parametrize("cell", [(640, 360), (320, 180), (200, 112)])
def test_full_range_becomes_limited_range(cell: tuple[int, int]) -> None:
    picture = np.full((540, 640), 128, np.uint8)
    picture[:180], picture[180:360] = 0, 255
    frame = frame_of(picture)
    frame.color_range = ColorRange.JPEG
    luma = put(frame, cell).cell((0, 0, *cell)).y
    assert abs(int(luma[4, 4]) - 16) <= 1
    assert abs(int(luma[-4, 4]) - 235) <= 1


def test_contain_shows_all_between_even_bars() -> None:
    place = placement(4 / 3, (320, 180), "contain")
    assert place.into == (40, 0, 240, 180)
    canvas = put(frame_of(made_picture(640, 480, 1)), (320, 180))
    assert np.all(canvas.cell((0, 0, 40, 180)).y == 16)
    assert canvas.cell((40, 0, 240, 180)).y.std() > 10


def test_cover_fills_the_cell_and_crops_the_middle() -> None:
    place = placement(4 / 3, (320, 180), "cover")
    assert (place.size, place.crop, place.into) == ((320, 240), (0, 30), (0, 0, 320, 180))
    picture = smooth(640, 480)
    whole = i420(frame_of(picture).reformat(320, 240, "yuv420p", interpolation="AREA"))[:240]
    assert psnr(put(frame_of(picture), (320, 180), "cover").buffer[:180], whole[30:210]) > 40


@pytest.mark.parametrize("aspect", [0.1, 0.5625, 1.0, 1.3333, 1.7778, 2.4, 9.0])
@pytest.mark.parametrize("cell", [(2, 2), (62, 34), (320, 180), (1278, 716)])
@pytest.mark.parametrize("fit", ["contain", "cover"])
def test_a_placement_stays_inside_its_cell(
    aspect: float, cell: tuple[int, int], fit: Literal["contain", "cover"]
) -> None:
    place = placement(aspect, cell, fit)
    x, y, w, h = place.into
    assert x >= 0
    assert y >= 0
    assert x + w <= cell[0]
    assert y + h <= cell[1]
    assert place.crop[0] + w <= place.size[0]
    assert place.crop[1] + h <= place.size[1]
    assert not any(side % 2 for side in (*place.size, *place.crop, *place.into))


def ssim(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Structural similarity of two planes (Wang et al. 2004, Gaussian window of 11)."""
    first, second = one.astype(np.float64), other.astype(np.float64)

    def smoothed(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5), np.float64)

    mean_1, mean_2 = smoothed(first), smoothed(second)
    spread_1, spread_2 = smoothed(first**2) - mean_1**2, smoothed(second**2) - mean_2**2
    common = smoothed(first * second) - mean_1 * mean_2
    steady_1, steady_2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_1 * mean_2 + steady_1) * (2 * common + steady_2)
    return float((top / ((mean_1**2 + mean_2**2 + steady_1) * (spread_1 + spread_2 + steady_2))).mean())


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "nv12"])
@pytest.mark.parametrize("size", [(640, 360), (641, 361)])
@pytest.mark.parametrize("cell", [(640, 360), (320, 180), (212, 118), (800, 450)])
def test_every_format_comes_out_as_bicubic_would_have_it_by_psnr_and_ssim(
    pixels: str, size: tuple[int, int], cell: tuple[int, int]
) -> None:
    whole = frame_of(smooth(640, 360))
    reference = whole.reformat(*cell, "yuv420p", interpolation="BICUBIC", threads=1)
    camera = whole.reformat(
        *size, pixels, interpolation="BICUBIC", threads=1, dst_color_range="JPEG" if pixels == "yuvj420p" else "MPEG"
    )
    planes = put(camera, cell).cell((0, 0, *cell))
    for ours, theirs in zip(planes, planes_of(reference), strict=True):
        assert psnr(ours, theirs) > 31
        assert ssim(ours, theirs) > 0.95
