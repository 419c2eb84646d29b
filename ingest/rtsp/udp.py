"""The two UDP ports that a track is sent to (RFC 2326, 12.39; RFC 3550, 11): an even one, and the one above it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable

_TRIES = 50
# A keyframe comes in one burst: more than a socket holds by default.
_BUFFER_BYTES = 1_000_000


class Ports(asyncio.DatagramProtocol):
    """Both sockets. `on_packet` gets each RTP packet of the camera's; what others send is passed over."""

    def __init__(self, peer: str, on_packet: Callable[[bytes], None]) -> None:
        self._peer = peer
        self._on_packet = on_packet
        self._transports: list[asyncio.DatagramTransport] = []
        self._server_port = 0
        self.first_port = 0

    @classmethod
    async def open(cls, peer: str, on_packet: Callable[[bytes], None]) -> Ports:
        """Bind two free ports for what `peer`, an IP address, will send. Raises OSError."""
        ports = cls(peer, on_packet)
        family = socket.AF_INET6 if ":" in peer else socket.AF_INET
        pair = _bind_pair(family)
        ports.first_port = pair[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        try:
            for sock, protocol in zip(pair, (ports, asyncio.DatagramProtocol()), strict=True):
                transport, _ = await loop.create_datagram_endpoint(lambda protocol=protocol: protocol, sock=sock)  # type: ignore[misc]
                ports._transports.append(transport)
        except BaseException:  # cancelled, too
            ports.close()
            pair[1].close()
            raise
        return ports

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[0] == self._peer:
            self._on_packet(data)

    def reach(self, server_port: int) -> None:
        """Send an empty packet to the camera's ports, which opens the way back through a firewall."""
        self._server_port = server_port
        for number, transport in enumerate(self._transports):
            transport.sendto(b"\x80" + bytes(11) if not number else b"\x80\xc9\x00\x01" + bytes(4), self._to(number))

    def send_report(self, report: bytes) -> None:
        """A receiver report, to the upper port."""
        if self._server_port:
            self._transports[1].sendto(report, self._to(1))

    def close(self) -> None:
        """Listen no longer."""
        for transport in self._transports:
            transport.close()

    def _to(self, number: int) -> tuple[str, int]:
        return self._peer, self._server_port + number


def _bind_pair(family: socket.AddressFamily) -> tuple[socket.socket, socket.socket]:
    """Two sockets on an even port and the next one. Raises OSError."""
    for _ in range(_TRIES):
        port = random.randrange(16384, 32768, 2)  # noqa: S311 - below the ports that Linux gives out by itself
        pair = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        try:
            for number, sock in enumerate(pair):
                sock.setblocking(False)
                sock.bind(("", port + number))
            pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        except OSError:
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.close()
            continue
        return pair
    raise OSError("no two UDP ports are free")
