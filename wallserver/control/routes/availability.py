"""Availability over a month by district, provider or contractor, as JSON and as CSV: evidence for contracts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from wallserver.control.answers import ApiError
from wallserver.control.availability import Cause, Row, as_csv, month_of, rows_of
from wallserver.control.routes import ControlOf, WhoAsks, cameras_for
from wallserver.control.site import Control
from wallserver.people.guard import needs
from wallserver.people.rights import Action, Principal

router = APIRouter()

type Month = Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
type By = Literal["district", "provider", "contractor"]


@router.get("/api/availability", dependencies=[needs(Action.CAMERAS_SEE)])
async def availability(control: ControlOf, who: WhoAsks, month: Month, by: By = "district") -> dict[str, Any]:
    """What a month (as the site's clock has it, until now at most) of the cameras that whoever asks may see went to, in
    milliseconds; the worst first. `up` is a share, null where nothing counts; `drawn_from` the share of the
    month that it is reckoned from, `firm` whether that is enough for evidence. docs/operating.md defines it."""
    rows, from_ms, until_ms = await _rows(control, who, month, by)
    return {
        "month": month,
        "by": by,
        "from_ms": from_ms,
        "until_ms": until_ms,
        "watched_ms": await control.catalogue.availability.watched_ms(from_ms, until_ms),
        "rows": [
            {
                "name": row.name,
                "cameras": row.cameras,
                "up": row.up,
                "drawn_from": row.drawn_from,
                "firm": row.firm,
                "spent_ms": {cause.value: row.spent[cause] for cause in Cause},
            }
            for row in rows
        ],
    }


@router.get("/api/availability.csv", dependencies=[needs(Action.CAMERAS_SEE)])
async def availability_csv(control: ControlOf, who: WhoAsks, month: Month, by: By = "district") -> Response:
    """The same for a spreadsheet, in the site's language."""
    rows, from_ms, until_ms = await _rows(control, who, month, by)
    settings = control.settings
    text = as_csv(rows, by, from_ms, until_ms, ZoneInfo(settings.timezone), settings.language)
    headers = {"Content-Disposition": f'attachment; filename="availability-{month}-{by}.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


async def _rows(control: Control, who: Principal, month: str, by: By) -> tuple[Sequence[Row], int, int]:
    from_ms, end_ms = month_of(month, ZoneInfo(control.settings.timezone))
    until_ms = min(end_ms, control.now_ms())
    if until_ms <= from_ms:
        raise ApiError(422, "This month has not begun yet.")
    cameras = list(cameras_for(who, control))
    names = [str(getattr(camera, by)) for camera in cameras]
    spent = await control.catalogue.availability.spent(by, [camera.id for camera in cameras], from_ms, until_ms)
    return rows_of(names, spent, until_ms - from_ms, end_ms - from_ms), from_ms, until_ms
