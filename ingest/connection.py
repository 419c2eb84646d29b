"""One connection to nats-server that comes back for ever, and never says a password in the clear."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import nats.errors
import structlog
from nats.aio.client import Client

from ingest.bus_address import BusAddress, HandshakeCounter
from ingest.errors import BusError
from ingest.permissions import inbox_prefix

MIN_PAYLOAD = 8 * 1024 * 1024
_NO_TLS = "the bus offers no TLS: the password is not said"

log = structlog.get_logger(__name__)


class Connection:
    """A `client` that waits for a server that is away, and comes back to it. `on_state(connected)` follows.

    `on_closed` is called when it is closed, by us or by the server for good.
    """

    def __init__(
        self, address: BusAddress, role: str, name: str, on_state: Callable[[bool], None], on_closed: Callable[[], None]
    ) -> None:
        self.client = Client()
        self._address = address
        self._role = role
        self._name = name
        self._on_state = on_state
        self._on_closed = on_closed
        self._context: HandshakeCounter | None = None
        self._handshakes = 0
        self._refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._said: set[str] = set()

    async def open(self) -> None:
        """Connect. Raises BusError where the server refuses us, has no TLS though it must, or a small bound."""
        self._address.check()
        self._context = self._address.ssl_context()
        connecting = asyncio.ensure_future(self._connect())
        try:
            await asyncio.wait((connecting, self._refused), return_when=asyncio.FIRST_COMPLETED)
            self._check_refusal()
            await connecting
            self._check_payload()
        except BaseException:  # cancelled too: nothing stays open
            connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError, nats.errors.Error, OSError):
                await connecting
            await self.client.close()
            raise
        self._refused.cancel()

    async def _connect(self) -> None:
        await self.client.connect(
            self._address.url,
            name=self._name,
            user=self._address.username,
            password=self._password,
            tls=self._context,
            inbox_prefix=inbox_prefix(self._role),
            error_cb=self._failed,
            disconnected_cb=self._lost,
            reconnected_cb=self._back,
            closed_cb=self._closed,
            connect_timeout=2,
            reconnect_time_wait=0.25,  # type: ignore[arg-type] # nats-py only sleeps for it
            max_reconnect_attempts=-1,
            ping_interval=2,
            max_outstanding_pings=2,
        )

    def _password(self) -> str:
        """The password for a connection attempt, asked for by nats-py when it would send it."""
        if self._context is not None:
            if self._context.handshakes == self._handshakes:
                raise nats.errors.Error(_NO_TLS)
            self._handshakes = self._context.handshakes
        return self._address.password

    def _check_refusal(self) -> None:
        if self._refused.done():
            raise BusError(f"the bus refused {self._address.username}: {self._refused.result()}")

    def _check_payload(self) -> None:
        if self.client.max_payload < MIN_PAYLOAD:
            raise BusError(
                f"the bus takes messages of {self.client.max_payload} bytes at most, its max_payload must be "
                f"{MIN_PAYLOAD} or more"
            )

    async def _failed(self, error: Exception) -> None:
        words = str(error) or type(error).__name__
        if ("Authorization Violation" in words or _NO_TLS in words) and not self._refused.done():
            self._refused.set_result(words)
        if words not in self._said:  # once for each cause, until it is back
            self._said.add(words)
            log.warning("bus connection", connection=self._name, reason=words)

    async def _lost(self) -> None:
        self._on_state(False)

    async def _closed(self) -> None:
        self._on_closed()

    async def _back(self) -> None:
        self._said.clear()
        self._on_state(True)
