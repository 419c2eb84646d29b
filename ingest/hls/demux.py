"""The pictures in a segment. FFmpeg demuxes, out of memory: it opens no connection and no file.

In a process of its own (ingest.ffmpeg), for it may die of one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import islice

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ingest import annexb
from ingest.access_unit import TICKS_PER_SECOND, Codec
from ingest.annexb import RawPicture
from ingest.hls.boxes import check_samples
from ingest.hls.demuxed import Demuxed
from ingest.hls.errors import CodecError, MediaError

CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
# A minute at 60 a second. A segment of nothing but heads would have a hundred thousand.
MAX_PICTURES = 3600
# Of all pictures together: some slices, a delimiter and a message each.
MAX_NALS = 50_000
# What FFmpeg would read ahead to describe streams that are described by what comes, decoding the first picture.
_OPTIONS = {"probesize": "32"}
_TS_PACKET = 188
_BOXES = frozenset((b"ftyp", b"styp", b"moov", b"moof", b"sidx", b"emsg", b"prft"))


def demux(data: bytes) -> Demuxed:
    """The video of a segment with its init section in front. Blocks. Raises MediaError, CodecError."""
    try:
        with av.open(io.BytesIO(data), "r", format=_format(data), options=_OPTIONS) as container:
            stream, codec = _choose(container)
            length_size, sets = _configuration(codec, stream)
            packets = (packet for packet in container.demux(stream) if packet.size)
            pictures = _pictures((_picture(packet, stream, length_size) for packet in packets), len(data))
    except (av.FFmpegError, OSError, ValueError, LookupError, MemoryError):
        raise MediaError("a segment that cannot be read") from None
    if not pictures:
        raise MediaError("a segment without pictures")
    return Demuxed(codec, tuple(sets), pictures)


def _pictures(found: Iterable[RawPicture], most_bytes: int) -> list[RawPicture]:
    """All of them. Raises MediaError where they hold more than `most_bytes`, as samples that overlap do."""
    pictures: list[RawPicture] = []
    count = size = 0
    for picture in islice(found, MAX_PICTURES):
        count += len(picture.nals)
        size += sum(map(len, picture.nals))
        if count > MAX_NALS or size > most_bytes:
            raise MediaError("NAL units without end")
        pictures.append(picture)
    return pictures


def _format(data: bytes) -> str:
    """FFmpeg's name of it. Raises MediaError where it is neither MPEG-TS nor fragmented MP4: sound, a page."""
    if data[:1] == b"\x47" and data[_TS_PACKET : _TS_PACKET + 1] in {b"\x47", b""}:
        return "mpegts"
    if data[4:8] in _BOXES:
        check_samples(data)
        return "mp4"
    raise MediaError("no video segment")


def _choose(container: InputContainer) -> tuple[VideoStream, Codec]:
    """The video: the largest where there are several. Raises MediaError, CodecError."""
    if not container.streams.video:
        raise MediaError("no video")
    # A codec that FFmpeg does not know has no context at all, and its stream no width.
    videos = [video for video in container.streams.video if video.codec_context is not None]
    largest = max(videos, key=lambda video: video.width or 0, default=None)
    name = largest.codec_context.name if largest is not None else "?"
    if largest is None or name not in CODECS:
        raise CodecError(name.upper())
    return largest, CODECS[name]


def _configuration(codec: Codec, stream: VideoStream) -> tuple[int, list[bytes]]:
    """The size of NAL lengths (0: Annex B) and the parameter sets of the MP4 header."""
    try:
        return annexb.from_configuration(codec, stream.codec_context.extradata or b"")
    except ValueError:
        return 0, []  # what comes in the stream counts


def _picture(packet: av.Packet[VideoStream], stream: VideoStream, length_size: int) -> RawPicture:
    ticks = _ticks(packet.pts if packet.dts is None else packet.dts, stream)
    try:
        nals = annexb.split_lengths(bytes(packet), length_size) if length_size else annexb.split(bytes(packet))
    except ValueError:
        return RawPicture(ticks, [], broken=True)
    return RawPicture(ticks, nals, broken=packet.is_corrupt)


def _ticks(time: int | None, stream: VideoStream) -> int | None:
    base = stream.time_base
    return None if time is None or base is None else time * base.numerator * TICKS_PER_SECOND // base.denominator
