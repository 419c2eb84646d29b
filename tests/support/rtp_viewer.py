"""A viewer that does no more than it must: ICE, DTLS and SRTP of aiortc, an SDP out of a template, and no decoder.

For many viewers in one process: a whole RTCPeerConnection costs more, and it is the gateway that is measured.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aioice import ice
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCDtlsFingerprint, RTCDtlsParameters, SRTPProtectionProfile
from aiortc.rtcicetransport import RTCIceParameters
from aiortc.sdp import candidate_from_sdp, candidate_to_sdp

_SDP = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE {mid}
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 127.0.0.1
a=mid:{mid}
a=recvonly
a=rtcp-mux
a=ice-ufrag:{ufrag}
a=ice-pwd:{password}
a=fingerprint:{fingerprint}
a=setup:{setup}
a=rtpmap:96 H264/90000
a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
{candidates}"""

type OnPacket = Callable[[float, bytes], None]


def use_loopback() -> None:
    """Have all viewers of this process meet their gateway at 127.0.0.1, which aioice leaves out."""
    use_address("127.0.0.1")


def use_address(address: str) -> None:
    """Have all viewers of this process be at this address of the host, and no other."""
    vars(ice)["get_host_addresses"] = lambda use_ipv4, use_ipv6: [address]


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that stands: its socket, connected to the server, the password that the server's STUN requests are
    answered by, what encrypts our RTCP (pylibsrtp's session), and the SRTP profile (RFC 5764, 4.1.2).
    """

    socket: socket.socket
    password: bytes
    outgoing: Any
    profile: str


class RtpViewer:
    """One WHEP viewer. `on_packet` gets each RTP packet, decrypted, and when it came (monotonic seconds).

    `profiles`: the SRTP profiles that it offers, in this order.
    """

    def __init__(
        self,
        certificate: RTCCertificate,
        on_packet: OnPacket | None = None,
        profiles: Sequence[SRTPProtectionProfile] = SRTP_PROFILES,
    ) -> None:
        self.first_packet = asyncio.Event()
        self._gatherer = RTCIceGatherer(iceServers=[])
        self._ice = RTCIceTransport(self._gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._on_packet = on_packet
        vars(self._dtls).update(_handle_rtp_data=self._rtp, _srtp_profiles=list(profiles))

    async def offer(self, setup: str = "actpass", mid: str = "0") -> str:
        """An SDP offer with this viewer's candidates; with `setup` "active" the answer to a server's offer."""
        self._ice._connection.ice_controlling = setup == "actpass"
        await self._gatherer.gather()
        local = self._gatherer.getLocalParameters()
        (fingerprint,) = (one for one in self._dtls.getLocalParameters().fingerprints if one.algorithm == "sha-256")
        candidates = [f"a=candidate:{candidate_to_sdp(one)}\n" for one in self._gatherer.getLocalCandidates()]
        return _SDP.format(
            ufrag=local.usernameFragment,
            password=local.password,
            fingerprint=f"{fingerprint.algorithm} {fingerprint.value}",
            candidates="".join(candidates),
            setup=setup,
            mid=mid,
        )

    async def accept(self, answer: str) -> None:
        """Take the answer, or the offer that was answered, and connect; ConnectionError where that fails."""

        def of(name: str) -> str:
            found = re.search(rf"^a={name}:(.+?)\r?$", answer, re.MULTILINE)
            assert found is not None, name
            return found[1]

        for line in re.findall(r"^a=candidate:(.+?)\r?$", answer, re.MULTILINE):
            await self._ice.addRemoteCandidate(candidate_from_sdp(line))
        await self._ice.addRemoteCandidate(None)
        await self._ice.start(RTCIceParameters(usernameFragment=of("ice-ufrag"), password=of("ice-pwd")))
        if self._ice.state != "completed":
            raise ConnectionError("ICE failed")
        self._dtls._set_role("server" if of("setup") == "active" else "client")
        fingerprints = re.findall(r"^a=fingerprint:(\S+) (\S+?)\r?$", answer, re.MULTILINE)
        await self._dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(*one) for one in fingerprints]))
        if self._dtls.state != "connected":
            raise ConnectionError("DTLS failed")

    async def hand_over(self) -> Connection:
        """Let go of a connected viewer without a word to the server: somebody else goes on with its connection."""
        pair = self._ice._connection._nominated[1]
        taken = socket.socket(fileno=os.dup(pair.protocol.transport.get_extra_info("socket").fileno()))
        taken.connect(pair.remote_addr)
        inner = vars(self._dtls)
        profile = inner["_ssl"].get_selected_srtp_profile().decode()
        password = self._ice._connection.local_password.encode()
        await self._ice.stop()
        return Connection(taken, password, inner["_tx_srtp"], profile)

    async def close(self) -> None:
        """Leave in good order: a DTLS close, which the gateway hears."""
        await self._dtls.stop()
        await self._ice.stop()

    async def _rtp(self, data: bytes, arrival_time_ms: int) -> None:
        self.first_packet.set()
        if self._on_packet is not None:
            self._on_packet(time.monotonic(), data)
