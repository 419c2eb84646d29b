"""Privacy masks: of what is behind a solid one not one bit is in what comes out, whatever the camera sends it in."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from functools import cache

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from ingest.errors import MaskError, MosaicError
from ingest.masker import Masker
from ingest.masks import MOST_MASKS, MOST_POINTS, Mask, masks_from_json, masks_to_json
from ingest.mosaic import Fit, MosaicCell, MosaicSpec
from ingest.painter import Painter
from ingest.scale import planes_of
from ingest.shared_cells import SharedCells
from ingest.stream_input import Picture, StreamInput
from ingest.zoom import WHOLE, Zoom
from tests.ingest.test_colours import unit_of
from tests.support.camera_units import CameraUnits
from tests.support.cells import drawn

STREAM = "cam.a.main"
# At odd places, so that edges lie within pixels and samples of colour; one has sides that cross.
SLANTED = Mask(((1111, 2223), (4567, 1999), (5003, 6111), (2501, 5333)))
STAR = Mask(((7000, 2000), (8500, 7500), (5501, 4203), (8799, 4203), (5999, 7500)))
EDGE = Mask(((0, 8333), (WHOLE, 9011), (WHOLE, WHOLE), (0, WHOLE)))
MASKS = (SLANTED, STAR, EDGE)


@cache
def behind(masks: tuple[Mask, ...], width: int, height: int) -> NDArray[np.bool_]:
    """Every pixel that any of the masks touches, found without the code under test: on a grid 8 times as fine."""
    fine = np.zeros((height * 8, width * 8), np.uint8)
    for mask in masks:
        hull = np.zeros_like(fine)
        points = np.round(np.array(mask.points) * (width * 8, height * 8) / WHOLE).astype(np.int32)
        cv2.fillPoly(hull, [points], 1)
        if mask is STAR:  # what its sides enclose is behind it too
            middle = points.mean(axis=0).astype(np.int32)
            cv2.floodFill(hull, None, (int(middle[0]), int(middle[1])), 1)
        fine |= hull
    touched: NDArray[np.bool_] = fine.reshape(height, 8, width, 8).any(axis=(1, 3))
    return touched


@cache
def two_scenes(width: int, height: int, masks: tuple[Mask, ...]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """RGB pictures that differ in nothing but what is behind the masks, and there in everything."""
    random = np.random.default_rng(3)
    one = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    other = one.copy()
    hidden = behind(masks, width, height)
    one[hidden], other[hidden] = (255, 0, 0), (0, 255, 255)
    one[hidden] ^= random.integers(0, 32, (int(hidden.sum()), 3), dtype=np.uint8)
    return one, other


def frame_in(rgb: NDArray[np.uint8], pixels: str) -> av.VideoFrame:
    """As a camera would have it that takes each sample of colour from its own pixels alone."""
    # One thread: several write into each other's rows at odd widths.
    return av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixels, interpolation="AREA", threads=1)


def composed(
    frame: av.VideoFrame,
    cell: tuple[int, int],
    masks: tuple[Mask, ...] = MASKS,
    *,
    zoom: Zoom | None = None,
    fit: Fit = "contain",
    aspect: float | None = None,
) -> NDArray[np.uint8]:
    """The canvas of one cell that shows this as its very first picture."""
    entry = StreamInput(STREAM)
    shape = aspect or frame.width / frame.height
    entry.picture = Picture(frame, shape, CameraUnits(1, STREAM).next(), time.monotonic())
    return drawn(entry, MosaicCell("a", STREAM, 0, 0, *cell, fit=fit, zoom=zoom, masks=masks)).buffer


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "nv12", "gray"])
@pytest.mark.parametrize("size", [(320, 180), (321, 181)])
def test_not_one_bit_of_what_is_masked_comes_out(pixels: str, size: tuple[int, int]) -> None:
    one, other = (frame_in(rgb, pixels) for rgb in two_scenes(*size, MASKS))
    assert bytes(one.planes[0]) != bytes(other.planes[0])
    for cell in ((320, 180), (160, 90), (106, 60), (200, 200), (640, 360)):
        assert np.array_equal(composed(one, cell), composed(other, cell))
    assert np.array_equal(composed(one, (200, 200), fit="cover"), composed(other, (200, 200), fit="cover"))
    for zoom in (Zoom(1000, 1500, 4000, 5000), Zoom(4444, 3333, 777, 999)):
        assert np.array_equal(composed(one, (300, 200), zoom=zoom), composed(other, (300, 200), zoom=zoom))


def test_not_one_bit_of_what_is_masked_is_in_memory_that_others_see() -> None:
    memories = []
    for rgb in two_scenes(320, 180, MASKS):
        shared = SharedCells.create([(320, 180)])
        cell = MosaicCell("a", STREAM, 0, 0, 320, 180, masks=MASKS)
        painter, unit = Painter(StreamInput(STREAM), cell, shared, 0), CameraUnits(1, STREAM).next()
        for number in (1, 2):  # there is room for two pictures
            painter.paint(Picture(frame_in(rgb, "yuv420p"), 16 / 9, unit, float(number)))
        pictures = os.pread(shared.fd, os.fstat(shared.fd).st_size, 0)[-2 * 320 * 180 * 3 // 2 :]
        assert pictures.count(bytes([16] * 64)) == 0  # both are drawn
        memories.append(pictures)
        shared.close()
    assert memories[0] == memories[1]


def test_what_is_not_masked_is_shown_as_it_was() -> None:
    rgb, _ = two_scenes(640, 360, MASKS)
    frame = frame_in(rgb, "yuv420p")
    masked, bare = composed(frame, (640, 360)), composed(frame, (640, 360), ())
    around = cv2.dilate(behind(MASKS, 640, 360).astype(np.uint8), np.ones((9, 9), np.uint8)) != 0
    assert np.array_equal(masked[:360][~around], bare[:360][~around])
    assert around.mean() < 0.5
    assert np.all(masked[:360][behind(MASKS, 640, 360)] == 40)


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_masks_lie_on_the_picture_as_it_is_shown(turned: int) -> None:
    rgb = np.full((180, 320, 3), 200, np.uint8)
    said = f"display_orientation=insert:rotate={turned}"
    entry = StreamInput(STREAM)
    entry.decode(unit_of(rgb, Colorspace.ITU709, ColorRange.MPEG, "yuv420p", said))
    assert entry.picture is not None
    corner = Mask(((0, 0), (2500, 0), (2500, 2500), (0, 2500)))  # top left, as people see it
    aspect = entry.picture.aspect
    cell = (320, 180) if aspect > 1 else (180, 320)
    canvas = composed(entry.picture.frame, cell, (corner,), aspect=aspect)
    luma = canvas[: cell[1]]
    dark = luma < 100
    assert dark[: cell[1] // 4, : cell[0] // 4].all()
    dark[: cell[1] // 4 + 3, : cell[0] // 4 + 3] = False
    assert not dark.any()


def test_a_pixelated_one_shows_no_more_than_a_few_blocks_however_large_the_cell() -> None:
    pixelated = replace(SLANTED, style="pixelated")
    picture = np.random.default_rng(5).integers(16, 236, (540, 640), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
    inside = cv2.erode(behind((pixelated,), 640, 360).astype(np.uint8), np.ones((9, 9), np.uint8)) != 0
    out = planes_of(Masker((pixelated,)).masked(frame)).y
    blocks = out.reshape(18, 20, 32, 20).swapaxes(1, 2).reshape(-1, 400)
    whole = inside.reshape(18, 20, 32, 20).swapaxes(1, 2).reshape(-1, 400).all(axis=1)
    assert whole.sum() > 20
    assert np.all(np.ptp(blocks[whole].astype(int), axis=1) == 0)
    # Closer: the same blocks, larger.
    zoomed = composed(frame, (640, 360), (pixelated,), zoom=Zoom(2500, 3000, 2000, 2000))[:360]
    assert len(np.unique(zoomed)) < 200


def test_of_two_that_overlap_the_solid_one_counts() -> None:
    box = ((2000, 2000), (8000, 2000), (8000, 8000), (2000, 8000))
    one, other = (frame_in(rgb, "yuv420p") for rgb in two_scenes(640, 360, (Mask(box),)))
    masks = (Mask(box, "solid"), Mask(box, "pixelated"))
    assert np.array_equal(composed(one, (320, 180), masks), composed(other, (320, 180), masks))
    assert np.all(composed(one, (640, 360), masks)[80:280, 140:500] == 40)


def test_the_cameras_own_picture_is_left_alone() -> None:
    frame = frame_in(two_scenes(640, 360, MASKS)[0], "yuv420p")  # the decoder refers to it
    before = frame.to_ndarray()
    composed(frame, (320, 180))
    assert np.array_equal(frame.to_ndarray(), before)


def test_masks_survive_the_bucket_with_the_cell_that_they_are_of() -> None:
    cell = MosaicCell("a", STREAM, 0, 0, 320, 180, masks=(*MASKS, replace(EDGE, style="pixelated")))
    spec = MosaicSpec("m", 320, 180, 15, 1000, 1, (cell,))
    assert MosaicSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert masks_from_json(json.loads(json.dumps(masks_to_json(cell.masks)))) == cell.masks


SQUARE = [[0, 0], [9, 0], [9, 9]]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        "x",
        [{"points": SQUARE}],
        [{"points": SQUARE, "style": "blurred"}],
        [{"points": SQUARE[:2], "style": "solid"}],
        [{"points": [[1, 1]] * (MOST_POINTS + 1), "style": "solid"}],
        [{"points": [[0, 0], [9, 0], [9, WHOLE + 1]], "style": "solid"}],
        [{"points": [[0, 0], [9, 0], [-1, 9]], "style": "solid"}],
        [{"points": [[0, 0, 0], [9, 0], [9, 9]], "style": "solid"}],
        [{"points": [["x", 0], [9, 0], [9, 9]], "style": "solid"}],
        [{"points": SQUARE, "style": "solid"}] * (MOST_MASKS + 1),
    ],
)
def test_what_is_no_mask_is_an_error_and_never_no_mask(value: object) -> None:
    with pytest.raises(MaskError):
        masks_from_json(value)
    spec = MosaicSpec("m", 320, 180, 15, 1000, 1, (MosaicCell("a", STREAM, 0, 0, 320, 180),)).to_json()
    spec["cells"] = [{**spec["cells"][0], "masks": value}]
    with pytest.raises(MosaicError, match="mask"):
        MosaicSpec.from_json(spec)
