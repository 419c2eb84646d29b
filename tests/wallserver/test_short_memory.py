"""What many ask for is found once, for as long as it is said to be remembered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from wallserver.short_memory import ShortMemory


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Finding:
    """What is looked for, which is there once `there` is set: how often it was looked for."""

    there: asyncio.Event = field(default_factory=asyncio.Event)
    looked: int = 0
    fails: bool = False

    async def find(self) -> int:
        self.looked += 1
        number = self.looked
        await self.there.wait()
        if self.fails:
            raise LookupError(number)
        return number


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> ShortMemory[str, int]:
    return ShortMemory(1.0, 2, clock)


async def test_who_asks_meanwhile_and_a_moment_later_is_answered_the_same(
    memory: ShortMemory[str, int], clock: Clock
) -> None:
    finding = Finding()
    asking = [asyncio.create_task(memory.get("a", finding.find)) for _ in range(5)]
    await asyncio.sleep(0)
    finding.there.set()
    assert await asyncio.gather(*asking) == [1] * 5
    clock.now += 0.9
    assert await memory.get("a", finding.find) == 1
    clock.now += 0.1
    assert await memory.get("a", finding.find) == 2


async def test_what_takes_long_is_asked_for_again_by_who_comes_late(
    memory: ShortMemory[str, int], clock: Clock
) -> None:
    slow, quick = Finding(), Finding(looked=6)
    quick.there.set()
    waiting = asyncio.create_task(memory.get("a", slow.find))
    await asyncio.sleep(0)
    clock.now += 1
    assert await memory.get("a", quick.find) == 7
    slow.there.set()
    assert await waiting == 1
    assert await memory.get("a", quick.find) == 7


async def test_who_asks_after_a_change_is_not_answered_by_what_was_begun_before_it(
    memory: ShortMemory[str, int],
) -> None:
    before, after = Finding(), Finding(looked=6)
    after.there.set()
    waiting = asyncio.create_task(memory.get("a", before.find))
    await asyncio.sleep(0)
    memory.forget()
    assert await memory.get("a", after.find) == 7
    before.there.set()
    assert await waiting == 1
    assert await memory.get("a", after.find) == 7


async def test_who_leaves_ends_it_for_nobody_else(memory: ShortMemory[str, int]) -> None:
    finding = Finding()
    first, second = (asyncio.create_task(memory.get("a", finding.find)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    finding.there.set()
    assert await second == 1


async def test_what_fails_fails_for_all_who_wait_and_is_tried_again(memory: ShortMemory[str, int]) -> None:
    finding = Finding(fails=True)
    asking = [asyncio.create_task(memory.get("a", finding.find)) for _ in range(3)]
    await asyncio.sleep(0)
    finding.there.set()
    assert [type(one) for one in await asyncio.gather(*asking, return_exceptions=True)] == [LookupError] * 3
    finding.fails = False
    assert await memory.get("a", finding.find) == 2


async def test_what_was_asked_for_least_recently_goes_first(memory: ShortMemory[str, int]) -> None:
    found = {name: Finding() for name in "abc"}
    for one in found.values():
        one.there.set()
    for name in "abacab":
        await memory.get(name, found[name].find)
    assert {name: one.looked for name, one in found.items()} == {"a": 1, "b": 2, "c": 1}
