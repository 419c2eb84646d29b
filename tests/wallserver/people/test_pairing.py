"""Pairing codes and bearer tokens."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, text

from tests.wallserver.people.conftest import Clock
from wallserver.catalogue.database import DATABASE_AWAY, Database
from wallserver.people import People
from wallserver.people import pairing as pairing_module
from wallserver.people.pairing import ALPHABET, GOOD_FOR_MS, Paired, Waiting
from wallserver.people.rights import DisplayToken, PlayerToken


async def begun(people: People) -> tuple[str, str]:
    pair = await people.pairing.begin()
    assert pair is not None
    return pair


async def test_a_code_is_typed_and_the_token_fetched_once(people: People) -> None:
    code, secret = await begun(people)
    assert len(code) == 6
    assert set(code) <= set(ALPHABET)
    assert await people.pairing.poll(code, secret) == Waiting()
    assert await people.pairing.pair(f" {code[:3].lower()}-{code[3:].lower()} ", "d1")
    assert not await people.pairing.pair(code, "d2")
    paired = await people.pairing.poll(code, secret)
    assert isinstance(paired, Paired)
    assert paired.display == "d1"
    principal = await people.tokens.principal(paired.token)
    assert isinstance(principal, DisplayToken)
    assert principal.display == "d1"
    assert await people.pairing.poll(code, secret) is None
    assert await people.tokens.paired_displays() == {"d1"}


async def test_without_the_secret_a_code_opens_nothing(people: People) -> None:
    code, _ = await begun(people)
    await people.pairing.pair(code, "d1")
    assert await people.pairing.poll(code, "guessed") is None
    assert await people.tokens.paired_displays() == frozenset()


async def test_who_is_unpaired_before_fetching_the_token_gets_none(people: People) -> None:
    code, secret = await begun(people)
    assert await people.pairing.pair(code, "d1")
    await people.pairing.unpair("d1")
    assert await people.pairing.poll(code, secret) is None
    assert await people.tokens.paired_displays() == frozenset()


async def test_a_code_that_was_typed_by_mistake_is_nothing_once_the_right_one_is(people: People) -> None:
    (wrong, its_secret), (right, secret) = await begun(people), await begun(people)
    assert await people.pairing.pair(wrong, "d1")
    assert await people.pairing.pair(right, "d1")
    assert await people.pairing.poll(wrong, its_secret) is None
    paired = await people.pairing.poll(right, secret)
    assert isinstance(paired, Paired)
    assert await people.tokens.principal(paired.token) is not None


async def test_a_screen_that_became_a_display_is_it_no_more_once_another_code_is_typed(people: People) -> None:
    (first, its_secret), (second, _) = await begun(people), await begun(people)
    await people.pairing.pair(first, "d1")
    before = await people.pairing.poll(first, its_secret)
    assert isinstance(before, Paired)
    await people.pairing.pair(second, "d1")
    assert await people.tokens.principal(before.token) is None


async def test_a_code_expires(people: People, clock: Clock) -> None:
    code, secret = await begun(people)
    clock.now += GOOD_FOR_MS
    assert not await people.pairing.pair(code, "d1")
    assert await people.pairing.poll(code, secret) is None


async def test_only_so_many_codes_wait(people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_module, "MOST_OPEN", 3)
    for _ in range(3):
        await begun(people)
    assert await people.pairing.begin() is None
    clock.now += GOOD_FOR_MS
    await begun(people)


async def test_a_display_has_one_token_and_loses_it(people: People) -> None:
    old = await people.tokens.for_display("d1")
    new = await people.tokens.for_display("d1")
    assert await people.tokens.principal(old) is None
    assert await people.tokens.principal(new) is not None
    for _ in range(2):  # a display without a token can be unpaired too
        await people.pairing.unpair("d1")
    assert await people.tokens.principal(new) is None


async def test_a_token_that_was_good_is_good_while_the_database_is_away(people: People, database: Database) -> None:
    known, revoked, unseen = [await people.tokens.for_display(display) for display in ("d1", "d2", "d3")]
    for key in (known, revoked):
        assert await people.tokens.principal(key) is not None
    await people.pairing.unpair("d2")
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE tokens RENAME TO elsewhere"))
    principal = await people.tokens.principal(known)
    assert isinstance(principal, DisplayToken)
    assert principal.display == "d1"
    for key in (revoked, unseen, "never was"):
        with pytest.raises(DATABASE_AWAY):
            await people.tokens.principal(key)


async def test_a_player_has_a_token_for_one_stream_or_any(people: People) -> None:
    one = await people.tokens.principal(await people.tokens.for_player("VLC", "mosaic.d1"))
    any_stream = await people.tokens.principal(await people.tokens.for_player("VLC", None))
    assert isinstance(one, PlayerToken)
    assert isinstance(any_stream, PlayerToken)
    assert (one.stream, any_stream.stream) == ("mosaic.d1", None)
    assert await people.tokens.principal("never was") is None


async def test_which_displays_are_paired_is_remembered_until_that_changes(people: People, database: Database) -> None:
    people.pairing._displays._clock = lambda: 0.0  # no second passes
    asked: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *said: asked.append(str(said[2])))
    await asyncio.gather(*(people.pairing.displays() for _ in range(20)))
    assert await people.pairing.displays() == frozenset()
    assert len(asked) == 1
    code, secret = await begun(people)
    await people.pairing.pair(code, "d1")
    assert await people.pairing.displays() == frozenset()
    await people.pairing.poll(code, secret)
    assert await people.pairing.displays() == {"d1"}
    await people.pairing.unpair("d1")
    assert await people.pairing.displays() == frozenset()


async def test_another_screen_that_becomes_a_display_is_known_at_once(people: People) -> None:
    people.pairing._displays._clock = lambda: 0.0
    await people.tokens.for_display("d1")
    assert await people.pairing.displays() == {"d1"}
    code, _ = await begun(people)
    await people.pairing.pair(code, "d1")  # its token is nobody's any more, and the other screen has none yet
    assert await people.pairing.displays() == frozenset()


async def test_a_display_that_another_process_paired_is_known_once_it_is_said_to_be(people: People) -> None:
    people.pairing._displays._clock = lambda: 0.0
    assert await people.pairing.displays() == frozenset()
    await people.tokens.for_display("d1")
    people.forget()
    assert await people.pairing.displays() == {"d1"}
