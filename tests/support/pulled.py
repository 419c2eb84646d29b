"""What a site's pullers are seen to do: by the bus, picture by picture, and by the cameras, session by session."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from ingest.bus_address import BusAddress
from ingest.envelope import Joiner, unpack


@dataclass(frozen=True, slots=True)
class Seen:
    """One access unit: when it came (s, monotonic clock), its epoch, its number."""

    at: float
    epoch: int
    sequence: int


class Pictures:
    """All access units of all cameras, read with nothing but nats-py: none is left out as a reader would do."""

    def __init__(self) -> None:
        self.seen: defaultdict[str, list[Seen]] = defaultdict(list)
        # Access units of an owner whose successor had published already.
        self.overtaken = 0
        self._joiners: defaultdict[str, Joiner] = defaultdict(Joiner)

    async def read(self, address: BusAddress) -> Client:
        """Begin; over the bus's absences too. Close what is returned."""
        client = await nats.connect(
            address.url,
            user=address.username,
            password=address.password,
            inbox_prefix=f"_INBOX_{address.username}".encode(),
            tls=address.ssl_context(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=_pass_over,  # the bus may be away
        )
        await client.subscribe("au.cam.>", cb=self._come, pending_msgs_limit=-1, pending_bytes_limit=-1)
        return client

    def forget(self) -> None:
        """What is seen from here on counts; the newest one of each stream is kept, as a beginning."""
        for seen in self.seen.values():
            del seen[:-1]

    def first_after(self, stream: str, at: float, epoch: int = 0) -> float | None:
        """Seconds from `at` to the stream's next access unit of an epoch above `epoch`."""
        return next((seen.at - at for seen in self.seen[stream] if seen.at > at and seen.epoch > epoch), None)

    def newest_epoch(self, stream: str) -> int:
        """0 before its first access unit."""
        return self.seen[stream][-1].epoch if self.seen[stream] else 0

    def gaps(self, streams: Iterable[str], longer_than_s: float) -> list[float]:
        """The intervals between access units, and up to now, that were longer than this."""
        now = time.monotonic()
        times = ([*(seen.at for seen in self.seen[stream]), now] for stream in streams)
        return [later - earlier for one in times for earlier, later in pairwise(one) if later - earlier > longer_than_s]

    def missing(self, streams: Iterable[str]) -> int:
        """How many access units were published under one epoch and did not come."""
        return sum(
            later.sequence - earlier.sequence - 1
            for stream in streams
            for earlier, later in pairwise(self.seen[stream])
            if later.epoch == earlier.epoch
        )

    async def _come(self, message: Msg) -> None:
        stream = message.subject.removeprefix("au.")
        whole = self._joiners[stream].feed(message.data)
        if whole is None:
            return
        unit = unpack(stream, whole)
        if unit.epoch < self.newest_epoch(stream):
            self.overtaken += 1
        else:
            self.seen[stream].append(Seen(time.monotonic(), unit.epoch, unit.sequence))


async def _pass_over(_: Exception) -> None:
    pass


@dataclass(slots=True)
class Sessions:
    """Who plays at which camera, as many_cameras.py tells it."""

    open: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    # Since `forget`: for how long a camera had more than one session, in s; and how many sessions began.
    doubled_s: list[float] = field(default_factory=list)
    began: int = 0
    _doubled_at: dict[str, float] = field(default_factory=dict)

    async def hear(self, reader: asyncio.StreamReader) -> None:
        """Until the cameras end."""
        async for line in reader:
            said = json.loads(line)
            self._hear(said["path"], 1 if said["what"] == "began" else -1, said["at"])

    def forget(self) -> None:
        """What comes from here on counts."""
        self.doubled_s.clear()
        self.began = 0
        self._doubled_at = dict.fromkeys(self._doubled_at, time.monotonic())

    def _hear(self, path: str, change: int, at: float) -> None:
        self.open[path] += change
        self.began += change > 0
        if change > 0 and self.open[path] == 2:
            self._doubled_at[path] = at
        elif change < 0 and self.open[path] == 1:
            self.doubled_s.append(at - self._doubled_at.pop(path, at))
