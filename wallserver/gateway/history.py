"""What was sent to a viewer lately, for the packets that it says it has not got (RFC 4585, 6.2.1)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

# At 4 Mbit/s these are 860 packets. One that comes later than this is of no use to anyone.
KEPT_S = 2.0
_WRAP = 0xFFFF


class Sent(NamedTuple):
    """One access unit as it left: what its headers had before the sequence number (`begin`), the sequence number of
    its first packet, what they had after it (`rest`), RTP timestamp, payloads, when (seconds).
    """

    begin: bytes
    first: int
    rest: bytes
    timestamp: int
    payloads: Sequence[bytes]
    at: float


class History:
    """The access units of the last `KEPT_S` seconds. Their payloads are shared by all viewers of the stream."""

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent: deque[Sent] = deque()

    def add(self, sent: Sent) -> None:
        """An access unit leaves."""
        self._sent.append(sent)
        while sent.at - self._sent[0].at > KEPT_S:
            self._sent.popleft()

    def find(self, sequence: int) -> tuple[Sent, int] | None:
        """The access unit that a packet belonged to, and its place in it."""
        for sent in reversed(self._sent):
            place = sequence - sent.first & _WRAP
            if place < len(sent.payloads):
                return sent, place
        return None
