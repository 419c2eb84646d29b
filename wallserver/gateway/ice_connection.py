"""ICE with one viewer: aioice's Connection, on the port that all viewers share.

aioice opens sockets of its own for each connection, and finds out slowly and dearly that a viewer is gone. Here it
gets a share of the UDP port instead (`udp_port`), and a sense of who is there (`consent`). aioice is pinned exactly;
`missing_names()` says at start what of it is not as it was.
"""

from __future__ import annotations

import asyncio
import inspect
import secrets
import time
from collections.abc import Collection, Sequence
from typing import Any

from aioice import Candidate, ice, stun
from aioice.candidate import candidate_foundation, candidate_priority

from wallserver.gateway.consent import Consent
from wallserver.gateway.relay import Relay
from wallserver.gateway.udp_port import Address, UdpPort, UdpSocket

# Datagrams that wait for DTLS, which takes them at once: more come only from who floods us before the handshake.
MOST_WAITING = 256
# A viewer has a few addresses, and after a year behind a NAT that changes its mind many: the newest are kept.
MOST_ADDRESSES = 16
MOST_REMOTE_CANDIDATES = 64

_IN_PROGRESS = ice.CandidatePair.State.IN_PROGRESS
_FROZEN = ice.CandidatePair.State.FROZEN
_SUCCEEDED = ice.CandidatePair.State.SUCCEEDED


class Inbox:
    """Where the datagrams of one viewer go, from whatever addresses it has proved to be at.

    `heard_at`: when it last said something authenticated (monotonic seconds). An ICE restart keeps the inbox.
    """

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[bytes, int] | None] = asyncio.Queue()
        self.heard_at = time.monotonic()
        self._addresses: dict[tuple[UdpSocket, Address], None] = {}

    def heard(self) -> None:
        """The viewer said something that nobody else can have said."""
        self.heard_at = time.monotonic()

    def take(self, data: bytes) -> None:
        """Keep a datagram for DTLS, unless too many wait."""
        if self.queue.qsize() < MOST_WAITING:
            self.queue.put_nowait((data, 1))

    def found_at(self, place: UdpSocket, address: Address, in_use: Collection[Address] = ()) -> None:
        """The viewer proved to be at this address too. Of too many the one it proved longest ago is forgotten, if it
        is not `in_use`.
        """
        self._addresses.pop((place, address), None)
        self._addresses[place, address] = None
        place.bind(address, self)
        if len(self._addresses) > MOST_ADDRESSES:
            oldest = next(known for known in self._addresses if known[1] not in in_use)
            del self._addresses[oldest]
            oldest[0].release(oldest[1], self)

    def close(self) -> None:
        """Leave no address behind."""
        for place, address in self._addresses:
            place.release(address, self)
        self._addresses.clear()


class PeerTransport(asyncio.DatagramTransport):
    """One connection's view of a socket that it shares. `get_extra_info` answers as asyncio's own does."""

    def __init__(self, place: UdpSocket, protocol: PeerProtocol) -> None:
        super().__init__({"socket": place.socket, "sockname": place.socket.getsockname(), "peername": None})
        self._place = place
        self._protocol = protocol
        self._closing = False

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send to `addr`."""
        self._place.sendto(data, addr)

    def send_segments(self, message: memoryview, size: int, address: Address) -> None:
        """Send datagrams of `size` bytes each, the last one of what is left."""
        self._place.send_segments(message, size, address)

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self._closing

    def close(self) -> None:
        """Leave the socket to the others."""
        if not self._closing:
            self._closing = True
            self._protocol.leave()
            self._protocol.connection_lost(None)

    def abort(self) -> None:
        """The same: nothing waits here."""
        self.close()


class PeerProtocol(ice.StunProtocol):
    """One connection's share of a socket: it is found by its ufrag, its transactions stand among all others."""

    receiver: IceConnection

    def __init__(self, connection: IceConnection, place: UdpSocket) -> None:
        super().__init__(connection)
        self.place = place
        self.transactions = place.transactions
        self.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", place.address),
            component=1,
            transport="udp",
            priority=candidate_priority(1, "host"),
            host=place.address,
            port=place.port,
            type="host",
        )
        self.connection_made(PeerTransport(place, self))
        place.enter(connection.local_username, self)

    def leave(self) -> None:
        """Be found no longer."""
        self.place.leave(self.receiver.local_username)

    def check_received(self, message: stun.Message, address: Address) -> None:
        """A connectivity check, or a consent check, of whoever knows our ufrag."""
        self.receiver.request_received(message, address, self)


