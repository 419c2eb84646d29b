"""Who is there, who is gone, and how often they are asked. Times are a tenth of the real ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.support.waiting import eventually
from tests.wallserver.gateway.ice_peers import Pair, introduced, open_port
from wallserver.gateway import consent

QUIET_S, ASK_EVERY_S = 0.2, 0.05


@pytest.fixture
async def pair(monkeypatch: pytest.MonkeyPatch, viewers_on_loopback: None) -> AsyncIterator[Pair]:
    """A connected viewer that asks for nothing by itself, as GStreamer's does; it answers."""
    monkeypatch.setattr(consent, "QUIET_S", QUIET_S)
    monkeypatch.setattr(consent, "ASK_EVERY_S", ASK_EVERY_S)
    monkeypatch.setattr(consent, "CONSENT_EVERY_S", 0.5)
    async with open_port() as port, introduced(port) as pair:
        await pair.connect()
        yield pair


class Questions:
    """What the viewer is asked, counted; `answers` false: it hears nothing any more."""

    def __init__(self, pair: Pair) -> None:
        self.asked = 0
        self.answers = True
        self._hand_on = pair.viewer._protocols[0].datagram_received
        vars(pair.viewer._protocols[0])["datagram_received"] = self._come

    def _come(self, data: bytes, address: tuple[str, int]) -> None:
        self.asked += data[:2] == b"\x00\x01"
        if self.answers:
            self._hand_on(data, address)


def ended(pair: Pair) -> bool:
    return pair.ours._closing


async def test_a_viewer_that_only_answers_lives_and_is_asked_when_it_was_quiet(pair: Pair) -> None:
    questions = Questions(pair)
    began = time.monotonic()
    await eventually(lambda: questions.asked >= 6)
    assert time.monotonic() - began > 5 * QUIET_S * 0.9
    assert not ended(pair)
    await eventually(lambda: not pair.place.transactions)


async def test_a_viewer_that_is_heard_is_asked_at_the_pace_of_the_rfc(pair: Pair) -> None:
    questions = Questions(pair)
    began = time.monotonic()

    def twice() -> bool:
        pair.ours.inbox.heard()
        return questions.asked >= 2

    await eventually(twice)
    assert time.monotonic() - began > 0.5 * 0.8 + 0.5 * 0.8


async def test_a_viewer_that_vanishes_is_gone_after_five_questions(pair: Pair) -> None:
    questions = Questions(pair)
    questions.answers = False
    began = time.monotonic()
    await eventually(lambda: ended(pair))
    assert time.monotonic() - began >= 5 * ASK_EVERY_S
    assert 5 <= questions.asked <= 6
    assert not pair.place.transactions
    assert not pair.place.in_use


async def test_a_viewer_that_speaks_but_never_consents_is_sent_nothing_after_a_while(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consent, "CONSENT_EXPIRES_S", 1.0)
    Questions(pair).answers = False

    def speaks() -> bool:
        pair.ours.inbox.heard()
        return ended(pair)

    began = time.monotonic()
    await eventually(speaks)
    assert time.monotonic() - began > 0.5


async def test_a_gateway_that_stood_still_asks_before_it_judges(pair: Pair) -> None:
    questions = Questions(pair)
    await asyncio.to_thread(lambda: None)
    time.sleep(2 * (QUIET_S + 5 * ASK_EVERY_S))  # noqa: ASYNC251 - the loop stands still: that is the test
    await eventually(lambda: questions.asked)
    pair.ours.inbox.heard_at -= 100
    await eventually(lambda: questions.asked >= 4)
    assert not ended(pair)


async def test_an_answer_of_somebody_else_is_none(pair: Pair) -> None:
    questions = Questions(pair)
    questions.answers = False
    await eventually(lambda: pair.place.transactions)
    (question,) = [*pair.place.transactions.values()][:1]
    before = pair.ours.inbox.heard_at
    forged = pair.viewers_check()
    question.response_received(forged, pair.viewer_address)
    question.response_received(forged, ("127.0.0.1", 9))
    assert pair.ours.inbox.heard_at == before
    await eventually(lambda: ended(pair))
