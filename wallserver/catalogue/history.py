"""What became of each camera: every change of state and cause, kept for as long as the settings say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from ingest.camera_state import State
from wallserver.catalogue.database import Database
from wallserver.catalogue.models import StateChangeRow

_COLUMNS = 200  # characters of a cause


@dataclass(frozen=True, slots=True)
class StateChange:
    """From `at_ms` (Unix milliseconds) on the stream was in this state, for this cause; until its next change."""

    stream: str
    camera_id: str
    at_ms: int
    state: State
    cause_id: str
    cause_en: str


class History:
    """The catalogue's memory of states."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, changes: Sequence[StateChange]) -> None:
        """Keep these; one that is kept already does no harm."""
        table = StateChangeRow.metadata.tables[StateChangeRow.__tablename__]
        async with self._database.session() as session, session.begin():
            await self._database.upsert(session, table, [_columns(change) for change in changes])

    async def newest(self) -> dict[str, StateChange]:
        """The last change of each stream."""
        last = select(StateChangeRow.stream, func.max(StateChangeRow.at_ms).label("at_ms"))
        last_of = last.group_by(StateChangeRow.stream).subquery()
        query = select(StateChangeRow).join(
            last_of, (StateChangeRow.stream == last_of.c.stream) & (StateChangeRow.at_ms == last_of.c.at_ms)
        )
        async with self._database.session() as session:
            return {row.stream: _change(row) for row in await session.scalars(query)}

    async def of(self, camera_id: str, before_ms: int, limit: int) -> list[StateChange]:
        """Changes of a camera's streams before then, the newest first."""
        query = (
            select(StateChangeRow)
            .where(StateChangeRow.camera_id == camera_id, StateChangeRow.at_ms < before_ms)
            .order_by(StateChangeRow.at_ms.desc(), StateChangeRow.stream)
            .limit(limit)
        )
        async with self._database.session() as session:
            return [_change(row) for row in await session.scalars(query)]

    async def forget(self, before_ms: int, streams: Collection[str]) -> None:
        """Delete what ended before then: a stream's change that held until then, or holds still, stays, however old.

        Of these streams alone: all of a city's would take the database half a minute, in which nobody else writes.
        """
        other = aliased(StateChangeRow)
        held = select(func.max(other.at_ms)).where(other.stream == StateChangeRow.stream, other.at_ms < before_ms)
        ended = delete(StateChangeRow).where(
            StateChangeRow.stream.in_(streams), StateChangeRow.at_ms < held.scalar_subquery()
        )
        async with self._database.session() as session, session.begin():
            await session.execute(ended.execution_options(synchronize_session=False))


def _columns(change: StateChange) -> dict[str, Any]:
    return asdict(change) | {"cause_id": change.cause_id[:_COLUMNS], "cause_en": change.cause_en[:_COLUMNS]}


def _change(row: StateChangeRow) -> StateChange:
    return StateChange(row.stream, row.camera_id, row.at_ms, State(row.state), row.cause_id, row.cause_en)
