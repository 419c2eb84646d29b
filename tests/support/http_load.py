"""HTTP/1.1 over connections that are kept, as cheaply as asyncio can: thousands of clients in one process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

# What comes is read into one place for all: nothing else runs between its coming and its being looked at.
_BUFFER = memoryview(bytearray(1 << 18))
_BODILESS = {204, 304}


@dataclass(frozen=True, slots=True)
class Answer:
    """`head`: its status line and headers, in lower case. `body` is empty where nobody wanted it."""

    status: int
    head: str
    body: bytes


class Asker:
    """One client, asking one thing at a time. `local`: the address of this machine that it comes from."""

    def __init__(self, host: str, port: int, local: str | None = None) -> None:
        self._to, self._from = (host, port), None if local is None else (local, 0)
        self._connection: _Connection | None = None

    async def ask(self, request: bytes, within_s: float, *, keep: bool = False) -> Answer:
        """Send it and wait for the answer, whose body is kept where that is wanted.

        Raises OSError where there is none; TimeoutError after so long, and hangs up.
        """
        try:
            async with asyncio.timeout(within_s):
                if self._connection is None or self._connection.closed:
                    self._connection = await self._connect()
                answer = await self._connection.ask(request, keep)
        except (OSError, asyncio.CancelledError):
            self.close()
            raise
        if "\r\nconnection: close" in answer.head:  # nginx hangs up after 1,000 (RFC 9112, section 9.6)
            self.close()
        return answer

    def close(self) -> None:
        """Hang up; the next question connects anew."""
        if self._connection is not None:
            self._connection.abort()
            self._connection = None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, *self._to, local_addr=self._from)
        return connection


class _Connection(asyncio.BufferedProtocol):
    def __init__(self) -> None:
        self.closed = False
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._keep = False
        self._head, self._body = bytearray(), bytearray()
        self._status, self._text, self._left = 0, "", -1

    async def ask(self, request: bytes, keep: bool) -> Answer:
        assert self._transport is not None
        self._answer, self._keep = asyncio.get_running_loop().create_future(), keep
        self._transport.write(request)
        return await self._answer

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        if self._left >= 0:
            self._take(_BUFFER[:nbytes])
            return
        self._head += _BUFFER[:nbytes]
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            return
        self._text = self._head[:end].decode("latin-1").lower()
        self._status = int(self._text[9:12])
        _, named, length = self._text.partition("content-length:")
        if not named and self._status not in _BODILESS:
            self._end(ConnectionError("an answer that does not say how long it is"))
            self.abort()
            return
        self._left = int(length.partition("\r\n")[0]) if named and self._status not in _BODILESS else 0
        self._take(self._head[end + 4 :])

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._end(ConnectionResetError("the server hung up"))

    def _take(self, some: memoryview | bytearray) -> None:
        self._left -= len(some)
        if self._keep:
            self._body += some
        if self._left <= 0:
            answer = Answer(self._status, self._text, bytes(self._body))
            self._head, self._body, self._left = bytearray(), bytearray(), -1
            self._end(answer)

    def _end(self, how: Answer | OSError) -> None:
        if self._answer is None or self._answer.done():
            return
        if isinstance(how, Answer):
            self._answer.set_result(how)
        else:
            self._answer.set_exception(how)