class IceConnection(ice.Connection):
    """One ICE session (RFC 8445) with a viewer; after an ICE restart there is a new one with the same `inbox`.

    `announced`: addresses that are told besides the host's own, or instead of them if `own` is false. `believes`: the
    addresses that the viewer names are tried; else only those that its own checks come from, so that nobody has us send
    to third parties.
    """

    def __init__(
        self,
        port: UdpPort,
        inbox: Inbox,
        *,
        announced: Sequence[str] = (),
        own: bool = True,
        relay: Relay | None = None,
        believes: bool = True,
    ) -> None:
        # The ufrag tells all connections of the process apart: aioice's four characters are too few for that.
        super().__init__(
            ice_controlling=False, local_username=secrets.token_hex(6), local_password=secrets.token_hex(16)
        )
        self.inbox = inbox
        self._queue = inbox.queue
        self._port = port
        self._announced = announced
        self._own = own
        self._relay = relay
        self._believes = believes

    @property
    def connected(self) -> bool:
        """Whether a pair is nominated."""
        return bool(self._nominated)

    async def gather_candidates(self) -> None:
        """Nothing to wait for but the TURN server, where there is one."""
        if self._local_candidates_start:
            return
        self._local_candidates_start = True
        shares = [PeerProtocol(self, place) for place in self._port.sockets()]
        self._protocols += shares
        if self._own:
            self._local_candidates += [share.local_candidate for share in shares]
        self._local_candidates += [_announced(address, self._port.number) for address in self._announced]
        if self._relay is not None and (share := await self._relay.allocate(self)) is not None:
            self._protocols.append(share)
            self._local_candidates.append(share.local_candidate)
            if self._closing:  # meanwhile: nobody else would give the address back
                await share.close()
        self._local_candidates_end = True

    async def add_remote_candidate(self, remote_candidate: Candidate | None) -> None:
        """Take a candidate, unless there are enough, or none are believed."""
        room = self._believes and len(self._remote_candidates) < MOST_REMOTE_CANDIDATES
        if remote_candidate is None or room:
            await super().add_remote_candidate(remote_candidate)

    async def connect(self) -> None:
        """Until a pair is nominated. ConnectionError if none can be any more."""
        self.inbox.heard()
        await super().connect()
        # Checks that were cut short are begun anew when the viewer asks: it may change to such a pair later.
        for pair in self._check_list:
            if pair.state is _IN_PROGRESS:
                pair.task = None
                self.check_state(pair, _FROZEN)

    def check_incoming(self, message: stun.Message, addr: Address, protocol: ice.StunProtocol) -> None:
        """An authenticated check: the viewer is there, at this address, which may be new (NAT rebinding)."""
        self.inbox.heard()
        if not isinstance(message.attributes.get("PRIORITY"), int) or not self._has_room_for(addr):
            return
        # Where a datagram says it comes from can be forged: what is another viewer's takes more than a question.
        if isinstance(protocol, PeerProtocol) and protocol.place.inbox_of(addr) in (None, self.inbox):
            self.answered_from(protocol, addr)
        super().check_incoming(message, addr, protocol)

    def check_state(self, pair: ice.CandidatePair, state: ice.CandidatePair.State) -> None:
        """Of a check of ours; one that succeeds was answered by the viewer."""
        super().check_state(pair, state)
        if state is _SUCCEEDED:
            self.answered_from(pair.protocol, pair.remote_addr)

    def answered_from(self, protocol: ice.StunProtocol, address: Address) -> None:
        """The viewer has proved to be at this address: what comes from there is its."""
        if isinstance(protocol, PeerProtocol):
            self.inbox.found_at(protocol.place, address, [pair.remote_addr for pair in self._nominated.values()])

    def respond_error(
        self, request: stun.Message, addr: Address, protocol: ice.StunProtocol, error_code: tuple[int, str]
    ) -> None:
        """Silence for whoever did not prove that they know our password; our viewer is told of a role conflict."""
        if error_code[0] == 487:
            super().respond_error(request, addr, protocol, error_code)

    def data_received(self, data: bytes, component: int) -> None:  # noqa: ARG002 - the signature is aioice's
        """What comes through a relay."""
        self.inbox.take(data)

    async def query_consent(self) -> None:
        """Until the viewer is gone; then close. aioice runs this from when it is connected."""
        await Consent(self).lost()
        self._query_consent_task = None
        await self.close()

    async def close(self) -> None:
        """End it: whoever reads gets a ConnectionError."""
        try:
            await super().close()
        finally:
            self.inbox.close()

    async def hand_over(self, successor: IceConnection) -> None:
        """End it in silence: `successor` goes on with the same inbox, and is watched by whoever watched this."""
        successor._event_waiter, self._event_waiter = self._event_waiter, None
        await self.abandon()

    async def abandon(self) -> None:
        """End it in silence, leaving the inbox as it is."""
        self._queue = asyncio.Queue()
        await super().close()

    def _has_room_for(self, address: Address) -> bool:
        """Whether a check from there can be followed; makes room by forgetting an address that came to nothing."""
        if any((one._network_host, one.port) == address for one in self._remote_candidates):
            return True
        if len(self._remote_candidates) < MOST_REMOTE_CANDIDATES:
            return True
        in_use = {id(pair.remote_candidate) for pair in self._nominated.values()}
        in_use |= {id(pair.remote_candidate) for pair in self._check_list if pair.task is not None}
        for candidate in self._remote_candidates:
            if candidate.type == "prflx" and id(candidate) not in in_use:
                self._remote_candidates.remove(candidate)
                self._check_list = [pair for pair in self._check_list if pair.remote_candidate is not candidate]
                return True
        return False


