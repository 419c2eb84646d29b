"""One connection to a camera, as a generator of access units. Only the thread that reads it opens and closes it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from ingest import annexb, causes, hls
from ingest.access_unit import TICKS_PER_SECOND, Codec
from ingest.assembly import Assembled, Assembler
from ingest.camera_state import State
from ingest.loss import loss_watch
from ingest.pacing import paced
from ingest.repair import Repair, Repaired
from ingest.source import READ_TIMEOUT_S, SourceError, SourceSpec, open_source

CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
# Longer than the GOPs of smart codecs, which reach 20 s.
FIRST_KEYFRAME_S = 30.0


@dataclass(frozen=True, slots=True)
class Pulled:
    """One access unit as it came off the camera. `source_ticks`: its own 90 kHz time, if it has one."""

    codec: Codec
    unit: Repaired
    source_ticks: int | None
    reordered: bool  # `source_ticks` jump back and forth, because they are times of showing and there are B-frames
    arrived_wall_ns: int
    arrived_mono_ns: int

    @property
    def media_s(self) -> float | None:
        """Its place in the stream in seconds."""
        return None if self.source_ticks is None else self.source_ticks / TICKS_PER_SECOND


def pull(
    spec: SourceSpec, stopping: threading.Event, on_target_duration: Callable[[float], None] = lambda _: None
) -> Generator[Pulled]:
    """One connection's access units, from the first keyframe that decodes, until `stopping` is set.

    Blocks between them, for at most the read timeout. HLS comes at its own pace, and its arrival is when it was due.
    Raises SourceError for everything else that ends a connection.
    """
    if spec.kind == "rtsp":
        yield from _connection(spec, stopping)
        return
    on_target_duration(hls.preflight(spec))
    with closing(paced(_connection(spec, stopping), stopping)) as due:
        for pulled in due:
            yield replace(pulled, arrived_wall_ns=time.time_ns(), arrived_mono_ns=time.monotonic_ns())


def _connection(spec: SourceSpec, stopping: threading.Event) -> Generator[Pulled]:
    with contextlib.ExitStack() as stack:
        watch = stack.enter_context(loss_watch()) if spec.kind == "rtsp" and spec.transport == "udp" else None
        container = stack.enter_context(closing(open_source(spec)))
        stream, codec = _choose(container)
        repair = Repair(codec)
        length_size = _learn_configuration(repair, codec, stream)
        if spec.kind == "rtsp":
            pictures = _assembled(container, stream, codec, watch)
        else:
            pictures = _whole(container, stream, length_size)
        stack.enter_context(closing(pictures))
        begun = False
        try:
            for pulled in _repaired(pictures, repair, codec, stopping, reorders=spec.kind == "rtsp"):
                begun = True
                yield pulled
        except SourceError as error:
            if begun or error.cause is not causes.NO_PICTURES:
                raise
            raise SourceError(error.state, causes.NO_FIRST_PICTURE) from None


def _repaired(
    pictures: Iterator[Assembled], repair: Repair, codec: Codec, stopping: threading.Event, *, reorders: bool
) -> Iterator[Pulled]:
    """`reorders`: their times are those of showing, so that B-frames make them jump."""
    deadline = time.monotonic() + FIRST_KEYFRAME_S
    begun = False
    for picture in pictures:
        if stopping.is_set():
            return
        unit = repair.take(picture.nals, broken=picture.broken)
        if unit is not None:
            begun = True
            arrived = time.time_ns(), time.monotonic_ns()
            yield Pulled(codec, unit, picture.pts, reorders and unit.b_frames, *arrived)
        elif not begun and time.monotonic() > deadline:
            raise SourceError(State.STALE, causes.NO_KEYFRAME)


def _choose(container: InputContainer) -> tuple[VideoStream, Codec]:
    """The video to pull: the largest where there are several (HLS variants). Raises SourceError."""
    videos = sorted(container.streams.video, key=lambda video: video.width or 0)
    if not videos:
        raise SourceError(State.UNSUPPORTED, causes.NO_VIDEO)
    # A codec that FFmpeg does not know has no context at all.
    name = videos[-1].codec_context.name if videos[-1].codec_context is not None else "?"
    if name not in CODECS:
        raise SourceError(State.UNSUPPORTED, causes.unsupported_codec(name.upper()))
    for stream in container.streams:
        if stream is not videos[-1]:
            stream.discard = Discard.all  # an HLS variant that nobody reads is not fetched either
    return videos[-1], CODECS[name]


def _learn_configuration(repair: Repair, codec: Codec, stream: VideoStream) -> int:
    """Parameter sets from the SDP or the MP4 header; the size of NAL lengths (0: Annex B)."""
    try:
        length_size, sets = annexb.from_configuration(codec, stream.codec_context.extradata or b"")
    except ValueError:
        return 0  # cameras write nonsense into their SDP; what comes in the stream counts
    repair.learn(sets)
    return length_size


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """What the demuxer gives; SourceError at the end, which a live source has only by failing."""
    last = time.monotonic()
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
                last = time.monotonic()
    except (av.FFmpegError, OSError, ValueError, LookupError):
        # Which class a timeout is depends on where it struck; the clock knows better.
        if time.monotonic() - last >= READ_TIMEOUT_S * 0.9:
            raise SourceError(State.STALE, causes.NO_PICTURES) from None
    raise SourceError(State.STALE, causes.ENDED)


def _assembled(
    container: InputContainer, stream: VideoStream, codec: Codec, watch: Callable[[], bool] | None
) -> Generator[Assembled]:
    """RTSP without a parser: chunks to pictures."""
    assembler = Assembler(codec)
    for packet in _packets(container, stream):
        if watch is not None and watch():
            assembler.lost()
        yield from assembler.feed(bytes(packet), _ticks(packet.pts, stream))


def _whole(container: InputContainer, stream: VideoStream, length_size: int) -> Generator[Assembled]:
    """HLS: a packet is a picture already."""
    for packet in _packets(container, stream):
        ticks = _ticks(packet.pts if packet.dts is None else packet.dts, stream)
        try:
            nals = annexb.split_lengths(bytes(packet), length_size) if length_size else annexb.split(bytes(packet))
        except ValueError:
            yield Assembled(ticks, [], broken=True)
            continue
        yield Assembled(ticks, nals, broken=packet.is_corrupt)


def _ticks(pts: int | None, stream: VideoStream) -> int | None:
    base = stream.time_base
    return None if pts is None else pts * base.numerator * TICKS_PER_SECOND // base.denominator
