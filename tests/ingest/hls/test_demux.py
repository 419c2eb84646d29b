from __future__ import annotations

import contextlib
import io
import random
import struct

import av
import pytest

from ingest.access_unit import Codec
from ingest.hls.demux import MAX_NALS, demux
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


def in_one_picture(data: bytes) -> bytes:
    """An MPEG-TS segment with nothing else in it."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as container:
        stream = container.add_stream("h264", rate=15)
        stream.width, stream.height = 320, 180
        packet = av.Packet(data)
        packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, 0, 0, True
        container.mux_one(packet)
    return out.getvalue()


def test_a_segment_of_crumbs() -> None:
    """Two million NAL units in 8 MB stopped every other camera for seconds."""
    crumb = b"\0\0\1\x06\x80"
    keyframe = b"\0\0\0\1".join([b"", *demux(ts_segment(0)).pictures[0].nals])
    assert len(demux(in_one_picture(crumb * 1000 + keyframe)).pictures[0].nals) > 1000
    with pytest.raises(MediaError, match="NAL units without end"):
        demux(in_one_picture(crumb * (MAX_NALS + 1) + keyframe))


def test_samples_that_overlap() -> None:
    """Each with the bytes of all: a segment of 16 MB would become 50 GB."""
    init, segments = mp4_segments()
    segment = segments[0]
    at = segment.index(b"trun")
    flags = int.from_bytes(segment[at + 5 : at + 8], "big")
    assert flags & 0x201 == 0x201, "an offset and sizes are told"
    # A run for each sample, at the same place: the box of the run is written twenty times.
    start = at - 4
    size = int.from_bytes(segment[start:at], "big")
    moof, traf = segment.index(b"moof") - 4, segment.index(b"traf") - 4
    data = bytearray(segment[:start] + segment[start : start + size] * 20 + segment[start + size :])
    for box in (moof, traf):
        data[box : box + 4] = (int.from_bytes(data[box : box + 4], "big") + 19 * size).to_bytes(4, "big")
    for number in range(20):  # the media begin as much later
        offset = start + number * size + 16
        data[offset : offset + 4] = (int.from_bytes(data[offset : offset + 4], "big") + 19 * size).to_bytes(4, "big")
    with pytest.raises(MediaError, match="without end"):
        demux(init + bytes(data))


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
