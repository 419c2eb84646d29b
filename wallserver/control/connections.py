"""Who may connect to control: no address takes all of its connections, and none is kept for who asks nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from wallserver.door import Door, places

MAX_CONNECTIONS = 4_000
# For a request to be there as a whole: the file of a city's cameras over a slow line takes some seconds.
REQUEST_S = 30.0
_PROXIES = frozenset({"127.0.0.1", "::1"})  # a proxy in front of us is on this machine


class Configuration(uvicorn.Config):
    """uvicorn's, with a door that both protocols count at."""

    def __init__(self, app: Any, **named: Any) -> None:
        super().__init__(app, http=_Http, ws=_WebSocket, **named)
        self.door = Door(places(MAX_CONNECTIONS), _PROXIES)


class _Http(H11Protocol):
    """Lets a connection in, or hangs up on one too many, and on whoever takes longer than REQUEST_S to ask."""

    _is_inside = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Who it is, is known only now."""
        self._is_inside = _door(self.config).enter(_address_of(transport))
        if not self._is_inside:
            transport.abort()
            return
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """One less, if it was let in."""
        if self._is_inside:
            self._await_nothing()
            _door(self.config).leave(_address_of(self.transport))
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More of a request; from its first byte on it has so long."""
        super().data_received(data)
        if self.transport.get_protocol() is not self or self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self._await_nothing()
        elif self._deadline is None:
            self._await_request()

    def _await_request(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _await_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _WebSocket(WebSocketsSansIOProtocol):
    """What was let in as HTTP, which does not hear of its end."""

    def connection_lost(self, exc: Exception | None) -> None:
        """One less."""
        _door(self.config).leave(_address_of(self.transport))
        super().connection_lost(exc)


def _door(config: uvicorn.Config) -> Door:
    assert isinstance(config, Configuration)  # noqa: S101 - these protocols are made by no other
    return config.door


def _address_of(transport: asyncio.BaseTransport) -> str:
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if peer else ""
