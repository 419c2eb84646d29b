"""The cameras in the database: list, look up, import."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from sqlalchemy import func, select

from ingest.schedule import Risk
from wallserver.catalogue.camera import Camera, CameraEntry, CameraSource, Kind, Transport
from wallserver.catalogue.database import Database
from wallserver.catalogue.models import CameraRow
from wallserver.catalogue.secret_box import SecretBox


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
        order = (CameraRow.district, CameraRow.village, CameraRow.lorong, CameraRow.name, CameraRow.id)
        async with self._database.session() as session:
            return [_camera(row) for row in await session.scalars(select(CameraRow).order_by(*order))]

    async def get(self, camera_id: str) -> Camera | None:
        """One of them."""
        async with self._database.session() as session:
            row = await session.get(CameraRow, camera_id)
        return None if row is None else _camera(row)

    async def source(self, camera_id: str) -> tuple[Camera, CameraSource] | None:
        """One of them with what is secret about it."""
        async with self._database.session() as session:
            row = await session.get(CameraRow, camera_id)
        return None if row is None else (_camera(row), self._opened(row))

    async def fronted_by(self, hosts: Collection[str]) -> dict[str, str]:
        """The cameras whose main address names one of these hosts (in small letters), and which."""
        async with self._database.session() as session:
            rows = list(await session.scalars(select(CameraRow)))
        found = {row.id: (urlsplit(self._opened(row).main_url).hostname or "").lower() for row in rows}
        return {camera: host for camera, host in found.items() if host in hosts}

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
                elif _camera(row) != entry.camera() or self._opened(row) != entry.source():
                    changed += 1
                else:
                    continue
                self._fill(row, entry, now)
        return ImportReport(added, changed, len(entries) - added - changed)

    def _fill(self, row: CameraRow, entry: CameraEntry, now_ms: int) -> None:
        camera = entry.camera()
        row.name, row.district, row.lorong = camera.name, camera.district, camera.lorong
        row.kind, row.transport, row.has_sub = camera.kind, camera.transport, camera.has_sub
        row.max_sessions, row.risk = camera.max_sessions, camera.risk
        row.provider, row.contractor = camera.provider, camera.contractor
        row.village, row.latitude, row.longitude = camera.village, camera.latitude, camera.longitude
        row.sealed_source = self._box.seal(entry.source().to_bytes())
        row.changed_ms = now_ms

    def _opened(self, row: CameraRow) -> CameraSource:
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
