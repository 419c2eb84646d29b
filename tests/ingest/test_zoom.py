"""A part of a picture: exactly that, of any format, at any ratio, upright, and nothing of what lies beside it."""

from __future__ import annotations

import time

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from ingest.access_unit import AccessUnit
from ingest.canvas import Planes
from ingest.compositor import Compositor
from ingest.cropper import Cropper
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.painter import Painter
from ingest.shared_cells import SharedCells
from ingest.stream_input import Picture, StreamInput
from ingest.zoom import Zoom
from tests.ingest.test_colours import unit_of
from tests.ingest.test_scale import psnr, smooth
from tests.support.camera_units import CameraUnits, frame_of, i420
from tests.support.cells import drawn

STREAM = "cam.a.main"
PIXELS = ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "nv12", "gray"]


def shown(picture: Picture, zoom: Zoom | None, cell: tuple[int, int]) -> Planes:
    """What a cell shows of it, burned onto a canvas of that size."""
    entry = StreamInput(STREAM)
    entry.picture = picture
    return drawn(entry, MosaicCell("a", STREAM, 0, 0, *cell, zoom=zoom)).planes


def picture_of(frame: av.VideoFrame) -> Picture:
    return Picture(frame, frame.width / frame.height, CameraUnits(1, STREAM).next(), time.monotonic())


def decoded(unit: AccessUnit) -> Picture:
    entry = StreamInput(STREAM)
    entry.decode(unit)
    assert entry.picture is not None
    return entry.picture


@pytest.mark.parametrize("pixels", PIXELS)
@pytest.mark.parametrize("size", [(640, 360), (641, 361)])
def test_a_part_is_those_very_pixels(pixels: str, size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixels)
    part = Cropper(Zoom(2500, 5000, 5000, 5000)).crop(frame, 0)
    assert abs(part.width - size[0] / 2) <= 2
    assert abs(part.height - size[1] / 2) <= 2
    for number, (plane, whole) in enumerate(zip(part.planes, frame.planes, strict=True)):
        samples, all_samples = (np.frombuffer(one, np.uint8).reshape(-1, one.line_size) for one in (plane, whole))
        bytes_wide = plane.width * (2 if "10" in pixels or (pixels == "nv12" and number == 1) else 1)
        x, y = whole.width * bytes_wide // plane.width // 4, whole.height // 2
        found = [
            (left, top)
            for left in range(max(0, x - 6), x + 7)
            for top in range(max(0, y - 3), y + 4)
            if np.array_equal(
                samples[: plane.height - 1, :bytes_wide],
                all_samples[top : top + plane.height - 1, left : left + bytes_wide],
            )
        ]
        assert len(found) == 1


@pytest.mark.parametrize("cell", [(320, 180), (160, 90), (640, 360), (212, 118), (1280, 720)])
def test_a_zoomed_cell_is_as_good_as_bicubic_of_that_part(cell: tuple[int, int]) -> None:
    width, height = cell[0], cell[1] // 2 * 2
    whole = smooth(1280, 720)
    planes = (whole[:720], whole[720:900].reshape(360, 640), whole[900:].reshape(360, 640))
    part = np.concatenate(
        [
            plane[plane.shape[0] // 4 : plane.shape[0] // 2, plane.shape[1] // 2 : plane.shape[1] * 3 // 4].reshape(-1)
            for plane in planes
        ]
    )
    reference = i420(frame_of(part.reshape(270, 320)).reformat(width, height, "yuv420p", interpolation="BICUBIC"))
    luma = shown(picture_of(frame_of(whole)), Zoom(5000, 2500, 2500, 2500), (width, height)).y
    assert psnr(luma, reference[:height]) > 33


@pytest.mark.parametrize("pixels", PIXELS)
@pytest.mark.parametrize("zoom", [Zoom(2500, 2500, 5000, 5000), Zoom(3003, 2671, 4111, 3997)])
@pytest.mark.parametrize("cell", [(320, 180), (212, 118), (640, 360), (100, 300)])
def test_what_lies_beside_the_part_is_not_in_the_cell(pixels: str, zoom: Zoom, cell: tuple[int, int]) -> None:
    """No green or pink edge, also where the picture beside it is of nothing else."""
    rgb = np.zeros((361, 641, 3), np.uint8)
    rgb[:, ::2], rgb[:, 1::2] = (0, 255, 0), (255, 0, 255)
    # As many pixels more as the part is rounded outwards by, and as a sample of colour mixes: those are of the part.
    top, bottom = zoom.y * 361 // 10_000 - 6, (zoom.y + zoom.h) * 361 // 10_000 + 7
    left, right = zoom.x * 641 // 10_000 - 6, (zoom.x + zoom.w) * 641 // 10_000 + 7
    rgb[top:bottom, left:right] = 128
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixels)
    planes = shown(picture_of(frame), zoom, cell)
    inside = planes.y != 16  # not the bars
    assert inside.mean() > (0.1 if cell == (100, 300) else 0.95)
    assert np.ptp(planes.y[inside].astype(int)) <= 2
    for plane in (planes.u, planes.v):
        assert np.abs(plane.astype(int) - 128).max() <= 2


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_of_a_camera_that_hangs_askew_the_part_of_the_upright_picture_is_shown(turned: int) -> None:
    rgb = np.full((180, 320, 3), 60, np.uint8)
    rgb[:60, :100] = 230
    picture = decoded(
        unit_of(rgb, Colorspace.ITU709, ColorRange.MPEG, "yuv420p", f"display_orientation=insert:rotate={turned}")
    )
    upright = np.rot90(rgb[..., 0], round(picture.frame.rotation / 90) % 4)
    zoom = Zoom(1000, 1000, 3000, 6000)
    height, width = upright.shape
    expected = upright[height // 10 : height * 7 // 10, width // 10 : width * 4 // 10]
    cell = expected.shape[1] // 2 * 4, expected.shape[0] // 2 * 4
    luma = shown(picture, zoom, cell).y
    for row in (0.05, 0.2, 0.5, 0.8, 0.95):
        for column in (0.05, 0.2, 0.5, 0.8, 0.95):
            bright = expected[int(row * expected.shape[0]), int(column * expected.shape[1])] > 140
            assert (luma[int(row * cell[1]), int(column * cell[0])] > 140) == bright


def test_a_part_keeps_its_shape_between_bars() -> None:
    picture = picture_of(frame_of(smooth(640, 360)))
    planes = shown(picture, Zoom(0, 0, 2500, 5000), (320, 180))  # 160 × 180 of it
    assert np.all(planes.y[:, :80] == 16)
    assert planes.y[:, 80:240].std() > 10


def test_the_part_follows_a_camera_that_changes_its_size() -> None:
    entry = StreamInput(STREAM)
    cell = MosaicCell("a", STREAM, 0, 0, 320, 180, zoom=Zoom(0, 0, 5000, 5000))
    shared, compositor = SharedCells.create([(320, 180)]), Compositor(320, 180)
    shared.close()
    painter = Painter(entry, cell, shared, 0)
    seen: list[NDArray[np.uint8]] = []
    for size in ((640, 360), (1280, 720)):
        painter.paint(picture_of(frame_of(smooth(*size))))
        compositor.compose(MosaicSpec("m", 320, 180, 15, 1000, 1, (cell,)), shared, time.monotonic(), lambda _: "")
        seen.append(compositor.canvas.cell((0, 0, 320, 180)).y.copy())
    assert psnr(*seen) > 25
