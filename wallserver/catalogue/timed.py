"""What happens to walls by the clock: scenes recalled at times of the day, and overrides that return by themselves."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from wallserver.catalogue.database import Database
from wallserver.catalogue.models import OverrideRow, SceneTimeRow

ALL_DAYS = "1234567"  # Monday is 1 (ISO 8601)


@dataclass(frozen=True, slots=True)
class SceneTime:
    """A scene of a wall is recalled at `at` (HH:MM, the site's time) on `days`. Until `done_ms` that was seen to.

    `made_ms`: since when it is so; None: nobody knows.
    """

    id: str
    wall: str
    scene: str
    at: str
    days: str
    made_by: str
    done_ms: int
    made_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """What revision `after` changed of `before` is to be as it was, from `until_ms` on."""

    id: str
    wall: str
    before: int
    after: int
    until_ms: int
    made_by: str
    made_ms: int


class Timed:
    """The catalogue's memory of both."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    async def scene_times(self) -> list[SceneTime]:
        """All of them, by the time of the day."""
        query = select(SceneTimeRow).order_by(SceneTimeRow.wall_id, SceneTimeRow.at, SceneTimeRow.id)
        async with self._database.session() as session:
            return [_scene_time(row) for row in await session.scalars(query)]

    async def add_scene_time(self, wall: str, scene: str, at: str, days: str, made_by: str) -> SceneTime:
        """From now on."""
        now_ms = self._now_ms()
        row = SceneTimeRow(
            id=uuid.uuid4().hex,
            wall_id=wall,
            scene=scene,
            at=at,
            days=days,
            made_by=made_by,
            done_ms=now_ms,
            made_ms=now_ms,
        )
        async with self._database.session() as session, session.begin():
            session.add(row)
        return _scene_time(row)

    async def remove_scene_time(self, wall: str, entry: str) -> None:
        """Forget it; without effect where there is none."""
        gone = delete(SceneTimeRow).where(SceneTimeRow.wall_id == wall, SceneTimeRow.id == entry)
        async with self._database.session() as session, session.begin():
            await session.execute(gone)

    async def scene_done(self, entry: str, due_ms: int) -> None:
        """What was due then was seen to."""
        done = update(SceneTimeRow).where(SceneTimeRow.id == entry).values(done_ms=due_ms)
        async with self._database.session() as session, session.begin():
            await session.execute(done)

    async def overrides(self) -> list[Override]:
        """All of them, the first to return first."""
        query = select(OverrideRow).order_by(OverrideRow.until_ms, OverrideRow.id)
        async with self._database.session() as session:
            return [_override(row) for row in await session.scalars(query)]

    def new_override(self, wall: str, before: int, after: int, until_ms: int, made_by: str) -> Override:
        """To be kept with the revision `after` (`Walls.commit`): neither is there without the other."""
        return Override(uuid.uuid4().hex, wall, before, after, until_ms, made_by, self._now_ms())

    async def remove_override(self, override: str) -> None:
        """It has returned."""
        async with self._database.session() as session, session.begin():
            await end_overrides(session, [override])


def override_row(override: Override) -> OverrideRow:
    """As the database keeps it."""
    return OverrideRow(
        id=override.id,
        wall_id=override.wall,
        before_revision=override.before,
        after_revision=override.after,
        until_ms=override.until_ms,
        made_by=override.made_by,
        made_ms=override.made_ms,
    )


async def end_overrides(session: AsyncSession, overrides: Sequence[str]) -> None:
    """They are over, in this transaction (`Walls.commit`)."""
    if overrides:
        await session.execute(delete(OverrideRow).where(OverrideRow.id.in_(overrides)))


def _scene_time(row: SceneTimeRow) -> SceneTime:
    return SceneTime(row.id, row.wall_id, row.scene, row.at, row.days, row.made_by, row.done_ms, row.made_ms)


def _override(row: OverrideRow) -> Override:
    return Override(
        row.id, row.wall_id, row.before_revision, row.after_revision, row.until_ms, row.made_by, row.made_ms
    )
