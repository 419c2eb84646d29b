"""Hand-over notes: what one shift leaves to the next, and who of that one confirmed to have read it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import CursorResult, select, update

from wallserver.catalogue.database import Database
from wallserver.catalogue.errors import CatalogueError
from wallserver.catalogue.models import HandoverRow

LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class Handover:
    """Written by whom and when, confirmed by whom and when (None: by nobody yet). Unix milliseconds."""

    id: str
    text: str
    made_by: str
    made_ms: int
    confirmed_by: str | None = None
    confirmed_ms: int | None = None


class ConfirmationError(CatalogueError):
    """A note that cannot be confirmed: confirmed already, or one's own; `reason` in a word, for pages."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Handovers:
    """The catalogue's notes."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    async def list(self, limit: int) -> list[Handover]:
        """The newest first."""
        query = select(HandoverRow).order_by(HandoverRow.made_ms.desc(), HandoverRow.id).limit(limit)
        async with self._database.session() as session:
            return [_handover(row) for row in await session.scalars(query)]

    async def add(self, text: str, made_by: str) -> Handover:
        """A new note."""
        note = Handover(uuid.uuid4().hex, text, made_by, self._now_ms())
        async with self._database.session() as session, session.begin():
            session.add(HandoverRow(id=note.id, text=text, made_by=made_by, made_ms=note.made_ms))
        return note

    async def confirm(self, note_id: str, by: str) -> Handover | None:
        """Somebody of the next shift has read it; None if there is no such note. ConfirmationError."""
        confirming = (
            update(HandoverRow)
            .where(HandoverRow.id == note_id, HandoverRow.made_by != by, HandoverRow.confirmed_by.is_(None))
            .values(confirmed_by=by, confirmed_ms=self._now_ms())
        )
        async with self._database.session() as session, session.begin():
            done = await session.execute(confirming)
            row = await session.get(HandoverRow, note_id)
        if row is None:
            return None
        if isinstance(done, CursorResult) and done.rowcount == 1:
            return _handover(row)
        if row.made_by == by:
            raise ConfirmationError("A note is confirmed by somebody else than who wrote it.", reason="own_note")
        raise ConfirmationError(f"{row.confirmed_by} has confirmed this note already.", reason="confirmed")


def _handover(row: HandoverRow) -> Handover:
    return Handover(row.id, row.text, row.made_by, row.made_ms, row.confirmed_by, row.confirmed_ms)
