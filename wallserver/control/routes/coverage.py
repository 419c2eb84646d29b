"""Coverage: whether every lorong of a risk class was on a wall often enough, as JSON and as CSV."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from ingest.schedule import Risk
from wallserver.control.answers import ApiError
from wallserver.control.coverage import Coverage, as_csv, covered, lorongs_of
from wallserver.control.instants import Instant, instant_ms
from wallserver.control.routes import ControlOf, WhoAsks, cameras_for
from wallserver.control.routes.on_walls import wall_of
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()

_LONGEST_MS = 7 * 24 * 3_600_000


# What "often enough" means is for whoever asks to say: minutes that a lorong may be away from the wall at a time.
@router.get("/api/walls/{wall}/coverage", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def coverage(
    wall: str,
    control: ControlOf,
    who: WhoAsks,
    begin: Annotated[str, Query(alias="from", max_length=40)],
    minutes: Annotated[int, Query(ge=1, le=1440)],
    to: Instant | None = None,
    risk: Risk = "red",
    district: Annotated[str | None, Query(max_length=120)] = None,
    format: Literal["json", "csv"] = "json",  # noqa: A002 - the query's name
) -> Response:
    """Every lorong of a risk class (and of a district) from then to then (now at the latest), the one that was missed
    for longest first; `met`: it was seen, and never away for longer than so many minutes.

    As the displays themselves said what they drew: those that are on this wall now, of cameras in the lorong and the
    risk class that they have now, also for the past. A picture counts whatever it shows, that of a black or frozen
    camera, too.
    """
    there = wall_of(control, wall)
    zone = control.settings.timezone
    now_ms = control.now_ms()
    from_ms = instant_ms(begin, zone)
    until_ms = now_ms if to is None else min(instant_ms(to, zone), now_ms)
    if not from_ms < until_ms <= from_ms + _LONGEST_MS:
        raise ApiError(422, "'from' comes before 'to' and before now, by a week at most.", reason="span")
    asked = (camera for camera in cameras_for(who, control) if camera.risk == risk)
    lorongs = lorongs_of(camera for camera in asked if district is None or camera.district == district)
    places = {name: number for number, names in enumerate(lorongs.values()) for name in names}
    displays = [display.id for display in there.displays]
    shown = await control.catalogue.flight.shown_between(displays, places, from_ms, until_ms)
    most_ms = minutes * 60_000

    def table() -> Response:
        rows = covered(lorongs, shown, from_ms, until_ms)
        if format == "csv":
            headers = {"Content-Disposition": f'attachment; filename="{wall}-{risk}.csv"'}
            text = as_csv(rows, most_ms, ZoneInfo(zone), control.settings.language)
            return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)
        return JSONResponse(
            {
                "from_ms": from_ms,
                "to_ms": until_ms,
                "minutes": minutes,
                "risk": risk,
                "met": sum(row.standing(most_ms) == "met" for row in rows),
                "lorongs": [_to_json(row, most_ms) for row in rows],
            }
        )

    return await asyncio.to_thread(table)  # thousands of lines


def _to_json(row: Coverage, most_ms: int) -> dict[str, object]:
    return {
        "district": row.district,
        "village": row.village,
        "lorong": row.lorong,
        "cameras": list(row.cameras),
        "times": row.times,
        "shown_ms": row.shown_ms,
        "gap_ms": row.gap_ms,
        "gap_from_ms": row.gap[0],
        "gap_to_ms": row.gap[1],
        "met": row.standing(most_ms) == "met",
    }
