"""The cameras in the database: list, look up, import."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ingest.schedule import Risk
from wallserver.catalogue.camera import Camera, CameraEntry, CameraSource, Kind, Transport
from wallserver.catalogue.camera_change import Known, changed_entry
from wallserver.catalogue.database import Database
from wallserver.catalogue.errors import CameraEntryError, CameraTakenError, FieldError, NoSuchCameraError
from wallserver.catalogue.models import CameraRow
from wallserver.catalogue.secret_box import SecretBox

_ORDER = (CameraRow.district, CameraRow.village, CameraRow.lorong, CameraRow.name, CameraRow.id)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many cameras a file added, changed and left as they were."""

    added: int
    changed: int
    unchanged: int


class Cameras:
    """The catalogue's cameras."""

    def __init__(self, database: Database, box: SecretBox, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._box = box
        self._now_ms = now_ms

    async def list(self) -> list[Camera]:
        """All of them, by district, village, lorong and name."""
        async with self._database.session() as session:
            return [_camera(row) for row in await session.scalars(select(CameraRow).order_by(*_ORDER))]

    async def get(self, camera_id: str) -> Camera | None:
        """One of them."""
        async with self._database.session() as session:
            row = await session.get(CameraRow, camera_id)
        return None if row is None else _camera(row)

    async def source(self, camera_id: str) -> tuple[Camera, CameraSource] | None:
        """One of them with what is secret about it."""
        async with self._database.session() as session:
            row = await session.get(CameraRow, camera_id)
        return None if row is None else (_camera(row), self._source(row))

    async def known(self) -> Sequence[Known]:
        """All of them with what is secret about them, in the list's order."""
        async with self._database.session() as session:
            rows = list(await session.scalars(select(CameraRow).order_by(*_ORDER)))
        return await asyncio.to_thread(lambda: [self.opened(row) for row in rows])  # half a second for 7,490

    async def fronted_by(self, hosts: Collection[str]) -> dict[str, str]:
        """The cameras whose main address names one of these hosts (in small letters), and which."""
        mains = ((known.camera.id, urlsplit(known.source.main_url)) for known in await self.known())
        found = ((camera, (main.hostname or "").lower()) for camera, main in mains)
        return {camera: host for camera, host in found if host in hosts}

    def credential(self, source: CameraSource) -> str:
        """Another one for each user name and password, of which it tells nothing; empty where there is none."""
        if source.username is None:
            return ""
        return self._box.fingerprint(json.dumps([source.username, source.password]).encode())

    async def version(self) -> tuple[int, int]:
        """Another one after every import: by it control notices those of the command line."""
        async with self._database.session() as session:
            row = (await session.execute(select(func.count(), func.max(CameraRow.changed_ms)))).one()
        return row[0], row[1] or 0

    async def put(self, entries: Sequence[CameraEntry]) -> ImportReport:
        """Add what is new, change what differs, in one transaction; cameras that are not named stay."""
        added = changed = 0
        async with self._database.session() as session, session.begin():
            known = {row.id: row for row in await session.scalars(select(CameraRow))}
            now = max([self._now_ms(), *(row.changed_ms + 1 for row in known.values())])
            for entry in entries:
                row = known.get(entry.id)
                if row is None:
                    row = CameraRow(id=entry.id)
                    session.add(row)
                    added += 1
                elif _camera(row) != entry.camera() or self._source(row) != entry.source():
                    changed += 1
                else:
                    continue
                self.fill(row, entry, now)
        return ImportReport(added, changed, len(entries) - added - changed)

    async def add(self, values: Mapping[str, Any]) -> Known:
        """A new camera of these columns. CameraEntryError; CameraTakenError where its id is somebody's."""
        (known,) = await self.add_all([changed_entry(values, frozenset(values), None)])
        return known

    async def add_all(self, entries: Sequence[CameraEntry]) -> Sequence[Known]:
        """New cameras in one transaction: all, or none and a CameraTakenError where the id of one is somebody's."""
        rows = [CameraRow(id=entry.id) for entry in entries]
        named = select(CameraRow.id).where(CameraRow.id.in_([row.id for row in rows]))
        try:
            async with self._database.session() as session, session.begin():
                if taken := list(await session.scalars(named)):
                    raise CameraTakenError(*taken)
                now = await self._next_ms(session)
                for row, entry in zip(rows, entries, strict=True):
                    self.fill(row, entry, now)
                session.add_all(rows)
        except IntegrityError as error:  # somebody made one of them in the same moment
            async with self._database.session() as session:
                raise CameraTakenError(*await session.scalars(named)) from error
        return [self.opened(row) for row in rows]

    async def change(self, camera_id: str, values: Mapping[str, Any]) -> tuple[Known, Known]:
        """Change these columns; the camera before and after. CameraEntryError, NoSuchCameraError."""
        async with self._database.deciding() as session:
            row = await session.get(CameraRow, camera_id, with_for_update=True)
            if row is None:
                raise NoSuchCameraError(camera_id)
            before = self.opened(row)
            if values.get("id", camera_id) != camera_id:
                raise CameraEntryError([FieldError("id", "cannot be changed", "tidak dapat diubah")])
            entry = changed_entry({**values, "id": camera_id}, frozenset(values), before)
            if before.camera == entry.camera() and before.source == entry.source():
                return before, before
            self.fill(row, entry, await self._next_ms(session))
            return before, self.opened(row)

    async def remove(self, camera_id: str) -> Camera:
        """Forget a camera, its masks, its switch and its publication too. NoSuchCameraError."""
        async with self._database.session() as session, session.begin():
            row = await session.get(CameraRow, camera_id, with_for_update=True)
            if row is None:
                raise NoSuchCameraError(camera_id)
            await session.delete(row)
            return _camera(row)

    async def _next_ms(self, session: AsyncSession) -> int:
        """A time of writing after all others, by which whoever looks at `version` notices."""
        last = await session.scalar(select(func.max(CameraRow.changed_ms)))
        return max(self._now_ms(), (last or 0) + 1)

    def opened(self, row: CameraRow) -> Known:
        """A row with what is sealed in it."""
        return Known(_camera(row), self._source(row), row.changed_ms)

    def fill(self, row: CameraRow, entry: CameraEntry, now_ms: int) -> None:
        """Write an entry into a row, its secrets sealed."""
        camera = entry.camera()
        row.name, row.district, row.lorong = camera.name, camera.district, camera.lorong
        row.kind, row.transport, row.has_sub = camera.kind, camera.transport, camera.has_sub
        row.max_sessions, row.risk = camera.max_sessions, camera.risk
        row.provider, row.contractor = camera.provider, camera.contractor
        row.village, row.latitude, row.longitude = camera.village, camera.latitude, camera.longitude
        row.sealed_source = self._box.seal(entry.source().to_bytes())
        row.changed_ms = now_ms

    def _source(self, row: CameraRow) -> CameraSource:
        return CameraSource.from_bytes(self._box.open(row.sealed_source))


def _camera(row: CameraRow) -> Camera:
    return Camera(
        id=row.id,
        name=row.name,
        district=row.district,
        lorong=row.lorong,
        kind=cast("Kind", row.kind),
        transport=cast("Transport", row.transport),
        has_sub=row.has_sub,
        max_sessions=row.max_sessions,
        risk=cast("Risk", row.risk),
        provider=row.provider,
        contractor=row.contractor,
        village=row.village,
        latitude=row.latitude,
        longitude=row.longitude,
    )
