"""`GET /healthz`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from wallserver.control.health import health
from wallserver.control.routes import ControlOf
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()


@router.get("/healthz", dependencies=[needs(Action.OPEN)])
async def healthz(control: ControlOf) -> dict[str, Any]:
    """How the site is. 200 as long as control answers at all: the word in `status` says the rest."""
    return health(control)
