"""Names: bounded in time, kept, and kept on while DNS is away."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from ingest import causes, resolver
from ingest.resolver import MAX_STALE_S, RECHECK_S, TTL_S, Resolver
from ingest.source import SourceError
from tests.support.waiting import eventually


class Names:
    """A name server, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.answer: str | Exception = "10.0.0.1"
        self.asked = 0
        self.resolver = Resolver(self.look_up, lambda: self.now)

    def look_up(self, host: str) -> str:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


AWAY = socket.gaierror(socket.EAI_AGAIN, "no answer")
NO_SUCH_NAME = socket.gaierror(socket.EAI_NONAME, "no such name")


async def test_an_answer_is_kept_for_its_time() -> None:
    names = Names()
    assert await names.resolver.address("camera") == "10.0.0.1"
    names.answer = "10.0.0.2"
    names.now = TTL_S - 1
    assert await names.resolver.address("camera") == "10.0.0.1"
    assert names.asked == 1
    names.now = TTL_S + 1
    assert await names.resolver.address("camera") == "10.0.0.2"


async def test_an_old_answer_serves_while_dns_is_away() -> None:
    names = Names()
    await names.resolver.address("camera")
    names.answer, names.now = AWAY, TTL_S + 1
    for _ in range(3):
        assert await names.resolver.address("camera") == "10.0.0.1"
    assert names.asked == 2, "and DNS is left alone for a while"
    names.answer = "10.0.0.2"
    names.now += RECHECK_S + 1
    assert await names.resolver.address("camera") == "10.0.0.2"


@pytest.mark.parametrize(
    ("error", "later"), [(NO_SUCH_NAME, TTL_S), (ValueError("no name"), TTL_S), (AWAY, MAX_STALE_S)]
)
async def test_an_old_answer_is_dropped_where_the_name_is_gone_or_it_is_too_old(error: Exception, later: float) -> None:
    names = Names()
    await names.resolver.address("camera")
    names.answer, names.now = error, later + 1
    with pytest.raises(SourceError) as caught:
        await names.resolver.address("camera")
    assert caught.value.cause == causes.UNKNOWN_HOST
    names.answer = AWAY
    with pytest.raises(SourceError):
        await names.resolver.address("camera")


async def test_a_lookup_that_hangs_is_left_shared_and_its_late_answer_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "DEADLINE_S", 0.05)
    answered = threading.Event()
    asked: list[str] = []

    def hangs(host: str) -> str:
        asked.append(host)
        answered.wait(10)
        return "10.0.0.3"

    slow = Resolver(hangs)
    try:
        results = await asyncio.gather(*(slow.address("camera") for _ in range(50)), return_exceptions=True)
        assert all(isinstance(result, SourceError) for result in results)
        assert asked == ["camera"]
    finally:
        answered.set()

    async def known() -> bool:
        try:
            return await slow.address("camera") == "10.0.0.3"
        except SourceError:
            return False

    await eventually(known)
    assert asked == ["camera"]


async def test_an_address_is_no_name() -> None:
    names = Names()
    for address in ("127.0.0.1", "::1", "fe80::1%lo"):
        assert await names.resolver.address(address) == address
    assert names.asked == 0


async def test_the_systems_resolver() -> None:
    assert await Resolver().address("localhost") in ("127.0.0.1", "::1")
