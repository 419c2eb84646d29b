"""When a puller may connect: paced for each host and subnet, the most wanted first, soon once a neighbour is back.

After a power cut hundreds of cameras behind one switch come back at once. All of them at once would be a flood to that
switch, and each by its own backoff would be late.
"""

from __future__ import annotations

import asyncio
import heapq
import ipaddress
import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from ingest.backoff import FIRST_S, Importance
from ingest.token_bucket import TokenBucket

# In any 100 ms no more than 10 attempts at one address and 20 in its subnet: burst + rate × 0.1 s.
HOST_RATE, HOST_BURST = 50.0, 5.0
SUBNET_RATE, SUBNET_BURST = 100.0, 10.0
# A camera that comes and goes must not keep its dead neighbours from their backoff.
REDRAW_EVERY_S = 10.0

type Subnet = tuple[int, int]


def subnet_of(address: str) -> Subnet:
    """The /24 of an IPv4 address, the /64 of an IPv6 one. Raises ValueError where it is neither."""
    found = ipaddress.ip_address(address)
    if found.version == 6 and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.version, int(found) >> (8 if found.version == 4 else 64)


class Rest:
    """A stream's wait for its next attempt."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = self._loop.create_future()
        self._timer = self._loop.call_later(seconds, self._end)

    async def over(self) -> None:
        """Return when it is over."""
        try:
            await self._over
        finally:
            self._timer.cancel()

    def shorten(self, seconds: float) -> None:
        """Let it be over in `seconds` from now, if it would last longer."""
        if self._loop.time() + seconds < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_later(seconds, self._end)

    def _end(self) -> None:
        if not self._over.done():
            self._over.set_result(None)


class Admission:
    """The connection attempts of all streams of a process. Needs a running event loop.

    `processes` answers how many pullers the site has now: each takes its share of what a host and a subnet may get.
    `draw` answers numbers in [0, 1).
    """

    def __init__(self, processes: Callable[[], int] = lambda: 1, draw: Callable[[], float] = random.random) -> None:
        self._processes = processes
        self._draw = draw
        self._neighbourhoods: dict[Subnet, _Neighbourhood] = {}

    async def admit(self, address: str, importance: Importance) -> None:
        """Return when an attempt to connect to `address` may be made; the most important first, then in order."""
        neighbourhood = self._neighbourhood(address)
        future = asyncio.get_running_loop().create_future()
        neighbourhood.queue(address, importance, future)
        self._pump(neighbourhood)
        await future

    def succeeded(self, address: str) -> None:
        """A camera has let us in: let its neighbours try soon, they are probably back too."""
        neighbourhood, now = self._neighbourhood(address), asyncio.get_running_loop().time()
        if now - neighbourhood.redrawn_at >= REDRAW_EVERY_S:
            neighbourhood.redrawn_at = now
            for rest in neighbourhood.resting:
                rest.shorten(self._draw() * FIRST_S)

    @contextmanager
    def resting(self, address: str | None, seconds: float, began: float) -> Iterator[Rest]:
        """The wait after an attempt that was begun at `began` (the loop's time) and failed.

        Without an address (its name was not found) a camera has no neighbours.
        """
        if address is None:
            yield Rest(seconds)
            return
        neighbourhood = self._neighbourhood(address)
        if neighbourhood.redrawn_at >= began:
            seconds = min(seconds, self._draw() * FIRST_S)  # it failed before the power was back
        rest = Rest(seconds)
        neighbourhood.resting.add(rest)
        try:
            yield rest
        finally:
            neighbourhood.resting.discard(rest)

    def _neighbourhood(self, address: str) -> _Neighbourhood:
        return self._neighbourhoods.setdefault(subnet_of(address), _Neighbourhood())

    def _pump(self, neighbourhood: _Neighbourhood) -> None:
        """Let in whoever may, and come back when the next one may."""
        loop = asyncio.get_running_loop()
        if neighbourhood.timer is not None:
            neighbourhood.timer.cancel()
            neighbourhood.timer = None
        due = neighbourhood.let_in(loop.time(), max(1, self._processes()))
        if due is not None:
            neighbourhood.timer = loop.call_at(due, self._pump, neighbourhood)


type _Waiting = tuple[Importance, int, asyncio.Future[None]]
_order = count()


@dataclass(slots=True, eq=False)
class _Host:
    """Those who wait for one address."""

    bucket: TokenBucket = field(default_factory=lambda: TokenBucket(HOST_RATE, HOST_BURST))
    waiting: list[_Waiting] = field(default_factory=list)

    def forget_the_gone(self) -> bool:
        """Drop from the front who waits no longer; whether anybody is left."""
        while self.waiting and self.waiting[0][2].done():
            heapq.heappop(self.waiting)
        return bool(self.waiting)


@dataclass(slots=True, eq=False)
class _Neighbourhood:
    """A subnet."""

    bucket: TokenBucket = field(default_factory=lambda: TokenBucket(SUBNET_RATE, SUBNET_BURST))
    hosts: dict[str, _Host] = field(default_factory=dict)
    resting: set[Rest] = field(default_factory=set)
    redrawn_at: float = -math.inf
    timer: asyncio.TimerHandle | None = None

    def queue(self, address: str, importance: Importance, future: asyncio.Future[None]) -> None:
        host = self.hosts.setdefault(address, _Host())
        heapq.heappush(host.waiting, (importance, next(_order), future))

    def let_in(self, now: float, share: int) -> float | None:
        """Let in all who may now; when the next one may, None if nobody waits."""
        while waiting := [host for host in self.hosts.values() if host.forget_the_gone()]:
            ready = [host for host in waiting if host.bucket.ready_at(share) <= now]
            if not ready or self.bucket.ready_at(share) > now:
                return max(self.bucket.ready_at(share), min(host.bucket.ready_at(share) for host in waiting))
            host = min(ready, key=lambda one: one.waiting[0])
            host.bucket.take(now, share)
            self.bucket.take(now, share)
            heapq.heappop(host.waiting)[2].set_result(None)
        self.hosts = {address: host for address, host in self.hosts.items() if not host.bucket.full(now)}
        return None
