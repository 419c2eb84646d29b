"""An RTSP server that only packetises (RFC 2326, TCP interleaved): hundreds of cameras on a tenth of a core."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from wallserver.city.packetise import Packets

SESSION_TIMEOUT_S = 60
REPORT_S = 5.0
# What a client may leave unread before pictures are dropped up to the next keyframe.
MAX_UNREAD = 1_000_000
_REPORT = struct.Struct("!BBHBBHIIIIII")
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_REALM = "Wallserver city"
_MAX_REQUEST = 8192


class NotReadyError(Exception):
    """A camera that will be there soon."""


@dataclass(slots=True, eq=False)
class Track:
    """One stream of one camera, and who watches it."""

    parameter_sets: tuple[bytes, bytes]
    fps: int
    clients: set[Client] = field(default_factory=set)
    paused: bool = False

    def send(self, packets: Packets, keyframe: bool, timestamp: int) -> None:
        """Give a picture to everybody who watches; `timestamp` in 90 kHz ticks."""
        if not self.paused:
            for client in self.clients:
                client.send(packets, keyframe, timestamp)

    def description(self) -> bytes:
        """SDP (RFC 4566, RFC 6184 section 8.2)."""
        sps, pps = self.parameter_sets
        sets = ",".join(base64.b64encode(nal).decode() for nal in (sps, pps))
        lines = [
            "v=0",
            "o=- 0 0 IN IP4 127.0.0.1",
            "s=Wallserver city",
            "t=0 0",
            "a=control:*",
            "m=video 0 RTP/AVP 96",
            "c=IN IP4 0.0.0.0",
            "a=rtpmap:96 H264/90000",
            f"a=fmtp:96 packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={sets}",
            f"a=framerate:{self.fps}",
            "a=control:trackID=0",
        ]
        return ("\r\n".join(lines) + "\r\n").encode()


class Client:
    """A connection that plays: its RTP clock, its counters."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._sequence = secrets.randbelow(1 << 16)
        self._ssrc = secrets.randbits(32)
        self._packets = 0
        self._bytes = 0
        self._dropping = True
        self._report_at = 0.0

    def send(self, packets: Packets, keyframe: bool, timestamp: int) -> None:
        """One picture, in one write."""
        transport = self._writer.transport
        self._dropping = (self._dropping and not keyframe) or transport.get_write_buffer_size() > MAX_UNREAD
        if self._dropping or transport.is_closing():
            return
        timestamp &= 0xFFFFFFFF
        out = packets.stamped(self._sequence, timestamp, self._ssrc)
        self._sequence = self._sequence + len(packets.headers) & 0xFFFF
        self._packets += len(packets.headers)
        self._bytes += packets.payload
        if time.monotonic() >= self._report_at:
            self._report_at = time.monotonic() + REPORT_S
            out += self._report(timestamp)
        transport.write(out)

    def close(self) -> None:
        """Hang up."""
        self._writer.transport.abort()

    def _report(self, timestamp: int) -> bytes:
        """A sender report (RFC 3550, section 6.4.1) on the interleaved channel 1."""
        now = time.time() + _NTP_EPOCH
        seconds, fraction = int(now), int(now % 1 * (1 << 32))
        counts = (self._packets & 0xFFFFFFFF, self._bytes & 0xFFFFFFFF)
        return _REPORT.pack(0x24, 1, 28, 0x80, 200, 6, self._ssrc, seconds, fraction, timestamp, *counts)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str]


class RtspServer:
    """Serves what `find(path)` answers: None is 404, NotReadyError 503. One user, digest authentication (RFC 2069)."""

    def __init__(self, find: Callable[[str], Track | None], user: str, password: str) -> None:
        self._find = find
        self._user = user
        self._password = password
        self._nonce = secrets.token_hex(16)

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Accept connections from now on."""
        return await asyncio.start_server(self._serve, host, port, backlog=1024, limit=_MAX_REQUEST)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client, track = Client(writer), None
        try:
            while (request := await _read_request(reader)) is not None:
                found, (status, headers, body) = self._find_and_answer(request)
                lines = [f"RTSP/1.0 {status}", f"CSeq: {request.headers.get('cseq', '0')}", *headers]
                if body:
                    lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                if request.method == "PLAY" and status.startswith("200") and found is not None:
                    track = found
                    track.clients.add(client)
                if request.method == "TEARDOWN":
                    break
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass  # a client that hangs up or talks nonsense is gone: that is all there is to say
        finally:
            if track is not None:
                track.clients.discard(client)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _find_and_answer(self, request: _Request) -> tuple[Track | None, tuple[str, list[str], bytes]]:
        try:
            track = self._find(_path(request.url)) if request.method in {"DESCRIBE", "SETUP", "PLAY"} else None
        except NotReadyError:
            return None, ("503 Service Unavailable", [], b"")
        return track, self._answer(request, track)

    def _answer(self, request: _Request, track: Track | None) -> tuple[str, list[str], bytes]:
        methods = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
        session = f"Session: {secrets.token_hex(8)};timeout={SESSION_TIMEOUT_S}"
        match request.method:
            case "OPTIONS":
                return "200 OK", [f"Public: {methods}"], b""
            case "GET_PARAMETER" | "TEARDOWN":
                return "200 OK", [], b""
            case "DESCRIBE" | "SETUP" | "PLAY" if not self._is_authorised(request):
                challenge = f'WWW-Authenticate: Digest realm="{_REALM}", nonce="{self._nonce}"'
                return "401 Unauthorized", [challenge], b""
            case "DESCRIBE" | "SETUP" | "PLAY" if track is None:
                return "404 Not Found", [], b""
            case "DESCRIBE" if track is not None:
                return "200 OK", [f"Content-Base: {request.url}/"], track.description()
            case "SETUP" if "TCP" not in request.headers.get("transport", ""):
                return "461 Unsupported Transport", [], b""
            case "SETUP":
                return "200 OK", ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1", session], b""
            case "PLAY":
                return "200 OK", [f"Session: {request.headers.get('session', '0').split(';')[0]}"], b""
        return "405 Method Not Allowed", [f"Allow: {methods}"], b""

    def _is_authorised(self, request: _Request) -> bool:
        given = dict(re.findall(r'(\w+)="([^"]*)"', request.headers.get("authorization", "")))
        first = _md5(f"{self._user}:{_REALM}:{self._password}")
        expected = _md5(f"{first}:{self._nonce}:{_md5(f'{request.method}:{given.get("uri", "")}')}")
        answer = given.get("response", "").encode()  # bytes: compare_digest refuses text that is not ASCII
        return given.get("username") == self._user and secrets.compare_digest(answer, expected.encode())


async def _read_request(reader: asyncio.StreamReader) -> _Request | None:
    """The next request; interleaved packets (a client's receiver reports) are passed over. None at the end."""
    while True:
        first = await reader.read(1)
        if not first:
            return None
        if first != b"$":
            break
        head = await reader.readexactly(3)
        await reader.readexactly(int.from_bytes(head[1:], "big"))
    lines = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace").split("\r\n")
    method, url, _ = lines[0].split(" ", 2)
    headers = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:])}
    await reader.readexactly(min(int(headers.get("content-length", "0")), _MAX_REQUEST))
    return _Request(method, url, headers)


def _path(url: str) -> str:
    """`cam-001/main` of `rtsp://host:port/cam-001/main/trackID=0`."""
    return re.sub(r"/trackID=0$", "", re.sub(r"^rtsp://[^/]*/", "", url)).rstrip("/")


def _md5(text: str) -> str:
    """As RTSP's digest authentication demands; it protects a simulation."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
