"""What the tilers of a benchmark get to see: clips of 10 s as a cheap camera sends them, 640×360, 15 pictures a second.

Two kinds: pictures that the simulated city draws, and real footage. Both through the same encoder (400 kbit/s, GOP of
2 s, no B-frames), in NUT, which keeps Annex B and is the cheapest of FFmpeg's containers to read.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.support.pictures import FOOTAGE
from wallserver.city.clips import ClipEncoder
from wallserver.city.clock import CLIP_PICTURES, FPS
from wallserver.city.names import city_cameras
from wallserver.city.scene import Scene, half

CLIPS = 8
WIDTH, HEIGHT = 640, 360
PICTURES = CLIP_PICTURES // 2
_BIKES = FOOTAGE.with_name("bikes.mp4")


def has_footage() -> bool:
    """Whether real pictures are there."""
    return FOOTAGE.exists() and _BIKES.exists()


def made_clips(ffmpeg: str, folder: Path) -> list[Path]:
    """Of eight cameras of the simulated city."""
    clips = []
    for camera in city_cameras(CLIPS, 0):
        scene = Scene(camera)
        pictures = (half(scene.draw(number)) for number in range(PICTURES))
        clips.append(_clip(ffmpeg, folder / f"made-{camera.number}", pictures))
    return clips


def footage_clips(ffmpeg: str, folder: Path) -> list[Path]:
    """Of a street with people (from six moments) and of traffic close up (two)."""
    street, bikes = list(_read(FOOTAGE)), list(_read(_BIKES))
    clips = [(street, number * len(street) // 6) for number in range(6)] + [(bikes, 0), (bikes, len(bikes) // 2)]
    return [
        _clip(ffmpeg, folder / f"footage-{number}", (pictures[(begin + n) % len(pictures)] for n in range(PICTURES)))
        for number, (pictures, begin) in enumerate(clips)
    ]


def _read(path: Path) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in container.decode(video=0):
            yield frame.reformat(WIDTH, HEIGHT, "yuv420p", interpolation="AREA").to_ndarray().astype(np.uint8)


def _clip(ffmpeg: str, base: Path, pictures: Iterator[NDArray[np.uint8]]) -> Path:
    encoder = ClipEncoder("sub")
    raw, clip = base.with_suffix(".h264"), base.with_suffix(".nut")
    raw.write_bytes(b"".join(encoder.encode(picture) for picture in pictures))
    copied = ["-framerate", str(FPS), "-f", "h264", "-i", str(raw), "-c", "copy", str(clip)]
    subprocess.run([ffmpeg, "-v", "error", "-nostdin", "-y", *copied], check=True)
    raw.unlink()
    return clip
