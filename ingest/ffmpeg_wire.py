"""What a puller and its FFmpeg process say to one another. Numbers are big endian.

A request: operation (1 byte: DECODES, DEMUX), codec (1 byte, 0 for DEMUX), length (4 bytes), that many bytes: a
keyframe in Annex B, or a segment with its init section in front.

An answer: status (1 byte), length (4 bytes), that many bytes: for a segment that was taken apart (DONE) a line of JSON
{"codec": …, "sets": [sizes], "pictures": [[pts, broken, [sizes]], …]}, then the NAL units of these sizes; for
CODEC and MEDIA what is wrong, in UTF-8.
"""

from __future__ import annotations

import enum
import json
import struct

from ingest.access_unit import Codec
from ingest.annexb import RawPicture
from ingest.hls.demuxed import Demuxed

DECODES, DEMUX = 1, 2
REQUEST = struct.Struct(">BBI")
ANSWER = struct.Struct(">BI")
# A line of JSON is read in one piece. What ingest.hls.demux lets through fits in.
MAX_LINE_BYTES = 600_000


class Status(enum.IntEnum):
    """How it went."""

    DONE = 0
    NO_PICTURE = 1
    CODEC = 2
    MEDIA = 3


def pack_demuxed(demuxed: Demuxed) -> bytes:
    """A segment's pictures as bytes."""
    head = {
        "codec": demuxed.codec,
        "sets": [len(nal) for nal in demuxed.parameter_sets],
        "pictures": [(picture.pts, picture.broken, [len(nal) for nal in picture.nals]) for picture in demuxed.pictures],
    }
    nals = [*demuxed.parameter_sets, *(nal for picture in demuxed.pictures for nal in picture.nals)]
    return b"".join((json.dumps(head).encode(), b"\n", *nals))


def unpack_demuxed(data: bytes) -> Demuxed:
    """The pictures in these bytes. Raises ValueError where they are no such thing."""
    end = data.find(b"\n", 0, MAX_LINE_BYTES)
    if end < 0:
        raise ValueError("a line without end")
    line, at = data[:end], end + 1

    def take(size: int) -> bytes:
        nonlocal at
        if not (isinstance(size, int) and 0 <= size <= len(data) - at):
            raise ValueError("a size beyond the end")
        at += size
        return data[at - size : at]

    try:
        head = json.loads(line)
        sets = tuple(take(size) for size in head["sets"])
        pictures = [
            RawPicture(None if pts is None else int(pts), [take(size) for size in sizes], bool(broken))
            for pts, broken, sizes in head["pictures"]
        ]
        return Demuxed(Codec(head["codec"]), sets, pictures)
    except (LookupError, TypeError) as error:
        raise ValueError("not what FFmpeg's process says") from error
