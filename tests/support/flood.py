"""Offers without end over some connections, in a process of its own: `python -m tests.support.flood < JSON`.

{"host", "port", "path", "token", "body", "rate", "seconds", "connections", "patience_s"}; prints {"asked", "elapsed_s",
"asked_per_s", "answers": {status: n}, "given_up": n, "retry_after": n, "latency_ms": {…}}. Who is not answered within
`patience_s` hangs up and comes again: with more connections than offers in that time the rate depends on nobody's
answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ingest.open_files import allow_many_files
from tests.benchmarks.spread import spread
from tests.support.http_load import Asker

CONNECTIONS, PATIENCE_S = 250, 30.0
# Offers leave in small heaps: to wake for each costs as much as to send it.
_HEAP_S = 0.005


@dataclass(slots=True)
class Flood:
    """What was asked and answered."""

    wanted: dict[str, Any]
    asked: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    given_up: int = 0
    retry_after: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    # The one that was used last is taken first: no more connections stand than are needed.
    _idle: asyncio.LifoQueue[Asker] = field(default_factory=asyncio.LifoQueue)

    async def run(self) -> dict[str, Any]:
        """Ask at the rate, as far as there are connections."""
        for _ in range(self.wanted["connections"]):
            self._idle.put_nowait(Asker(self.wanted["host"], self.wanted["port"]))
        request, began = self._request(), time.monotonic()
        asking = set[asyncio.Task[None]]()
        while (due := began + self.asked / self.wanted["rate"]) < began + self.wanted["seconds"]:
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early + _HEAP_S)
            asker = await self._idle.get()
            self.asked += 1
            task = asyncio.create_task(self._ask(asker, request))
            asking.add(task)
            task.add_done_callback(asking.discard)
        sent_in_s = time.monotonic() - began
        await asyncio.gather(*asking)
        return {
            "asked": self.asked,
            "elapsed_s": time.monotonic() - began,
            "asked_per_s": self.asked / sent_in_s,
            "answers": dict(self.answers),
            "given_up": self.given_up,
            "retry_after": self.retry_after,
            "latency_ms": spread(self.latencies_ms),
        }

    async def _ask(self, asker: Asker, request: bytes) -> None:
        sent = time.monotonic()
        try:
            answer = await asker.ask(request, self.wanted["patience_s"])
        except OSError:  # of which TimeoutError is one
            self.given_up += 1
        else:
            self.answers[answer.status] += 1
            self.retry_after += "retry-after:" in answer.head
            self.latencies_ms.append(1000 * (time.monotonic() - sent))
        self._idle.put_nowait(asker)

    def _request(self) -> bytes:
        head = [f"POST {self.wanted['path']} HTTP/1.1", f"Host: {self.wanted['host']}", "Content-Type: application/sdp"]
        if self.wanted["token"]:
            head.append(f"Authorization: Bearer {self.wanted['token']}")
        body: bytes = self.wanted["body"].encode()
        return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def flood(**wanted: Any) -> dict[str, Any]:
    """Run it in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.flood"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    defaults = {"connections": CONNECTIONS, "patience_s": PATIENCE_S}
    output, _ = await process.communicate(json.dumps(defaults | wanted).encode())
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    return found


if __name__ == "__main__":
    allow_many_files()
    print(json.dumps(asyncio.run(Flood(json.load(sys.stdin)).run())))
