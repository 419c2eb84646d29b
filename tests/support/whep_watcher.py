"""A WHEP viewer in a process of its own that notes when each picture is there: how even a session's pictures come."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiortc import RTCCertificate

from tests.support.rtp_viewer import RtpViewer, use_loopback

_CLOCK_HZ = 90_000

type Arrival = tuple[float, int]
"""When the last packet of a picture came (monotonic seconds), and the picture's RTP timestamp."""


@dataclass(slots=True)
class Watcher:
    """A child that plays; `arrivals` grows as pictures come."""

    arrivals: list[Arrival] = field(default_factory=list)

    async def read(self, lines: asyncio.StreamReader) -> None:
        """Until the child ends."""
        async for line in lines:
            at, timestamp = json.loads(line)
            self.arrivals.append((at, timestamp))


@asynccontextmanager
async def watching(url: str, token: str) -> AsyncIterator[Watcher]:
    """Play a WHEP address until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.whep_watcher"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"url": url, "token": token}).encode() + b"\n")
    watcher = Watcher()
    reading = asyncio.create_task(watcher.read(process.stdout), name="watcher")
    try:
        yield watcher
    finally:
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            await asyncio.wait_for(process.wait(), 10)
        await reading


def delays_ms(arrivals: Sequence[Arrival]) -> list[float]:
    """How much later than the fastest one each picture came, by the timestamps that it was sent with."""
    first = arrivals[0][1]
    lags = [at - ((timestamp - first + 2**31) % 2**32 - 2**31) / _CLOCK_HZ for at, timestamp in arrivals]
    return [1000 * (lag - min(lags)) for lag in lags]


def longest_gap_s(arrivals: Sequence[Arrival]) -> float:
    """The longest pause between two pictures."""
    return max(later[0] - earlier[0] for earlier, later in itertools.pairwise(arrivals))


async def _play(wanted: dict[str, Any]) -> None:
    """Play until standard input ends."""
    use_loopback()

    def packet(at: float, data: bytes) -> None:
        marker_and_type, _, timestamp = struct.unpack_from("!xBHL", data)
        if marker_and_type & 0x80:
            print(json.dumps([at, timestamp]), flush=True)

    viewer = RtpViewer(RTCCertificate.generateCertificate(), packet)
    headers = {"Authorization": f"Bearer {wanted['token']}", "Content-Type": "application/sdp"}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
        answer = await client.post(wanted["url"], content=await viewer.offer())
        answer.raise_for_status()
        await viewer.accept(answer.text)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await viewer.close()


if __name__ == "__main__":
    asyncio.run(_play(json.loads(sys.stdin.readline())))
