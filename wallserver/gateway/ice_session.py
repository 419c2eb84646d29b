"""The ICE side of one peer connection: its connection on the shared port, and its restarts (RFC 8445 section 9).

aiortc has no ICE restart. Here a second connection is made beside the first one, with new credentials and the same
inbox; the pictures go over the old pair until the new connection has one, and then it takes the old one's place behind
aiortc's transport. DTLS and what is above it notice nothing.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiortc import RTCDtlsTransport, RTCIceCandidate
from aiortc.rtcicetransport import candidate_to_aioice

from wallserver.gateway.errors import GatewayError, OfferError, StaleSession
from wallserver.gateway.ice_connection import IceConnection, Inbox, missing_names
from wallserver.gateway.relay import Relay
from wallserver.gateway.sdp import ICE_OPTIONS, Fragment
from wallserver.gateway.udp_port import UdpPort

log = structlog.get_logger(__name__)

# A restart that has found no pair by then is given up; the session lives while the old pair does.
RESTART_S = 15.0

_HANDLE_RTCP = "_handle_rtcp_data"


@dataclass(frozen=True, slots=True)
class Network:
    """What all ICE connections of the process share. `believes`: whether the addresses that viewers name are tried."""

    port: UdpPort
    announced: Sequence[str] = ()
    announce_own: bool = True
    relay: Relay | None = None
    believes: bool = True

    def connection(self, inbox: Inbox) -> IceConnection:
        """A new connection that has gathered nothing yet."""
        return IceConnection(
            self.port,
            inbox,
            announced=self.announced,
            own=self.announce_own,
            relay=self.relay,
            believes=self.believes,
        )


class IceSession:
    """Of one peer connection, whose only DTLS transport is `dtls`. Made before anything is gathered.

    `remote_ufrag` and `heading`: the viewer's ufrag in its offer, and the lines that name the section of the offer that
    all of this is about.
    """

    def __init__(self, network: Network, dtls: RTCDtlsTransport, remote_ufrag: str, heading: Sequence[str]) -> None:
        self._network = network
        self._transport = dtls.transport
        self._remote_ufrag = remote_ufrag
        self._heading = heading
        self._inbox = Inbox()
        self._current = network.connection(self._inbox)
        self._next: IceConnection | None = None
        self._changing: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._put_behind(self._current)
        _listen_to_rtcp(dtls, self._inbox)

    @property
    def tag(self) -> str:
        """What names this ICE session, and no earlier or later one of this peer connection (WHEP's entity tag)."""
        return self._newest.local_username

    async def patch(self, fragment: Fragment, if_match: str | None) -> str | None:
        """Take trickled candidates; or, where the fragment has a new ufrag, begin an ICE restart.

        Of a restart: our own new credentials and our candidates, as the body of an SDP fragment. Raises StaleSession
        where the header `if_match` means another ICE session, OfferError where a restart cannot be begun; then all is
        as it was.
        """
        async with self._one_at_a_time:
            self._check_tag(if_match)
            if fragment.ufrag is not None and fragment.ufrag != self._remote_ufrag:
                return await self._begin_restart(fragment)
            await _tell(self._newest, fragment.candidates)
            return None

    async def close(self) -> None:
        """Be found nowhere any more."""
        await self._drop_restart()
        await self._current.close()

    def _check_tag(self, if_match: str | None) -> None:
        """RFC 9110 section 13.1.1."""
        if if_match is None:
            raise StaleSession("Say with If-Match which ICE session is meant.", 428)
        if if_match.strip() != "*" and f'"{self.tag}"' not in (one.strip() for one in if_match.split(",")):
            raise StaleSession("This entity tag is not the session's (any more).")

    @property
    def _newest(self) -> IceConnection:
        return self._next or self._current

    async def _begin_restart(self, fragment: Fragment) -> str:
        if fragment.password is None:
            raise OfferError("an ICE restart needs both a=ice-ufrag and a=ice-pwd")
        connection = self._network.connection(self._inbox)
        connection.ice_controlling = self._current.ice_controlling
        connection.remote_is_lite = self._current.remote_is_lite
        connection.remote_username, connection.remote_password = fragment.ufrag, fragment.password
        await connection.gather_candidates()
        await self._drop_restart()
        if self._transport.state != "completed":
            await connection.abandon()
            raise OfferError("the session is not connected: there is nothing to restart", 409)
        await _tell(connection, fragment.candidates)
        self._remote_ufrag = fragment.ufrag or ""
        self._next = connection
        self._changing = asyncio.create_task(self._change_over(connection), name="ICE restart")
        return self._fragment_of(connection)

    async def _change_over(self, connection: IceConnection) -> None:
        try:
            async with asyncio.timeout(RESTART_S):
                await connection.connect()
        except (TimeoutError, ConnectionError):
            log.info("an ICE restart found no way to the viewer")
        if self._next is not connection:  # dropped meanwhile, by who saw to the rest
            return
        self._next = None
        if not connection.connected or self._transport.state != "completed":
            await connection.abandon()
            return
        before, self._current = self._current, connection
        self._put_behind(connection)
        await before.hand_over(connection)

    async def _drop_restart(self) -> None:
        """End a restart that has not come to its end; wait for one that is just coming to it."""
        dropped, self._next = self._next, None
        if self._changing is not None:
            if dropped is not None:
                self._changing.cancel()
            await asyncio.gather(self._changing, return_exceptions=True)
        if dropped is not None:
            await dropped.abandon()

    def _put_behind(self, connection: IceConnection) -> None:
        """Make it the connection of aiortc's transport."""
        transport = self._transport
        transport._connection = transport.iceGatherer._connection = connection
        transport._recv, transport._send = connection.recv, connection.send

    def _fragment_of(self, connection: IceConnection) -> str:
        """RFC 8840 section 9."""
        lines = [
            ICE_OPTIONS,
            *self._heading,
            f"a=ice-ufrag:{connection.local_username}",
            f"a=ice-pwd:{connection.local_password}",
            *(f"a=candidate:{candidate.to_sdp()}" for candidate in connection.local_candidates),
            "a=end-of-candidates",
        ]
        return "\r\n".join(lines) + "\r\n"


async def _tell(connection: IceConnection, candidates: Sequence[RTCIceCandidate]) -> None:
    for candidate in candidates:
        await connection.add_remote_candidate(candidate_to_aioice(candidate))


def _listen_to_rtcp(dtls: RTCDtlsTransport, inbox: Inbox) -> None:
    """RTCP that could be decrypted is a sign of life."""
    handle = getattr(dtls, _HANDLE_RTCP)

    async def heard(data: bytes) -> None:
        inbox.heard()
        await handle(data)

    setattr(dtls, _HANDLE_RTCP, heard)


def check_private_ice_names(dtls: RTCDtlsTransport) -> None:
    """Raise GatewayError if this aiortc or aioice lacks a name that is relied on for ICE; `dtls` is any transport."""
    transport = dtls.transport
    names = ("_connection", "_recv", "_send")
    missing = [f"aiortc.RTCIceTransport.{name}" for name in names if name not in vars(transport)]
    if "_connection" not in vars(transport.iceGatherer):
        missing.append("aiortc.RTCIceGatherer._connection")
    handle = getattr(dtls, _HANDLE_RTCP, None)
    if handle is None or list(inspect.signature(handle).parameters) != ["data"]:
        missing.append(f"aiortc.RTCDtlsTransport.{_HANDLE_RTCP}(data)")
    if missing := missing + missing_names():
        raise GatewayError("this version of aiortc or aioice lacks: " + ", ".join(missing))
