"""A small, well-behaved RTSP camera on the test's own event loop, whose behaviour a mode may spoil (hostile_camera.py).

H.264 over TCP, interleaved; no more of RFC 2326 than a client needs. It keeps what it was asked, so that tests can see
what a camera sees.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ingest import annexb
from ingest.access_unit import Codec
from tests.support.bitstreams import encode
from tests.support.packetiser import PAYLOAD_TYPE, RtpStream, interleaved

FPS, GOP = 50, 10
SESSION = "4711"

# Answers a request instead of the camera; False: the camera shall.
type Mode = Callable[["Client", "Request"], Awaitable[bool]]


@functools.cache
def recorded_pictures() -> tuple[bytes, ...]:
    """Three GOPs of access units in Annex B."""
    return tuple(bytes(packet) for packet in encode(Codec.H264, 3 * GOP, gop=GOP))


@functools.cache
def sdp() -> bytes:
    """What the camera offers (RFC 8866; RFC 6184, 8.2)."""
    sets = [nal for nal in annexb.split(recorded_pictures()[0]) if annexb.is_parameter_set(Codec.H264, nal[0] & 31)]
    text = ",".join(base64.b64encode(nal).decode() for nal in sets)
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=camera",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/90000",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;sprop-parameter-sets={text}",
        "a=control:track1",
    ]
    return "\r\n".join([*lines, ""]).encode()


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked; header names in lower case."""

    method: str
    url: str
    headers: dict[str, str]


@dataclass(slots=True, eq=False)
class Client:
    """One connection to the camera."""

    camera: RtspCamera
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    stream: RtpStream = field(default_factory=RtpStream)
    _playing: asyncio.Task[None] | None = None

    def answer(
        self, request: Request, status: str = "200 OK", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> None:
        """Answer a request."""
        lines = [f"RTSP/1.0 {status}", f"CSeq: {request.headers.get('cseq', '')}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.say(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def say(self, data: bytes) -> None:
        """Any bytes."""
        if not self.writer.is_closing():
            self.writer.write(data)

    def read_no_more(self) -> None:
        """From here on nothing leaves the socket's buffer."""
        assert isinstance(self.writer.transport, asyncio.Transport)
        self.writer.transport.pause_reading()

    def hang_up(self) -> None:
        """At once, with a reset."""
        self.writer.transport.abort()

    def play(
        self, pictures: tuple[bytes, ...], channel: int = 0, *, forever: bool = True, every_s: float = 1 / FPS
    ) -> None:
        """Send these pictures at their pace, instead of what was sent before."""
        if self._playing is not None:
            self._playing.cancel()
        self._playing = asyncio.create_task(self._play(pictures, channel, every_s, forever=forever))

    def play_bytes(self, writes: Sequence[bytes], every_s: float) -> None:
        """Write these at their pace, again and again."""
        self._playing = asyncio.create_task(self._play_bytes(writes, every_s))

    async def serve(self) -> None:
        """Until one side hangs up."""
        try:
            while (request := await self._next()) is not None:
                self.camera.requests.append(request)
                mode = self.camera.mode
                if mode is None or not await mode(self, request):
                    self._obey(request)
        finally:
            if self._playing is not None:
                self._playing.cancel()
            self.writer.transport.abort()

    def _obey(self, request: Request) -> None:
        match request.method:
            case "OPTIONS":
                public = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
                self.answer(request, headers={"Public": public})
            case "DESCRIBE":
                self.answer(request, headers={"Content-Type": "application/sdp"}, body=sdp())
            case "SETUP":
                headers = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1", "Session": f"{SESSION};timeout=60"}
                self.answer(request, headers=headers)
            case "PLAY":
                self.answer(request, headers={"Session": SESSION})
                self.play(recorded_pictures())
            case "TEARDOWN":
                self.answer(request)
                self.writer.close()
            case _:
                self.answer(request)

    async def _next(self) -> Request | None:
        """The next request; what the client interleaves is kept, and so is what it answers."""
        while True:
            first = await self.reader.read(1)
            if not first:
                return None
            if first == b"$":
                channel, *size = await self.reader.readexactly(3)
                self.camera.packets.append((channel, await self.reader.readexactly(int.from_bytes(size, "big"))))
                continue
            head = (first + await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            if head[0].startswith("RTSP/"):
                self.camera.answers.append(head[0])
                continue
            method, _, rest = head[0].partition(" ")
            url = rest.rpartition(" ")[0]  # a camera that says so is asked for addresses with blanks
            pairs = (line.partition(": ") for line in head[1:] if line)
            return Request(method, url, {name.lower(): value for name, _, value in pairs})

    async def _play(self, pictures: tuple[bytes, ...], channel: int, every_s: float, *, forever: bool) -> None:
        while True:
            for picture in pictures:
                self.stream.sequence += self.camera.loses
                self.say(b"".join(interleaved(packet, channel) for packet in self.stream.picture(picture)))
                self.camera.pictures += 1
                await asyncio.sleep(every_s)
            if not forever:
                return

    async def _play_bytes(self, writes: Sequence[bytes], every_s: float) -> None:
        while True:
            for data in writes:
                self.say(data)
                await asyncio.sleep(every_s)


class RtspCamera:
    """The server. `url` is where it is; `requests`, `packets` and `answers` are what clients sent.

    `connected_at` are the loop's times of all connections so far, `pictures` counts those sent. `loses`: so many
    packets before each picture. `dead`: whoever connects is hung up on.
    """

    def __init__(self, mode: Mode | None) -> None:
        self.mode = mode
        self.requests: list[Request] = []
        self.packets: list[tuple[int, bytes]] = []
        self.answers: list[str] = []
        self.connected_at: list[float] = []
        self.pictures = 0
        self.loses = 0
        self.dead = False
        self.url = ""
        self._open: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many there were so far."""
        return len(self.connected_at)

    @property
    def open_connections(self) -> int:
        """How many clients are there now."""
        return len(self._open)

    def methods(self) -> list[str]:
        """What was asked, in order."""
        return [request.method for request in self.requests]

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, from its connection to its end."""
        self.connected_at.append(asyncio.get_running_loop().time())
        if self.dead:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await Client(self, reader, writer).serve()
        finally:
            self._open.discard(task)

    async def send_all_away(self) -> None:
        """End every connection."""
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


class _Reader(asyncio.StreamReader):
    """Gives what came before a reset, as a camera's own `recv` does."""

    def set_exception(self, exc: BaseException) -> None:
        self.feed_eof()


@asynccontextmanager
async def rtsp_camera(
    mode: Mode | None = None, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[RtspCamera]:
    """A camera on a free port for a while. OSError where the machine has no such address (IPv6)."""
    sdp()  # encoded once, and not while a client waits
    camera = RtspCamera(mode)
    loop = asyncio.get_running_loop()

    def protocol() -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(_Reader(loop=loop), camera.take, loop=loop)

    server = await loop.create_server(protocol, host, 0, ssl=tls)
    name = f"[{host}]" if ":" in host else host
    camera.url = f"{'rtsps' if tls else 'rtsp'}://{name}:{server.sockets[0].getsockname()[1]}/live"
    try:
        yield camera
    finally:
        server.close()
        await camera.send_all_away()


async def _serve() -> None:
    async with rtsp_camera() as camera:
        print(camera.url, flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":  # in a process of its own: says where it is, and serves until it is ended
    asyncio.run(_serve())
