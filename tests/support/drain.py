"""Viewers that only count what comes, a whole lot of them in one process: load for a server that is measured.

ICE and DTLS are those of `rtp_viewer`; then a thread reads all sockets in bulk, and decrypts nothing.
Like browsers they answer STUN requests (RFC 7675) and send a receiver report each second (RFC 3550, 6.4.2). The sockets
are looked at every 10 ms and never waited for: on loopback, waking the receiver would be the sender's work. Neither do
they set UDP_GRO, which browsers don't: what GSO holds together is cut at the sender's cost.

The process (`python -m tests.support.drain ADDRESS`) answers each line with a line; `_Process` has the commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from aioice import stun
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket, RtcpReceiverInfo, RtcpRrPacket

from tests.support.rtp_viewer import Connection, RtpViewer, use_address

LOOK_EVERY_S = 0.01
REPORT_EVERY_S = 1.0
# Room for what comes between two looks, a keyframe of every viewer above all; beyond net.core.rmem_max where we may.
RECEIVE_BYTES = 2 << 20
_SO_RCVBUFFORCE = 33
_OWN_SSRC = 1
# That of H.264 in `rtp_viewer`'s SDP, with the marker bit.
_MEDIA, _MARKED = 96, 96 | 0x80


@dataclass(frozen=True, slots=True)
class Count:
    """What came so far to all viewers: RTP packets (without repeats) and their bytes as datagrams, how many packets
    are missing, and how many pictures were ended. `at`: monotonic seconds.
    """

    at: float
    viewers: int
    packets: int
    octets: int
    lost: int
    pictures: int


class _Viewer:
    """One of them: its socket and what came."""

    def __init__(self, connection: Connection) -> None:
        self.packets = self.octets = self.pictures = 0
        self.socket = connection.socket
        self.report_at = 0.0
        self._connection = connection
        self._ssrc = 0
        self._first = self._highest = -1
        self._reported = (0, 0)
        self.socket.setblocking(False)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BYTES)
        except PermissionError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)

    @property
    def lost(self) -> int:
        """Packets that did not come, as the sequence numbers tell (RFC 3550, appendix A.3)."""
        return self._highest - self._first + 1 - self.packets if self.packets else 0

    def read(self, buffer: bytearray) -> None:
        """Take whatever is there."""
        receive = self.socket.recv_into
        with contextlib.suppress(OSError):  # nothing more, or the server is gone
            while True:
                size = receive(buffer)
                kind = buffer[1]
                if kind in (_MEDIA, _MARKED) and buffer[0] & 0xC0 == 0x80:
                    self.packets += 1
                    self.octets += size
                    self.pictures += kind >> 7
                    step = (buffer[2] << 8 | buffer[3]) - self._highest & 0xFFFF
                    if step < 0x8000:
                        self._highest += step
                    if self.packets == 1:
                        self._begin(buffer)
                elif buffer[0] < 4:
                    self._answer(bytes(buffer[:size]))

    def report(self) -> None:
        """Say how it goes."""
        if not self.packets:
            return
        expected, lost = self.packets + self.lost, self.lost
        since = expected - self._reported[0], max(0, lost - self._reported[1])
        self._reported = expected, lost
        info = RtcpReceiverInfo(
            ssrc=self._ssrc,
            fraction_lost=min(255, 256 * since[1] // max(1, since[0])),
            packets_lost=lost,
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=0,
            lsr=0,
            dlsr=0,
        )
        report = bytes(RtcpRrPacket(ssrc=_OWN_SSRC, reports=[info]))
        with contextlib.suppress(OSError):
            self.socket.send(self._connection.outgoing.protect_rtcp(report))

    def want_keyframe(self) -> None:
        """Say that a picture was lost (RFC 4585, 6.3.1)."""
        asking = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=_OWN_SSRC, media_ssrc=self._ssrc)
        with contextlib.suppress(OSError):
            self.socket.send(self._connection.outgoing.protect_rtcp(bytes(asking)))

    def _begin(self, buffer: bytearray) -> None:
        self._first = self._highest = buffer[2] << 8 | buffer[3]
        (self._ssrc,) = struct.unpack_from("!L", buffer, 8)

    def _answer(self, data: bytes) -> None:
        message = stun.parse_message(data)
        if message.message_class != stun.Class.REQUEST:
            return
        answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = self.socket.getpeername()
        answer.add_message_integrity(self._connection.password)
        self.socket.send(bytes(answer))


class Drained:
    """Viewers whose connections stand, and a thread that reads them for as long as the process lives."""

    def __init__(self) -> None:
        self._viewers: list[_Viewer] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._drain, daemon=True).start()

    def add(self, connection: Connection) -> None:
        """One more."""
        with self._lock:
            self._viewers.append(_Viewer(connection))

    def count(self) -> Count:
        """What came so far."""
        with self._lock:
            seen = self._viewers
            sums = {name: sum(getattr(one, name) for one in seen) for name in ("packets", "octets", "lost", "pictures")}
            return Count(at=time.monotonic(), viewers=len(seen), **sums)

    def want_keyframes(self) -> None:
        """Every viewer says that it lost a picture."""
        with self._lock:
            for viewer in self._viewers:
                viewer.want_keyframe()

    def leave(self) -> None:
        """Close every socket; the server has to be told otherwise."""
        with self._lock:
            for viewer in self._viewers:
                viewer.socket.close()
            self._viewers = []

    def _drain(self) -> None:
        buffer = bytearray(2048)
        while True:
            with self._lock:
                now = time.monotonic()
                for viewer in self._viewers:
                    viewer.read(buffer)
                    if now >= viewer.report_at:
                        viewer.report_at = now + REPORT_EVERY_S
                        viewer.report()
            time.sleep(LOOK_EVERY_S)


class _Process:
    """The commands are its public methods; arguments and answers go as JSON."""

    def __init__(self) -> None:
        self._certificate = RTCCertificate.generateCertificate()
        self._prepared: list[RtpViewer] = []
        self._drained = Drained()

    async def prepare(self, count: int, setup: str, mid: str, profile: str) -> list[str]:
        """So many viewers; `setup`, `mid` as in RtpViewer.offer; `profile`: the one SRTP profile that they take."""
        profiles = [one for one in SRTP_PROFILES if one.openssl_profile.decode() == profile]
        self._prepared = [RtpViewer(self._certificate, profiles=profiles) for _ in range(count)]
        return [await viewer.offer(setup, mid) for viewer in self._prepared]

    async def accept(self, sdp: Sequence[str]) -> dict[str, int]:
        """Connect those that were prepared; how many got which SRTP profile."""
        given = await asyncio.gather(*map(self._connect, self._prepared, sdp))
        return Counter(given)

    async def count(self) -> dict[str, float]:
        """A Count's values."""
        return asdict(self._drained.count())

    async def want_keyframes(self) -> None:
        """See `Drained`."""
        self._drained.want_keyframes()

    async def leave(self) -> None:
        """See `Drained`."""
        self._drained.leave()

    async def _connect(self, viewer: RtpViewer, sdp: str) -> str:
        await viewer.accept(sdp)
        connection = await viewer.hand_over()
        self._drained.add(connection)
        return connection.profile


