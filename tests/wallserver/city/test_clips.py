"""The cache of clips: what is in it, what is thrown out of it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing.resource_tracker
from pathlib import Path

import av
import numpy as np
import pytest

from tests.support.waiting import eventually
from wallserver.city.block_code import read
from wallserver.city.clips import QUALITIES, Clip, Quality, load_clip, make_clips, nal_units, still_clip
from wallserver.city.clock import CLIP_PICTURES, FPS, GOP_PICTURES
from wallserver.city.names import city_cameras


def decoded(units: list[bytes]) -> list[tuple[int, int] | None]:
    """The codes in these access units; fails on one that cannot be decoded alone from the first on."""
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    frames = [frame for unit in units for frame in decoder.decode(av.Packet(unit))]
    planes = [frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.uint8, copy=False) for frame in frames]
    return [read(plane, 0, 0, plane.shape[1], plane.shape[0]) for plane in planes]


def gop(clip: Clip, first: int) -> list[bytes]:
    return [bytes(unit) for unit in clip.units[first : first + GOP_PICTURES]]


@pytest.mark.parametrize(("quality", "kbps"), [("main", 1500), ("sub", 400)])
def test_a_clip_is_what_a_camera_sends(clips: Path, quality: Quality, kbps: int) -> None:
    clip = load_clip(clips, 1, quality)
    assert len(clip.units) == CLIP_PICTURES
    size = sum(len(unit) for unit in clip.units)
    assert 0.8 * kbps < size * 8 / 1000 / (CLIP_PICTURES / FPS) < 1.2 * kbps
    for number, unit in enumerate(clip.units):
        kinds = {nal[0] & 31 for nal in nal_units(bytes(unit))}
        assert (kinds >= {5, 7, 8}) == (number % GOP_PICTURES == 0)
        assert 5 not in kinds or number % GOP_PICTURES == 0


@pytest.mark.parametrize("quality", QUALITIES)
def test_each_gop_can_be_decoded_by_itself(clips: Path, quality: Quality) -> None:
    clip = load_clip(clips, 901, quality)
    for first in (0, 150, 270):
        assert decoded(gop(clip, first)) == [(901, first + place) for place in range(GOP_PICTURES)]


def test_a_still_clip_shows_the_keyframe_before(clips: Path) -> None:
    clip = load_clip(clips, 1, "sub")
    still = still_clip(clip, "sub", 95)
    assert len(still.units) == len(clip.units)
    assert set(decoded(gop(still, 0))) == {(1, 90)}


async def test_clips_of_earlier_versions_are_thrown_out_and_nothing_else(tmp_path: Path) -> None:
    for name in ("clip-v0-001-main.bin", "clip-v9999-001-main.bin", "something else", "clip-vx-1.bin"):
        (tmp_path / name).touch()
    assert [number async for number in make_clips([], tmp_path)] == []
    assert {path.name for path in tmp_path.iterdir()} == {"clip-v9999-001-main.bin", "something else", "clip-vx-1.bin"}


@pytest.fixture(scope="session")
def resource_tracker() -> None:
    """multiprocessing's, which stays for as long as the process that first needs it."""
    multiprocessing.resource_tracker.ensure_running()


@pytest.mark.usefixtures("resource_tracker")
async def test_who_leaves_in_the_middle_is_told_nothing_of_the_encoders_that_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    making = make_clips(city_cameras(4, 0), tmp_path)
    beginning = asyncio.ensure_future(anext(making))
    await eventually(multiprocessing.active_children)
    beginning.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beginning
    await making.aclose()
    del making, beginning
    await eventually(lambda: not multiprocessing.active_children())
    await asyncio.sleep(0)
    gc.collect()
    assert caplog.records == []


async def test_clips_that_are_there_are_not_made_again(clips: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in clips.iterdir()}
    assert sorted([number async for number in make_clips(city_cameras(1, 1), clips)]) == [1, 901]
    assert {path.name: path.stat().st_mtime_ns for path in clips.iterdir()} == before
