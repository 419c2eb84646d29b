"""The sessions of displays and players with their figures, for a page that shows how the site is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from wallserver.control.routes import ControlOf, WhoAsks
from wallserver.people.guard import needs
from wallserver.people.rights import Action, authorize

router = APIRouter()


@router.get("/api/sessions", dependencies=[needs(Action.SESSIONS_SEE)])
async def sessions(control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """Every session of every gateway, of displays and streams that whoever asks may see; `silent` are gateways that did
    not say theirs in time.
    """
    found, silent = await control.sessions.figures()

    def is_seen(session: dict[str, Any]) -> bool:
        if session["display"] is not None:
            return authorize(who, Action.DISPLAYS_SEE, control.objects.display(session["display"]))
        return authorize(who, Action.STREAM_WATCH, control.objects.stream(session["stream"] or ""))

    return {"sessions": list(filter(is_seen, found)), "silent": silent}
