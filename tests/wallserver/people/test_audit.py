"""The audit keeps what was done, forgets what is old, and lets nobody change it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.wallserver.people.conftest import Clock
from wallserver.catalogue.database import Database
from wallserver.people import People
from wallserver.people.audit import Audit, Done, Wanted
from wallserver.people.rights import Action


def done(obj: str) -> Done:
    return Done("siti", "operator", Action.CELLS_ARRANGE, obj, {"revision": 1}, {"revision": 2})


async def test_what_is_old_is_forgotten_and_the_rest_stays(people: People, clock: Clock) -> None:
    for obj in ("first", "second", "third"):
        await people.audit.add(done(obj), "10.0.0.1")
        clock.now += 1000
    await people.audit.forget(clock.now - 2000)
    assert [entry.obj for entry in await people.audit.page(Wanted(), None, 10)] == ["third", "second"]
    (entry,) = await people.audit.page(Wanted(from_ms=clock.now - 1000), None, 10)
    assert (entry.who, entry.role, entry.address, entry.action) == ("siti", "operator", "10.0.0.1", "cells.arrange")
    assert (entry.before, entry.after) == ({"revision": 1}, {"revision": 2})


async def test_an_entry_cannot_be_changed_not_in_the_database_either(people: People, database: Database) -> None:
    await people.audit.add(done("wall"), "10.0.0.1")
    with pytest.raises(DBAPIError, match="only added to"):
        async with database.session() as session, session.begin():
            await session.execute(text("UPDATE audit SET who = 'nobody'"))
    (entry,) = await people.audit.page(Wanted(), None, 10)
    assert entry.who == "siti"


async def execute(database: Database, statement: str) -> None:
    async with database.session() as session, session.begin():
        await session.execute(text(statement))


async def test_an_entry_that_the_database_does_not_take_holds_up_no_other(people: People, database: Database) -> None:
    await execute(database, "ALTER TABLE audit RENAME TO away")
    bad = replace(done("bad"), role=cast("str", None))  # what it does not take
    for one in (bad, done("good")):
        with pytest.raises(DBAPIError):
            await people.audit.add(one, "10.0.0.1")
    await execute(database, "ALTER TABLE away RENAME TO audit")
    await people.audit.write_late()
    (entry,) = await people.audit.page(Wanted(), None, 10)
    assert entry.obj == "good"


async def test_what_could_not_be_written_down_is_once_it_can_be(
    people: People, database: Database, clock: Clock
) -> None:
    await execute(database, "ALTER TABLE audit RENAME TO away")
    for obj in ("first", "second"):
        with pytest.raises(DBAPIError):
            await people.audit.add(done(obj), "10.0.0.1")
        clock.now += 1000
    with pytest.raises(DBAPIError):
        await people.audit.write_late()
    await execute(database, "ALTER TABLE away RENAME TO audit")
    await people.audit.write_late()
    await people.audit.write_late()
    entries = await people.audit.page(Wanted(), None, 10)
    assert {(entry.obj, entry.at_ms) for entry in entries} == {
        ("first", clock.now - 2000),
        ("second", clock.now - 1000),
    }
    assert len(entries) == 2


async def test_what_others_wrote_is_told_from_what_was_written_here(
    people: People, database: Database, clock: Clock
) -> None:
    audit, other = people.audit, Audit(database, clock)
    assert await audit.others_wrote(), "nobody knows what was before"
    for writers, told in (([audit], False), ([other], True), ([other, audit], True), ([audit, other], True)):
        for one in writers:
            await one.add(done("wall"), "10.0.0.1")
        assert await audit.others_wrote() is told
        assert not await audit.others_wrote()
    await audit.forget(clock.now + 1)
    await other.add(done("wall"), "10.0.0.1")
    assert await audit.others_wrote()
