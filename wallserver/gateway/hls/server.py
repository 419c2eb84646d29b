"""The HTTP server of a gateway's HLS, on a port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from typing import Any

import structlog
from aiohttp.web import BaseRequest, RequestHandler, Response, Server, StreamResponse

from wallserver.door import Door, places
from wallserver.gateway.errors import PortError
from wallserver.gateway.hls.answers import answer
from wallserver.gateway.hls.streams import HlsStreams
from wallserver.gateway.settings import HlsSettings, port_range

log = structlog.get_logger(__name__)

MAX_CONNECTIONS = 4_000
# Who takes longer than this for one answer, of a few seconds of pictures at most, gets nothing out of it.
SEND_S = 15.0
_END_S = 0.5
# Longer than proxies keep a connection that nobody uses (nginx: 60 s), so that it is they who close it.
_KEEP_ALIVE_S = 75.0
_MAX_LINE = 4_096

# What strangers send is no news, and not to be quoted; our own mistakes are logged below.
_silent = logging.getLogger(f"{__name__}.aiohttp")
_silent.disabled = True


def listen(settings: HlsSettings, named: str = "gateway.hls") -> socket.socket:
    """Take the first port that is free. Raises PortError where there is none, with what sets it as `named`."""
    reason = ""
    for port in port_range(settings.ports) or (0,):
        try:
            return socket.create_server((settings.host, port), family=_family(settings.host), backlog=1024)
        except OSError as error:
            reason = error.strerror or "the address cannot be used"
    where = f"{settings.host} port {settings.ports}" if settings.ports else settings.host
    raise PortError(f"{named}: cannot listen on {where}: {reason}")


def base(settings: HlsSettings, listener: socket.socket) -> str:
    """The address that players are sent to, without a path."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.url.rstrip("/") if settings.url else f"http://{host}:{listener.getsockname()[1]}"


@contextlib.asynccontextmanager
async def serving(streams: HlsStreams, listener: socket.socket) -> AsyncIterator[None]:
    """Answer on `listener` while the block runs; then close it, and `streams`, so that nobody waits any more."""
    async with answering(partial(answer, streams), streams.close, listener):
        yield


@contextlib.asynccontextmanager
async def answering(
    answer: Callable[[BaseRequest], Awaitable[StreamResponse]],
    end: Callable[[], Awaitable[None]],
    listener: socket.socket,
    proxies: Collection[str] = (),
) -> AsyncIterator[None]:
    """Have every request on `listener` answered while the block runs; then close it, and `end` what requests wait for.

    An answer that is sent already is only ended here. `proxies`: addresses that many come from.
    """

    async def handle(request: BaseRequest) -> StreamResponse:
        response: StreamResponse
        try:
            response = await answer(request)
        except Exception as error:  # the outermost edge: one request fails, and says why
            log.error("an HLS request failed", exc_info=error)
            response = Response(status=500)
        await _send(response, request)
        return response

    server = _CountingServer(
        Door(most_connections(), proxies),
        handle,
        handler_cancellation=True,
        access_log=None,
        logger=_silent,
        keepalive_timeout=_KEEP_ALIVE_S,
        max_line_size=_MAX_LINE,
        max_field_size=_MAX_LINE,
    )
    listening = await asyncio.get_running_loop().create_server(lambda: _Entrance(server), sock=listener)
    try:
        yield
    finally:
        listening.close()
        await end()
        server.pre_shutdown()
        await server.shutdown(_END_S)


async def _send(response: StreamResponse, request: BaseRequest) -> None:
    """Send it here, where there is a limit: aiohttp waits for ever for who does not read."""
    try:
        async with asyncio.timeout(SEND_S):
            writer = await response.prepare(request)
            await response.write_eof()
            if writer is not None:
                await writer.drain()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()


def most_connections() -> int:
    """No more than this process can have beside those of WebRTC."""
    return places(MAX_CONNECTIONS)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class _CountingServer(Server):
    """Says at the door who is in."""

    def __init__(self, door: Door, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.door = door
        self._addresses: dict[RequestHandler, str] = {}

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        """One that was let in."""
        super().connection_made(handler, transport)
        self._addresses[handler] = _address_of(transport)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        """One less."""
        super().connection_lost(handler, exc)
        if (address := self._addresses.pop(handler, None)) is not None:
            self.door.leave(address)


class _Entrance(asyncio.Protocol):
    """Lets a connection in, or hangs up on one too many."""

    def __init__(self, server: _CountingServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Who it is, is known only now."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio gives protocols of TCP one
        if not self._server.door.enter(_address_of(transport)):
            transport.abort()
            return
        handler = self._server()
        transport.set_protocol(handler)
        handler.connection_made(transport)


def _address_of(transport: asyncio.Transport) -> str:
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if peer else ""
