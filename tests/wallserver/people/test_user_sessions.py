"""Sessions live on the server, and end: by signing out, by rest, by age, with their user."""

from __future__ import annotations

from tests.wallserver.people.conftest import Clock
from wallserver.people import People
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
