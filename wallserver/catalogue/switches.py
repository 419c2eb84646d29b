"""Cameras that a person has switched off: why, who, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select

from wallserver.catalogue.database import Database
from wallserver.catalogue.models import SwitchedOffRow


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """From `since_ms` (Unix milliseconds) to `until_ms`, or until somebody switches it on."""

    camera: str
    reason: str
    by: str
    since_ms: int
    until_ms: int | None

    def holds(self, now_ms: int) -> bool:
        """Whether it is off still."""
        return self.until_ms is None or now_ms < self.until_ms


class Switches:
    """The catalogue's memory of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> list[SwitchedOff]:
        """All that are kept; some of them may be over."""
        async with self._database.session() as session:
            rows = await session.scalars(select(SwitchedOffRow))
            return [SwitchedOff(row.camera_id, row.reason, row.made_by, row.since_ms, row.until_ms) for row in rows]

    async def off(self, switched: SwitchedOff) -> None:
        """Keep it, in place of what was kept of this camera."""
        row = SwitchedOffRow(
            camera_id=switched.camera,
            reason=switched.reason,
            made_by=switched.by,
            since_ms=switched.since_ms,
            until_ms=switched.until_ms,
        )
        async with self._database.session() as session, session.begin():
            await session.merge(row)

    async def on(self, camera: str) -> None:
        """Forget it; without effect where there is nothing kept."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(SwitchedOffRow).where(SwitchedOffRow.camera_id == camera))
