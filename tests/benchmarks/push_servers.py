"""The servers of `./run bench push`: gateways and Janus, to which viewers are given and from which they are taken."""

from __future__ import annotations

import asyncio
import uuid
from typing import Protocol

import psutil
from aiortc import RTCCertificate

from ingest.bus import Bus
from tests.support.drain import Drain
from tests.support.janus import Janus
from tests.support.rtp_viewer import RtpViewer
from wallserver.gateway.packetise import packetise

# Handshakes at a time: a session that is not connected 15 s after its offer is given up by the gateway.
AT_A_TIME = 10
# Packets that are handed to Janus at a time: its socket has room for about 90.
_FED_AT_ONCE = 16
_FED_EVERY_S = 0.002
_PAYLOAD_TYPE = 96
_SSRC = 0x77616C6C


class Server(Protocol):
    """What is measured."""

    @property
    def process(self) -> psutil.Process:
        """Whose CPU counts."""

    async def connect(self, drain: Drain, count: int, profile: str) -> dict[str, int]:
        """So many viewers more; how many of them got which SRTP profile."""

    async def clear(self) -> None:
        """No viewers any more."""


class GatewayServer:
    """A gateway process, spoken to as control does."""

    def __init__(self, process: psutil.Process, control: Bus, worker: str, stream: str) -> None:
        self.process = process
        self._control = control
        self._subject = f"req.gateway.{worker}"
        self._stream = stream
        self._sessions: list[str] = []

    async def connect(self, drain: Drain, count: int, profile: str) -> dict[str, int]:
        """See Server."""
        offers = await drain.prepare(count, setup="actpass", mid="0", profile=profile)
        answers = [await self._offer(offer, self._stream) for offer in offers]
        return await drain.accept(answers)

    async def await_viewer(self, stream: str) -> None:
        """A viewer that never comes: for 15 s the gateway reads the stream for it, and sends nothing."""
        viewer = RtpViewer(RTCCertificate.generateCertificate())
        await self._offer(await viewer.offer(), stream)
        await viewer.close()

    async def clear(self) -> None:
        """See Server."""
        for session in self._sessions:
            await self._control.request(f"{self._subject}.close", {"session": session}, timeout=10)
        self._sessions.clear()

    async def _offer(self, sdp: str, stream: str) -> str:
        session = str(uuid.uuid4())
        words = {"session": session, "kind": "whep", "sdp": sdp, "slots": [stream]}
        answer = await self._control.request(f"{self._subject}.offer", words, timeout=10)
        assert "sdp" in answer, answer
        self._sessions.append(session)
        given: str = answer["sdp"]
        return given


class JanusServer:
    """Janus, fed with RTP packets of the very access units that are on the bus."""

    def __init__(self, janus: Janus) -> None:
        self.process = janus.process
        self._janus = janus
        self._handles: list[int] = []

    async def connect(self, drain: Drain, count: int, profile: str) -> dict[str, int]:
        """See Server."""
        watched = [await self._janus.watch() for _ in range(count)]
        answers = await drain.prepare(count, setup="active", mid="v", profile=profile)
        for (handle, _), answer in zip(watched, answers, strict=True):
            await self._janus.start(handle, answer)
            self._handles.append(handle)
        return await drain.accept([offer for _, offer in watched])

    async def clear(self) -> None:
        """See Server."""
        await self._janus.leave(self._handles)
        self._handles.clear()


async def feed(bus: Bus, stream: str, port: int) -> None:
    """Hand the stream to 127.0.0.1 as RTP (RFC 3550) until cancelled, packetised as the gateway does it."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port))
    reader = bus.subscribe(stream, with_gop=False)
    sequence = 0
    try:
        async for unit in reader:
            payloads = packetise(unit.data).payloads
            for place, payload in enumerate(payloads, 1):
                transport.sendto(_header(place == len(payloads), sequence, unit.timestamp) + payload)
                sequence += 1
                if place % _FED_AT_ONCE == 0:
                    await asyncio.sleep(_FED_EVERY_S)
    finally:
        await reader.close()
        transport.close()


def _header(last: bool, sequence: int, timestamp: int) -> bytes:
    kind = _PAYLOAD_TYPE | (0x80 if last else 0)
    head = bytes((0x80, kind)) + (sequence & 0xFFFF).to_bytes(2, "big")
    return head + (timestamp & 0xFFFFFFFF).to_bytes(4, "big") + _SSRC.to_bytes(4, "big")


async def connect_all(server: Server, drain: Drain, count: int, profile: str) -> None:
    """So many viewers, a few at a time. AssertionError where one of them got another SRTP profile."""
    while count:
        some = min(count, AT_A_TIME)
        given = await server.connect(drain, some, profile)
        assert given == {profile: some}, f"wanted {some} with {profile}, got {given}"
        count -= some
