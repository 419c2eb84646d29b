"""Offers without end over some connections, in a process of its own: `python -m tests.support.flood < JSON`.

{"host", "port", "path", "token", "body", "rate", "seconds"}; prints {"asked", "elapsed_s", "asked_per_s",
"answers": {status: n}, "retry_after": n, "latency_ms": {…}}.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.spread import spread

CONNECTIONS = 250


@dataclass(slots=True)
class Flood:
    """What was asked and answered."""

    wanted: dict[str, Any]
    answers: Counter[int] = field(default_factory=Counter)
    retry_after: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def run(self) -> dict[str, Any]:
        """Ask at the rate, as far as the answers come."""
        began = time.monotonic()
        until = began + self.wanted["seconds"]
        await asyncio.gather(*(self._connection(began, until) for _ in range(CONNECTIONS)))
        elapsed, asked = time.monotonic() - began, sum(self.answers.values())
        return {
            "asked": asked,
            "elapsed_s": elapsed,
            "asked_per_s": asked / elapsed,
            "answers": dict(self.answers),
            "retry_after": self.retry_after,
            "latency_ms": spread(self.latencies_ms),
        }

    async def _connection(self, began: float, until: float) -> None:
        reader, writer = await asyncio.open_connection(self.wanted["host"], self.wanted["port"])
        head = [f"POST {self.wanted['path']} HTTP/1.1", f"Host: {self.wanted['host']}", "Content-Type: application/sdp"]
        if self.wanted["token"]:
            head.append(f"Authorization: Bearer {self.wanted['token']}")
        body = self.wanted["body"].encode()
        request = "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body
        while (due := began + next(self._numbers) / self.wanted["rate"]) < until:
            await asyncio.sleep(max(0, due - time.monotonic()))
            sent = time.monotonic()
            writer.write(request)
            await self._answer(reader)
            self.latencies_ms.append(1000 * (time.monotonic() - sent))
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        status = int(head.split(" ", 2)[1])
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        await reader.readexactly(length)
        self.answers[status] += 1
        self.retry_after += "retry-after:" in head


async def flood(**wanted: Any) -> dict[str, Any]:
    """Run it in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.flood"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(json.dumps(wanted).encode())
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(Flood(json.load(sys.stdin)).run())))
