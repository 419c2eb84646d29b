"""WHEP viewers that come and go, in a process of their own: `python -m tests.benchmarks.churn_viewers < lines`.

The first line is {"bus": credentials file, "gateway", "stream", "at_a_time"}; each further one a number of connects,
for which it prints {"connected", "failed", "connect_ms": […]}. Each connect is a whole one: an offer of its own, ICE,
DTLS and the first RTP packet. Every second viewer is then closed by the gateway (as WHEP's DELETE does), others leave.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from aiortc import RTCCertificate

from ingest.bus import Bus
from ingest.bus_address import BusAddress
from ingest.errors import BusError
from tests.support.rtp_viewer import RtpViewer, use_loopback

_FIRST_PACKET_S = 10.0


class Viewers:
    """The viewers of one process; they share a certificate, as the tabs of a browser may."""

    def __init__(self, bus: Bus, wanted: dict[str, Any]) -> None:
        self._bus = bus
        self._subject = f"req.gateway.{wanted['gateway']}"
        self._stream = wanted["stream"]
        self._room = asyncio.Semaphore(wanted["at_a_time"])
        self._certificate = RTCCertificate.generateCertificate()

    async def come_and_go(self, count: int) -> dict[str, Any]:
        """So many, a few at a time."""
        took = await asyncio.gather(*(self._one(deleted=number % 2 == 0) for number in range(count)))
        connected = [ms for ms in took if ms is not None]
        return {"connected": len(connected), "failed": count - len(connected), "connect_ms": connected}

    async def _one(self, *, deleted: bool) -> float | None:
        async with self._room:
            viewer, session = RtpViewer(self._certificate), str(uuid.uuid4())
            began = time.monotonic()
            try:
                offer = {"session": session, "kind": "whep", "sdp": await viewer.offer(), "slots": [self._stream]}
                answer = await self._bus.request(f"{self._subject}.offer", offer, timeout=10)
                await viewer.accept(answer["sdp"])
                async with asyncio.timeout(_FIRST_PACKET_S):
                    await viewer.first_packet.wait()
                took = 1000 * (time.monotonic() - began)
                if deleted:
                    await self._bus.request(f"{self._subject}.close", {"session": session}, timeout=10)
            except (ConnectionError, TimeoutError, BusError, KeyError) as error:
                print(f"a viewer failed: {type(error).__name__} {error}", file=sys.stderr)
                return None
            else:
                return took
            finally:
                await viewer.close()


async def main() -> None:
    """Until standard input ends."""
    use_loopback()
    loop = asyncio.get_running_loop()
    wanted = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    bus = await Bus.connect(BusAddress.from_file(Path(wanted["bus"])), "control", f"churn-{uuid.uuid4().hex[:8]}")
    viewers = Viewers(bus, wanted)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await viewers.come_and_go(int(line))), flush=True)
    await bus.close()


if __name__ == "__main__":
    asyncio.run(main())
