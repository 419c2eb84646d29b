"""Tokens of players and programs: seen without their keys, and withdrawn."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.wallserver.people.conftest import Clock
from wallserver.catalogue.database import DATABASE_AWAY, Database
from wallserver.people import People
from wallserver.people.keys import key_hash
from wallserver.people.rights import DisplayToken, MetricsToken


async def test_all_but_those_of_displays_are_listed_and_no_key(people: People, clock: Clock) -> None:
    player = await people.tokens.for_player("VLC", "mosaic.d1", "siti")
    clock.now += 1000
    program = await people.tokens.for_metrics("prometheus")
    await people.tokens.for_display("d1")
    newest, oldest = (token.to_json() for token in await people.tokens.listed())
    for key in (player, program):
        assert not {key, key_hash(key)} & {*newest.values(), *oldest.values()}
    del newest["id"], oldest["id"]
    assert newest == {
        "kind": "metrics",
        "label": "prometheus",
        "stream": None,
        "made_by": None,
        "made_ms": clock.now,
    }
    assert oldest == {
        "kind": "player",
        "label": "VLC",
        "stream": "mosaic.d1",
        "made_by": "siti",
        "made_ms": clock.now - 1000,
    }


async def test_who_lost_a_token_is_nobody_and_the_others_stay_who_they_are(people: People) -> None:
    player, program = await people.tokens.for_player("VLC", None), await people.tokens.for_metrics("prometheus")
    withdrawn = next(token for token in await people.tokens.listed() if token.kind == "player")
    assert await people.tokens.withdraw(withdrawn.id) == withdrawn
    assert await people.tokens.principal(player) is None
    assert isinstance(await people.tokens.principal(program), MetricsToken)
    assert await people.tokens.withdraw(withdrawn.id) is None
    (left,) = await people.tokens.listed()
    assert left.kind == "metrics"


async def test_a_display_is_unpaired_and_its_token_not_withdrawn(people: People) -> None:
    key = await people.tokens.for_display("d1")
    principal = await people.tokens.principal(key)
    assert isinstance(principal, DisplayToken)
    assert await people.tokens.withdraw(principal.token) is None
    assert await people.tokens.principal(key) == principal


async def test_while_the_database_is_away_a_withdrawn_token_is_not_taken_for_good(
    people: People, database: Database
) -> None:
    kept, lost = [await people.tokens.for_player(label, None) for label in ("kept", "lost")]
    for key in (kept, lost):
        assert await people.tokens.principal(key) is not None
    (one,) = [token.id for token in await people.tokens.listed() if token.label == "lost"]
    await people.tokens.withdraw(one)
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE tokens RENAME TO elsewhere"))
    assert await people.tokens.principal(kept) is not None
    with pytest.raises(DATABASE_AWAY):
        await people.tokens.principal(lost)
