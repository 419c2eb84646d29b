from __future__ import annotations

import random
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest

from ingest import decoder as decoder_module
from ingest.accelerators import _decodes_alike, _fault, decoders
from ingest.access_unit import Codec
from ingest.decoder import Decoder, shape_of
from ingest.keyframe import decodes
from tests.support.camera_units import CameraUnits, i420
from wallserver.city.block_code import read


def test_each_access_unit_gives_its_own_picture_at_once() -> None:
    camera, decoder = CameraUnits(7, "cam.a.sub"), Decoder()
    for number in range(5):
        frame = decoder.decode(camera.next())
        assert frame is not None
        assert read(i420(frame)[:360], 0, 0, 640, 360) == (7, number)


def test_it_begins_at_a_keyframe_and_anew_after_a_hole() -> None:
    camera, decoder = CameraUnits(7, "cam.a.sub"), Decoder()
    units = [camera.next(keyframe=number == 6) for number in range(9)]
    assert decoder.decode(units[1]) is None
    assert decoder.decode(units[0]) is not None
    assert decoder.decode(replace(units[2], discontinuity=True)) is None
    assert decoder.decode(units[3]) is None
    assert decoder.decode(units[6]) is not None
    assert decoder.decode(units[7]) is not None


def test_a_picture_that_claims_to_be_huge_gets_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = CameraUnits(7, "cam.a.sub").next()
    assert decodes(unit.codec, unit.data)
    monkeypatch.setattr(decoder_module, "MOST_PIXELS", 640 * 360 - 1)
    assert Decoder().decode(unit) is None
    assert not decodes(unit.codec, unit.data)


@pytest.mark.parametrize(("size", "aspect"), [((640, 360), 16 / 9), ((4096, 64), 8.0), ((64, 4096), 1 / 8)])
def test_a_shape_that_no_camera_has_is_shown_as_one_that_some_may_have(size: tuple[int, int], aspect: float) -> None:
    assert shape_of(av.VideoFrame(*size, "yuv420p"), None) == pytest.approx(aspect)


def test_garbage_is_no_picture_and_no_error_and_it_recovers() -> None:
    camera, decoder, chance = CameraUnits(7, "cam.a.sub", gop=5), Decoder(), random.Random(4)
    for _ in range(60):
        unit = camera.next()
        decoder.decode(replace(unit, data=chance.randbytes(len(unit.data))))
    decoder.decode(replace(camera.next(keyframe=True), discontinuity=True))
    frame = decoder.decode(camera.next())
    assert frame is not None
    assert read(i420(frame)[:360], 0, 0, 640, 360) == (7, camera.count - 1)


def test_a_camera_that_changes_its_size_is_followed() -> None:
    decoder = Decoder()
    first = decoder.decode(CameraUnits(1, "cam.a.sub").next())
    second = decoder.decode(CameraUnits(1, "cam.a.sub", size=(320, 240)).next())
    assert first is not None
    assert second is not None
    assert (first.width, second.width, second.height) == (640, 320, 240)
    assert decoder.aspect(second) == 320 / 240


def test_motion_jpeg_and_whatever_follows_it() -> None:
    camera, decoder = CameraUnits(7, "cam.a.sub"), Decoder()
    unit = camera.next()
    source = Decoder().decode(unit)
    assert source is not None
    _, encoded = cv2.imencode(".jpg", source.to_ndarray(format="bgr24"), [cv2.IMWRITE_JPEG_QUALITY, 95])
    jpeg = decoder.decode(replace(unit, codec=Codec.MJPEG, data=encoded.tobytes()))
    assert jpeg is not None
    assert read(i420(jpeg.reformat(format="yuv420p"))[:360], 0, 0, 640, 360) == (7, 0)
    assert decoder.decode(replace(unit, codec=Codec.MJPEG, data=encoded.tobytes()[:300])) is None
    assert decoder.decode(replace(unit, discontinuity=True)) is not None


def test_without_the_loop_filter_it_is_the_same_picture_to_the_eye_from_the_next_keyframe_on() -> None:
    camera, full, reduced = CameraUnits(1, "cam.a.sub", gop=10), Decoder(), Decoder()
    errors = []
    for number in range(30):
        reduced.reduced = number >= 15
        unit = camera.next()
        one, other = full.decode(unit), reduced.decode(unit)
        assert one is not None
        assert other is not None
        errors.append(float(np.mean((i420(one).astype(np.float64) - i420(other)) ** 2)))
    assert errors[:20] == [0.0] * 20  # asked for at 15, the next keyframe is the 20th
    assert 0 < max(errors[20:]) < 255**2 / 10 ** (30 / 10)  # above 30 dB before it is scaled down


def test_an_engine_that_fails_at_once_costs_no_picture() -> None:
    """A real one: the driver is not there, or it would not be among those that were found to work."""
    if Codec.H264 in decoders():
        pytest.skip("here is an engine that works")
    for engine in ("h264_cuvid", "h264_qsv"):
        camera, decoder = CameraUnits(7, "cam.a.sub"), Decoder({Codec.H264: engine})
        for number in range(5):
            frame = decoder.decode(camera.next())
            assert frame is not None
            assert read(i420(frame)[:360], 0, 0, 640, 360) == (7, number)
        assert decoder.failed == 0


def test_an_engine_that_fails_later_costs_the_pictures_up_to_the_next_keyframe() -> None:
    # FFmpeg's own decoder in the place of an engine: it decodes, and then meets what it cannot.
    camera, decoder = CameraUnits(7, "cam.a.sub", gop=10), Decoder({Codec.H264: "h264"})
    shown = []
    for number in range(20):
        unit = camera.next()
        broken = replace(unit, data=b"\0\0\0\1\x65" + b"\xff" * 40) if number == 4 else unit
        shown.append(decoder.decode(broken) is not None)
    assert shown == [True] * 4 + [False] * 6 + [True] * 10
    assert decoder._engines == {}


def test_what_decodes_as_ffmpegs_own_is_found_by_doing_it_and_nothing_else_is() -> None:
    assert _fault("h264", _decodes_alike) is None
    assert _fault("mjpeg", _decodes_alike) is not None
    assert set(decoders()) <= {Codec.H264}
