"""Which cameras the public may see, as what, and which of them are cut off from it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, select

from wallserver.catalogue.database import Database
from wallserver.catalogue.models import CutOffRow, PublicationRow

type CutKind = Literal["camera", "group", "all"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the public is told of a camera. `group`: by which it can be cut off with others; `position`: latitude and
    longitude in degrees, as exact as the public may know them.
    """

    name: str
    group: str = ""
    position: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """A camera that the public may see. `public_id` is chance, and all by which the public knows it; it stays until the
    camera is taken back, and is another one when it is published again.
    """

    camera: str
    public_id: str
    shown: Wanted
    made_by: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class CutOff:
    """Nobody of the public sees a camera, a group of them or any, from `made_ms` to `until_ms` (Unix milliseconds), or
    until somebody lifts it. `target`: the camera's id or the group's name; "" for all. `reason` stays inside,
    `public_text` is what the public reads.
    """

    kind: CutKind
    target: str
    reason: str
    public_text: str
    made_by: str
    made_ms: int
    until_ms: int | None = None

    def holds(self, now_ms: int) -> bool:
        """Whether it does still."""
        return self.until_ms is None or now_ms < self.until_ms

    def concerns(self, publication: Publication) -> bool:
        """Whether it is about this camera."""
        match self.kind:
            case "camera":
                return self.target == publication.camera
            case "group":
                return self.target == publication.shown.group
            case "all":
                return True


class Publications:
    """The catalogue's memory of both. A cut-off that was lifted stays, as one whose time is over: when it ended is a
    time at which the camera's public stream begins anew.
    """

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    async def published(self) -> list[Publication]:
        """All that are published, by name."""
        async with self._database.session() as session:
            rows = await session.scalars(select(PublicationRow).order_by(PublicationRow.name, PublicationRow.camera_id))
            return [_publication(row) for row in rows]

    async def publish(self, camera: str, wanted: Wanted, made_by: str) -> Publication:
        """Publish a camera, or say something else of one that is."""
        latitude, longitude = wanted.position or (None, None)
        said = {"name": wanted.name, "group_name": wanted.group, "latitude": latitude, "longitude": longitude}
        async with self._database.session() as session, session.begin():
            row = await session.get(PublicationRow, camera)
            if row is None:
                row = PublicationRow(camera_id=camera, public_id=secrets.token_hex(8), made_ms=self._now_ms())
                session.add(row)
            for name, value in said.items():
                setattr(row, name, value)
            row.made_by = made_by
        return _publication(row)

    async def take_back(self, camera: str) -> None:
        """The public may see it no more; without effect where it may not."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(PublicationRow).where(PublicationRow.camera_id == camera))

    async def cut_offs(self) -> list[CutOff]:
        """All that ever were, the last of each target."""
        async with self._database.session() as session:
            return [_cut_off(row) for row in await session.scalars(select(CutOffRow))]

    async def cut_off(self, cut: CutOff) -> None:
        """From now on, in place of what was said of this target before."""
        row = CutOffRow(
            kind=cut.kind,
            target=cut.target,
            reason=cut.reason,
            public_text=cut.public_text,
            made_by=cut.made_by,
            made_ms=cut.made_ms,
            until_ms=cut.until_ms,
        )
        async with self._database.session() as session, session.begin():
            await session.merge(row)

    async def lift(self, kind: CutKind, target: str) -> None:
        """It is over now; without effect where there is none."""
        now_ms = self._now_ms()
        async with self._database.session() as session, session.begin():
            row = await session.get(CutOffRow, (kind, target))
            if row is not None and (row.until_ms is None or now_ms < row.until_ms):
                row.until_ms = now_ms


def _publication(row: PublicationRow) -> Publication:
    position = None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude)
    shown = Wanted(row.name, row.group_name, position)
    return Publication(row.camera_id, row.public_id, shown, row.made_by, row.made_ms)


def _cut_off(row: CutOffRow) -> CutOff:
    # What is no kind of ours, of a later version, is taken for all: rather too little is shown than too much.
    kind: CutKind = "camera" if row.kind == "camera" else "group" if row.kind == "group" else "all"
    return CutOff(kind, row.target, row.reason, row.public_text, row.made_by, row.made_ms, row.until_ms)
