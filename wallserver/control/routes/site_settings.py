"""The settings that hold, and where each comes from; read only, secrets as set or not set."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from wallserver.control.routes import ControlOf
from wallserver.people.guard import needs
from wallserver.people.rights import Action
from wallserver.told_settings import told_settings

router = APIRouter()


@router.get("/api/settings", dependencies=[needs(Action.SETTINGS_SEE)])
async def settings(control: ControlOf) -> list[dict[str, Any]]:
    """Each by its key in config.yaml, in that order. `source`: `default`, `file` (config.yaml) or `environment`. Of a
    secret there is no `value`; `set` says whether there is one."""
    return [
        {"key": one.key, "value": one.value, "source": one.source, "secret": one.secret, "set": one.is_set}
        for one in told_settings(control.settings)
    ]
