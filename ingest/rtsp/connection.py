"""The connection to an RTSP server: requests and their answers, the packets between them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable
from typing import cast

from ingest import authentication
from ingest.allowance import LEAST_PACKET_BYTES, PICTURE_BYTES, allowance
from ingest.authentication import Challenge
from ingest.rtsp.errors import ClosedError, RedirectError, RtspError, StatusError
from ingest.rtsp.messages import Message, Splitter, encode
from ingest.token_bucket import TokenBucket

USER_AGENT = "Wallserver"
_UNAUTHORIZED = 401
# Keep-alives whose answers may be outstanding: some servers answer none.
_MAX_UNANSWERED = 64
# What a server may say that it was not asked, messages and messages a second: some look after their clients, and more
# of it would take the time of the other cameras.
_UNASKED_BURST, _UNASKED_RATE = 20.0, 2.0
# What comes is counted so many bytes at a time: not at each packet.
_COUNTED_BYTES = 32_768
# What is read at a time, into the same place for all: it is copied before the next one reads. Thousands of small
# packets fit in, and no other camera is heard before they are looked at.
_READ = memoryview(bytearray(65_536))
# How long TLS may take to say good-bye.
_TLS_CLOSE_S = 1.0


class Connection(asyncio.BufferedProtocol):
    """One TCP connection. `on_packet(channel, packet)` gets what is interleaved.

    `closed` is done when it is, by either side, with the error if there was one. Requests are made one after the
    other; each is bounded by its caller (`asyncio.timeout`).
    """

    def __init__(self, username: str, password: str, on_packet: Callable[[int, bytes], None]) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._username = username
        self._password = password
        self._challenge: Challenge | None = None
        self._splitter = Splitter(on_packet, self._on_message)
        self._transport: asyncio.Transport | None = None
        self._answers: deque[asyncio.Future[Message]] = deque(maxlen=_MAX_UNANSWERED)
        self._unasked = TokenBucket(_UNASKED_RATE, _UNASKED_BURST)
        self._bytes = allowance()
        self._uncounted = 0
        self._behind = self._throttled = False
        self._count = 0
        self._error: Exception | None = None

    @classmethod
    async def open(
        cls,
        address: tuple[str, int],
        tls: ssl.SSLContext | None,
        credentials: tuple[str, str],
        on_packet: Callable[[int, bytes], None],
    ) -> Connection:
        """Connect to an IP address and port. Raises OSError."""
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(
            lambda: cls(*credentials, on_packet), *address, ssl=tls, ssl_shutdown_timeout=_TLS_CLOSE_S if tls else None
        )
        return protocol

    @property
    def peer(self) -> str:
        """The server's IP address."""
        name: tuple[str, int] = self._open_transport().get_extra_info("peername")
        return name[0]

    async def request(self, method: str, url: str, headers: dict[str, str] | None = None) -> Message:
        """The 200 that answers a request, made again with credentials where they are asked for.

        Raises StatusError, RtspError and ClosedError.
        """
        message = await self._ask(method, url, headers or {})
        if message.status == _UNAUTHORIZED and self._username and self._may_answer(message):
            message = await self._ask(method, url, headers or {})
        if message.status != 200:
            raise StatusError(message.status)
        return message

    def send(self, method: str, url: str, headers: dict[str, str]) -> None:
        """A request whose answer nobody waits for; nothing where the server does not read."""
        if self._is_read():
            with contextlib.suppress(RtspError):
                self._write(method, url, headers).add_done_callback(self._learn_from)

    def send_packet(self, channel: int, packet: bytes) -> None:
        """Interleave a packet of ours; nothing where the server does not read."""
        if self._is_read():
            self._open_transport().write(bytes((0x24, channel)) + len(packet).to_bytes(2, "big") + packet)

    def pause(self) -> None:
        """Read no more for now."""
        self._behind = True
        self._read_or_wait()

    def resume(self) -> None:
        """Read again."""
        self._behind = False
        self._read_or_wait()

    def close(self) -> None:
        """Hang up, after what was sent has gone out; at once where the server does not read it."""
        if self._transport is None:
            return
        if self._is_read():
            self._throttled = False
            self.resume()  # so that a close from the other side is seen
            self._transport.close()
        else:
            self._transport.abort()

    def fail(self, error: RtspError) -> None:
        """Hang up at once, because of what the server sent."""
        self._error = error
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        return _READ

    def buffer_updated(self, nbytes: int) -> None:
        try:
            packets = self._splitter.feed(bytes(_READ[:nbytes]))
        except RtspError as error:
            self.fail(error)
            return
        self._uncounted += max(nbytes, packets * LEAST_PACKET_BYTES)
        if self._uncounted >= _COUNTED_BYTES:
            self._count_bytes()

    def count_picture(self) -> None:
        """A picture was among what came."""
        self._uncounted += PICTURE_BYTES

    def _count_bytes(self) -> None:
        loop = asyncio.get_running_loop()
        self._bytes.take(loop.time(), self._uncounted)
        self._uncounted = 0
        if (ready := self._bytes.ready_at()) > loop.time():
            self._throttled = True
            self._read_or_wait()
            loop.call_at(ready, self._throttle_over)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        error = self._error or ClosedError("closed")
        while self._answers:
            answer = self._answers.popleft()
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # who asked may be gone
        if not self.closed.done():
            self.closed.set_result(None)

    @property
    def error(self) -> Exception | None:
        """What the server said that made us hang up, if anything."""
        return self._error

    async def _ask(self, method: str, url: str, headers: dict[str, str]) -> Message:
        return await self._write(method, url, headers)

    def _write(self, method: str, url: str, headers: dict[str, str]) -> asyncio.Future[Message]:
        transport = self._open_transport()
        self._count += 1
        all_headers = {"CSeq": str(self._count), "User-Agent": USER_AGENT} | headers
        if self._challenge is not None:
            all_headers["Authorization"] = self._challenge.answer(method, url)
        transport.write(encode(f"{method} {url} RTSP/1.0", all_headers))
        # By order and not by CSeq: there are servers that answer with another one, none that answer out of turn.
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        return answer

    def _throttle_over(self) -> None:
        self._throttled = False
        self._read_or_wait()

    def _read_or_wait(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        wanted = not (self._behind or self._throttled)
        if wanted and not transport.is_reading():
            transport.resume_reading()
        elif not wanted and transport.is_reading():
            transport.pause_reading()

    def _open_transport(self) -> asyncio.Transport:
        if self._transport is None or self._transport.is_closing():
            raise self._error or ClosedError("closed")
        return self._transport

    def _is_read(self) -> bool:
        """Whether the server takes what is sent: nothing may pile up for one that does not."""
        transport = self._transport
        return transport is not None and not transport.is_closing() and transport.get_write_buffer_size() == 0

    def _learn_from(self, answer: asyncio.Future[Message]) -> None:
        """A keep-alive may be told that its nonce is stale: the next one has the new one."""
        if not answer.cancelled() and answer.exception() is None and answer.result().status == _UNAUTHORIZED:
            self._may_answer(answer.result())

    def _may_answer(self, refusal: Message) -> bool:
        """Whether another attempt could help: with the first challenge, or a nonce that is merely stale."""
        challenges = refusal.headers.get("www-authenticate", [])
        first = self._challenge is None
        stale = any("stale=true" in header.lower().replace(" ", "").replace('"', "") for header in challenges)
        if not (first or stale):
            return False
        self._challenge = authentication.choose(challenges, self._username, self._password)
        return self._challenge is not None

    def _on_message(self, message: Message) -> None:
        if message.is_response and message.status >= 200 and self._answers:
            answer = self._answers.popleft()
            if not answer.done():
                answer.set_result(message)
            return
        now = asyncio.get_running_loop().time()
        if self._unasked.ready_at() > now:
            raise RtspError("says what it was not asked, and does not end")
        self._unasked.take(now)
        if message.is_response:
            return
        if message.method == "REDIRECT":
            raise RedirectError("sent away to another server")
        # Some servers ask whether we are still there; to all else we are no server.
        status = "200 OK" if message.method in {"OPTIONS", "GET_PARAMETER"} else "501 Not Implemented"
        if self._is_read():
            self._open_transport().write(encode(f"RTSP/1.0 {status}", {"CSeq": message.header("cseq")[:32]}))
