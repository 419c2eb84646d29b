"""`GET /api/audit`: who changed what, and when."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from wallserver.control.routes import ControlOf
from wallserver.people.audit import Wanted
from wallserver.people.guard import needs
from wallserver.people.rights import Action

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
