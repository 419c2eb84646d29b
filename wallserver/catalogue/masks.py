"""Privacy masks of cameras: every set that was ever drawn, by whom and when. The newest one holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import func, select

from ingest.errors import MaskError
from ingest.masks import Mask, masks_from_json, masks_to_json
from ingest.zoom import WHOLE
from wallserver.catalogue.database import Database
from wallserver.catalogue.errors import StaleMasksError
from wallserver.catalogue.models import MasksRow

# What stands for masks that cannot be read: nothing of the camera is shown rather than too much.
ALL = (Mask(((0, 0), (WHOLE, 0), (WHOLE, WHOLE), (0, WHOLE))),)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CameraMasks:
    """What of a camera nobody may see, since `made_ms` (Unix milliseconds). No masks: somebody took them away."""

    camera: str
    masks: tuple[Mask, ...]
    made_by: str
    made_ms: int


class Masks:
    """The catalogue's memory of them."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    async def list(self) -> list[CameraMasks]:
        """What holds now, of each camera that ever had any."""
        newest = select(MasksRow.camera_id, func.max(MasksRow.made_ms).label("made_ms")).group_by(MasksRow.camera_id)
        last = newest.subquery()
        query = select(MasksRow).join(
            last, (MasksRow.camera_id == last.c.camera_id) & (MasksRow.made_ms == last.c.made_ms)
        )
        async with self._database.session() as session:
            return [_read(row) for row in await session.scalars(query)]

    async def put(self, camera: str, masks: tuple[Mask, ...], made_by: str, seen_ms: int | None) -> None:
        """From now on these, in place of those made at `seen_ms` (None: of none). What held before stays written
        down. Raises StaleMasksError where others hold by now.
        """
        async with self._database.session() as session, session.begin():
            last = await session.scalar(select(func.max(MasksRow.made_ms)).where(MasksRow.camera_id == camera))
            if last != seen_ms:
                raise StaleMasksError(f"the masks of {camera} were changed meanwhile")
            made_ms = max(self._now_ms(), (last or 0) + 1)
            row = MasksRow(camera_id=camera, made_ms=made_ms, masks={"masks": masks_to_json(masks)}, made_by=made_by)
            session.add(row)


def _read(row: MasksRow) -> CameraMasks:
    try:
        masks = masks_from_json(row.masks.get("masks"))
    except MaskError as error:
        log.error(
            "masks in the database are not understood; nothing of the camera is shown",
            camera=row.camera_id,
            reason=str(error),
        )
        masks = ALL
    return CameraMasks(row.camera_id, masks, row.made_by, row.made_ms)
