"""The public by WebRTC, in a process of its own: `python -m tests.benchmarks.public_viewers`, by lines.

The first line is {"port", "camera", "viewers", "late"}: so many come, one after the other, each said by its
X-Forwarded-For to come from an address of its own, and stay; then a line is printed. At the second line the `late` ones
come, at the third the figures are printed. Once a viewer has its first picture it only counts what comes
(tests.support.drain). Without a camera "port" is one that sends the like of a camera to whoever says something there,
without ICE, DTLS or HTTP (tests.benchmarks.public_dummy): the control arm.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from aiortc import RTCCertificate
from pylibsrtp import Policy, Session

from ingest.open_files import allow_many_files
from tests.benchmarks.spread import spread
from tests.support.child import say, told
from tests.support.drain import Drained
from tests.support.rtp_viewer import Connection, RtpViewer, use_loopback

HOST = "127.0.0.1"
# The gateway answers ten offers a second, and one a second of whoever else offers.
EVERY_S = 0.12
_PATIENCE_S = 15.0


class Viewers:
    """Those who came."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self._url = f"http://{HOST}:{wanted['port']}/public/whep/{wanted['camera']}" if wanted["camera"] else ""
        self._port = wanted["port"]
        self._certificate = RTCCertificate.generateCertificate()
        self._drained = Drained()
        self._came = 0
        self._failed = 0

    async def come(self, count: int) -> list[float]:
        """So many; after how many ms each that was let in had its first packet."""
        async with ClientSession(timeout=ClientTimeout(total=_PATIENCE_S)) as http:
            coming = []
            for _ in range(count):
                coming.append(asyncio.create_task(self._one(http, self._came)))
                self._came += 1
                await asyncio.sleep(EVERY_S)
            return [ms for ms in await asyncio.gather(*coming) if ms is not None]

    async def run(self, viewers: int, late: int, lines: asyncio.StreamReader) -> dict[str, Any]:
        """All of it."""
        calm = await self.come(viewers - late)
        say({})
        await lines.readline()
        before = self._drained.count()
        in_flood = await self.come(late)
        await lines.readline()
        after = self._drained.count()
        pictures = (after.pictures - before.pictures) / (after.at - before.at)
        return {
            "viewers": after.viewers,
            "failed": self._failed,
            "join_ms": spread(calm),
            "join_in_flood_ms": spread(in_flood),
            "pictures_per_s": pictures / after.viewers if after.viewers else None,
            "lost": after.lost / after.packets if after.packets else None,
        }

    async def _one(self, http: ClientSession, number: int) -> float | None:
        if not self._url:
            self._drained.add(_unencrypted(self._port))
            return 0.0
        viewer, began = RtpViewer(self._certificate), time.monotonic()
        about = {"Content-Type": "application/sdp", "X-Forwarded-For": f"198.18.{number >> 8}.{number & 255}"}
        try:
            async with asyncio.timeout(_PATIENCE_S):
                async with http.post(self._url, data=await viewer.offer(), headers=about) as answer:
                    text = await answer.text()
                if answer.status != 201:
                    raise ConnectionError(f"{answer.status} {text}")
                await viewer.accept(text)
                await viewer.first_packet.wait()
        except (ClientError, OSError) as error:
            print(f"a viewer failed: {type(error).__name__} {error}", file=sys.stderr)
            self._failed += 1
            with contextlib.suppress(OSError):
                await viewer.close()
            return None
        took = 1000 * (time.monotonic() - began)
        self._drained.add(await viewer.hand_over())
        return took


def _unencrypted(port: int) -> Connection:
    """Of somebody who says a word there. Its reports are encrypted as others' are, for nobody."""
    ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ours.connect((HOST, port))
    ours.send(b"\x80")
    policy = Policy(key=os.urandom(30), ssrc_type=Policy.SSRC_ANY_OUTBOUND)
    return Connection(ours, b"", Session(policy=policy), "SRTP_AES128_CM_SHA1_80")


async def main() -> None:
    """Until a third line comes."""
    use_loopback()
    lines = await told()
    wanted = json.loads(await lines.readline())
    say(await Viewers(wanted).run(wanted["viewers"], wanted["late"], lines))


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(main())
