"""The sessions of displays and players with their figures, for a page that shows how the site is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from wallserver.control.routes import ControlOf
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()


@router.get("/api/sessions", dependencies=[needs(Action.SESSIONS_SEE)])
async def sessions(control: ControlOf) -> dict[str, Any]:
    """Every session of every gateway; `silent` are gateways that did not say theirs in time."""
    found, silent = await control.sessions.figures()
    return {"sessions": found, "silent": silent}
