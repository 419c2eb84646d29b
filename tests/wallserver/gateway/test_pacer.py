"""What leaves to one viewer is spread over time, and nobody waits behind another's keyframe."""

from __future__ import annotations

import asyncio

from tests.support.waiting import eventually
from wallserver.gateway.pacer import BEGIN_S, BEGIN_SHARE, BURST_BYTES, Pacer

RATE = 2_000_000.0
RUN_BYTES = 20_000


class Sender:
    """Has `left` bytes, and notes what it sends when."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.sent: list[tuple[float, int]] = []

    def send_some(self) -> int:
        size = min(self.left, RUN_BYTES)
        self.left -= size
        if size:
            self.sent.append((asyncio.get_running_loop().time(), size))
        return size


async def begun() -> Pacer:
    """A pacer whose viewer joined a while ago."""
    pacer = Pacer(RATE)
    pacer.wake(Sender(1))
    assert pacer._begun_at is not None
    pacer._begun_at -= BEGIN_S
    return pacer


async def test_an_ordinary_picture_leaves_at_once() -> None:
    sender = Sender(BURST_BYTES)
    (await begun()).wake(sender)
    assert not sender.left


async def test_what_a_viewer_gets_first_leaves_more_slowly() -> None:
    first = Sender(400_000)
    Pacer(RATE).wake(first)
    await eventually(lambda: not first.left)
    began = first.sent[0][0]
    gone = 0
    for at, size in first.sent:
        gone += size
        if at - began < BEGIN_S:
            assert gone <= BEGIN_SHARE * (BURST_BYTES + RATE * (at - began)) + 2 * RUN_BYTES


async def test_a_large_one_leaves_no_faster_than_the_rate() -> None:
    pacer, sender = await begun(), Sender(600_000)
    pacer.wake(sender)
    await eventually(lambda: not sender.left)
    began = sender.sent[0][0]
    gone = 0
    for at, size in sender.sent:
        gone += size
        assert gone <= BURST_BYTES + RATE * (at - began) + 2 * RUN_BYTES
    assert sender.sent[-1][0] - began > 0.2


async def test_a_small_picture_does_not_wait_for_a_large_one() -> None:
    pacer, large, small = await begun(), Sender(1_000_000), Sender(3_000)
    pacer.wake(large)
    pacer.wake(small)
    await eventually(lambda: not small.left)
    before = sum(size for at, size in large.sent if at <= small.sent[-1][0])
    assert before < 200_000
    pacer.close()
    left = large.left
    await asyncio.sleep(0.05)
    assert large.left == left
