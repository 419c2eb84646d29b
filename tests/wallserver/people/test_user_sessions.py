"""Sessions live on the server, and end: by signing out, by rest, by age, with their user."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import event

from tests.wallserver.people.conftest import Clock
from wallserver.catalogue.database import Database
from wallserver.people import People, open_people
from wallserver.people.accounts import User
from wallserver.people.rights import Role
from wallserver.people.scope import EVERYTHING
from wallserver.people.user_sessions import IDLE_MS, LONGEST_MS


async def somebody(people: People) -> User:
    user, _ = await people.accounts.add("siti", Role.OPERATOR, EVERYTHING)
    return user


async def test_a_session_ends_by_signing_out(people: People) -> None:
    person, key = await people.sessions.begin(await somebody(people))
    assert await people.sessions.person(key) == person
    await people.sessions.end(key)
    assert await people.sessions.person(key) is None
    assert await people.sessions.person("never was") is None


async def test_a_session_ends_when_it_is_not_used(people: People, clock: Clock) -> None:
    person, key = await people.sessions.begin(await somebody(people))
    for _ in range(3):
        clock.now += IDLE_MS - 1
        assert await people.sessions.person(key) == person
    clock.now += IDLE_MS + 1
    assert await people.sessions.person(key) is None
    assert await people.sessions.by_names({person.session}) == {}


async def test_a_session_ends_after_a_week_however_it_is_used(people: People, clock: Clock) -> None:
    _, key = await people.sessions.begin(await somebody(people))
    end = clock.now + LONGEST_MS
    while clock.now + IDLE_MS <= end:
        clock.now += IDLE_MS
        assert await people.sessions.person(key) is not None
    clock.now = end + 1
    assert await people.sessions.person(key) is None


async def test_all_sessions_of_one_end_and_nobody_elses(people: People) -> None:
    user = await somebody(people)
    other, _ = await people.accounts.add("budi", Role.VIEWER, EVERYTHING)
    keys = [(await people.sessions.begin(user))[1] for _ in range(2)]
    kept, others = await people.sessions.begin(other)
    await people.sessions.end_all(user.id)
    assert [await people.sessions.person(key) for key in keys] == [None, None]
    assert await people.sessions.person(others) == kept


async def test_a_session_says_what_its_person_may_now(people: People) -> None:
    user = await somebody(people)
    person, key = await people.sessions.begin(user)
    assert (await people.sessions.by_names({person.session, "other"})) == {person.session: person}
    await people.accounts.change(user.id, role=Role.VIEWER)
    changed = await people.sessions.person(key)
    assert changed is not None
    assert changed.role is Role.VIEWER
    await people.accounts.remove(user.id)
    assert await people.sessions.person(key) is None
    assert await people.sessions.by_names({person.session}) == {}


async def lasting(people: People) -> tuple[User, str]:
    """Somebody, and the key of a session that is looked at by somebody for whom no second passes."""
    people.sessions._lately._clock = lambda: 0.0
    user = await somebody(people)
    _, key = await people.sessions.begin(user)
    assert await people.sessions.lately(key) == await people.sessions.person(key)
    return user, key


async def test_a_page_that_asks_all_the_time_costs_one_look_into_the_database(
    people: People, database: Database
) -> None:
    _, key = await lasting(people)
    people.sessions.forget()
    asked: list[str] = []

    def count(*said: object) -> None:
        asked.append(str(said[2]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    await asyncio.gather(*(people.sessions.lately(key) for _ in range(20)))
    await people.sessions.lately(key)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "end",
    [
        lambda people, user, key: people.sessions.end(key),
        lambda people, user, key: people.sessions.end_all(user.id),
        lambda people, user, key: people.accounts.remove(user.id),
        lambda people, user, key: people.accounts.change(user.id, disabled=True),
        lambda people, user, key: people.accounts.renew_password(user.id),
        lambda people, user, key: people.accounts.choose_password(user.id, "correct horse battery staple"),
    ],
    ids=["signed out", "signed out everywhere", "removed", "disabled", "password renewed", "password chosen"],
)
async def test_who_is_signed_in_no_more_is_not_remembered(
    people: People, end: Callable[[People, User, str], Awaitable[object]]
) -> None:
    user, key = await lasting(people)
    await end(people, user, key)
    assert await people.sessions.lately(key) is None


async def test_who_may_do_less_is_not_remembered_as_they_were(people: People) -> None:
    user, key = await lasting(people)
    await people.accounts.change(user.id, role=Role.VIEWER)
    changed = await people.sessions.lately(key)
    assert changed is not None
    assert changed.role is Role.VIEWER


async def test_what_another_process_ends_is_known_once_it_is_said_to_be_otherwise(
    people: People, database: Database, clock: Clock
) -> None:
    user, key = await lasting(people)
    await open_people(database, clock).accounts.remove(user.id)
    people.forget()
    assert await people.sessions.lately(key) is None
