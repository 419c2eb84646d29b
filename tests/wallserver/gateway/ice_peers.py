"""A gateway's port and a connection on it, and aioice itself as the viewer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aioice import Candidate, Connection, stun
from aioice.ice import CandidatePair

from wallserver.gateway.ice_connection import IceConnection, Inbox
from wallserver.gateway.udp_port import UdpPort, UdpSocket

LOOPBACK = "127.0.0.1"
ANYBODY = Candidate("1", 1, "udp", 1, LOOPBACK, 9, "host")


@dataclass(slots=True)
class Pair:
    """Both ends of one ICE session."""

    port: UdpPort
    ours: IceConnection
    viewer: Connection

    @property
    def place(self) -> UdpSocket:
        """Our only socket."""
        return self.port.sockets()[0]

    @property
    def viewer_address(self) -> tuple[str, int]:
        """Where the viewer sends from."""
        candidate = self.viewer.local_candidates[0]
        return candidate.host, candidate.port

    async def connect(self) -> None:
        """Connect both."""
        await asyncio.gather(self.ours.connect(), self.viewer.connect())

    def viewers_check(self) -> stun.Message:
        """A binding request as the viewer would send it, signed."""
        request = self.viewer.build_request(CandidatePair(self.viewer._protocols[0], ANYBODY), nominate=False)
        request.add_message_integrity(self.ours.local_password.encode())
        return request


@asynccontextmanager
async def open_port(address: str = LOOPBACK) -> AsyncIterator[UdpPort]:
    """A port of a gateway."""
    port = UdpPort(range(0), [address])
    port.open()
    try:
        yield port
    finally:
        port.close()


async def new_viewer() -> Connection:
    """A viewer that has gathered its candidates."""
    viewer = Connection(ice_controlling=True)
    await viewer.gather_candidates()
    return viewer


async def introduce(ours: IceConnection, viewer: Connection, at: tuple[str, int] | None = None) -> None:
    """Tell each of the other, as signalling does; `at`: where the viewer is told that we are."""
    await ours.gather_candidates()
    viewer.remote_username, viewer.remote_password = ours.local_username, ours.local_password
    ours.remote_username, ours.remote_password = viewer.local_username, viewer.local_password
    for candidate in ours.local_candidates:
        host, port = at or (candidate.host, candidate.port)
        await viewer.add_remote_candidate(Candidate("1", 1, "udp", candidate.priority, host, port, "host"))
    await viewer.add_remote_candidate(None)


@asynccontextmanager
async def introduced(port: UdpPort, at: tuple[str, int] | None = None) -> AsyncIterator[Pair]:
    """Two ends that know of each other, not yet connected; both are closed in the end."""
    ours, viewer = IceConnection(port, Inbox()), await new_viewer()
    await introduce(ours, viewer, at)
    try:
        yield Pair(port, ours, viewer)
    finally:
        await viewer.close()
        await ours.close()


class Stranger(asyncio.DatagramProtocol):
    """Somebody who sends, and notes what comes back."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, tuple[str, int]]] = []
        self.on_datagram: Callable[[bytes, tuple[str, int]], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        assert isinstance(transport, asyncio.DatagramTransport)
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Note it."""
        self.heard.append((data, addr))
        if self.on_datagram is not None:
            self.on_datagram(data, addr)

    @property
    def address(self) -> tuple[str, int]:
        """Where it sends from."""
        address: tuple[str, int] = self.transport.get_extra_info("sockname")
        return address


@asynccontextmanager
async def stranger() -> AsyncIterator[Stranger]:
    """At a port of its own."""
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(Stranger, (LOOPBACK, 0))
    try:
        yield protocol
    finally:
        transport.close()


class Nat:
    """What stands between a viewer and us: it sends on what comes, from an address that can change."""

    def __init__(self, inside: Stranger, outside: Stranger, server: tuple[str, int]) -> None:
        self.inside = inside
        self._server = server
        self._viewer: tuple[str, int] | None = None
        self._outside = outside
        inside.on_datagram = self._out
        outside.on_datagram = self._in

    def rebind(self, outside: Stranger) -> None:
        """Forget the old address, in both directions."""
        self._outside.on_datagram = None
        self._outside = outside
        outside.on_datagram = self._in

    def _out(self, data: bytes, sender: tuple[str, int]) -> None:
        self._viewer = sender
        self._outside.transport.sendto(data, self._server)

    def _in(self, data: bytes, _: tuple[str, int]) -> None:
        if self._viewer is not None:
            self.inside.transport.sendto(data, self._viewer)
