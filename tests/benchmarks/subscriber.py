"""A reader of every camera's access units, as a process of its own: says what it saw of each stream, as JSON.

    python -m tests.benchmarks.subscriber CREDENTIALS SECONDS

It reads with nothing but nats-py and the envelope's header: what it costs is what any reader costs at the least.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import nats
from nats.aio.msg import Msg

from ingest.bus_address import BusAddress
from ingest.envelope import Joiner, unpack

GAP_S = 0.2


@dataclass(slots=True)
class Seen:
    """One stream: access units, those missing by their numbers, intervals over GAP_S, and the longest one (s)."""

    units: int = 0
    missing: int = 0
    gaps: int = 0
    longest_s: float = 0.0


class Subscriber:
    """All streams together. `begin` forgets what was before."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self._last: dict[str, tuple[float, int, int]] = {}  # when, epoch, sequence
        self._joiners: dict[str, Joiner] = {}

    def begin(self) -> None:
        """From here on it counts; every stream that was there until now belongs to it."""
        now = time.monotonic()
        self.seen = {stream: Seen() for stream in self._last}
        self._last = {stream: (now, epoch, sequence) for stream, (_, epoch, sequence) in self._last.items()}

    def end(self) -> None:
        """A stream that has fallen silent has a gap that nothing ended."""
        now = time.monotonic()
        for stream, (at, _, _) in self._last.items():
            self._interval(self.seen.setdefault(stream, Seen()), now - at)

    async def come(self, message: Msg) -> None:
        """Each message of each stream."""
        now, stream = time.monotonic(), message.subject.removeprefix("au.")
        whole = self._joiners.setdefault(stream, Joiner()).feed(message.data)
        if whole is None:
            return
        unit = unpack(stream, whole)
        seen = self.seen.setdefault(stream, Seen())
        seen.units += 1
        if stream in self._last:
            at, epoch, sequence = self._last[stream]
            self._interval(seen, now - at)
            seen.missing += unit.sequence - sequence - 1 if epoch == unit.epoch else 0
        self._last[stream] = now, unit.epoch, unit.sequence

    def _interval(self, seen: Seen, seconds: float) -> None:
        seen.gaps += seconds > GAP_S
        seen.longest_s = max(seen.longest_s, seconds)


async def main(credentials: Path, seconds: float) -> None:
    """Read for so long, then print."""
    address = BusAddress.from_file(credentials)
    client = await nats.connect(
        address.url,
        user=address.username,
        password=address.password,
        inbox_prefix=f"_INBOX_{address.username}".encode(),
    )
    subscriber = Subscriber()
    await client.subscribe("au.cam.>", cb=subscriber.come, pending_msgs_limit=-1, pending_bytes_limit=-1)
    await asyncio.sleep(1)
    subscriber.begin()
    await asyncio.sleep(seconds)
    subscriber.end()
    await client.close()
    print(json.dumps({stream: asdict(seen) for stream, seen in subscriber.seen.items()}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
