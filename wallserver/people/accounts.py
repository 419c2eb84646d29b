"""People who may sign in, and their sessions, which live on the server: the cookie is only a key."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from wallserver.catalogue.database import Database
from wallserver.catalogue.models import UserRow, UserSessionRow
from wallserver.people.keys import key_hash, new_key
from wallserver.people.passwords import Passwords, new_password
from wallserver.people.rights import Person, Role

ADMINISTRATOR = "admin"
IDLE_MS = 12 * 3600 * 1000  # one shift and a half without a click
LONGEST_MS = 7 * 24 * 3600 * 1000
_TOUCH_MS = 60_000  # how often a session's use is written down


class Accounts:
    """Sign in, sign out, who is this."""

    def __init__(self, database: Database, passwords: Passwords, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._passwords = passwords
        self._now_ms = now_ms

    async def first_administrator(self) -> str | None:
        """Where there is nobody yet: make `admin`; its password, which is kept nowhere. Else None."""
        async with self._database.session() as session:
            if await session.scalar(select(func.count()).select_from(UserRow)):
                return None
        password = new_password()
        row = UserRow(
            id=str(uuid.uuid4()),
            name=ADMINISTRATOR,
            password_hash=await self._passwords.hash(password),
            role=Role.ADMIN.value,
            created_ms=self._now_ms(),
        )
        try:
            async with self._database.session() as session, session.begin():
                session.add(row)
        except IntegrityError:  # another control on this database was quicker
            return None
        return password

    async def new_password_for(self, name: str) -> str | None:
        """Give somebody a new password and end their sessions. None if there is nobody of this name."""
        password = new_password()
        hashed = await self._passwords.hash(password)
        async with self._database.session() as session, session.begin():
            user = await session.scalar(select(UserRow).where(UserRow.name == name))
            if user is None:
                return None
            user.password_hash = hashed
            await session.execute(delete(UserSessionRow).where(UserSessionRow.user_id == user.id))
        return password

    async def sign_in(self, name: str, password: str) -> tuple[Person, str] | None:
        """The person and the key of a new session; None where name or password are wrong."""
        async with self._database.session() as session:
            user = await session.scalar(select(UserRow).where(UserRow.name == name))
        if not await self._passwords.verify(user.password_hash if user else None, password) or user is None:
            return None
        key, now = new_key(), self._now_ms()
        async with self._database.session() as session, session.begin():
            ended = (UserSessionRow.used_ms < now - IDLE_MS) | (UserSessionRow.created_ms < now - LONGEST_MS)
            await session.execute(delete(UserSessionRow).where(ended))
            session.add(UserSessionRow(key_hash=key_hash(key), user_id=user.id, created_ms=now, used_ms=now))
        return _person(user), key

    async def of_session(self, key: str) -> Person | None:
        """Whose session it is; None if it never was one, or ended."""
        now = self._now_ms()
        found = (
            select(UserSessionRow, UserRow)
            .join(UserRow, UserRow.id == UserSessionRow.user_id)
            .where(
                UserSessionRow.key_hash == key_hash(key),
                UserSessionRow.used_ms >= now - IDLE_MS,
                UserSessionRow.created_ms >= now - LONGEST_MS,
            )
        )
        async with self._database.session() as session, session.begin():
            row = (await session.execute(found)).one_or_none()
            if row is None:
                return None
            user_session, user = row
            if user_session.used_ms < now - _TOUCH_MS:
                user_session.used_ms = now
            return _person(user)

    async def by_ids(self, people: Collection[str]) -> dict[str, Person]:
        """Those of these ids who are still there."""
        async with self._database.session() as session:
            users = await session.scalars(select(UserRow).where(UserRow.id.in_(people)))
            return {user.id: _person(user) for user in users}

    async def sign_out(self, key: str) -> None:
        """End a session."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(UserSessionRow).where(UserSessionRow.key_hash == key_hash(key)))


def _person(user: UserRow) -> Person:
    return Person(user.id, user.name, Role(user.role))