def _announced(address: str, port: int) -> Candidate:
    """An address of a NAT that hands on to us (RFC 8839 section 5.1: what is behind it need not be told)."""
    hidden = "::" if ":" in address else "0.0.0.0"  # noqa: S104 - a blank
    return Candidate(
        foundation=candidate_foundation("srflx", "udp", address),
        component=1,
        transport="udp",
        priority=candidate_priority(1, "srflx"),
        host=address,
        port=port,
        type="srflx",
        related_address=hidden,
        related_port=9,
    )


def missing_names() -> list[str]:
    """What of aioice this gateway relies on and this version does not have."""
    connection = ice.Connection(ice_controlling=False)
    fields = (
        "_check_list _closing _event_waiter _local_candidates _local_candidates_end _local_candidates_start _nominated "
        "_protocols _query_consent_task _queue _remote_candidates"
    )
    missing = [f"aioice.Connection.{name}" for name in fields.split() if not hasattr(connection, name)]
    signatures = {
        "build_request": ["self", "pair", "nominate"],
        "check_incoming": ["self", "message", "addr", "protocol"],
        "check_state": ["self", "pair", "state"],
        "data_received": ["self", "data", "component"],
        "gather_candidates": ["self"],
        "query_consent": ["self"],
        "request_received": ["self", "message", "addr", "protocol"],
        "respond_error": ["self", "request", "addr", "protocol", "error_code"],
    }
    for name, expected in signatures.items():
        method = getattr(ice.Connection, name, None)
        if method is None or list(inspect.signature(method).parameters) != expected:
            missing.append(f"aioice.Connection.{name}({', '.join(expected)})")
    if list(inspect.signature(ice.get_host_addresses).parameters) != ["use_ipv4", "use_ipv6"]:
        missing.append("aioice.ice.get_host_addresses(use_ipv4, use_ipv6)")
    if list(inspect.signature(stun.Transaction.response_received).parameters) != ["self", "message", "addr"]:
        missing.append("aioice.stun.Transaction.response_received(message, addr)")
    return missing
