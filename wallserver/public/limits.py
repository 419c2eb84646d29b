"""How many of the public are let in: of each address, and of all together. Who they are is kept nowhere."""

from __future__ import annotations

import contextlib
import ipaddress
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from ingest.token_bucket import TokenBucket
from wallserver.public.refusals import Refusal, too_many_cameras, too_many_cameras_from_here

# (a second, burst). An offer costs 10 ms and more of the core that all pictures are sent with: 50 a second in all
# would be half of it, so far fewer are read.
OFFERS_FROM_ONE = (1.0, 10.0)
OFFERS_FROM_ALL = (10.0, 50.0)
# A /48 of IPv6 has so many times what one of its /64 has.
SHARES_OF_48 = 4
_MOST_ADDRESSES = 4096
# Who watches is seen to do so more often than that: a playlist is waited for no longer.
_LEFT_S = 60.0


class Offers:
    """Counts offers before anything of them is read."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._from_all = TokenBucket(*OFFERS_FROM_ALL)
        self._from_one: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, address: str) -> bool:
        """Whether one more from there may be read; it is counted then. One address cannot use up what all have."""
        now = self._now()
        buckets = [self._of(name, times) for name, times in _counted(address).items()]
        if any(bucket.ready_at() > now for bucket in (*buckets, self._from_all)):
            return False
        for bucket in (*buckets, self._from_all):
            bucket.take(now)
        return True

    def _of(self, name: str, times: int) -> TokenBucket:
        rate, burst = OFFERS_FROM_ONE
        bucket = self._from_one.setdefault(name, TokenBucket(rate * times, burst * times))
        self._from_one.move_to_end(name)
        if len(self._from_one) > _MOST_ADDRESSES:
            self._from_one.popitem(last=False)
        return bucket


class Room:
    """So many at a time, and so many of them from one address. `full` and `crowded` make what is said to who comes
    when all have no more room, or that address.
    """

    def __init__(self, most: int, of_one: int, full: Callable[[], Refusal], crowded: Callable[[], Refusal]) -> None:
        self._most, self._of_one = most, of_one
        self._full, self._crowded = full, crowded
        self._by_address: Counter[str] = Counter()
        self.taken = 0
        """How many are in."""

    def enter(self, address: str) -> None:
        """One more from there. Raises Refusal."""
        if self.taken >= self._most:
            raise self._full()
        counted = _counted(address)
        if any(self._by_address[name] >= times * self._of_one for name, times in counted.items()):
            raise self._crowded()
        self._by_address.update(counted.keys())
        self.taken += 1

    def leave(self, address: str) -> None:
        """One less."""
        self._by_address -= Counter(_counted(address).keys())
        self.taken -= 1

    @contextlib.contextmanager
    def within(self, address: str) -> Iterator[None]:
        """In for this block. Raises Refusal."""
        self.enter(address)
        try:
            yield
        finally:
            self.leave(address)


class CamerasAtOnce:
    """So many cameras are composed for the public at a time, and half of them at most because one address asked.

    `running`: the streams that somebody has now. What an address has begun and then left to others counts no more.
    """

    def __init__(
        self, most: int, running: Callable[[], AbstractSet[str]], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._running = running
        self._now = now
        self._begun: dict[str, tuple[str, float]] = {}

    def check(self, stream: str, address: str) -> None:
        """Whoever goes on to ask for this stream has begun it, where nobody else has. Raises Refusal."""
        running, now = self._running(), self._now()
        if stream in running:
            self.watches(stream, address)
            return
        self._begun = {
            begun: (by, seen) for begun, (by, seen) in self._begun.items() if begun in running and seen > now - _LEFT_S
        }
        if len(running) >= self._most:
            raise too_many_cameras()
        counted = _counted(address)
        by = Counter(name for one, _ in self._begun.values() for name in _counted(one))
        if any(by[name] >= times * max(1, self._most // 2) for name, times in counted.items()):
            raise too_many_cameras_from_here()
        self._begun[stream] = address, now

    def watches(self, stream: str, address: str) -> None:
        """That address does still: to be said every now and then for as long as it does."""
        if (begun := self._begun.get(stream)) is not None and begun[0] == address:
            self._begun[stream] = address, self._now()


def _counted(address: str) -> dict[str, int]:
    """What an address, as `counted_together` gives it, counts as, and how many times one address's share each has.

    One subscriber may have a whole /48 of IPv6 (RFC 6177): that has the share of some, not of 65,536.
    """
    if not address.endswith("/64"):
        return {address: 1}
    return {address: 1, str(ipaddress.ip_network(address).supernet(new_prefix=48)): SHARES_OF_48}
