"""The audit: every change that somebody made, who it was and from where. Entries are added, and never changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from wallserver.catalogue.database import DATABASE_AWAY, Database
from wallserver.catalogue.models import AuditRow
from wallserver.people.rights import DisplayToken, MetricsToken, Person, PlayerToken, Principal

_log = structlog.get_logger(__name__)
# Kept for when the database is back; of more than these the log has the oldest alone.
_MOST_LATE = 1000

type Json = dict[str, Any]


@dataclass(slots=True)
class Done:
    """What somebody is doing, as the guard knows it; a route adds what it was before and is after, where that is
    small, and no secret. `obj` names what it is done to. `behind`: the answer is not to wait for its entry.
    """

    who: str
    role: str
    action: str
    obj: str = ""
    before: Json | None = None
    after: Json | None = None
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: None is any. Times are Unix milliseconds, from one until before the other."""

    who: str | None = None
    action: str | None = None
    obj: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `id` grows with time; `role` says what kind of principal it was, where it was no person."""

    id: int
    at_ms: int
    who: str
    role: str
    address: str
    action: str
    obj: str
    before: Json | None = field(repr=False)
    after: Json | None = field(repr=False)


class Audit:
    """Add, read, and forget what is older than a site wants to keep."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._late: deque[tuple[int, Done, str]] = deque(maxlen=_MOST_LATE)
        self._ours: set[int] = set()
        self._looked_until: int | None = None

    async def add(self, done: Done, address: str) -> None:
        """Write down that it was done. Raises what the database raises where it is away: `write_late` does it then."""
        at_ms = self._now_ms()
        try:
            await self._write(at_ms, done, address)
        except DATABASE_AWAY:
            self._late.append((at_ms, done, address))
            raise

    async def write_late(self) -> None:
        """Write down what could not be when it was done. Raises what the database raises where it is away still."""
        while self._late:
            late = self._late[0]
            try:
                await self._write(*late)
            except (DataError, IntegrityError):  # however often it is tried
                _, done, _ = late
                _log.error("the audit takes no such entry", who=done.who, action=done.action, object=done.obj)
            if self._late and self._late[0] is late:
                self._late.popleft()

    async def _write(self, at_ms: int, done: Done, address: str) -> None:
        row = {
            "at_ms": at_ms,
            "who": done.who[:120],
            "role": done.role,
            "address": address[:64],
            "action": done.action,
            "object": done.obj[:120],
            "before": done.before,
            "after": done.after,
        }
        async with self._database.session() as session, session.begin():
            written = await session.scalar(insert(AuditRow).values(row).returning(AuditRow.id))
        if written is not None:
            self._ours.add(written)

    async def others_wrote(self) -> bool:
        """Whether there are entries that were not written here since this was asked last; at first nobody knows: yes.

        Raises what the database raises where it is away: then it is for the next time to say.
        """
        async with self._database.session() as session:
            newest = await session.scalar(select(func.max(AuditRow.id))) or 0
            before = self._looked_until
            if newest == before:
                return False
            found = set[int]()
            if before is not None:
                found.update(await session.scalars(select(AuditRow.id).where(AuditRow.id.between(before + 1, newest))))
        others = found - self._ours
        self._looked_until = newest
        self._ours = {one for one in self._ours if one > newest}
        # Where all were forgotten, numbers begin anew.
        return before is None or newest < before or bool(others)

    async def page(self, wanted: Wanted, before_id: int | None, limit: int) -> list[Entry]:
        """Entries, the newest first; `before_id` pages back."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        named = ((AuditRow.who, wanted.who), (AuditRow.action, wanted.action), (AuditRow.object, wanted.obj))
        for column, value in named:
            if value is not None:
                query = query.where(column == value)
        if wanted.from_ms is not None:
            query = query.where(AuditRow.at_ms >= wanted.from_ms)
        if wanted.until_ms is not None:
            query = query.where(AuditRow.at_ms < wanted.until_ms)
        if before_id is not None:
            query = query.where(AuditRow.id < before_id)
        async with self._database.session() as session:
            return [_entry(row) for row in await session.scalars(query)]

    async def forget(self, before_ms: int) -> None:
        """Delete what was written before then."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(AuditRow).where(AuditRow.at_ms < before_ms))


def who_is(principal: Principal) -> tuple[str, str]:
    """A principal's name, and its role or what else it is."""
    match principal:
        case Person(name=name, role=role):
            return name, role.value
        case DisplayToken(display=display):
            return display, "display"
        case PlayerToken(token=token):
            return token, "player"
        case MetricsToken(token=token):
            return token, "metrics"
    return "", "public"


def _entry(row: AuditRow) -> Entry:
    return Entry(row.id, row.at_ms, row.who, row.role, row.address, row.action, row.object, row.before, row.after)
