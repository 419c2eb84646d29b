from __future__ import annotations

import re

import av
import cv2
import numpy as np
import pytest

from ingest.canvas import Canvas
from ingest.encoder import Encoder
from tests.support.camera_units import i420, stamped
from wallserver.city.block_code import read

W, H = 640, 360


def kinds(data: bytes) -> list[int]:
    """NAL unit types of an access unit (ITU-T H.264, table 7-1)."""
    return [data[found.end()] & 31 for found in re.finditer(b"\0\0\1", data)]


def encoded(count: int, *, force_at: int = -1, every_tick: int = 1, kbps: int = 1000) -> list[tuple[bytes, bool]]:
    canvas, encoder = Canvas(W, H), Encoder(W, H, 15, kbps)
    out = []
    for number in range(count):
        canvas.buffer[:] = stamped(W, H, 5, number)
        out.append(encoder.encode(canvas, number * every_tick * 6000, force_keyframe=number == force_at))
    return out


def test_every_keyframe_brings_its_parameter_sets_and_every_picture_comes_at_once() -> None:
    units = encoded(32)
    assert [number for number, (_, key) in enumerate(units) if key] == [0, 30]
    for data, key in units:
        assert data
        slices = [kind for kind in kinds(data) if kind in (1, 5)]
        assert set(slices) == ({5} if key else {1})
        assert ([kind for kind in kinds(data) if kind in (7, 8)] == [7, 8]) is key


def test_a_keyframe_comes_when_it_is_asked_for() -> None:
    assert [number for number, (_, key) in enumerate(encoded(9, force_at=4)) if key] == [0, 4]


@pytest.mark.parametrize(("every_tick", "keyframes"), [(2, [0, 15, 30]), (3, [0, 10, 20, 30])])
def test_keyframes_come_by_time_when_pictures_come_less_often(every_tick: int, keyframes: list[int]) -> None:
    units = encoded(32, every_tick=every_tick)
    assert [number for number, (_, key) in enumerate(units) if key] == keyframes
    assert all(data for data, _ in units)


@pytest.mark.parametrize("every_tick", [1, 2, 3])
def test_the_bitrate_stays_within_its_bound_at_every_tempo(every_tick: int) -> None:
    kbps, seconds = 1500, 8
    units = encoded(15 * seconds // every_tick, every_tick=every_tick, kbps=kbps)
    sizes = [len(data) for data, _ in units[15 // every_tick :]]  # not the first second: the buffer was full
    assert 0 < sum(sizes) * 8 / 1000 / (seconds - 1) <= kbps * 1.02  # at most, and what its buffer still holds


def test_the_profile_is_constrained_baseline_and_the_level_fits() -> None:
    data, _ = encoded(1)[0]
    at = data.index(b"\0\0\1\x67") + 4
    profile, constraints, level = data[at : at + 3]
    assert profile == 66
    assert constraints & 0x40  # constraint_set1_flag: constrained baseline
    assert level <= 31  # 640×360 at 15: what every browser's 42e01f decodes


def test_what_was_composed_is_what_is_decoded() -> None:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    seen = []
    for data, _ in encoded(4):
        seen += [read(i420(frame)[:H], 0, 0, W, H) for frame in decoder.decode(av.Packet(data))]
    seen += [read(i420(frame)[:H], 0, 0, W, H) for frame in decoder.decode(None)]
    assert seen == [(5, number) for number in range(4)]


def test_what_moves_little_costs_a_fraction_of_the_bitrate() -> None:
    random = np.random.default_rng(1)
    street = cv2.GaussianBlur(random.integers(16, 120, (H, W), dtype=np.uint8), (15, 15), 4)
    canvas, encoder = Canvas(W, H), Encoder(W, H, 15, 2000)
    sizes, seen = [], []
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    for number in range(60):
        canvas.buffer[:H] = np.clip(street + random.normal(0, 0.8, (H, W)), 16, 235)
        data, _ = encoder.encode(canvas, number * 6000)
        sizes.append(len(data))
        pictures = [i420(frame)[:H].astype(float) for frame in decoder.decode(av.Packet(data))]
        seen += [float(np.mean((picture - canvas.buffer[:H]) ** 2)) for picture in pictures]
    assert sum(sizes[15:]) * 8 / 1000 / 3 < 2000 / 4
    assert 10 * np.log10(255**2 / np.mean(seen[15:])) > 40
