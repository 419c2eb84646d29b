"""HTTP by subject: one module, one router each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any
from zlib import crc32

from fastapi import Depends
from starlette.requests import HTTPConnection

from wallserver.catalogue.camera import Camera
from wallserver.control.answers import ApiError
from wallserver.control.objects import object_of
from wallserver.control.site import Control
from wallserver.counted_together import counted_together
from wallserver.people.audit import Done
from wallserver.people.guard import principal_of
from wallserver.people.rights import Action, Person, Principal, authorize
from wallserver.people.scope import Scope
from wallserver.people.written_scope import scope_to_json


def control_of(connection: HTTPConnection) -> Control:
    """The control that this app belongs to."""
    control: Control = connection.app.state.control
    return control


type ControlOf = Annotated[Control, Depends(control_of)]
type WhoAsks = Annotated[Principal, Depends(principal_of)]


def address_of(connection: HTTPConnection) -> str:
    """The address that asks, as it is logged."""
    return connection.client.host if connection.client else "-"


def counted_as(connection: HTTPConnection) -> str:
    """The address that asks, as it is counted."""
    return counted_together(address_of(connection))


def cameras_for(who: Principal, control: Control, of: Iterable[Camera] | None = None) -> Iterator[Camera]:
    """Which of these cameras somebody may see, in their order; of the whole catalogue, where none are given."""
    cameras = control.plans.cameras.values() if of is None else of
    return (camera for camera in cameras if authorize(who, Action.CAMERAS_SEE, object_of(camera)))


def catalogue_for(who: Principal, control: Control) -> str:
    """Another one whenever cameras were added or changed, or others may be seen; the same over restarts, and for all
    who have the same limits."""
    limits = scope_to_json(Scope(cameras=who.scope.cameras)) if isinstance(who, Person) else None
    return f"{control.plans.version}-{crc32(json.dumps(limits).encode()):08x}"


def camera_that_is_on(control: Control, name: str) -> Camera:
    """The camera of this id: 404 where there is none, 409 where somebody has switched it off."""
    camera = control.plans.cameras.get(name)
    if camera is None:
        raise ApiError(404, f"There is no camera {name}.")
    if name in control.off:
        raise ApiError(409, f"{name} is switched off.", reason="off")
    return camera


def note(
    connection: HTTPConnection,
    *,
    obj: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    behind: bool = False,
) -> None:
    """Have it written down in the audit what a change is done to, and what that was before and is after. No secrets.

    `behind`: after the answer, as the database is busy or away.
    """
    done: Done = connection.state.done
    done.obj, done.before, done.after, done.behind = done.obj if obj is None else obj, before, after, behind


def waited(seconds: int) -> ApiError:
    """Somebody tried too often."""
    minutes = (seconds + 59) // 60
    words = "a minute" if minutes == 1 else f"{minutes} minutes"
    return ApiError(429, f"Too many tries. Wait {words}.", retry_after_s=seconds)
