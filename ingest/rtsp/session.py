"""One RTSP session: from an address to its pictures, bounded in time at every step, left properly."""

from __future__ import annotations

import asyncio
import random
import re
import ssl
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Literal

from ingest.access_unit import Codec
from ingest.allowance import LEAST_PACKET_BYTES, PICTURE_BYTES, allowance
from ingest.annexb import RawPicture
from ingest.rtsp import description
from ingest.rtsp.connection import Connection
from ingest.rtsp.depacketise import Depacketiser
from ingest.rtsp.description import Video
from ingest.rtsp.errors import ClosedError, RtspError, StatusError
from ingest.rtsp.jpeg import JpegDepacketiser
from ingest.rtsp.messages import Message
from ingest.rtsp.reports import receiver_report
from ingest.rtsp.rtp import Receiver
from ingest.rtsp.udp import Ports

# Pictures that may wait for their reader; beyond, the connection is read no further until half of them are gone.
MAX_WAITING = 60
MAX_WAITING_BYTES = 8_000_000
# How much more than it may a camera sends over UDP, which cannot be told to wait, before it is left: in seconds of its
# allowance.
_MOST_EXCESS_S = 1.0
REPORT_SECONDS = 5.0
# How soon the server is told that we are still there, unless it says otherwise; its word is taken within these.
KEEP_ALIVE_SECONDS = 20.0
LEAST_KEEP_ALIVE_SECONDS = 2.0
_LOOK_SECONDS = 1.0
_LAST_CHANNEL = 254  # the one above it is for reports
# Packets that never make a picture are not one either; a slow camera's pictures may be seconds apart.
_PICTURES_LATER = 5


class NoVideoError(RtspError):
    """There is no video at the address."""


class CodecError(RtspError):
    """Its video is of a codec that we cannot take. `encoding` is the name the camera gives it."""

    def __init__(self, encoding: str) -> None:
        super().__init__("unsupported codec")
        self.encoding = encoding


class SilenceError(RtspError):
    """Nothing has come for longer than `pictures` allowed."""


@dataclass(frozen=True, slots=True)
class Target:
    """What to open. `url` has no credentials; `address` is where its host was found: no other one is ever asked."""

    url: str
    address: tuple[str, int]
    username: str
    password: str
    transport: Literal["tcp", "udp"]
    tls: ssl.SSLContext | None = None


