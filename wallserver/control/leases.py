"""Region leases: who is working where on a wall. They expire by themselves, and bind nobody who says that he knows.

They are in memory only: after a restart of control every page that is still open has its own again in seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

# A page renews its own every 10 s: one that is gone is forgotten soon, one that hung for a moment is not.
LEASE_MS = 30_000
MOST_OF_ONE = 64
# Pages of one session that wait to be told, and of all: those beyond are answered at once, and ask now and then.
MOST_WAITING_OF_ONE = 4
MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class Region:
    """Cells of a display, or all of it (None)."""

    display: str
    cells: frozenset[str] | None = None

    def overlaps(self, other: Region) -> bool:
        """Whether there is a cell in both."""
        if self.display != other.display:
            return False
        return self.cells is None or other.cells is None or not self.cells.isdisjoint(other.cells)

    def without(self, other: Region, cells: Collection[str]) -> Region | None:
        """What is left of it, of a display of these cells; None is nothing."""
        if other.cells is None:
            return None
        left = frozenset(cells if self.cells is None else self.cells) - other.cells
        return Region(self.display, left) if left else None


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody works there, since then, and says so until then (Unix milliseconds)."""

    person: str
    name: str
    region: Region
    since_ms: int
    until_ms: int


class TakenError(Exception):
    """Somebody else is working there."""

    def __init__(self, holders: Sequence[Lease]) -> None:
        names = sorted({lease.name for lease in holders})
        super().__init__(f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} working there.")
        self.holders = tuple(holders)


class Leases:
    """Of all walls. `waiting`: how many wait to be told of them, by session."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._leases: dict[str, list[Lease]] = {}
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.waiting: Counter[str] = Counter()
        self._closed = False

    def of(self, wall: str) -> list[Lease]:
        """Those that hold, the oldest first. One that would hold for longer than any was taken before the clock was set
        back: whoever is there renews it."""
        now_ms = self._now_ms()
        return [lease for lease in self._leases.get(wall, ()) if 0 < lease.until_ms - now_ms <= LEASE_MS]

    def tag(self, wall: str) -> str:
        """Another one for each other state of who works where; that a lease was renewed is no news."""
        said = [
            (lease.person, lease.region.display, sorted(lease.region.cells or ()), lease.since_ms)
            for lease in self.of(wall)
        ]
        return hashlib.blake2b(repr(said).encode(), digest_size=8).hexdigest()

    async def news(self, wall: str, tag: str, session: str, within_s: float) -> None:
        """Return when who works there is no more as this tag says; after so long in any case, and at once where too
        many wait already."""
        if self.waiting.total() >= MOST_WAITING or self.waiting[session] >= MOST_WAITING_OF_ONE:
            return
        self.waiting[session] += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    while self.tag(wall) == tag and not self._closed:
                        await self._change(wall)
        finally:
            self.waiting -= Counter({session: 1})  # and whoever has none is forgotten

    def close(self) -> None:
        """Whoever waits is answered, and nobody waits any more."""
        self._closed = True
        for wall in list(self._changed):
            self._tell(wall)

    def take(
        self, wall: str, person: str, name: str, region: Region, cells: Collection[str], *, over: bool = False
    ) -> Lease:
        """Take it, or renew it; the display has these `cells`. TakenError where somebody else works, unless it is taken
        over: then they are left with what else was theirs."""
        now_ms, there, before = self._now_ms(), self.of(wall), self.tag(wall)
        others = [lease for lease in there if lease.person != person and lease.region.overlaps(region)]
        if others and not over:
            raise TakenError(others)
        mine = next((lease for lease in there if (lease.person, lease.region) == (person, region)), None)
        lease = replace(mine, until_ms=now_ms + LEASE_MS) if mine else None
        lease = lease or Lease(person, name, region, now_ms, now_ms + LEASE_MS)
        left = [one for one in there if one not in others and one != mine]
        rests = ((one, one.region.without(region, cells)) for one in others)
        left += [replace(one, region=rest) for one, rest in rests if rest is not None]
        own = [one for one in left if one.person == person]
        if len(own) >= MOST_OF_ONE:
            left.remove(own[0])
        self._leases[wall] = sorted([*left, lease], key=lambda one: (one.since_ms, one.person))
        if self.tag(wall) != before:
            self._tell(wall)
        return lease

    def leave(self, wall: str, person: str) -> None:
        """Somebody has done with a wall."""
        before = self.tag(wall)
        self._leases[wall] = [lease for lease in self.of(wall) if lease.person != person]
        if self.tag(wall) != before:
            self._tell(wall)

    async def _change(self, wall: str) -> None:
        """Something was taken or left, or the next of the wall's leases ends."""
        ends_ms = min((lease.until_ms for lease in self.of(wall)), default=None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if ends_ms is None else (ends_ms - self._now_ms()) / 1000):
                await self._changed[wall].wait()

    def _tell(self, wall: str) -> None:
        if (changed := self._changed.pop(wall, None)) is not None:
            changed.set()
