"""How many of the public are let in: of each address, and of all together. Who they are is kept nowhere."""

from __future__ import annotations

import contextlib
import ipaddress
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator

from ingest.token_bucket import TokenBucket
from wallserver.public.refusals import Refusal

# (a second, burst). An offer costs 10 ms and more of the core that all pictures are sent with: 50 a second in all
# would be half of it, so far fewer are read.
OFFERS_FROM_ONE = (1.0, 10.0)
OFFERS_FROM_ALL = (10.0, 50.0)
_MOST_ADDRESSES = 4096


class Offers:
    """Counts offers before anything of them is read."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._from_all = TokenBucket(*OFFERS_FROM_ALL)
        self._from_one: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, address: str) -> bool:
        """Whether one more from there may be read; it is counted then. One address cannot use up what all have."""
        now = self._now()
        bucket = self._from_one.setdefault(address, TokenBucket(*OFFERS_FROM_ONE))
        self._from_one.move_to_end(address)
        if len(self._from_one) > _MOST_ADDRESSES:
            self._from_one.popitem(last=False)
        if bucket.ready_at() > now or self._from_all.ready_at() > now:
            return False
        bucket.take(now)
        self._from_all.take(now)
        return True


class Room:
    """So many at a time, and so many of them from one address. `full` and `crowded` make what is said to who comes
    when all have no more room, or that address.
    """

    def __init__(self, most: int, of_one: int, full: Callable[[], Refusal], crowded: Callable[[], Refusal]) -> None:
        self._most, self._of_one = most, of_one
        self._full, self._crowded = full, crowded
        self._by_address: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """How many are in."""
        return self._by_address.total()

    def enter(self, address: str) -> None:
        """One more from there. Raises Refusal."""
        if self.taken >= self._most:
            raise self._full()
        if self._by_address[address] >= self._of_one:
            raise self._crowded()
        self._by_address[address] += 1

    def leave(self, address: str) -> None:
        """One less."""
        self._by_address -= Counter((address,))

    @contextlib.contextmanager
    def within(self, address: str) -> Iterator[None]:
        """In for this block. Raises Refusal."""
        self.enter(address)
        try:
            yield
        finally:
            self.leave(address)


def counted_together(address: str) -> str:
    """Who is counted as one: an IPv4 address, or all that one IPv6 subscriber has (/64)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "-"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
