"""How many offers are taken: each costs a gateway some 20 ms of the one core that pictures are sent with.

Those of one address are counted before a token is looked up or a body read, so that a flood costs next to nothing;
those of all together only once it is known who asks, so that nobody without a right takes a turn of who has one. Apart
for displays and players: whoever floods as a player keeps no display from its pictures.
"""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Literal

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.token_bucket import TokenBucket
from wallserver.control.answers import problem
from wallserver.control.sessions import SessionError
from wallserver.counted_together import counted_together

_log = structlog.get_logger(__name__)

type OfferKind = Literal["display", "player"]

# (offers a second, burst) from one address, and from all together. After a power cut the 53 displays of a room behind
# one address come at once, and each tries again after 0.5, 1, 2, 4, 8 s as long as no gateway is there: 318 offers in
# 15 s. A player that shows 36 streams offers 36 times at once.
FROM_ONE: dict[OfferKind, tuple[float, float]] = {"display": (20, 200), "player": (10, 200)}
FROM_ALL: dict[OfferKind, tuple[float, float]] = {"display": (50, 500), "player": (25, 500)}

_MOST_ADDRESSES = 4096
_LOG_S = 10.0


class OfferLimits:
    """Token buckets by kind and address. `refused` counts what was refused, by kind."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.refused: Counter[OfferKind] = Counter()
        self._now = now
        self._from_all = {kind: TokenBucket(*allowed) for kind, allowed in FROM_ALL.items()}
        self._from_one: OrderedDict[tuple[OfferKind, str], TokenBucket] = OrderedDict()
        self._logged_at = -math.inf

    def take(self, kind: OfferKind, address: str) -> int | None:
        """Count an offer from an address; None where it is taken, else after how many seconds to try again."""
        return self._take(self._bucket(kind, address), kind, address)

    def admit(self, kind: OfferKind, address: str) -> None:
        """Count an offer of somebody who may make it. SessionError (429) where all together make too many."""
        if (wait_s := self._take(self._from_all[kind], kind, address)) is not None:
            raise SessionError(429, f"Too many offers come at once. Try again in {wait_s} s.")

    def _take(self, bucket: TokenBucket, kind: OfferKind, address: str) -> int | None:
        now = self._now()
        if (ready_at := bucket.ready_at()) > now:
            self._refuse(kind, address, now)
            return max(1, math.ceil(ready_at - now))
        bucket.take(now)
        return None

    def _bucket(self, kind: OfferKind, address: str) -> TokenBucket:
        key = kind, counted_together(address)
        bucket = self._from_one.setdefault(key, TokenBucket(*FROM_ONE[kind]))
        self._from_one.move_to_end(key)
        if len(self._from_one) > _MOST_ADDRESSES:
            self._from_one.popitem(last=False)
        return bucket

    def _refuse(self, kind: OfferKind, address: str, now: float) -> None:
        self.refused[kind] += 1
        if now - self._logged_at >= _LOG_S:
            self._logged_at = now
            _log.warning("too many offers", kind=kind, address=address, refused=self.refused[kind])


class OfferGate:
    """ASGI middleware: an offer too many gets 429 and a Retry-After, and nothing of it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or hand on."""
        kind = _kind_of_offer(scope)
        if kind is not None:
            limits: OfferLimits = scope["app"].state.control.offers
            client = scope.get("client")
            wait_s = limits.take(kind, client[0] if client else "-")
            if wait_s is not None:
                words = f"Too many offers from this address. Try again in {wait_s} s."
                refusal = problem(Request(scope), 429, words, {"Retry-After": str(wait_s)})
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _kind_of_offer(scope: Scope) -> OfferKind | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    match scope["path"].split("/"):
        case ["", "whep", _]:
            return "player"
        case ["", "api", "displays", _, "session"]:
            return "display"
        case _:
            return None
