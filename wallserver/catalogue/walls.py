"""The walls in the database: every revision as a whole snapshot, one transaction for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from layouts.wall import Wall
from layouts.wall_json import wall_from_json, wall_to_json
from wallserver.catalogue.database import Database
from wallserver.catalogue.drafts import Draft, end_draft
from wallserver.catalogue.errors import NoSuchWallError, StaleRevisionError
from wallserver.catalogue.flight import add_orders, revision_at
from wallserver.catalogue.models import WallRevisionRow, WallRow
from wallserver.catalogue.timed import Override, end_overrides, override_row

_CURRENT = select(WallRevisionRow.snapshot).join(
    WallRow, (WallRow.id == WallRevisionRow.wall_id) & (WallRow.revision == WallRevisionRow.revision)
)


@dataclass(frozen=True, slots=True)
class Change:
    """A revision without the wall: who made it, when (Unix milliseconds), and what it did in words; none: ""."""

    revision: int
    made_by: str
    made_ms: int
    said_id: str
    said_en: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A wall as it was from `made_ms` (Unix milliseconds) on, and who made it so."""

    wall: Wall
    made_by: str
    made_ms: int


class Walls:
    """The catalogue's walls."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    async def list(self) -> list[Wall]:
        """All of them, at their current revision."""
        async with self._database.session() as session:
            return [wall_from_json(row) for row in await session.scalars(_CURRENT.order_by(WallRow.id))]

    async def get(self, wall_id: str) -> Wall:
        """One of them, at its current revision; NoSuchWallError."""
        async with self._database.session() as session:
            snapshot = await session.scalar(_CURRENT.where(WallRow.id == wall_id))
        if snapshot is None:
            raise NoSuchWallError(f"there is no wall {wall_id!r}")
        return wall_from_json(snapshot)

    async def at(self, wall_id: str, revision: int) -> Wall | None:
        """One of them as it was at a revision; None if that is not there."""
        asked = select(WallRevisionRow.snapshot).where(
            WallRevisionRow.wall_id == wall_id, WallRevisionRow.revision == revision
        )
        async with self._database.session() as session:
            snapshot = await session.scalar(asked)
        return None if snapshot is None else wall_from_json(snapshot)

    async def add(self, wall: Wall, made_by: str) -> bool:
        """Keep a new wall. False, and nothing done, if there is one of this id."""
        try:
            async with self._database.session() as session, session.begin():
                session.add(WallRow(id=wall.id, revision=wall.revision))
                await session.flush()
                self._add_revision(session, None, wall, made_by)
        except IntegrityError:
            return False
        return True

    async def commit(
        self,
        wall: Wall,
        made_by: str,
        said: tuple[str, str] = ("", ""),
        override: Override | None = None,
        draft: Draft | None = None,
        ended: Sequence[str] = (),
    ) -> None:
        """Keep the next revision of a wall, what it did in words (Indonesian, English), that it has to return, that it
        was a draft, which ends, and which overrides are over by it.

        StaleRevisionError if it does not follow the current one, StaleDraftError if the draft is another by now.
        """
        following = (
            update(WallRow)
            .where(WallRow.id == wall.id, WallRow.revision == wall.revision - 1)
            .values(revision=wall.revision)
        )
        async with self._database.session() as session, session.begin():
            done = await session.execute(following)
            if isinstance(done, CursorResult) and done.rowcount == 1:
                before = await session.get_one(WallRevisionRow, (wall.id, wall.revision - 1))
                self._add_revision(session, wall_from_json(before.snapshot), wall, made_by, said)
                if override is not None:
                    session.add(override_row(override))
                if draft is not None:
                    await end_draft(session, draft)
                await end_overrides(session, ended)
                return
        raise StaleRevisionError(await self.get(wall.id))

    async def as_of(self, wall_id: str, at_ms: int) -> Revision | None:
        """The wall as it was at that instant; None where there was none."""
        async with self._database.session() as session:
            revision = await revision_at(session, wall_id, at_ms)
            row = None if revision is None else await session.get(WallRevisionRow, (wall_id, revision))
        return None if row is None else _revision(row)

    async def changes(self, wall_id: str, before: int, limit: int) -> Sequence[Change]:
        """The revisions before this one, the newest first."""
        columns = (
            WallRevisionRow.revision,
            WallRevisionRow.made_by,
            WallRevisionRow.made_ms,
            WallRevisionRow.said_id,
            WallRevisionRow.said_en,
        )
        query = (
            select(*columns)
            .where(WallRevisionRow.wall_id == wall_id, WallRevisionRow.revision < before)
            .order_by(WallRevisionRow.revision.desc())
            .limit(limit)
        )
        async with self._database.session() as session:
            return [
                Change(revision, by, made_ms, said_id or "", said_en or "")
                for revision, by, made_ms, said_id, said_en in await session.execute(query)
            ]

    def _add_revision(
        self,
        session: AsyncSession,
        before: Wall | None,
        wall: Wall,
        made_by: str,
        said: tuple[str, str] = ("", ""),
    ) -> None:
        now_ms = self._now_ms()
        row = WallRevisionRow(
            wall_id=wall.id,
            revision=wall.revision,
            snapshot=wall_to_json(wall),
            made_by=made_by,
            made_ms=now_ms,
            said_id=said[0],
            said_en=said[1],
        )
        session.add(row)
        add_orders(session, before, wall, now_ms)


def _revision(row: WallRevisionRow) -> Revision:
    return Revision(wall_from_json(row.snapshot), row.made_by, row.made_ms)
