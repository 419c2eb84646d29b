"""What every route on a wall needs: the wall, who asks, and the answers for what cannot be."""

from __future__ import annotations

from typing import NamedTuple

from layouts.commands import Command
from layouts.diff import diff, diff_to_json
from layouts.errors import LayoutError
from layouts.wall import Wall
from layouts.wall_json import wall_to_json
from wallserver.control.answers import ApiError
from wallserver.control.drafts import goes_live
from wallserver.control.site import Control
from wallserver.people import objects
from wallserver.people.rights import Action, Person, Principal, authorize


class Whose(NamedTuple):
    """A person's id, and the name that is written down."""

    id: str
    name: str


def wall_of(control: Control, wall: str) -> Wall:
    """The wall as it is now; ApiError (404) where there is none."""
    try:
        return control.plans.walls[wall]
    except KeyError:
        raise ApiError(404, f"There is no wall {wall}.") from None


def whose(who: Principal) -> Whose:
    """Whoever asks; a program that is no person is nobody."""
    return Whose(who.id, who.name) if isinstance(who, Person) else Whose("", "-")


def check_live(control: Control, who: Principal, wall: str, command: Command, *, said: bool) -> None:
    """ApiError for what belongs into a draft here, unless a supervisor of the wall says that it is to be live."""
    if goes_live(command, control.settings.walls.changes):
        return
    if not said:
        said_why = "Such a change goes through a draft here, unless a supervisor says that it is live."
        raise ApiError(422, said_why, reason="needs_draft")
    if not authorize(who, Action.WALLS_EDIT, objects.Wall(wall)):
        raise ApiError(403, "Only a supervisor says that such a change is live; make it in a draft.")


def cannot_be(error: LayoutError) -> ApiError:
    """Which display and cell, and why not; `reason`: in one word, where pages have words of their own for it."""
    return ApiError(422, str(error), display=error.display, cell=error.cell, reason=error.reason)


async def stale(control: Control, current: Wall, base_revision: int) -> ApiError:
    """Somebody was faster: the wall as it is now, and what changed since the base (null: that is not known)."""
    message = f"Somebody changed this wall meanwhile: it is at revision {current.revision}."
    base = await control.catalogue.walls.at(current.id, base_revision)
    changed = base and diff_to_json(diff(base, current))
    return ApiError(409, message, reason="stale", snapshot=wall_to_json(current), diff=changed)
