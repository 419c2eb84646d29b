"""Two change the same at the same moment, on a database that has more than one writer at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from wallserver.catalogue.database import open_database
from wallserver.config import Settings
from wallserver.people import People, open_people
from wallserver.people.errors import LastAdministratorError
from wallserver.people.rights import Role
from wallserver.people.scope import EVERYTHING

pytestmark = pytest.mark.postgres

TURNS = 5

type Change = Callable[[People, str], Awaitable[object]]


@pytest.fixture
async def people(on_postgres: Settings) -> AsyncIterator[People]:
    database = await open_database(on_postgres.database_url)
    yield open_people(database)
    await database.close()


async def remove(people: People, user: str) -> object:
    return await people.accounts.remove(user)


async def demote(people: People, user: str) -> object:
    return await people.accounts.change(user, role=Role.VIEWER)


async def disable(people: People, user: str) -> object:
    return await people.accounts.change(user, disabled=True)


@pytest.mark.parametrize("change", [remove, demote, disable])
async def test_one_administrator_stays_and_no_change_waits_for_the_other(people: People, change: Change) -> None:
    """Each has to lock all administrators, its own one among them: in one order, or they wait for each other."""
    for turn in range(TURNS):
        pair = [(await people.accounts.add(f"admin-{turn}-{n}", Role.ADMIN, EVERYTHING))[0].id for n in range(2)]
        for user in await people.accounts.list():
            if user.id not in pair:
                await people.accounts.remove(user.id)
        ends = await asyncio.gather(*(change(people, user) for user in pair), return_exceptions=True)
        refused = [end for end in ends if isinstance(end, BaseException)]
        assert [type(end) for end in refused] == [LastAdministratorError], refused


async def test_a_screen_that_fetches_its_token_while_it_is_unpaired_is_left_with_none(people: People) -> None:
    for _ in range(4 * TURNS):
        begun = await people.pairing.begin()
        assert begun is not None
        assert await people.pairing.pair(begun[0], "d1")
        await asyncio.gather(people.pairing.poll(*begun), people.pairing.unpair("d1"))
        assert await people.tokens.paired_displays() == frozenset()
