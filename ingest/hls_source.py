"""A camera over HLS: FFmpeg fetches and demuxes, in a thread of its own; pictures come at their own pace."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Generator
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import av
import av.error
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from ingest import annexb, causes, hls
from ingest.access_unit import TICKS_PER_SECOND, Codec
from ingest.annexb import RawPicture
from ingest.camera_state import State, least_bound_hls_s
from ingest.pacing import paced
from ingest.read_ahead import read_ahead
from ingest.source import Opened, SourceError, SourceSpec

CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
OPEN_TIMEOUT_S = 5.0
# A segment comes every target duration, and a playlist may be late by one.
READ_TIMEOUT_S = 20.0
# For FFmpeg's own sockets, shorter than PyAV's bounds, so that its more telling error comes first.
SOCKET_TIMEOUT_US = 3_000_000
# What is read ahead of the picture on show: some segments; beyond it the thread waits.
MAX_PICTURES_AHEAD = 600


@dataclass(frozen=True, slots=True)
class _Head:
    """What is known once the source is open."""

    codec: Codec
    parameter_sets: tuple[bytes, ...]
    target_duration_s: float


@asynccontextmanager
async def open_hls(spec: SourceSpec) -> AsyncIterator[Opened]:
    """The live edge of a playlist. Raises SourceError."""
    async with aclosing(read_ahead(lambda: _read(spec), MAX_PICTURES_AHEAD, f"hls {spec.stream}")) as read:
        head = await anext(read)
        assert isinstance(head, _Head)  # noqa: S101 - it comes first
        pictures = (item async for item in read if isinstance(item, RawPicture))
        async with aclosing(pictures), aclosing(paced(pictures)) as due:
            bound_s = least_bound_hls_s(head.target_duration_s)
            yield Opened(head.codec, head.parameter_sets, due, bound_s, reorders=False)


def options() -> dict[str, str]:
    """FFmpeg's options: only the protocols that HLS needs, bounded in time."""
    return {
        "protocol_whitelist": "http,https,tcp,tls,crypto",
        "rw_timeout": str(SOCKET_TIMEOUT_US),
        "live_start_index": "-1",  # the live edge: the newest whole segment
        "analyzeduration": "500000",
        "probesize": "500000",
    }


def _read(spec: SourceSpec) -> Generator[_Head | RawPicture]:
    """In the thread: first the head, then each picture. Raises SourceError, at the end too."""
    target_duration_s = hls.preflight(spec)
    with closing(_open(spec)) as container:
        stream, codec = _choose(container)
        length_size, sets = _configuration(codec, stream)
        yield _Head(codec, tuple(sets), target_duration_s)
        yield from _pictures(container, stream, length_size)


def _open(spec: SourceSpec) -> InputContainer:
    try:
        return av.open(
            _with_credentials(spec), format="hls", options=options(), timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S)
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        # The cause is not chained: its text has the password.
        raise _explain(error) from None


def _explain(error: Exception) -> SourceError:
    """What an error on opening means, after the preflight has found a playlist there."""
    match error:
        case av.error.HTTPUnauthorizedError():
            return SourceError(State.REFUSED, causes.WRONG_PASSWORD)
        case av.error.HTTPForbiddenError():
            return SourceError(State.REFUSED, causes.FORBIDDEN)
        case av.error.HTTPClientError():
            return SourceError(State.NOT_FOUND, causes.NOT_FOUND)
        case av.error.HTTPServerError():
            return SourceError(State.UNREACHABLE, causes.SERVER_ERROR)
        case av.error.InvalidDataError():
            return SourceError(State.UNSUPPORTED, causes.NO_PLAYLIST)
    return SourceError(State.UNREACHABLE, causes.FAILED)


def _choose(container: InputContainer) -> tuple[VideoStream, Codec]:
    """The video to pull: the largest where there are several variants. Raises SourceError."""
    videos = sorted(container.streams.video, key=lambda video: video.width or 0)
    if not videos:
        raise SourceError(State.UNSUPPORTED, causes.NO_VIDEO)
    # A codec that FFmpeg does not know has no context at all.
    name = videos[-1].codec_context.name if videos[-1].codec_context is not None else "?"
    if name not in CODECS:
        raise SourceError(State.UNSUPPORTED, causes.unsupported_codec(name.upper()))
    for stream in container.streams:
        if stream is not videos[-1]:
            stream.discard = Discard.all  # a variant that nobody reads is not fetched either
    return videos[-1], CODECS[name]


def _configuration(codec: Codec, stream: VideoStream) -> tuple[int, list[bytes]]:
    """The size of NAL lengths (0: Annex B) and the parameter sets of the MP4 header."""
    try:
        return annexb.from_configuration(codec, stream.codec_context.extradata or b"")
    except ValueError:
        return 0, []  # what comes in the stream counts


def _pictures(container: InputContainer, stream: VideoStream, length_size: int) -> Generator[RawPicture]:
    """A packet is a picture. SourceError at the end, which a live source has only by failing."""
    last = time.monotonic()
    try:
        for packet in container.demux(stream):
            if not packet.size:
                continue
            yield _picture(packet, stream, length_size)
            last = time.monotonic()
    except (av.FFmpegError, OSError, ValueError, LookupError):
        # Which class a timeout is depends on where it struck; the clock knows better.
        if time.monotonic() - last >= READ_TIMEOUT_S * 0.9:
            raise SourceError(State.STALE, causes.NO_PICTURES) from None
    raise SourceError(State.STALE, causes.ENDED)


def _picture(packet: av.Packet[VideoStream], stream: VideoStream, length_size: int) -> RawPicture:
    ticks = _ticks(packet.pts if packet.dts is None else packet.dts, stream)
    try:
        nals = annexb.split_lengths(bytes(packet), length_size) if length_size else annexb.split(bytes(packet))
    except ValueError:
        return RawPicture(ticks, [], broken=True)
    return RawPicture(ticks, nals, broken=packet.is_corrupt)


def _ticks(pts: int | None, stream: VideoStream) -> int | None:
    base = stream.time_base
    return None if pts is None or base is None else pts * base.numerator * TICKS_PER_SECOND // base.denominator


def _with_credentials(spec: SourceSpec) -> str:
    """The address as FFmpeg wants it. Made just before opening; never to be logged or kept."""
    if not spec.username:
        return spec.url
    parts = urlsplit(spec.url)
    credentials = f"{quote(spec.username, safe='')}:{quote(spec.password, safe='')}"
    return parts._replace(netloc=f"{credentials}@{parts.netloc}").geturl()
