"""The public, in a process of its own: `python -m tests.benchmarks.public_crowd < JSON`; prints one line of JSON.

{"hls": base of nginx, "gateway": base of the public gateway, "camera", "players", "viewers", "seconds"}. HLS players
each fetch the playlist and its newest segment every 2 s; viewers by WebRTC join one after the other, each said by its
X-Forwarded-For to come from an address of its own, and stay. At the end stills are asked for as fast as they come.
Where "gateway" is empty there are no viewers, and "hls" is a server that answers anything (the control arm).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiortc import RTCCertificate

from ingest.open_files import allow_many_files
from tests.benchmarks.spread import spread
from tests.support.rtp_viewer import RtpViewer, use_loopback

EVERY_S = 2.0
# nginx lets each address have 100 connections: players come from one of these, 50 from each.
_OF_ONE = 50
_STILLS_S, _STILLS_AT_A_TIME = 3.0, 20
_FIRST_PACKET_S = 10.0


@dataclass(slots=True)
class Crowd:
    """What was asked and answered."""

    wanted: dict[str, Any]
    answers: Counter[str] = field(default_factory=Counter)
    joins_ms: list[float] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)
    failed: int = 0
    _viewers: list[RtpViewer] = field(default_factory=list)

    async def run(self) -> dict[str, Any]:
        """All of it."""
        began, seconds = time.monotonic(), self.wanted["seconds"]
        players, camera = self.wanted["players"], self.wanted["camera"]
        playlist = f"{self.wanted['hls']}/public/hls/{camera}/video.m3u8"
        joining = asyncio.create_task(self._join(began + seconds))
        await asyncio.gather(*(self._some(number, playlist, began + seconds) for number in range(0, players, _OF_ONE)))
        elapsed = time.monotonic() - began
        await joining
        stills = await self._stills(f"{self.wanted['hls']}/public/stills/{camera}.jpg")
        await asyncio.gather(*(viewer.close() for viewer in self._viewers))
        return {
            "requests": self.answers.total(),
            "offered": self.answers.total() / (2 * players * elapsed / EVERY_S) if players else 1.0,
            "answers": dict(self.answers),
            "viewers": len(self._viewers),
            "failed_viewers": self.failed,
            "join_ms": spread(self.joins_ms),
            "latency_s": spread(self.latencies_s),
            "still_rps": stills,
        }

    async def _some(self, first: int, playlist: str, until: float) -> None:
        """Those of one address."""
        address = f"127.0.1.{1 + first // _OF_ONE}"
        connector = TCPConnector(limit=0, local_addr=(address, 0))
        async with ClientSession(connector=connector, timeout=ClientTimeout(total=15)) as http:
            last = min(first + _OF_ONE, self.wanted["players"])
            await asyncio.gather(*(self._player(http, number, playlist, until) for number in range(first, last)))

    async def _player(self, http: ClientSession, number: int, playlist: str, until: float) -> None:
        due = time.monotonic() + EVERY_S * number / self.wanted["players"]
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            text = await self._get(http, playlist)
            segments = [line for line in text.splitlines() if line.endswith(".m4s")]
            await self._get(http, self.wanted["hls"] + (segments[-1] if segments else "/public/live/none"))
            if (edge := _edge(text)) is not None:
                self.latencies_s.append(time.time() - edge)
            due = max(due + EVERY_S, time.monotonic() - EVERY_S)  # what could not be asked in time is not offered

    async def _get(self, http: ClientSession, url: str) -> str:
        try:
            async with http.get(url) as answer:
                body = await answer.read()
        except (ClientError, OSError, TimeoutError) as error:
            self.answers[type(error).__name__] += 1
            return ""
        self.answers[str(answer.status)] += 1
        return body.decode(errors="replace") if url.endswith(".m3u8") else ""

    async def _join(self, until: float) -> None:
        certificate = RTCCertificate.generateCertificate()
        async with ClientSession(timeout=ClientTimeout(total=15)) as http:
            for number in range(self.wanted["viewers"] if self.wanted["gateway"] else 0):
                if time.monotonic() > until:
                    break
                about = {"Content-Type": "application/sdp", "X-Forwarded-For": f"192.0.2.{number}"}
                await self._one(http, RtpViewer(certificate), about)
                await asyncio.sleep(0.11)  # the gateway answers ten offers a second

    async def _one(self, http: ClientSession, viewer: RtpViewer, about: dict[str, str]) -> None:
        url, began = f"{self.wanted['gateway']}/public/whep/{self.wanted['camera']}", time.monotonic()
        try:
            async with http.post(url, data=await viewer.offer(), headers=about) as answer:
                text = await answer.text()
            if answer.status != 201:
                raise ConnectionError(f"{answer.status} {text}")
            await viewer.accept(text)
            async with asyncio.timeout(_FIRST_PACKET_S):
                await viewer.first_packet.wait()
        except (ClientError, OSError, TimeoutError) as error:
            print(f"a viewer failed: {type(error).__name__} {error}", file=sys.stderr)
            self.failed += 1
            await viewer.close()
            return
        self.joins_ms.append(1000 * (time.monotonic() - began))
        self._viewers.append(viewer)

    async def _stills(self, url: str) -> float:
        """Answers a second."""
        answered, until = 0, time.monotonic() + _STILLS_S

        async def ask(http: ClientSession) -> None:
            nonlocal answered
            while time.monotonic() < until:
                async with http.get(url) as answer:
                    await answer.read()
                    answered += answer.status == 200

        async with ClientSession(connector=TCPConnector(limit=0)) as http:
            await ask_once(http, url)  # the first one has to be made
            await asyncio.gather(*(ask(http) for _ in range(_STILLS_AT_A_TIME)))
        return answered / _STILLS_S


async def ask_once(http: ClientSession, url: str) -> None:
    """Whatever is answered."""
    async with http.get(url) as answer:
        await answer.read()


def _edge(playlist: str) -> float | None:
    """When the last picture that a playlist lists was taken (Unix seconds)."""
    dates = re.findall(r"#EXT-X-PROGRAM-DATE-TIME:(\S+)", playlist)
    if not dates:
        return None
    after = playlist.rpartition("#EXT-X-PROGRAM-DATE-TIME:")[2]
    parts = sum(map(float, re.findall(r"#EXT-X-PART:DURATION=([0-9.]+)", after)))
    whole = sum(map(float, re.findall(r"#EXTINF:([0-9.]+)", after)))
    return datetime.fromisoformat(dates[-1].replace("Z", "+00:00")).timestamp() + max(parts, whole)


async def crowd(**wanted: Any) -> dict[str, Any]:
    """Run it in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.public_crowd"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(json.dumps(wanted).encode())
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    return found


if __name__ == "__main__":
    allow_many_files()
    use_loopback()
    print(json.dumps(asyncio.run(Crowd(json.load(sys.stdin)).run())))
