"""The cameras' clips: 20 s of pictures, encoded once as a camera would, kept in a folder and mapped into memory."""

from __future__ import annotations

import asyncio
import json
import mmap
import multiprocessing
import os
import re
import signal
import struct
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.tether import die_with_parent
from wallserver.city.clock import CLIP_PICTURES, FPS, GOP_PICTURES
from wallserver.city.names import CityCamera, clip_number
from wallserver.city.scene import Scene, half, stamp

type Quality = Literal["main", "sub"]

QUALITIES: tuple[Quality, ...] = ("main", "sub")
_SIZES = {"main": (1280, 720), "sub": (640, 360)}
_KBPS = {"main": 1500, "sub": 400}
_PRESETS = {"main": "ultrafast", "sub": "superfast"}
# A new way of drawing or encoding needs a new version, or old clips would stay.
_VERSION = 3
_HEAD = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Clip:
    """Access units of one stream in Annex B, each a view of the file; picture n is a keyframe if n % 30 == 0."""

    width: int
    height: int
    units: Sequence[memoryview]

    @property
    def parameter_sets(self) -> tuple[bytes, bytes]:
        """SPS and PPS, without start codes."""
        found = {nal[0] & 31: nal for nal in nal_units(bytes(self.units[0]))}
        return found[7], found[8]


def nal_units(data: bytes) -> list[bytes]:
    """The NAL units of an access unit in Annex B."""
    return [nal for nal in re.split(rb"\x00\x00\x00?\x01", data) if nal]


class ClipEncoder:
    """x264 as a cheap camera uses it: closed GOPs of 2 s, no B-frames, a bounded rate."""

    def __init__(self, quality: Quality, fps: int = FPS) -> None:
        width, height = _SIZES[quality]
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, av.VideoCodecContext)  # noqa: S101 - for the type checker
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = Fraction(1, fps), Fraction(fps)
        context.thread_count = 1
        context.bit_rate = _KBPS[quality] * 1000
        rate = f"vbv-maxrate={_KBPS[quality]}:vbv-bufsize={_KBPS[quality]}"
        context.options = {
            "preset": _PRESETS[quality],
            "tune": "zerolatency",
            "x264-params": f"keyint={GOP_PICTURES * fps // FPS}:scenecut=0:repeat-headers=1:annexb=1:{rate}",
        }
        self._context = context
        self._count = 0

    def encode(self, picture: NDArray[np.uint8]) -> bytes:
        """The access unit of an I420 picture."""
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = self._count
        self._count += 1
        return b"".join(bytes(packet) for packet in self._context.encode(frame))


def missing_clips(cameras: Sequence[CityCamera], folder: Path) -> dict[int, CityCamera]:
    """The clips that these cameras need and that are not there: by number, the camera that each shows."""
    owners = {camera.number: camera for camera in cameras if camera.number == clip_number(camera.number)}
    return {number: camera for number, camera in owners.items() if not _is_made(folder, number)}


async def make_clips(cameras: Sequence[CityCamera], folder: Path) -> AsyncGenerator[int]:
    """Encode the clips that are missing, two at a time; yields each clip's number when it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    _tidy(folder)
    missing = missing_clips(cameras, folder)
    for number in {clip_number(camera.number) for camera in cameras} - missing.keys():
        yield number
    if not missing:
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(2, context, initializer=_begin_encoder)
    loop = asyncio.get_running_loop()
    tasks = [loop.run_in_executor(pool, _make, camera, folder) for camera in missing.values()]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()  # nobody wants to hear that its encoder was killed
        # Python would wait at its end for the clips in work. (From 3.14 on this is pool.kill_workers().)
        for encoder in list((pool._processes or {}).values()):
            encoder.kill()
        pool.shutdown(wait=False, cancel_futures=True)


def load_clip(folder: Path, number: int, quality: Quality) -> Clip:
    """A clip that was made."""
    with _path(folder, number, quality).open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    (length,) = _HEAD.unpack_from(data)
    sizes: list[int] = json.loads(bytes(data[_HEAD.size : _HEAD.size + length]))
    units, at = [], _HEAD.size + length
    for size in sizes:
        units.append(data[at : at + size])
        at += size
    return Clip(*_SIZES[quality], units)


def still_clip(clip: Clip, quality: Quality, number: int) -> Clip:
    """A clip in which nothing moves: the keyframe before picture `number` over and over, encoded as a camera would."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 - for the type checker
    keyframe = av.Packet(bytes(clip.units[number - number % GOP_PICTURES]))
    picture = [*decoder.decode(keyframe), *decoder.decode(None)][0].to_ndarray(format="yuv420p")
    encoder = ClipEncoder(quality)
    units = [memoryview(encoder.encode(picture.astype(np.uint8, copy=False))) for _ in range(GOP_PICTURES)]
    return Clip(clip.width, clip.height, units * (CLIP_PICTURES // GOP_PICTURES))


def _begin_encoder() -> None:
    die_with_parent(signal.SIGKILL)
    os.nice(10)  # the wall is running meanwhile, and comes first


def _make(camera: CityCamera, folder: Path) -> int:
    """In a process of its own: draw and encode both streams."""
    cv2.setNumThreads(1)  # there are as many processes as cores
    scene = Scene(camera)
    encoders = {quality: ClipEncoder(quality) for quality in QUALITIES}
    units: dict[Quality, list[bytes]] = {quality: [] for quality in QUALITIES}
    for number in range(CLIP_PICTURES):
        large = scene.draw(number)
        pictures: dict[Quality, NDArray[np.uint8]] = {"main": large, "sub": half(large)}
        for quality, picture in pictures.items():
            stamp(picture, camera.number, number)
            units[quality].append(encoders[quality].encode(picture))
    for quality in QUALITIES:
        _write(_path(folder, camera.number, quality), units[quality])
    return camera.number


def _write(path: Path, units: Sequence[bytes]) -> None:
    sizes = json.dumps([len(unit) for unit in units]).encode()
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_bytes(_HEAD.pack(len(sizes)) + sizes + b"".join(units))
    beside.replace(path)


def _tidy(folder: Path) -> None:
    """Remove what earlier versions left: nothing reads it any more, and it is 5 MB for each camera."""
    for path in folder.glob("clip-v*.bin"):
        version = path.name.removeprefix("clip-v").split("-")[0]
        if version.isdecimal() and int(version) < _VERSION:
            path.unlink(missing_ok=True)


def _path(folder: Path, number: int, quality: Quality) -> Path:
    return folder / f"clip-v{_VERSION}-{number:03d}-{quality}.bin"


def _is_made(folder: Path, number: int) -> bool:
    return all(_path(folder, number, quality).exists() for quality in QUALITIES)
