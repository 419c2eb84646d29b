"""Whether a keyframe decodes. FFmpeg does it: in a process of its own (ingest.ffmpeg), for it may die of it."""

from __future__ import annotations

import av

from ingest.access_unit import Codec
from ingest.decoder import NAMES, bounded


def decodes(codec: Codec, data: bytes) -> bool:
    """Whether this keyframe (Annex B) gives a picture.

    One thread: a decoder with frame threads, dropped while PyAV logs, can lock the whole process.
    """
    decoder = av.CodecContext.create(NAMES[codec], "r")
    decoder.thread_count = 1
    decoder.options = bounded()
    try:
        return bool(decoder.decode(av.Packet(data)) or decoder.decode(None))
    except (av.FFmpegError, MemoryError):
        return False
