"""Drafts: commands that somebody means to publish, on the revision that was there when the draft began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from wallserver.catalogue.database import Database
from wallserver.catalogue.errors import CatalogueError
from wallserver.catalogue.models import WallDraftRow

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A person's commands (as JSON) on a revision of a wall. `changes` grows by one with whatever is done to the draft
    itself; it begins at the time, so that a person's next draft is not taken for the one before."""

    wall: str
    person: str
    base_revision: int
    commands: tuple[Json, ...]
    changes: int
    changed_ms: int


class StaleDraftError(CatalogueError):
    """The draft is another one by now: it was changed from another page."""


class Drafts:
    """The catalogue's drafts: one for each person and wall."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    async def get(self, wall: str, person: str) -> Draft | None:
        """Somebody's draft of a wall."""
        async with self._database.session() as session:
            row = await session.get(WallDraftRow, (wall, person))
        return None if row is None else _draft(row)

    async def put(self, wall: str, person: str, base_revision: int, commands: list[Json], changes: int) -> Draft:
        """Keep a draft that had so many `changes` before (0: there was none). StaleDraftError if it has others."""
        now_ms = self._now_ms()
        following = changes + 1 if changes else max(now_ms, 1)
        values = {"base_revision": base_revision, "commands": commands, "changes": following, "changed_ms": now_ms}
        if changes == 0:
            try:
                async with self._database.session() as session, session.begin():
                    session.add(WallDraftRow(wall_id=wall, person_id=person, **values))
            except IntegrityError:
                raise StaleDraftError("there is a draft already") from None
        else:
            known = (WallDraftRow.wall_id == wall) & (WallDraftRow.person_id == person)
            changing = update(WallDraftRow).where(known, WallDraftRow.changes == changes).values(**values)
            async with self._database.session() as session, session.begin():
                done = await session.execute(changing)
            if not (isinstance(done, CursorResult) and done.rowcount == 1):
                raise StaleDraftError("the draft was changed meanwhile")
        return Draft(wall, person, base_revision, tuple(commands), following, now_ms)

    async def discard(self, wall: str, person: str, changes: int | None = None) -> None:
        """Forget a draft; without effect where there is none. StaleDraftError if it has other `changes` than these."""
        known = (WallDraftRow.wall_id == wall) & (WallDraftRow.person_id == person)
        looked_at = known if changes is None else known & (WallDraftRow.changes == changes)
        async with self._database.session() as session, session.begin():
            await session.execute(delete(WallDraftRow).where(looked_at))
            if await session.get(WallDraftRow, (wall, person)) is not None:
                raise StaleDraftError("the draft was changed meanwhile")


async def end_draft(session: AsyncSession, draft: Draft) -> None:
    """It is published in this transaction (`Walls.commit`): neither happens without the other.

    StaleDraftError where it was changed since: what came in between is not lost.
    """
    known = (WallDraftRow.wall_id == draft.wall) & (WallDraftRow.person_id == draft.person)
    done = await session.execute(delete(WallDraftRow).where(known, WallDraftRow.changes == draft.changes))
    if not (isinstance(done, CursorResult) and done.rowcount == 1):
        raise StaleDraftError("the draft was changed meanwhile")


def _draft(row: WallDraftRow) -> Draft:
    return Draft(row.wall_id, row.person_id, row.base_revision, tuple(row.commands), row.changes, row.changed_ms)
