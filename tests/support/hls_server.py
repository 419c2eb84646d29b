"""An HLS server that does what a test wants: a live channel, or any answer at any address."""

from __future__ import annotations

import asyncio
import io
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal

import av
from aiohttp import web
from av.video.stream import VideoStream
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from ingest.access_unit import Codec
from tests.support.bitstreams import ENCODERS, encode, encoder

FPS = 15
PICTURES = 3  # in a segment
SECONDS = PICTURES / FPS
# So many before the newest one are listed: 3 s, the most that a reader may be behind (ingest.hls.live_edge).
LISTED = 15
TICKS = 90_000 // FPS
KEY = bytes(range(16))
# What is recorded; the channel plays it from the beginning again.
_SEGMENTS = 60

type Answer = str | bytes | int | Callable[[web.Request], Awaitable[web.StreamResponse]]


@cache
def _packets() -> list[av.Packet[VideoStream]]:
    return encode(Codec.H264, _SEGMENTS * PICTURES, gop=PICTURES, fps=FPS)


@cache
def ts_segment(number: int, first_ticks: int = 0) -> bytes:
    """An MPEG-TS segment that begins with a keyframe. Its times count from `first_ticks`, modulo 2^33."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as container:
        stream = container.add_stream("h264", rate=FPS)
        stream.width, stream.height = 320, 180
        for count in range(number * PICTURES, (number + 1) * PICTURES):
            packet = av.Packet(bytes(_packets()[count % (_SEGMENTS * PICTURES)]))
            packet.stream, packet.time_base = stream, Fraction(1, 90_000)
            packet.pts = packet.dts = (first_ticks + count * TICKS) % (1 << 33)
            packet.is_keyframe = count % PICTURES == 0
            container.mux_one(packet)
    return out.getvalue()


@cache
def mp4_segments() -> tuple[bytes, list[bytes]]:
    """The init section and the segments of fragmented MP4."""
    out = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof+skip_trailer"}
    with av.open(out, "w", format="mp4", options=options) as container:
        stream = container.add_stream(ENCODERS[Codec.H264], rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.options = encoder(Codec.H264, 320, 180).options
        for recorded in _packets():
            packet = av.Packet(bytes(recorded))
            packet.pts, packet.dts, packet.is_keyframe = recorded.pts, recorded.dts, recorded.is_keyframe
            packet.stream, packet.time_base = stream, Fraction(1, FPS)
            container.mux_one(packet)
    file = out.getvalue()
    # A fragment begins with its length, four bytes before `moof`.
    starts = [match.start() - 4 for match in re.finditer(b"moof", file)]
    return file[: starts[0]], [file[start:end] for start, end in zip(starts, [*starts[1:], len(file)], strict=True)]


def encrypted(data: bytes, iv: bytes) -> bytes:
    """AES-128 as HLS has it (RFC 8216, 4.3.2.4)."""
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES128(KEY), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


# The others stand still at the end of what is recorded.
_WITHOUT_END = frozenset(("ts", "aes", "aes iv", "wrap", "discontinuity"))


@dataclass
class Channel:
    """A live playlist computed from the clock; it begins with some segments that are there already."""

    kind: Literal["ts", "mp4", "aes", "aes iv", "ranges", "wrap", "discontinuity"] = "ts"
    began: float = 0.0
    stands_at: int | None = None

    @property
    def newest(self) -> int:
        """The number of the newest segment."""
        newest = self.stands_at or 3 + int((time.monotonic() - self.began) / SECONDS)
        return newest if self.kind in _WITHOUT_END else min(newest, _SEGMENTS - 1)

    def playlist(self) -> str:
        """What a server answers now; it began when it was asked for the first time."""
        self.began = self.began or time.monotonic()
        first = max(0, self.newest - LISTED)
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        if self.kind == "mp4":
            lines.append('#EXT-X-MAP:URI="init.mp4"')
        for number in range(first, self.newest + 1):
            if self.kind == "aes":
                lines.append('#EXT-X-KEY:METHOD=AES-128,URI="key"')
            if self.kind == "aes iv":
                lines.append(f'#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0x{number:X}00')
            if self.kind == "discontinuity" and number % 2 == 0:
                lines.append("#EXT-X-DISCONTINUITY")
            if self.kind == "ranges":
                sizes = [len(ts_segment(n)) for n in range(_SEGMENTS)]
                at = f"@{sum(sizes[:number])}" if number == first else ""
                lines.append(f"#EXT-X-BYTERANGE:{sizes[number]}{at}")
            name = "all.ts" if self.kind == "ranges" else f"{number}.seg"
            lines += [f"#EXTINF:{SECONDS},", name]
        return "\n".join(lines) + "\n"

    def resource(self, name: str) -> bytes | None:
        """What is behind the names in the playlist."""
        if name == "init.mp4":
            return mp4_segments()[0]
        if name == "key":
            return KEY
        if name == "all.ts":
            return b"".join(ts_segment(n) for n in range(_SEGMENTS))
        if not name.endswith(".seg"):
            return None
        number = int(name[:-4])
        match self.kind:
            case "mp4":
                return mp4_segments()[1][number]
            case "aes":
                return encrypted(ts_segment(number), number.to_bytes(16, "big"))
            case "aes iv":
                return encrypted(ts_segment(number), (number << 8).to_bytes(16, "big"))
            case "wrap":
                return ts_segment(number, (1 << 33) - 7 * PICTURES * TICKS)
            case "discontinuity":
                return ts_segment(number, number // 2 * 40_000_000)
        return ts_segment(number)


class HlsServer:
    """`requests` are all that came. `answers` go before the channel's: text, bytes, a status, or a handler.

    `challenge`: nobody is let in without an `Authorization` of its scheme; with `refuses`, nobody at all.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.answers: dict[str, Answer] = {}
        self.requests: list[web.Request] = []
        self.challenge = ""
        self.refuses = False
        self.base = ""

    @property
    def url(self) -> str:
        """Where the camera is."""
        return f"{self.base}/live.m3u8"

    def count(self, path: str) -> int:
        """How often this was asked for."""
        return sum(request.path == path for request in self.requests)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        told = request.headers.get("Authorization", "").startswith(self.challenge.partition(" ")[0] or "Basic")
        if self.challenge and (self.refuses or not told):
            return web.Response(status=401, headers={"WWW-Authenticate": self.challenge})
        found: Answer | None = self.answers.get(request.path)
        if found is None and request.path.endswith("/live.m3u8"):
            found = self.channel.playlist()
        if found is None:
            found = self.channel.resource(request.path[1:])
        if callable(found):
            return await found(request)
        if found is None or isinstance(found, int):
            return web.Response(status=found or 404)
        body = found.encode() if isinstance(found, str) else found
        if "Range" in request.headers and self.channel.kind == "ranges":
            part = body[request.http_range]
            return web.Response(status=206, body=part)
        return web.Response(body=body)


@asynccontextmanager
async def hls_server(channel: Channel | None = None, host: str = "127.0.0.1") -> AsyncIterator[HlsServer]:
    """A server on a free port."""
    server = HlsServer(channel or Channel())
    # Recorded before the clock runs.
    await asyncio.to_thread(mp4_segments if server.channel.kind == "mp4" else _packets)
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    server.base = f"http://{host}:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


@dataclass
class Canary:
    """Somebody else's service, which no camera may make us ask. `connections` must stay 0."""

    base: str
    connections: int = 0


@asynccontextmanager
async def canary() -> AsyncIterator[Canary]:
    """On another loopback address than the camera's."""

    def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bird.connections += 1
        writer.close()

    bird = Canary("")
    async with await asyncio.start_server(met, "127.0.0.2", 0) as server:
        bird.base = f"http://127.0.0.2:{server.sockets[0].getsockname()[1]}"
        yield bird
