"""A real nats-server with our configuration: users, permissions, limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from ingest.bus import Bus, BusAddress
from ingest.nats_server import running_server, write_configuration


async def server_heard(*clients: Client) -> None:
    """The server has heard all that these have said so far.

    Twice, since the PING of nats-py's `flush` overtakes what waits to be written.
    """
    for _ in range(2):
        await asyncio.gather(*(client.flush() for client in clients))


class BusServer:
    """The server of one test. It keeps port and passwords over `stop` and `start`, and loses all it held."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.files = write_configuration(state_dir)
        self._running = contextlib.AsyncExitStack()
        self._buses = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Start it; returns when it listens."""
        await self._running.enter_async_context(running_server(self.state_dir))

    async def stop(self) -> None:
        """Stop it."""
        await self._running.aclose()

    def address(self, role: str) -> BusAddress:
        """What `role` connects with."""
        return BusAddress.from_file(self.files[role])

    async def connect(self, role: str, worker: str | None = None) -> Bus:
        """A connected bus, closed at the end of the test."""
        bus = await Bus.connect(self.address(role), role, worker or f"test-{role}")
        self._buses.push_async_callback(bus.close)
        return bus

    async def close(self) -> None:
        """Close what was connected, then the server."""
        await self._buses.aclose()
        await self.stop()


@contextlib.asynccontextmanager
async def bus_server_in(state_dir: Path) -> AsyncIterator[BusServer]:
    """A running server with its files in `state_dir`, for fixtures of any scope."""
    server = BusServer(state_dir)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


@pytest.fixture
async def bus_server(tmp_path: Path) -> AsyncIterator[BusServer]:
    """A server of this test's own (it starts in 0.1 s)."""
    async with bus_server_in(tmp_path) as server:
        yield server
