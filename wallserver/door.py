"""How many connections a port takes: so many, and half of them from one address."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Collection

from wallserver.counted_together import counted_together


class Door:
    """Counts who is in. One address may be that of a proxy that nobody named, and so gets half of all places."""

    def __init__(self, most: int, proxies: Collection[str] = ()) -> None:
        """`proxies`: addresses that many come from, and that may have all."""
        self._most = most
        self._proxies = proxies
        self._inside = 0
        self._by_address: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Count one more; False if it would be one too many."""
        counted = counted_together(address)
        crowded = address not in self._proxies and self._by_address[counted] >= max(1, self._most // 2)
        if crowded or self._inside >= self._most:
            return False
        self._inside += 1
        self._by_address[counted] += 1
        return True

    def leave(self, address: str) -> None:
        """One that had entered is gone."""
        counted = counted_together(address)
        self._inside -= 1
        self._by_address[counted] -= 1
        if not self._by_address[counted]:
            del self._by_address[counted]


def places(most: int) -> int:
    """No more than half of the files that this process may have open."""
    return min(most, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
