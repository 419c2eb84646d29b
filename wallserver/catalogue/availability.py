"""For how long cameras were in which state, for which cause: added up by the database, over all that was watched."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from itertools import batched
from typing import Literal

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, cast, delete, func, select, update
from sqlalchemy.types import BigInteger

from ingest.camera_state import State
from wallserver.catalogue.database import Database
from wallserver.catalogue.models import CameraRow, StateChangeRow, WatchedRow

type Kind = Literal["district", "provider", "contractor"]
type Spent = dict[tuple[State, str], int]
"""Milliseconds by state and cause (its Indonesian sentence, as it is kept)."""

# A statement has at most 32,766 parameters with SQLite, 32,767 with PostgreSQL.
_AT_A_TIME = 10_000
_KEYS = {"district": CameraRow.district, "provider": CameraRow.provider, "contractor": CameraRow.contractor}


class Availability:
    """The catalogue's sums over the history of states."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # A month of a large city takes the database seconds: whoever asks meanwhile waits, and no picture does.
        self._one_at_a_time = asyncio.Lock()

    async def watched(self, from_ms: int, until_ms: int) -> None:
        """Keep that cameras were watched from then until then; a longer one takes the place of what began then."""
        row = {"from_ms": from_ms, "until_ms": until_ms}
        async with self._database.session() as session, session.begin():
            await self._database.upsert(session, WatchedRow.metadata.tables[WatchedRow.__tablename__], [row])

    async def forget(self, before_ms: int) -> None:
        """Delete what was watched before then only."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(WatchedRow).where(WatchedRow.until_ms < before_ms))

    async def newest_ms(self) -> int:
        """Until when (Unix milliseconds) they were watched at the last; 0 where they never were."""
        async with self._database.session() as session:
            return await session.scalar(select(func.max(WatchedRow.until_ms))) or 0

    async def forget_after(self, now_ms: int) -> None:
        """The clock was ahead of now: what was watched by it then would be counted again."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(WatchedRow).where(WatchedRow.from_ms >= now_ms))
            await session.execute(update(WatchedRow).where(WatchedRow.until_ms > now_ms).values(until_ms=now_ms))

    async def watched_ms(self, from_ms: int, until_ms: int) -> int:
        """How much of the time between (Unix milliseconds) was watched."""
        length = _least(WatchedRow.until_ms, until_ms) - _most(WatchedRow.from_ms, from_ms)
        query = select(func.sum(length)).where(WatchedRow.until_ms > from_ms, WatchedRow.from_ms < until_ms)
        async with self._database.session() as session:
            return int(await session.scalar(query) or 0)

    async def spent(self, by: Kind, cameras: Collection[str], from_ms: int, until_ms: int) -> dict[str, Spent]:
        """What these cameras did between (Unix milliseconds), by their district, provider or contractor.

        The newest word on any of a camera's streams holds until the next one, and no longer than the watching in which
        it was said. What is left of the time is not in here: nobody knows.
        """
        found: dict[str, Counter[tuple[State, str]]] = defaultdict(Counter)
        async with self._one_at_a_time, self._database.session() as session:
            for some in batched(cameras, _AT_A_TIME):
                for name, state, cause_id, spent_ms in await session.execute(_spent(by, some, from_ms, until_ms)):
                    found[name][State(state), cause_id] += int(spent_ms)
        return {name: dict(spent) for name, spent in found.items()}


def _spent(by: Kind, cameras: Sequence[str], from_ms: int, until_ms: int) -> Select[str, str, str, int]:
    overlapping = select(func.min(WatchedRow.from_ms)).where(WatchedRow.until_ms > from_ms)
    last = func.lead(StateChangeRow.at_ms).over(
        partition_by=StateChangeRow.camera_id, order_by=(StateChangeRow.at_ms, StateChangeRow.stream)
    )
    words = (
        select(
            StateChangeRow.camera_id,
            StateChangeRow.state,
            StateChangeRow.cause_id,
            StateChangeRow.at_ms,
            func.coalesce(last, until_ms).label("next_ms"),
        )
        .where(
            StateChangeRow.at_ms < until_ms,
            StateChangeRow.at_ms >= overlapping.scalar_subquery(),
            StateChangeRow.camera_id.in_(cameras),
        )
        .subquery()
    )
    begin = _most(words.c.at_ms, from_ms)
    end = _least(_least(words.c.next_ms, WatchedRow.until_ms), until_ms)
    key = _KEYS[by]
    return (
        select(key, words.c.state, words.c.cause_id, cast(func.sum(end - begin), BigInteger))
        .select_from(words)
        .join(WatchedRow, (words.c.at_ms >= WatchedRow.from_ms) & (words.c.at_ms < WatchedRow.until_ms))
        .join(CameraRow, CameraRow.id == words.c.camera_id)
        .where(end > begin)
        .group_by(key, words.c.state, words.c.cause_id)
    )


def _most(one: SQLColumnExpression[int], other: SQLColumnExpression[int] | int) -> ColumnElement[int]:
    """The later one; SQLite and PostgreSQL have no word for it in common."""
    return case((one > other, one), else_=other)


def _least(one: SQLColumnExpression[int], other: SQLColumnExpression[int] | int) -> ColumnElement[int]:
    return case((one < other, one), else_=other)
