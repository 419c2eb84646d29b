"""People who may sign in: who they are, what they may do, their passwords."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from wallserver.catalogue.database import Database
from wallserver.catalogue.models import UserRow, UserSessionRow
from wallserver.people.errors import (
    DisabledUserError,
    LastAdministratorError,
    NameTakenError,
    NoSuchUserError,
    ScopeError,
)
from wallserver.people.passwords import Passwords, check_password, new_password
from wallserver.people.rights import Role
from wallserver.people.scope import EVERYTHING, Scope
from wallserver.people.written_scope import scope_of, scope_to_json

ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in, unless they are `disabled`. `single_sign_on`: the site's provider of identities vouches
    for them.
    """

    id: str
    name: str
    role: Role
    scope: Scope
    must_change_password: bool
    single_sign_on: bool
    created_ms: int
    disabled: bool = False

    def to_json(self) -> dict[str, Any]:
        """As administrators see it."""
        return {
            "id": self.id,
            "name": self.name,
            "role": self.role.value,
            "scope": scope_to_json(self.scope),
            "must_change_password": self.must_change_password,
            "single_sign_on": self.single_sign_on,
            "disabled": self.disabled,
            "created_ms": self.created_ms,
        }


class Accounts:
    """Add, change and remove people; set and check passwords. What somebody may do holds from their next request on.

    `on_change` is called when somebody is another than they were, or is gone, or some of their sessions are.
    """

    def __init__(
        self, database: Database, passwords: Passwords, now_ms: Callable[[], int], on_change: Callable[[], None]
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._now_ms = now_ms
        self._on_change = on_change

    async def first_administrator(self) -> str | None:
        """Where there is nobody yet: make `admin`; its password, which is kept nowhere. Else None."""
        async with self._database.session() as session:
            if await session.scalar(select(func.count()).select_from(UserRow)):
                return None
        try:
            _, password = await self.add(ADMINISTRATOR, Role.ADMIN, EVERYTHING)
        except NameTakenError:  # another control on this database was quicker
            return None
        return password

    async def list(self) -> list[User]:
        """All of them, by name."""
        async with self._database.session() as session:
            return [user_of(row) for row in await session.scalars(select(UserRow).order_by(UserRow.name))]

    async def named(self, name: str) -> User:
        """The one of this name. NoSuchUserError."""
        async with self._database.session() as session:
            row = await session.scalar(select(UserRow).where(UserRow.name == name))
        if row is None:
            raise NoSuchUserError(name)
        return user_of(row)

    async def add(self, name: str, role: Role, scope: Scope) -> tuple[User, str]:
        """Somebody new, and their first password, which is kept nowhere. NameTakenError, ScopeError."""
        password = new_password()
        row = self._row(name, role, scope)
        row.password_hash, row.must_change_password = await self._passwords.hash(password), True
        await self._insert(row)
        return user_of(row), password

    async def vouched_for(self, subject: str, name: str, role: Role, scope: Scope) -> User:
        """Whoever the provider of identities calls `subject`, with what it says of them now. NameTakenError where
        somebody else has the name; ScopeError; DisabledUserError.
        """
        async with self._database.session() as session:
            known = await session.scalar(select(UserRow.id).where(UserRow.oidc_subject == subject))
        if known is not None:
            _, user = await self.change(known, name=name, role=role, scope=scope)
            if user.disabled:
                raise DisabledUserError(name)
            return user
        row = self._row(name, role, scope)
        row.password_hash, row.must_change_password, row.oidc_subject = "", False, subject
        await self._insert(row)
        return user_of(row)

    async def change(
        self,
        user_id: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        scope: Scope | None = None,
        disabled: bool | None = None,
    ) -> tuple[User, User]:
        """Change what is not None; the user before and after. What they may do holds at once; the sessions of somebody
        who is disabled end.

        NoSuchUserError, NameTakenError, ScopeError; LastAdministratorError where nobody would be left to undo it.
        """
        try:
            async with self._database.deciding() as session:
                can_sign_in = await _administrators(session)
                row = await _locked(session, user_id)
                before = user_of(row)
                row.name = before.name if name is None else name
                row.role = before.role.value if role is None else role.value
                row.scope = scope_to_json(before.scope if scope is None else scope)
                row.disabled = before.disabled if disabled is None else disabled
                after = user_of(row)
                _check_scope(after.role, after.scope)
                if after.role is not Role.ADMIN or after.disabled:
                    _keep_an_administrator(before, can_sign_in)
                if after.disabled:
                    await session.execute(delete(UserSessionRow).where(UserSessionRow.user_id == user_id))
        except IntegrityError as error:
            raise NameTakenError(name or "") from error
        self._on_change()
        return before, after

    async def remove(self, user_id: str) -> User:
        """Remove somebody, and end their sessions. NoSuchUserError, LastAdministratorError."""
        async with self._database.deciding() as session:
            can_sign_in = await _administrators(session)
            row = await _locked(session, user_id)
            user = user_of(row)
            _keep_an_administrator(user, can_sign_in)
            await session.delete(row)
        self._on_change()
        return user

    async def renew_password(self, user_id: str) -> str:
        """Give somebody a new password, to be changed at the next sign-in, and end their sessions. NoSuchUserError."""
        password = new_password()
        await self._set_password(user_id, password, must_change=True, but="")
        return password

    async def choose_password(self, user_id: str, password: str, session: str = "") -> None:
        """Their own choice; all their sessions end but this one. NoSuchUserError; WeakPasswordError says why not."""
        async with self._database.session() as opened:
            name = await opened.scalar(select(UserRow.name).where(UserRow.id == user_id))
        if name is None:
            raise NoSuchUserError(user_id)
        check_password(password, name)
        await self._set_password(user_id, password, must_change=False, but=session)

    async def with_password(self, name: str, password: str) -> User | None:
        """Who signs in by these; None where name or password are wrong, or they are disabled, after the same time."""
        async with self._database.session() as session:
            row = await session.scalar(select(UserRow).where(UserRow.name == name))
        right = await self._passwords.verify(row.password_hash or None if row else None, password)
        return user_of(row) if right and row is not None and not row.disabled else None

    async def _set_password(self, user_id: str, password: str, *, must_change: bool, but: str) -> None:
        hashed = await self._passwords.hash(password)
        async with self._database.session() as session, session.begin():
            row = await _locked(session, user_id)
            if row.oidc_subject is not None:
                raise NoSuchUserError(f"{row.name}, who signs in elsewhere and has no password here")
            row.password_hash, row.must_change_password = hashed, must_change
            others = (UserSessionRow.user_id == user_id) & (UserSessionRow.key_hash != but)
            await session.execute(delete(UserSessionRow).where(others))
        self._on_change()

    def _row(self, name: str, role: Role, scope: Scope) -> UserRow:
        _check_scope(role, scope)
        document = scope_to_json(scope)
        return UserRow(id=str(uuid.uuid4()), name=name, role=role.value, scope=document, created_ms=self._now_ms())

    async def _insert(self, row: UserRow) -> None:
        try:
            async with self._database.session() as session, session.begin():
                session.add(row)
        except IntegrityError as error:
            raise NameTakenError(row.name) from error


def user_of(row: UserRow) -> User:
    """The user of a row."""
    return User(
        row.id,
        row.name,
        Role(row.role),
        scope_of(row.scope),
        row.must_change_password,
        row.oidc_subject is not None,
        row.created_ms,
        row.disabled,
    )


async def _locked(session: AsyncSession, user_id: str) -> UserRow:
    row = await session.get(UserRow, user_id, with_for_update=True)
    if row is None:
        raise NoSuchUserError(user_id)
    return row


async def _administrators(session: AsyncSession) -> set[str]:
    """Who can sign in as an administrator, locked until the end: two of them cannot remove each other at once.

    Before the user who is changed, and in one order: two changes that held a row each would wait for the other's.
    """
    can_sign_in = (UserRow.role == Role.ADMIN.value) & ~UserRow.disabled
    return set(await session.scalars(select(UserRow.id).where(can_sign_in).order_by(UserRow.id).with_for_update()))


def _keep_an_administrator(leaving: User, can_sign_in: set[str]) -> None:
    if leaving.role is Role.ADMIN and not leaving.disabled and not can_sign_in - {leaving.id}:
        raise LastAdministratorError


def _check_scope(role: Role, scope: Scope) -> None:
    if role is Role.PUBLIC:
        raise ScopeError("'public' is whoever has not signed in, and can be given to nobody.")
    if role is Role.ADMIN and scope != EVERYTHING:
        raise ScopeError("An administrator has no scope: who gives rights can give any to themselves.")
    if role is Role.VIEWER and scope.displays is not None:
        raise ScopeError("A viewer rearranges nothing; 'displays' is for operators and supervisors.")
