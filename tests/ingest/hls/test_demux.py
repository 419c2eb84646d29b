from __future__ import annotations

import contextlib
import random
import struct

import pytest

from ingest.access_unit import Codec
from ingest.hls.demux import demux
from ingest.hls.errors import HlsError, MediaError
from tests.support.hls_server import PICTURES, TICKS, mp4_segments, ts_segment


def with_count(data: bytes, name: bytes, offset: int, count: int) -> bytes:
    """The same with another count in the first table of this name."""
    at = data.index(name) + 4 + offset
    return data[:at] + struct.pack(">I", count) + data[at + 4 :]


def test_segments_of_both_kinds() -> None:
    init, segments = mp4_segments()
    for demuxed in (demux(ts_segment(2)), demux(init + segments[2])):
        assert demuxed.codec is Codec.H264
        assert [picture.pts for picture in demuxed.pictures] == [(2 * PICTURES + n) * TICKS for n in range(PICTURES)]
        assert not any(picture.broken for picture in demuxed.pictures)


@pytest.mark.parametrize(
    ("name", "offset", "count"),
    [(b"stsz", 8, 60_000_000), (b"stsc", 4, 1), (b"stco", 4, 1), (b"trun", 4, 60_000_000)],
)
def test_tables_that_announce_what_does_not_come(name: bytes, offset: int, count: int) -> None:
    init, segments = mp4_segments()
    with pytest.raises(MediaError, match="samples without end"):
        demux(with_count(init + segments[0], name, offset, count))


def test_damaged_segments_are_read_or_refused() -> None:
    init, segments = mp4_segments()
    chance = random.Random(1)
    for whole in (ts_segment(0), init + segments[0]):
        for _ in range(100):
            data = bytearray(whole)
            for _ in range(chance.randrange(1, 40)):
                data[chance.randrange(len(data) if chance.random() < 0.5 else 1000)] = chance.randrange(256)
            with contextlib.suppress(HlsError):
                demux(bytes(data[: chance.randrange(1, len(data) + 1)]))
