"""`GET /api/audit` and `.csv`: who changed what, and when."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from wallserver.catalogue.camera_file import guarded
from wallserver.control.routes import ControlOf
from wallserver.people.audit import Entry, Wanted
from wallserver.people.guard import needs
from wallserver.people.rights import Action

_MOST_EXPORTED = 20_000

router = APIRouter()

type _Text = Annotated[str | None, Query(max_length=120)]
type _Number = Annotated[int | None, Query(ge=0, lt=2**63)]


@router.get("/api/audit", dependencies=[needs(Action.AUDIT_READ)])
async def audit(
    control: ControlOf,
    who: _Text = None,
    action: _Text = None,
    object: _Text = None,  # noqa: A002 - the name of the column
    from_ms: _Number = None,
    until_ms: _Number = None,
    before_id: _Number = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """Changes, the newest first; `before_id` pages back. Times are Unix milliseconds."""
    wanted = Wanted(who=who, action=action, obj=object, from_ms=from_ms, until_ms=until_ms)
    found = await control.people.audit.page(wanted, before_id, limit)
    return [{"object" if key == "obj" else key: value for key, value in asdict(entry).items()} for entry in found]


@router.get("/api/audit.csv", dependencies=[needs(Action.AUDIT_READ)])
async def audit_csv(
    control: ControlOf,
    who: _Text = None,
    action: _Text = None,
    object: _Text = None,  # noqa: A002 - the name of the column
    from_ms: _Number = None,
    until_ms: _Number = None,
) -> Response:
    """The same for a spreadsheet in the site's language, the newest first, at most 20,000; times as the site's clock
    has them."""
    wanted = Wanted(who=who, action=action, obj=object, from_ms=from_ms, until_ms=until_ms)
    found = await control.people.audit.page(wanted, None, _MOST_EXPORTED)
    settings = control.settings
    delimiter = ";" if settings.language == "id" else ","
    text = await asyncio.to_thread(_as_csv, found, ZoneInfo(settings.timezone), delimiter)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


def _as_csv(entries: Iterable[Entry], zone: ZoneInfo, delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(("at", "who", "role", "address", "action", "object", "before", "after"))
    for entry in entries:
        at = f"{datetime.fromtimestamp(entry.at_ms / 1000, zone):%Y-%m-%d %H:%M:%S}"
        sides = ("" if side is None else json.dumps(side, ensure_ascii=False) for side in (entry.before, entry.after))
        texts = (entry.who, entry.role, entry.address, entry.action, entry.obj, *sides)
        writer.writerow((at, *map(guarded, texts)))
    return out.getvalue()
