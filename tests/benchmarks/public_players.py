"""The public by HLS, in a process of its own: `python -m tests.benchmarks.public_players`, by lines on standard input.

The first line is {"port" of nginx, "camera", "players"}. Each player fetches the playlist and its newest segment every
2 s. Prints a line once all play; whatever line comes then ends it: stills are asked for as fast as they come, and the
figures are printed. A player that is answered late asks no more than what a player would: `offered` tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest.open_files import allow_many_files
from tests.benchmarks.spread import spread
from tests.support.child import say, told
from tests.support.http_load import Asker

HOST = "127.0.0.1"
EVERY_S = 2.0
# nginx lets each address have 100 connections: players come from one of these, 50 from each.
_OF_ONE = 50
_PATIENCE_S, _FIRST_S = 15.0, 60.0
_STILLS_S, _STILLS_AT_A_TIME = 3.0, 20
_DATE = "#EXT-X-PROGRAM-DATE-TIME:"


@dataclass(slots=True)
class Players:
    """What was asked and answered."""

    port: int
    camera: str
    players: int
    asked: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)

    @property
    def playlist(self) -> str:
        """Its path."""
        return f"/public/hls/{self.camera}/video.m3u8"

    async def run(self, lines: asyncio.StreamReader) -> dict[str, Any]:
        """All of it."""
        await self._has_begun()
        began = time.monotonic()
        playing = [asyncio.create_task(self._play(number, began)) for number in range(self.players)]
        await asyncio.sleep(EVERY_S)
        say({})
        await lines.readline()
        elapsed = time.monotonic() - began
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
        return {
            "offered": self.asked / (2 * self.players * elapsed / EVERY_S) if self.players else 1.0,
            "answers": dict(self.answers),
            "latency_s": spread(self.latencies_s),
            "still_rps": await self._stills(),
        }

    async def _has_begun(self) -> None:
        """The first one has to wait for the picture, and is none of the crowd."""
        asker, until, text = Asker(HOST, self.port), time.monotonic() + _FIRST_S, ""
        while not _segments(text):
            if time.monotonic() > until:
                sys.exit(f"there is no playlist of {self.camera} with a segment in it: {text!r}")
            with contextlib.suppress(OSError):
                text = (await asker.ask(_request(self.playlist), _PATIENCE_S, keep=True)).body.decode()
            await asyncio.sleep(0.3)
        asker.close()

    async def _play(self, number: int, began: float) -> None:
        asker = Asker(HOST, self.port, f"127.0.1.{1 + number // _OF_ONE}")
        due = began + EVERY_S * number / self.players
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            text = await self._get(asker, self.playlist)
            segments = _segments(text)
            await self._get(asker, segments[-1] if segments else "/public/live/none")
            if (edge := _edge(text)) is not None:
                self.latencies_s.append(time.time() - edge)
            due = max(due + EVERY_S, time.monotonic() - EVERY_S)  # what could not be asked in time is not offered

    async def _get(self, asker: Asker, path: str) -> str:
        """A playlist; of all else only what was answered is of interest."""
        self.asked += 1
        try:
            answer = await asker.ask(_request(path), _PATIENCE_S, keep=path.endswith(".m3u8"))
        except OSError as error:
            self.answers[type(error).__name__] += 1
            return ""
        self.answers[str(answer.status)] += 1
        return answer.body.decode(errors="replace")

    async def _stills(self) -> float:
        """Answers a second."""
        request = _request(f"/public/stills/{self.camera}.jpg")
        await Asker(HOST, self.port).ask(request, _PATIENCE_S)  # the first one has to be made
        until = time.monotonic() + _STILLS_S

        async def ask() -> int:
            asker, answered = Asker(HOST, self.port), 0
            while time.monotonic() < until:
                answered += (await asker.ask(request, _PATIENCE_S)).status == 200
            return answered

        return sum(await asyncio.gather(*(ask() for _ in range(_STILLS_AT_A_TIME)))) / _STILLS_S


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


def _segments(playlist: str) -> list[str]:
    """Whole ones."""
    return [line for line in playlist.splitlines() if line.endswith(".m4s")]


def _edge(playlist: str) -> float | None:
    """When the last picture that a playlist lists was composed (Unix seconds)."""
    _, found, last = playlist.rpartition(_DATE)
    if not found:
        return None
    date, _, after = last.partition("\n")
    parts = sum(map(float, re.findall(r"#EXT-X-PART:DURATION=([0-9.]+)", after)))
    return datetime.fromisoformat(date.strip()).timestamp() + parts


async def main() -> None:
    """Until a second line comes."""
    lines = await told()
    say(await Players(**json.loads(await lines.readline())).run(lines))


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(main())
