"""Raw pictures for simulated cameras: real surveillance footage where the folder with it exists, else made ones."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

FOOTAGE = Path(__file__).resolve().parents[2].parent / "shared" / "media" / "vtest.avi"


def pictures(width: int, height: int, count: int) -> bytes:
    """`count` I420 pictures, one after the other. Says on standard output where they are made ones."""
    if FOOTAGE.exists():
        return b"".join(_footage(width, height, count))
    print(f"no footage at {FOOTAGE.name}: made pictures instead")
    return b"".join(made_picture(width, height, number).tobytes() for number in range(count))


def _footage(width: int, height: int, count: int) -> list[bytes]:
    out: list[bytes] = []
    with av.open(str(FOOTAGE)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in container.decode(video=0):
            out.append(frame.reformat(width, height, "yuv420p").to_ndarray().tobytes())
            if len(out) == count:
                break
    return out


def made_picture(width: int, height: int, number: int) -> NDArray[np.uint8]:
    """A textured picture that moves: I420 as (height × 3/2, width)."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    noise = np.random.default_rng(7).integers(0, 32, (height, width))
    luma = ((x + 4 * number) ^ (y + 2 * number)) % 160 + 40 + np.roll(noise, number, axis=1)
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    picture[:height] = luma
    picture[height:, : width // 2] = 96 + number % 64
    return picture
