"""A look at fragmented MP4 before FFmpeg has it (ISO/IEC 14496-12, 4.2 and 8.6 to 8.8).

FFmpeg sets memory aside for as many samples as a table says, whether they come or not: a box of 20 bytes takes 2 GB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.hls.errors import MediaError

# Of all tracks together, sound too.
MAX_SAMPLES = 20_000

# Where each says its count, in bytes after its name. RFC 8216, 3.3: in HLS the tables of `moov` are empty.
_TABLES = {b"stsz": 8, b"stz2": 8, b"stsc": 4, b"stco": 4, b"co64": 4}
_RUN = {b"trun": 4}
_NAMES = re.compile(b"|".join((*_TABLES, *_RUN)))


def check_samples(data: bytes) -> None:
    """Raises MediaError where more samples are announced than a segment can have.

    Names are looked for at any depth, as FFmpeg takes them; only what media data look like is no matter.
    """
    samples = 0
    for start, end in _outside_media(data):
        for match in _NAMES.finditer(data, start, end):
            at = match.end() + (_TABLES | _RUN)[match[0]]
            count = int.from_bytes(data[at : at + 4], "big")
            samples += count
            if samples > MAX_SAMPLES or (count and match[0] in _TABLES):
                raise MediaError("samples without end")


def _outside_media(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the boxes are that are no `mdat`."""
    position = 0
    while position + 8 <= len(data):
        size, head = int.from_bytes(data[position : position + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        end = len(data) if size == 0 else position + size
        if end < position + head:
            raise MediaError("a box smaller than its head")
        if data[position + 4 : position + 8] != b"mdat":
            yield position, min(end, len(data))
        position = end
