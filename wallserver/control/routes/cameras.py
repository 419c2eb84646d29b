"""The list of cameras with their states."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from wallserver.control.routes import ControlOf
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()


@router.get("/api/cameras", dependencies=[needs(Action.CAMERAS_SEE)])
async def cameras(control: ControlOf) -> list[dict[str, Any]]:
    """Every camera of the catalogue: what it is called, and how it is. Never where it is or how to get in."""
    views = control.plans.site_views()
    answer = []
    for camera in control.plans.cameras.values():
        status = control.live.status(camera.main_stream) or control.live.status(camera.sub_stream)
        answer.append(
            {
                "id": camera.id,
                "name": camera.name,
                "district": camera.district,
                "lorong": camera.lorong,
                "kind": camera.kind,
                "streams": list(camera.streams),
                "codec": status.codec if status else None,
                "width": status.width if status else None,
                "height": status.height if status else None,
                "fps": status.fps if status else None,
                **views[camera.id].to_json(),
            }
        )
    return answer
