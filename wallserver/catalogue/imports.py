"""Many cameras at once: first what a file would do, then that, if it is still what it would do.

What takes long, reading the file and opening what is sealed, goes on in a thread: control serves displays meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.camera_change import Difference, Known, changed_entry, differences
from wallserver.catalogue.camera_file import Form, read_cameras
from wallserver.catalogue.cameras import Cameras
from wallserver.catalogue.database import Database
from wallserver.catalogue.errors import CameraFileError, RowError, StaleImportError
from wallserver.catalogue.models import CameraRow
from wallserver.catalogue.secret_box import SecretBox


@dataclass(frozen=True, slots=True)
class Planned:
    """What a row of a file would do to a camera; no differences: it would be new."""

    row: int
    entry: CameraEntry = field(repr=False)
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do; cameras that it does not name stay. By `digest` its import is asked for: another one
    stands for doing anything else, or the same to cameras that are others by now. It tells nothing of what is in it.
    """

    digest: str
    added: Sequence[Planned]
    changed: Sequence[Planned]
    unchanged: int
    errors: Sequence[RowError]
    left_out: Sequence[RowError]


class Imports:
    """Previews of files of cameras, and their imports."""

    def __init__(self, database: Database, cameras: Cameras, box: SecretBox, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._cameras = cameras
        self._box = box
        self._now_ms = now_ms

    async def preview(self, text: str, form: Form) -> Preview:
        """What this file would do now. Nothing is changed."""
        async with self._database.session() as session:
            rows = {row.id: row for row in await session.scalars(select(CameraRow))}
        return await asyncio.to_thread(self._plan, text, form, rows)

    async def apply(self, text: str, form: Form, digest: str) -> Preview:
        """Do what the preview of this `digest` said, in one transaction, or nothing of it.

        CameraFileError where anything is wrong in it; StaleImportError where it would do something else by now.
        """
        try:
            return await self._apply(text, form, digest)
        except IntegrityError as error:  # somebody made the same cameras in the same moment
            raise StaleImportError(await self.preview(text, form), []) from error

    async def _apply(self, text: str, form: Form, digest: str) -> Preview:
        async with self._database.deciding() as session:
            query = select(CameraRow).order_by(CameraRow.id).with_for_update()
            rows = {row.id: row for row in await session.scalars(query)}
            plan = await asyncio.to_thread(self._plan, text, form, rows)
            if _fingerprint(plan.digest) != _fingerprint(digest):
                raise StaleImportError(plan, _written_after(digest, plan, rows))
            if plan.errors:
                raise CameraFileError("-", plan.errors)
            now_ms = max([self._now_ms(), *(row.changed_ms + 1 for row in rows.values())])
            new = [CameraRow(id=one.entry.id) for one in plan.added]
            filled = new + [rows[one.entry.id] for one in plan.changed]
            entries = [one.entry for one in (*plan.added, *plan.changed)]

            def fill() -> None:
                for row, entry in zip(filled, entries, strict=True):
                    self._cameras.fill(row, entry, now_ms)

            await asyncio.to_thread(fill)
            session.add_all(new)
        return plan

    def _plan(self, text: str, form: Form, rows: Mapping[str, CameraRow]) -> Preview:
        opened: dict[str, Known] = {}

        def known(camera: str) -> Known | None:
            if camera not in opened and camera in rows:
                opened[camera] = self._cameras.opened(rows[camera])
            return opened.get(camera)

        def make(values: Mapping[str, Any], columns: frozenset[str]) -> CameraEntry:
            return changed_entry(values, columns, known(str(values.get("id", "")).strip()))

        read = read_cameras(text, form, make)
        added, changed, unchanged = [], [], 0
        said: list[object] = []
        for row, entry in read.entries:
            before, after = known(entry.id), Known(entry.camera(), entry.source())
            said.append([before and _told(before), _told(after)])
            if before is None:
                added.append(Planned(row, entry))
            elif differing := differences(before, after):
                changed.append(Planned(row, entry, differing))
            else:
                unchanged += 1
        last_ms = max((row.changed_ms for row in rows.values()), default=0)
        digest = f"{last_ms}.{self._box.fingerprint(json.dumps(said).encode())}"
        return Preview(digest, added, changed, unchanged, read.errors, read.left_out)


def _fingerprint(digest: str) -> str:
    """A digest without the time before it, which tells only what was written since."""
    return digest.partition(".")[2]


def _told(known: Known) -> list[object]:
    return list(known.written().values())


def _written_after(digest: str, plan: Preview, rows: Mapping[str, CameraRow]) -> list[str]:
    """The file's cameras that somebody wrote after the preview of this digest."""
    head = digest.partition(".")[0]
    last_ms = int(head) if head.isascii() and head.isdigit() else 0
    named = [one.entry.id for one in (*plan.added, *plan.changed)]
    return [camera for camera in named if camera in rows and rows[camera].changed_ms > last_ms]
