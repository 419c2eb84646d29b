"""What a camera sends whose lens is covered: black pictures."""

from __future__ import annotations

import functools

import av
import numpy as np

from ingest.access_unit import Codec
from tests.support.bitstreams import encoder


@functools.cache
def black_pictures() -> tuple[bytes, ...]:
    """Three GOPs of access units in Annex B, 320×180."""
    context = encoder(Codec.H264, 320, 180)
    picture = np.full((270, 320), 128, np.uint8)
    picture[:180] = 16
    packets = []
    for number in range(30):
        frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
        frame.pts = number
        packets += context.encode(frame)
    return tuple(bytes(packet) for packet in packets)