class Drain:
    """Such a process, as its parent sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def prepare(self, count: int, *, setup: str, mid: str, profile: str) -> list[str]:
        """See `_Process`."""
        sdp: list[str] = await self._ask("prepare", count=count, setup=setup, mid=mid, profile=profile)
        return sdp

    async def accept(self, sdp: Sequence[str]) -> dict[str, int]:
        """See `_Process`."""
        profiles: dict[str, int] = await self._ask("accept", sdp=sdp)
        return profiles

    async def count(self) -> Count:
        """What came so far."""
        return Count(**await self._ask("count"))

    async def want_keyframes(self) -> None:
        """See `_Process`."""
        await self._ask("want_keyframes")

    async def leave(self) -> None:
        """No viewers any more."""
        await self._ask("leave")

    async def _ask(self, command: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([command, arguments]).encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, "the drain has ended"
        return json.loads(line)


@asynccontextmanager
async def draining(address: str) -> AsyncIterator[Drain]:
    """A process of drains for this block, at this address of the host."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.drain", address),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert process.stdin is not None
    try:
        yield Drain(process)
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)


async def _main() -> None:
    """Until standard input ends."""
    use_address(sys.argv[1])
    loop, process = asyncio.get_running_loop(), _Process()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command, arguments = json.loads(line)
        print(json.dumps(await getattr(process, command)(**arguments)), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
