"""The walls in the database: every revision as a whole snapshot, one transaction for each."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError

from layouts.wall import Wall
from layouts.wall_json import wall_from_json, wall_to_json
from wallserver.catalogue.database import Database
from wallserver.catalogue.errors import NoSuchWallError, StaleRevisionError
from wallserver.catalogue.models import WallRevisionRow, WallRow

_CURRENT = select(WallRevisionRow.snapshot).join(
    WallRow, (WallRow.id == WallRevisionRow.wall_id) & (WallRow.revision == WallRevisionRow.revision)
)


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
                session.add(self._revision(wall, made_by))
        except IntegrityError:
            return False
        return True

    async def commit(self, wall: Wall, made_by: str) -> None:
        """Keep the next revision of a wall. StaleRevisionError if it does not follow the current one."""
        following = (
            update(WallRow)
            .where(WallRow.id == wall.id, WallRow.revision == wall.revision - 1)
            .values(revision=wall.revision)
        )
        async with self._database.session() as session, session.begin():
            done = await session.execute(following)
            if isinstance(done, CursorResult) and done.rowcount == 1:
                session.add(self._revision(wall, made_by))
                return
        raise StaleRevisionError(await self.get(wall.id))

    def _revision(self, wall: Wall, made_by: str) -> WallRevisionRow:
        return WallRevisionRow(
            wall_id=wall.id,
            revision=wall.revision,
            snapshot=wall_to_json(wall),
            made_by=made_by,
            made_ms=self._now_ms(),
        )
