"""Encoded pictures for tests, made by FFmpeg's own encoders."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Literal

import av
import cv2
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from ingest.access_unit import Codec
from tests.support.pictures import made_picture

ENCODERS: dict[Codec, Literal["libx264", "libx265"]] = {Codec.H264: "libx264", Codec.H265: "libx265"}


def encoder(
    codec: Codec, width: int, height: int, *, gop: int = 10, b_frames: int = 0, fps: int = 15, kbps: int | None = None
) -> VideoCodecContext:
    """An encoder like a camera's: no delay, unless there are B-frames. `kbps`: its bit rate, where it has one."""
    context = av.CodecContext.create(ENCODERS[codec], "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate, context.time_base = Fraction(fps), Fraction(1, fps)
    context.thread_count = 1
    context.gop_size = gop
    context.max_b_frames = b_frames
    if kbps is not None:
        context.bit_rate = kbps * 1000
    options = {"preset": "ultrafast"} if b_frames else {"preset": "ultrafast", "tune": "zerolatency"}
    if codec is Codec.H265:
        options["x265-params"] = f"log-level=none:pools=1:frame-threads=1:keyint={gop}:bframes={b_frames}"
    context.options = options
    return context


def encode(
    codec: Codec,
    count: int,
    width: int = 320,
    height: int = 180,
    *,
    gop: int = 10,
    b_frames: int = 0,
    fps: int = 15,
    kbps: int | None = None,
) -> list[Packet[VideoStream]]:
    """`count` packets in Annex B, with parameter sets in the stream; pts and dts in units of a picture."""
    context = encoder(codec, width, height, gop=gop, b_frames=b_frames, fps=fps, kbps=kbps)
    packets: list[Packet[VideoStream]] = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(made_picture(width, height, number), "yuv420p")
        frame.pts = number
        packets.extend(context.encode(frame))
    packets.extend(context.encode(None))
    return packets


def keyframe(codec: Codec, width: int = 320, height: int = 180) -> bytes:
    """A picture that needs no other: with its parameter sets, or a JPEG."""
    if codec is not Codec.MJPEG:
        return bytes(encode(codec, 1, width, height)[0])
    picture = cv2.cvtColor(made_picture(width, height, 0), cv2.COLOR_YUV2BGR_I420)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def mp4_samples(codec: Codec, count: int) -> tuple[bytes, list[bytes]]:
    """The same as an MP4 file has it: decoder configuration (avcC, hvcC), and samples with lengths."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(ENCODERS[codec], rate=15)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.options = encoder(codec, 320, 180).options
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(made_picture(320, 180, number), "yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as written:
        samples = [bytes(packet) for packet in written.demux(video=0) if packet.size]
        return written.streams.video[0].codec_context.extradata or b"", samples
