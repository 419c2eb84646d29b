"""Who connects to control and asks nothing takes nobody's place, and is hung up on. Over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.support.site import free_port
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.control.conftest import Site
from wallserver.config import Settings, settings_of
from wallserver.control import connections, create_app
from wallserver.control.run import serve

ONE, OTHER, PROXY = "127.0.0.2", "127.0.0.3", "127.0.0.1"


@pytest.fixture
async def served(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """Control with 8 places, without a bus, as a process runs it."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 8)
    site = Site(create_app(settings, None), settings_of(state_dir=settings.state_dir, http={"port": free_port()}))
    stop = asyncio.Event()
    running = asyncio.create_task(serve(site.app, site.settings, stop))
    try:
        await eventually(lambda: answered(site, PROXY))
        yield site
    finally:
        stop.set()
        await asyncio.wait_for(running, PATIENCE_S)


async def answered(site: Site, address: str) -> bool:
    transport = httpx.AsyncHTTPTransport(local_address=address)
    async with httpx.AsyncClient(transport=transport) as client:
        try:
            await client.get(f"http://127.0.0.1:{site.settings.http.port}/api/oidc")
        except httpx.TransportError:
            return False
    return True


class Silent:
    """Connections that ask nothing, or not all of it."""

    def __init__(self, site: Site, address: str, begins: bytes = b"") -> None:
        self._site, self._address, self._begins = site, address, begins
        self._writers: list[asyncio.StreamWriter] = []
        self.readers: list[asyncio.StreamReader] = []

    async def come(self, times: int) -> None:
        for _ in range(times):
            port = self._site.settings.http.port
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(self._address, 0))
            writer.write(self._begins)
            self.readers.append(reader)
            self._writers.append(writer)

    async def go(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def silent(site: Site, address: str, times: int, begins: bytes = b"") -> AsyncIterator[Silent]:
    those = Silent(site, address, begins)
    await those.come(times)
    try:
        yield those
    finally:
        await those.go()


async def hung_up(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionResetError):
            await reader.read()


async def test_one_address_cannot_take_all_connections(served: Site) -> None:
    async with silent(served, ONE, times=5) as those:
        await hung_up(those.readers[-1])
        assert not await answered(served, ONE)
        assert await answered(served, OTHER)
    await eventually(lambda: answered(served, ONE))


async def test_a_proxy_on_this_machine_brings_as_many_as_there_are_places(served: Site) -> None:
    async with silent(served, PROXY, times=7):
        assert await answered(served, PROXY)


async def test_websockets_that_end_leave_their_places(served: Site) -> None:
    port = served.settings.http.port
    for _ in range(9):
        with contextlib.suppress(WebSocketException):
            async with connect(f"ws://127.0.0.1:{port}/ws/nothing", local_addr=(ONE, 0)):
                pass
    await eventually(lambda: answered(served, ONE))


@pytest.mark.parametrize(
    "begins",
    [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"],
    ids=["nothing", "half a head", "half a body"],
)
async def test_who_does_not_ask_in_time_is_hung_up_on(
    served: Site, monkeypatch: pytest.MonkeyPatch, begins: bytes
) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 0.05)
    async with silent(served, ONE, times=1, begins=begins) as those:
        await hung_up(those.readers[0])


async def test_a_display_that_has_asked_has_no_time_to_keep(served: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    deadline_s = 0.5
    monkeypatch.setattr(connections, "REQUEST_S", deadline_s)
    token = await served.control.people.tokens.for_display("city-1")
    socket = await eventually(lambda: connected(served))
    assert socket is not None
    async with socket:
        await socket.send(json.dumps({"t": "hello", "token": token}))
        await asyncio.sleep(3 * deadline_s)
        await asyncio.wait_for(await socket.ping(), PATIENCE_S)


async def connected(site: Site) -> ClientConnection | None:
    """A WebSocket, if the machine was quick enough for the deadline."""
    try:
        return await connect(f"ws://127.0.0.1:{site.settings.http.port}/ws/display")
    except (OSError, EOFError, WebSocketException):
        return None
