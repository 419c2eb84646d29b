"""Sessions of people, which live on the server: the cookie is only a key."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import ColumnElement, delete, select

from wallserver.catalogue.database import Database
from wallserver.catalogue.models import UserRow, UserSessionRow
from wallserver.people.accounts import User, user_of
from wallserver.people.keys import key_hash, new_key
from wallserver.people.rights import Person
from wallserver.short_memory import ShortMemory

IDLE_MS = 12 * 3600 * 1000  # one shift and a half without a click
LONGEST_MS = 7 * 24 * 3600 * 1000
_TOUCH_MS = 60_000  # how often a session's use is written down
# The pages of a room ask hundreds of times a second, each by the session of one of a few people.
_KEEP_S = 1.0
_MOST_KEPT = 1000


class UserSessions:
    """Begin, end, whose is this."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._lately = ShortMemory[str, Person | None](_KEEP_S, _MOST_KEPT)

    async def begin(self, user: User) -> tuple[Person, str]:
        """The person and the key of a new session of this user, who has proved who they are."""
        key, now = new_key(), self._now_ms()
        row = UserSessionRow(key_hash=key_hash(key), user_id=user.id, created_ms=now, used_ms=now)
        async with self._database.session() as session, session.begin():
            await session.execute(delete(UserSessionRow).where(~self._lives(now)))
            session.add(row)
        return _person(user, row), key

    async def person(self, key: str) -> Person | None:
        """Whose session it is; None if it never was one, or ended."""
        now = self._now_ms()
        found = (
            select(UserSessionRow, UserRow)
            .join(UserRow, UserRow.id == UserSessionRow.user_id)
            .where(UserSessionRow.key_hash == key_hash(key), self._lives(now), ~UserRow.disabled)
        )
        async with self._database.session() as session, session.begin():
            row = (await session.execute(found)).one_or_none()
            if row is None:
                return None
            user_session, user = row
            if user_session.used_ms < now - _TOUCH_MS:
                user_session.used_ms = now
            return _person(user_of(user), user_session)

    async def lately(self, key: str) -> Person | None:
        """The same, as of a second ago at most, for who only looks. What ends or changes by these objects is known at
        once; what another process does, after a second or a `forget`.
        """
        return await self._lately.get(key_hash(key), lambda: self.person(key))

    def forget(self) -> None:
        """Somebody may be another than they were: ask the database for whoever comes next."""
        self._lately.forget()

    async def by_names(self, sessions: Collection[str]) -> dict[str, Person]:
        """Whose the sessions of these names (`Person.session`) are, those that have not ended."""
        found = (
            select(UserSessionRow, UserRow)
            .join(UserRow, UserRow.id == UserSessionRow.user_id)
            .where(UserSessionRow.key_hash.in_(sessions), self._lives(self._now_ms()), ~UserRow.disabled)
        )
        async with self._database.session() as session:
            return {row.key_hash: _person(user_of(user), row) for row, user in await session.execute(found)}

    async def end(self, key: str) -> None:
        """End a session."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(UserSessionRow).where(UserSessionRow.key_hash == key_hash(key)))
        self.forget()

    async def end_all(self, user_id: str) -> None:
        """End every session of a user."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(UserSessionRow).where(UserSessionRow.user_id == user_id))
        self.forget()

    @staticmethod
    def _lives(now: int) -> ColumnElement[bool]:
        return (UserSessionRow.used_ms >= now - IDLE_MS) & (UserSessionRow.created_ms >= now - LONGEST_MS)


def _person(user: User, row: UserSessionRow) -> Person:
    return Person(user.id, user.name, user.role, user.scope, user.must_change_password, row.key_hash)
