"""Spreads over time what leaves to one viewer: a keyframe in one burst overruns the buffers of a network's switches."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from ingest.token_bucket import TokenBucket

# What may leave at once after a pause: an ordinary picture never waits.
BURST_BYTES = 64_000

# A viewer that joins gets the cached pictures of all its slots, while its browser makes its decoders and reads its
# socket late: of a burst at the full rate a browser without cores to spare lost a third.
BEGIN_S = 1.0
BEGIN_SHARE = 0.4


class Waiting(Protocol):
    """A slot's sender, as far as pacing goes."""

    def send_some(self) -> int:
        """Send a batch of packets; their bytes, 0 if there is nothing to send."""


class Pacer:
    """Lets the senders of one viewer send in turn, together at most BURST_BYTES + `rate` × t bytes in t seconds.

    In its first second (BEGIN_S) it is a share of that.
    """

    def __init__(self, rate: float) -> None:
        self._bucket = TokenBucket(rate, BURST_BYTES)
        self._waiting: deque[Waiting] = deque()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._begun_at: float | None = None

    def wake(self, sender: Waiting) -> None:
        """This sender has something to send; it does so at once, or when its turn comes."""
        if sender not in self._waiting:
            self._waiting.append(sender)
            if self._timer is None:
                self._run()

    def close(self) -> None:
        """Nothing leaves any more."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        self._timer = None
        now = self._loop.time()
        waiting, bucket = self._waiting, self._bucket
        if self._begun_at is None:
            self._begun_at = now
        share = BEGIN_SHARE if now - self._begun_at < BEGIN_S else 1.0
        while waiting:
            if (ready := bucket.ready_at()) > now:
                self._timer = self._loop.call_at(ready, self._run)
                return
            if sent := waiting[0].send_some():
                bucket.take(now, sent / share)
                waiting.rotate(-1)
            else:
                waiting.popleft()
