"""How often somebody may try: counted in memory, by address and by name."""

from __future__ import annotations

import asyncio
import math
import time
from enum import Enum, unique
from weakref import WeakValueDictionary

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


@unique  # two of the same frequency would be one member
class Tried(Enum):
    """What is counted, and how often it may happen. An address is what counted_together makes of it."""

    # A room of operators behind one address signs in when the shift changes.
    SIGN_IN_FROM_ADDRESS = RateLimitItemPerMinute(60, namespace="SIGN_IN")
    # Wrong passwords of one name: from one address, and from all of them. One address alone cannot get so far that
    # nobody else may try.
    SIGN_IN_AS_NAME = RateLimitItemPerMinute(5, 5)
    SIGN_IN_TO_ACCOUNT = RateLimitItemPerHour(100)
    OWN_PASSWORD_WRONG = RateLimitItemPerMinute(5, 5, "OWN_PASSWORD")
    PAIRING_BEGUN = RateLimitItemPerMinute(30)  # a wall of displays behind one address starts at once
    PAIRING_SECRET_WRONG = RateLimitItemPerMinute(60)
    PAIRING_CODE_WRONG = RateLimitItemPerMinute(10)
    # Of one wall, by whoever: its numbers stand over the pictures for 8 s.
    IDENTIFY = RateLimitItemPerMinute(4)
    # By one person: a move that goes on is said three times a second.
    STEER = RateLimitItemPerMinute(360)


class RateLimits:
    """Moving windows: what was tried within the last minute counts, wherever the clock's minute began."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._turns: WeakValueDictionary[tuple[Tried, *tuple[str, ...]], asyncio.Lock] = WeakValueDictionary()

    def allows(self, tried: Tried, *who: str) -> bool:
        """Whether one more is allowed, which does not count as one."""
        return self._limiter.test(self._item(tried), tried.name, *who)

    def count(self, tried: Tried, *who: str) -> bool:
        """Count one; False if it was one too many."""
        return self._limiter.hit(self._item(tried), tried.name, *who)

    def turn(self, tried: Tried, *who: str) -> asyncio.Lock:
        """To be held from `allows` until it is known whether the try counts: else all that come at once are allowed.

        They are not refused meanwhile: many right passwords may come at once too, from one proxy, for one name.
        """
        return self._turns.setdefault((tried, *who), asyncio.Lock())

    def wait_s(self, tried: Tried, *who: str) -> int:
        """After how many seconds one more is allowed."""
        window = self._limiter.get_window_stats(self._item(tried), tried.name, *who)
        return max(1, math.ceil(window.reset_time - time.time()))

    @staticmethod
    def _item(tried: Tried) -> RateLimitItem:
        item: RateLimitItem = tried.value
        return item
