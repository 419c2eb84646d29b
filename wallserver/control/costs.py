"""What pictures cost, reckoned before anything is done: the gateway's, the tiler's and the browser's part. Pure.

The constants are from docs/benchmarks.md and were measured on one core of the machine named there, in a fast phase;
another machine is faster or slower in all of them alike, so that what is cheaper there is cheaper here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

# Decoding with FFmpeg, one thread: 640×360 of H.264 0.6 ms a picture, 1080p 4.7; H.265 1.4 times as much.
DECODE_S = 30e-6
DECODE_S_PER_PIXEL = 2.3e-9
_HARDER = {"h265": 1.4, "mjpeg": 0.8}
# Into a cell, for each pixel of the source: copied, halved, scaled by any other ratio.
COPY_S_PER_PIXEL, HALVE_S_PER_PIXEL, SCALE_S_PER_PIXEL = 0.18e-9, 0.27e-9, 0.45e-9
# x264 ultrafast: 6.3 ms for 1080p.
ENCODE_S = 0.3e-3
ENCODE_S_PER_PIXEL = 2.9e-9
# The gateway: 14 ms/s for the first viewer of 4 Mbit/s at 15 a second, 5 of them to read the bus.
SEND_S_PER_PICTURE = 85e-6
SEND_S_PER_PACKET = 6.3e-6
PACKET_BYTES = 1200
# The puller and the bus: 2.9 ms/s for 400 kbit/s at 15 a second.
PULL_S_PER_PICTURE = 150e-6
PULL_S_PER_PACKET = 12e-6


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """A camera's stream as it is, or as it is assumed to be: size in pixels, pictures a second, bit rate."""

    stream: str
    width: int
    height: int
    fps: float
    kbps: float
    codec: str = "h264"
    b_frames: bool = False

    @property
    def pixels_s(self) -> float:
        """Pixels a second for whoever decodes it."""
        return self.width * self.height * self.fps

    @property
    def playable(self) -> bool:
        """Whether a browser can play it as it is, over WebRTC."""
        return self.codec == "h264" and not self.b_frames


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan costs: in the browser, on the way to it, at the site's machines, at its recorders.

    `pixels_s`: decoded by the browser. `gateway_cores`, `tiler_cores`, `pull_cores`: CPU seconds a second.
    `sessions`: RTSP sessions by recorder.
    """

    decoders: int = 0
    pixels_s: float = 0.0
    mbps: float = 0.0
    gateway_cores: float = 0.0
    tiler_cores: float = 0.0
    pull_cores: float = 0.0
    sessions: tuple[tuple[str, int], ...] = field(default=())

    @property
    def server_cores(self) -> float:
        """All that the site's machines do for it."""
        return self.gateway_cores + self.tiler_cores + self.pull_cores


def decode_cores(stream: StreamFacts) -> float:
    """A tiler that decodes the stream."""
    pixels = stream.width * stream.height
    return stream.fps * (DECODE_S + pixels * DECODE_S_PER_PIXEL * _HARDER.get(stream.codec, 1.0))


def scale_cores(stream: StreamFacts, cell: tuple[int, int]) -> float:
    """A tiler that puts each of its pictures into a cell (pixels)."""
    per_pixel = SCALE_S_PER_PIXEL
    if (stream.width, stream.height) == cell:
        per_pixel = COPY_S_PER_PIXEL
    elif (stream.width, stream.height) == (2 * cell[0], 2 * cell[1]):
        per_pixel = HALVE_S_PER_PIXEL
    return stream.fps * stream.width * stream.height * per_pixel


def encode_cores(canvas: tuple[int, int], fps: float) -> float:
    """A tiler that encodes a mosaic, whatever its cells show."""
    return fps * (ENCODE_S + canvas[0] * canvas[1] * ENCODE_S_PER_PIXEL)


def send_cores(fps: float, kbps: float) -> float:
    """A gateway that reads a stream off the bus and sends it to one viewer."""
    return fps * SEND_S_PER_PICTURE + _packets(fps, kbps) * SEND_S_PER_PACKET


def pull_cores(stream: StreamFacts) -> float:
    """A puller that takes the stream in, and the bus that carries it."""
    return stream.fps * PULL_S_PER_PICTURE + _packets(stream.fps, stream.kbps) * PULL_S_PER_PACKET


def _packets(fps: float, kbps: float) -> float:
    """Packets a second: a picture has at least one."""
    if not fps:
        return 0.0
    return fps * ceil(max(1.0, kbps * 125 / fps / PACKET_BYTES))
