"""What cameras say of their pictures in the stream itself: matrix, range, the shape of pixels, how they hang."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from ingest.access_unit import AccessUnit
from ingest.canvas import Canvas
from ingest.decoder import Decoder
from ingest.encoder import Encoder
from ingest.scale import BT709, Scaler, placement
from tests.support.camera_units import CameraUnits

RGB = {
    "red": (200, 30, 30),
    "green": (30, 180, 40),
    "blue": (20, 40, 190),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
MATRICES = {"bt709": (1, Colorspace.ITU709), "bt601": (6, Colorspace.ITU601), "bt2020": (9, Colorspace.BT2020)}
RANGES = {"limited": ColorRange.MPEG, "full": ColorRange.JPEG}


def unit_of(rgb: NDArray[np.uint8], matrix: Colorspace, colours: ColorRange, pixels: str, said: str) -> AccessUnit:
    """A picture as a camera encodes it that says `said` of it (options of FFmpeg's h264_metadata)."""
    height, width, _ = rgb.shape
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt, context.time_base = width, height, pixels, Fraction(1, 15)
    context.options = {"preset": "superfast", "tune": "zerolatency", "qp": "4"}
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format=pixels, dst_colorspace=matrix, src_color_range=ColorRange.JPEG, dst_color_range=colours
    )
    frame.color_range, frame.colorspace = ColorRange.UNSPECIFIED, 2  # it is the stream that says it
    frame.pts = 0
    packets = [*context.encode(frame), *context.encode(None)]
    saying = BitStreamFilterContext(f"h264_metadata={said}", "h264")
    data = b"".join(bytes(out) for packet in packets for out in saying.filter(packet))
    return replace(CameraUnits(1, "cam.a.sub").next(), data=data, width=width, height=height)


def canvas_of(unit: AccessUnit, cell: tuple[int, int]) -> tuple[Canvas, Decoder]:
    decoder, canvas = Decoder(), Canvas(*cell)
    frame = decoder.decode(unit)
    assert frame is not None
    place = placement(decoder.aspect(frame), cell, "contain")
    Scaler().put(frame, canvas.cell(place.into), place)
    return canvas, decoder


def rgb_of(canvas: Canvas, x: int, y: int) -> NDArray[np.int64]:
    """A point of a canvas as a browser shows it: BT.709, limited range."""
    planes = canvas.cell((0, 0, canvas.width, canvas.height))
    luma = (int(planes.y[y, x]) - 16) / 219
    blue, red = ((int(plane[y // 2, x // 2]) - 128) / 224 for plane in (planes.u, planes.v))
    out = (luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue)
    return np.clip(np.round(255 * np.array(out)), 0, 255).astype(np.int64)


@pytest.mark.parametrize("colour", RGB)
@pytest.mark.parametrize("colours", RANGES)
@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_a_colour_is_that_colour_whatever_the_camera_sends_it_in(
    colour: str, colours: str, matrix: str, pixels: str
) -> None:
    picture = np.full((180, 320, 3), RGB[colour], np.uint8)
    number, space = MATRICES[matrix]
    said = f"matrix_coefficients={number}:video_full_range_flag={int(colours == 'full')}"
    unit = unit_of(picture, space, RANGES[colours], pixels, said)
    for cell in ((320, 180), (160, 90), (212, 118)):
        canvas, _ = canvas_of(unit, (cell[0], cell[1] // 2 * 2))
        assert np.abs(rgb_of(canvas, 80, 40) - RGB[colour]).max() <= 5


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_camera_that_hangs_askew_is_shown_upright(turned: int) -> None:
    picture = np.full((180, 320, 3), 60, np.uint8)
    picture[:60, :100] = 230  # a bright corner, where the picture as it was taken has its top left
    unit = unit_of(
        picture, Colorspace.ITU709, ColorRange.MPEG, "yuv420p", f"display_orientation=insert:rotate={turned}"
    )
    canvas, decoder = canvas_of(unit, (320, 320))
    frame = decoder.decode(unit)
    assert frame is not None
    # FFmpeg's own word for how it is to be shown: anticlockwise by `rotation`.
    upright = np.rot90(picture[..., 0], round(frame.rotation / 90) % 4)
    assert frame.rotation % 360 in (turned, 360 - turned)
    assert decoder.aspect(frame) == pytest.approx(upright.shape[1] / upright.shape[0])
    place = placement(decoder.aspect(frame), (320, 320), "contain")
    x, y, w, h = place.into
    shown = canvas.cell((x, y, w, h)).y
    for row in (0.1, 0.9):
        for column in (0.1, 0.9):
            source = upright[int(row * upright.shape[0]), int(column * upright.shape[1])]
            assert (shown[int(row * h), int(column * w)] > 140) == (source > 140)


def test_pixels_that_are_not_square_are_shown_in_shape() -> None:
    picture = np.full((288, 352, 3), 90, np.uint8)
    unit = unit_of(picture, Colorspace.ITU709, ColorRange.MPEG, "yuv420p", "sample_aspect_ratio=12/11")
    decoder = Decoder()
    frame = decoder.decode(unit)
    assert frame is not None
    assert decoder.aspect(frame) == pytest.approx(4 / 3)


def test_what_we_encode_says_what_its_colours_mean() -> None:
    data, _ = Encoder(320, 180, 15, 500).encode(Canvas(320, 180), 0)
    decoder = Decoder()
    frame = decoder.decode(replace(CameraUnits(1, "cam.a.sub").next(), data=data))
    assert frame is not None
    assert (frame.colorspace, frame.color_range) == (BT709, ColorRange.MPEG)