class Session:
    """`connect`, then `play`, then read `pictures`; `close` whatever came of it. `video` is the track that is played.

    Bounded by its caller (`asyncio.timeout`) up to the first picture.
    """

    video: Video

    def __init__(self, target: Target) -> None:
        self._target = target
        self._pictures: deque[RawPicture] = deque()
        self._waiting_bytes = 0
        self._datagrams = allowance()
        self._come = asyncio.Event()
        self._packet_at = self._picture_at = 0.0
        self._connection: Connection | None = None
        self._receiver: Receiver | None = None
        self._ports: Ports | None = None
        self._base = target.url
        self._session_id = ""
        self._keep_alive_method = "OPTIONS"
        self._keep_alive_s = KEEP_ALIVE_SECONDS
        self._channel = 0
        self._ssrc = random.getrandbits(32)
        self._silent = False
        self._overrun = False

    async def connect(self) -> None:
        """Reach the camera. Raises OSError."""
        target = self._target
        credentials = target.username, target.password
        self._connection = await Connection.open(target.address, target.tls, credentials, self._on_interleaved)
        self._connection.closed.add_done_callback(lambda _: self._come.set())

    async def play(self) -> None:
        """OPTIONS, DESCRIBE, SETUP, PLAY.

        Raises StatusError where the camera refuses, NoVideoError, CodecError, RtspError where it talks nonsense,
        OSError where no UDP port is free.
        """
        target, connection = self._target, self._open_connection()
        await self._learn_methods(connection)
        answer = await connection.request("DESCRIBE", target.url, {"Accept": "application/sdp"})
        offered = description.parse(answer.body)
        self.video = _choose(offered.videos)
        base = answer.header("content-base") or answer.header("content-location") or target.url
        base = base if re.match(r"rtsps?://", base, re.IGNORECASE) else target.url
        self._base = _without_credentials(description.resolve(base, offered.control))
        await self._set_up(connection, _without_credentials(description.resolve(base, self.video.control)))
        await connection.request("PLAY", self._base, self._with_session({"Range": "npt=0.000-"}))
        self._packet_at = self._picture_at = time.monotonic()

    async def pictures(self, silence_s: float) -> AsyncGenerator[RawPicture]:
        """Each picture as it is whole, until the server ends it. Raises SilenceError, and RtspError for nonsense.

        `silence_s`: how long it may be without any packet of the video; without a whole picture, five times that.
        """
        connection = self._open_connection()
        upkeep = asyncio.create_task(self._watch(connection, silence_s), name="rtsp upkeep")
        upkeep.add_done_callback(lambda _: self._come.set())
        try:
            while True:
                while self._pictures:
                    picture = self._pictures.popleft()
                    self._waiting_bytes -= _size(picture)
                    yield picture
                    if len(self._pictures) <= MAX_WAITING // 2 and self._waiting_bytes <= MAX_WAITING_BYTES // 2:
                        connection.resume()
                    if self._pictures:  # the other cameras first
                        await asyncio.sleep(0)
                if self._silent:
                    raise SilenceError("no pictures")
                if connection.closed.done():
                    if connection.error is not None:
                        raise connection.error
                    return
                if upkeep.done():
                    upkeep.result()  # nobody watches any more: what ended it ends this too
                self._come.clear()
                await self._come.wait()
        finally:
            upkeep.cancel()

    def close(self) -> None:
        """Leave: cameras have few places, and a session that is not torn down holds one for a minute."""
        if self._ports is not None:
            self._ports.close()
        if self._connection is not None:
            if self._session_id:
                self._connection.send("TEARDOWN", self._base, self._with_session({}))
            self._connection.close()

    def _open_connection(self) -> Connection:
        if self._connection is None:
            raise ClosedError("not connected")
        return self._connection

    async def _learn_methods(self, connection: Connection) -> None:
        try:
            answer = await connection.request("OPTIONS", self._target.url)
        except RtspError as error:
            # 401: the password was tried, or there is none. Another try could lock the account.
            if connection.closed.done() or (isinstance(error, StatusError) and error.status == 401):
                raise
            return  # some do not know it
        if "GET_PARAMETER" in answer.header("public").upper():
            self._keep_alive_method = "GET_PARAMETER"

    async def _set_up(self, connection: Connection, url: str) -> None:
        video = self.video
        assert video.codec is not None  # noqa: S101 - _choose saw to it
        jpeg = video.codec is Codec.MJPEG
        depacketiser = JpegDepacketiser(self._on_picture) if jpeg else Depacketiser(video.codec, self._on_picture)
        udp = self._target.transport == "udp"
        receiver = Receiver(video.payload_type, depacketiser.take, depacketiser.anew, reorders=udp)
        self._receiver = receiver
        transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
        if udp:
            self._ports = await Ports.open(connection.peer, self._on_rtp)
            first = self._ports.first_port
            transport = f"RTP/AVP;unicast;client_port={first}-{first + 1}"
        answer = await connection.request("SETUP", url, {"Transport": transport})
        self._learn_session(answer)
        said = answer.header("transport")
        if self._ports is not None:
            if found := re.search(r"server_port=(\d{1,5})", said):
                self._ports.reach(min(int(found[1]), 65534))
        elif found := re.search(r"interleaved=(\d{1,3})", said):
            self._channel = int(found[1])
            if self._channel > _LAST_CHANNEL:
                raise RtspError("an impossible channel")

    def _learn_session(self, answer: Message) -> None:
        self._session_id, _, parameters = answer.header("session").partition(";")
        if found := re.search(r"timeout\s*=\s*(\d{1,5})", parameters):
            self._keep_alive_s = max(LEAST_KEEP_ALIVE_SECONDS, min(KEEP_ALIVE_SECONDS, int(found[1]) / 2))

    def _with_session(self, headers: dict[str, str]) -> dict[str, str]:
        return headers | ({"Session": self._session_id.strip()} if self._session_id else {})

    async def _watch(self, connection: Connection, silence_s: float) -> None:
        """Notice silence; tell the server now and then that we are there, in both ways that it may be listening for."""
        said = reported = time.monotonic()
        while not connection.closed.done():
            await asyncio.sleep(_LOOK_SECONDS)
            now = time.monotonic()
            if self._pictures:  # it is our reader that is late, and maybe nothing is read
                self._packet_at = self._picture_at = now
            elif now - self._packet_at > silence_s or now - self._picture_at > silence_s * _PICTURES_LATER:
                self._silent = True
                self._come.set()
            if now - reported >= REPORT_SECONDS:
                reported = now
                self._report(connection)
            if now - said >= self._keep_alive_s:
                said = now
                connection.send(self._keep_alive_method, self._base, self._with_session({}))

    def _report(self, connection: Connection) -> None:
        report = receiver_report(self._ssrc, self._receiver) if self._receiver is not None else None
        if report is None:
            return
        if self._ports is not None:
            self._ports.send_report(report)
        else:
            connection.send_packet(self._channel + 1, report)

    def _on_interleaved(self, channel: int, packet: bytes) -> None:
        if channel == self._channel and self._receiver is not None:
            self._packet_at = time.monotonic()
            self._receiver.take(packet, self._packet_at)

    def _on_rtp(self, packet: bytes) -> None:
        if self._receiver is None or self._connection is None:
            return
        now, cost = time.monotonic(), max(len(packet), LEAST_PACKET_BYTES)
        excess_s = self._datagrams.ready_at(cost) - now
        self._datagrams.take(now, cost)
        if excess_s > 0:  # lost, before it takes any time
            if excess_s > _MOST_EXCESS_S:
                self._connection.fail(RtspError("sends more than any camera"))
            return
        self._packet_at = now
        try:
            self._receiver.take(packet, now)
        except RtspError as error:
            self._connection.fail(error)

    def _on_picture(self, picture: RawPicture) -> None:
        self._picture_at = self._packet_at
        if self._ports is not None:
            if self._is_full():
                self._overrun = True  # UDP does not wait
                return
            self._datagrams.take(self._packet_at, PICTURE_BYTES)
        elif self._connection is not None:
            self._connection.count_picture()
        self._pictures.append(replace(picture, broken=True) if self._overrun else picture)
        self._waiting_bytes += _size(picture)
        self._overrun = False
        self._come.set()
        if self._is_full() and self._connection is not None:
            self._connection.pause()

    def _is_full(self) -> bool:
        return len(self._pictures) >= MAX_WAITING or self._waiting_bytes >= MAX_WAITING_BYTES


def _size(picture: RawPicture) -> int:
    return sum(map(len, picture.nals))


def _choose(videos: tuple[Video, ...]) -> Video:
    if not videos:
        raise NoVideoError("no video")
    video = description.best(videos)
    if video.codec is None:
        raise CodecError(video.encoding)
    return video


def _without_credentials(url: str) -> str:
    """Some servers repeat them, some behind an address of their own: requests carry them in a header or not at all."""
    return re.sub(r"^(rtsps?://)[^/?#]*@", r"\1", url, flags=re.IGNORECASE)
