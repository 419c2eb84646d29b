"""One UDP port for all peers of this process (`gateway.udp_ports`), so that a firewall can be told.

A socket for each address of the host, all on the same port. What comes in is told apart as RFC 7983 says: STUN
requests by the ufrag that they name, STUN answers by their transaction, everything else by the address that it comes
from, which has to have proved before, by STUN, whose it is. What belongs to nobody is dropped without an answer.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from aioice import stun

from wallserver.gateway.addresses import family_of, own_addresses
from wallserver.gateway.errors import AddressError, PortError

log = structlog.get_logger(__name__)

type Address = tuple[str, int]

# What a keyframe for every viewer takes while the network takes it away; what comes while Python is busy is less.
BUFFER_BYTES = 4 << 20
# Below this a burst may be lost in the socket: worth a word in the log.
SMALL_BUFFER_BYTES = 1 << 20
# Datagrams that found the send buffer full wait in order, up to so many bytes.
BACKLOG_BYTES = 4 << 20
# WebRTC's datagrams fit into an Ethernet frame; what is cut off here is not ours.
DATAGRAM_BYTES = 2048
# Then other work has its turn.
DATAGRAMS_AT_ONCE = 64
# The system is asked so often for a port that is free at every address.
TRIES = 16
# Below this, a message of many datagrams costs more than it saves.
LEAST_SEGMENTS = 3
# udp(7), and what a kernel or a network card without segmentation says.
_UDP_SEGMENT = 103
_SEGMENT_SIZE = struct.Struct("H")
_NO_SEGMENTS = frozenset((errno.EINVAL, errno.EIO, errno.EOPNOTSUPP, errno.ENOPROTOOPT))
# How soon a new address of this host, or one that it lost, is noticed.
LOOK_AGAIN_S = 10.0

# RFC 8489 section 5: the header's length, the magic cookie, the class in two bits of the type.
_STUN_HEADER = struct.Struct("!HHI")
_STUN_HEADER_BYTES = 20
_STUN_CLASS = 0x0110
_ATTRIBUTE = struct.Struct("!HH")
_USERNAME = 0x0006
# Of a message that is not yet known to be anybody's no more is looked at.
_ATTRIBUTES_AT_MOST = 16


class Peer(Protocol):
    """Who is behind a ufrag."""

    def check_received(self, message: stun.Message, address: Address) -> None:
        """A STUN request that names our ufrag. It has not been authenticated."""


class Inbox(Protocol):
    """Where datagrams of an address go."""

    def take(self, data: bytes) -> None:
        """DTLS, RTP or RTCP."""


class UdpSocket:
    """The port at one address of this host. `strangers`: datagrams that belonged to nobody; `unsent`: that were lost
    on their way out.
    """

    def __init__(self, bound: socket.socket) -> None:
        self.socket = bound
        self.address, self.port = bound.getsockname()[:2]
        self.transactions: dict[bytes, stun.Transaction] = {}
        self.strangers = 0
        self.unsent = 0
        self._peers: dict[bytes, Peer] = {}
        self._inboxes: dict[Address, Inbox] = {}
        self._backlog: deque[tuple[bytes, Address]] = deque()
        self._backlog_bytes = 0
        self._segments = True
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bound, self._readable)

    @property
    def in_use(self) -> bool:
        """Whether a connection receives here."""
        return bool(self._peers)

    def enter(self, ufrag: str, peer: Peer) -> None:
        """Hand STUN requests for this ufrag to `peer`."""
        self._peers[ufrag.encode()] = peer

    def leave(self, ufrag: str) -> None:
        """Know this ufrag no longer."""
        self._peers.pop(ufrag.encode(), None)

    def bind(self, address: Address, inbox: Inbox) -> None:
        """What comes from `address` is for `inbox`: it has proved that by STUN."""
        self._inboxes[address] = inbox

    def inbox_of(self, address: Address) -> Inbox | None:
        """Whose `address` is."""
        return self._inboxes.get(address)

    def release(self, address: Address, inbox: Inbox) -> None:
        """`inbox` takes nothing more from there, unless the address is another's by now."""
        if self._inboxes.get(address) is inbox:
            del self._inboxes[address]

    def sendto(self, data: bytes, address: Address) -> None:
        """Send, or keep it for a moment where the send buffer is full; lost where even that is too much."""
        if self._backlog:
            self._keep(data, address)
            return
        try:
            self.socket.sendto(data, address)
        except BlockingIOError:
            self._keep(data, address)
        except OSError:  # no route, a firewall of ours, an interface that is down: as if it were lost on the way
            self.unsent += 1

    def send_segments(self, message: memoryview, size: int, address: Address) -> None:
        """Send datagrams of `size` bytes each, the last one of what is left; by one call where the kernel cuts them
        (UDP GSO), behind what waits already.
        """
        many = len(message) > (LEAST_SEGMENTS - 1) * size
        if many and self._segments and not self._backlog and self._send_cut(message, size, address):
            return
        for at in range(0, len(message), size):
            self.sendto(bytes(message[at : at + size]), address)

    def close(self) -> None:
        """Receive no more."""
        self._loop.remove_reader(self.socket)
        self._loop.remove_writer(self.socket)
        self.socket.close()

    def _send_cut(self, message: memoryview, size: int, address: Address) -> bool:
        """Let the kernel cut it; False where the datagrams have to leave one by one."""
        try:
            control = [(socket.IPPROTO_UDP, _UDP_SEGMENT, _SEGMENT_SIZE.pack(size))]
            self.socket.sendmsg([message], control, 0, address)
        except BlockingIOError:  # one by one they wait for room
            return False
        except OSError as error:
            if error.errno in _NO_SEGMENTS:
                self._segments = False
                log.info("datagrams are sent one by one: no segmentation on this way", reason=error.strerror)
                return False
            self.unsent += -(-len(message) // size)  # the network is down: as if they were lost on the way
        return True

    def _keep(self, data: bytes, address: Address) -> None:
        if self._backlog_bytes + len(data) > BACKLOG_BYTES:
            self.unsent += 1
            return
        if not self._backlog:
            self._loop.add_writer(self.socket, self._writable)
        self._backlog.append((data, address))
        self._backlog_bytes += len(data)

    def _writable(self) -> None:
        while self._backlog:
            data, address = self._backlog[0]
            try:
                self.socket.sendto(data, address)
            except BlockingIOError:
                return
            except OSError:
                self.unsent += 1
            self._backlog.popleft()
            self._backlog_bytes -= len(data)
        self._loop.remove_writer(self.socket)

    def _readable(self) -> None:
        for _ in range(DATAGRAMS_AT_ONCE):
            try:
                data, address = self.socket.recvfrom(DATAGRAM_BYTES)
            except OSError:  # nothing more, or an error of an earlier datagram that the system tells here
                return
            if data:
                self._received(data, address[:2])

    def _received(self, data: bytes, address: Address) -> None:
        first = data[0]
        if first < 4:
            self._stun(data, address)
        elif (19 < first < 64 or 127 < first < 192) and (inbox := self._inboxes.get(address)) is not None:
            inbox.take(data)
        else:
            self.strangers += 1

    def _stun(self, data: bytes, address: Address) -> None:
        if not _is_stun(data):
            self.strangers += 1
            return
        kind = (data[0] << 8 | data[1]) & _STUN_CLASS
        if kind == stun.Class.REQUEST:
            peer = self._peers.get(named_ufrag(data))
            take: Callable[[stun.Message, Address], None] | None = None if peer is None else peer.check_received
        else:
            transaction = None if kind == stun.Class.INDICATION else self.transactions.get(data[8:20])
            take = None if transaction is None else transaction.response_received
        if take is None or (message := _parsed(data)) is None:
            self.strangers += 1
        else:
            take(message, address)


class UdpPort:
    """The port of this process, at every address that browsers may reach it at. Needs a running event loop.

    `ports`: those that may be used, tried in their order, so that the gateways of a machine share them out among
    themselves; empty: any. `addresses`: empty for every address of the host, also those that it gets later.
    """

    def __init__(self, ports: Sequence[int], addresses: Sequence[str]) -> None:
        self._ports = ports
        self._chosen = tuple(addresses)
        self._look_again_at = 0.0
        self._sockets: dict[str, UdpSocket] = {}
        self.number = 0

    def open(self) -> None:
        """Take the first port that is free at every address.

        Raises PortError where there is none, AddressError where this host lacks a chosen address.
        """
        for port in self._ports or [0] * TRIES:
            if self._open_at(port):
                self._look_again_at = asyncio.get_running_loop().time() + LOOK_AGAIN_S
                log.info("gateway receives", udp_port=self.number, addresses=" ".join(self._sockets))
                self._check_buffers()
                return
        if not self._ports:
            raise PortError("no UDP port is free at every address of this machine")
        first, last = self._ports[0], self._ports[-1]
        which = f"port {first}" if first == last else f"every port of {first}-{last}"
        raise PortError(f"gateway.udp_ports: {which} is in use on this machine")

    def sockets(self) -> tuple[UdpSocket, ...]:
        """The port at each address that this host has now."""
        now = asyncio.get_running_loop().time()
        if not self._chosen and now >= self._look_again_at:
            self._look_again_at = now + LOOK_AGAIN_S
            self._follow_addresses()
        return tuple(self._sockets.values())

    @property
    def strangers(self) -> int:
        """Datagrams that belonged to nobody, since the start, at the addresses of now."""
        return sum(each.strangers for each in self._sockets.values())

    @property
    def unsent(self) -> int:
        """Datagrams that the system did not take, since the start, at the addresses of now."""
        return sum(each.unsent for each in self._sockets.values())

    def close(self) -> None:
        """Receive no more."""
        for each in self._sockets.values():
            each.close()
        self._sockets.clear()

    def _open_at(self, port: int) -> bool:
        """Whether the port could be had at every address."""
        bound: list[socket.socket] = []
        for address in self._chosen or own_addresses():
            try:
                bound.append(_bind(address, port))
            except OSError as error:
                if not self._chosen and error.errno == errno.EADDRNOTAVAIL:
                    continue  # it is just coming or going
                for each in bound:
                    each.close()
                if error.errno == errno.EADDRINUSE:
                    return False
                raise _refusal(address, port, error) from error
            port = bound[0].getsockname()[1]
        if not bound:
            raise AddressError("this machine has no address that a gateway could receive at")
        self.number = port
        self._sockets = {each.address: each for each in map(UdpSocket, bound)}
        return True

    def _follow_addresses(self) -> None:
        present = own_addresses()
        for address in set(present) - self._sockets.keys():
            try:
                self._sockets[address] = UdpSocket(_bind(address, self.number))
            except OSError as error:
                log.warning("a new address of this machine cannot be used", address=address, reason=error.strerror)
            else:
                log.info("a new address of this machine", address=address)
        for address in self._sockets.keys() - set(present):
            if not self._sockets[address].in_use:
                self._sockets.pop(address).close()
                log.info("this machine lost an address", address=address)

    def _check_buffers(self) -> None:
        given = next(iter(self._sockets.values())).socket
        for option, name in ((socket.SO_SNDBUF, "net.core.wmem_max"), (socket.SO_RCVBUF, "net.core.rmem_max")):
            # Linux answers with twice of what one may use (socket(7)).
            if (got := given.getsockopt(socket.SOL_SOCKET, option) // 2) < SMALL_BUFFER_BYTES:
                log.warning("UDP buffers are small: raise the system's limit", limit=name, wanted=BUFFER_BYTES, got=got)


def are_free(ports: Sequence[int], addresses: Sequence[str], wanted: int) -> bool:
    """Whether so many of these ports can be had right now. What else may be wrong with an address is not looked at."""
    free = 0
    for port in ports:
        taken = False
        for address in addresses or own_addresses():
            try:
                _bind(address, port).close()
            except OSError as error:
                taken = taken or error.errno == errno.EADDRINUSE
        free += not taken
        if free >= wanted:
            return True
    return wanted == 0


def named_ufrag(data: bytes) -> bytes:
    """The ufrag of ours that a STUN request names: in USERNAME, before the colon (RFC 8445 section 7.2.2). Or b""."""
    at = _STUN_HEADER_BYTES
    for _ in range(_ATTRIBUTES_AT_MOST):
        if at + _ATTRIBUTE.size > len(data):
            break
        kind, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        if kind == _USERNAME:
            return data[at : at + length].partition(b":")[0]
        at += length + -length % 4
    return b""


def _is_stun(data: bytes) -> bool:
    if len(data) < _STUN_HEADER_BYTES:
        return False
    _, length, cookie = _STUN_HEADER.unpack_from(data)
    return bool(cookie == stun.COOKIE and length == len(data) - _STUN_HEADER_BYTES)


def _parsed(data: bytes) -> stun.Message | None:
    try:
        return stun.parse_message(data)
    except (ValueError, struct.error):  # the latter where an attribute is too short for what it should hold
        return None


def _bind(address: str, port: int) -> socket.socket:
    bound = socket.socket(family_of(address), socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        if bound.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound


def _refusal(address: str, port: int, error: OSError) -> PortError | AddressError:
    if error.errno == errno.EADDRNOTAVAIL:
        return AddressError(f"gateway.addresses: this host has no address {address} ({error.strerror})")
    return PortError(f"gateway.udp_ports: port {port} cannot be opened at {address}: {error.strerror}")
