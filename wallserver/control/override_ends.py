"""Which overrides are over by a command, before their time: those that it takes back, and those whose displays get the
layouts of a scene or of an earlier revision. What is there then is there for good, though it may look the same.

What a person puts in an overridden cell by hand ends none: an undo brings back what is to return.
"""

from __future__ import annotations

from collections.abc import Iterable

from layouts.commands import Command, RecallScene, Restore, Undo, steps_of
from layouts.diff import diff
from layouts.errors import LayoutError, LockedError
from layouts.returning import returned
from layouts.wall import Wall
from wallserver.catalogue import Catalogue
from wallserver.catalogue.timed import Override
from wallserver.people.rights import Principal, may_arrange

type _Ends = Undo | RecallScene | Restore


async def ended_by(command: Command, before: Wall, who: Principal | None, catalogue: Catalogue) -> list[str]:
    """The ids of those that are over by what `who` (None: the clock) does to the wall `before`: only those whose cells
    are theirs, as a scene may well leave others' cells as they are. Nothing is read for other commands."""
    steps = [step for step in steps_of(command) if isinstance(step, Undo | RecallScene | Restore)]
    if not steps:
        return []
    there = [one for one in await catalogue.timed.overrides() if one.wall == before.id]
    return [one.id for one in there if await _is_over(one, steps, before, who, catalogue)]


def check_returns(before: Wall, after: Wall) -> None:
    """LayoutError for what could not be there for a while only, because it locks what would have to return."""
    try:
        returned(after, before, after)
    except LockedError as error:
        said = f"{error} by this, so that it could not return by itself"
        raise LayoutError(said, reason="locked_then", display=error.display, cell=error.cell) from None


async def _is_over(
    override: Override, steps: Iterable[_Ends], before: Wall, who: Principal | None, catalogue: Catalogue
) -> bool:
    old = await catalogue.walls.at(before.id, override.before)
    new = await catalogue.walls.at(before.id, override.after)
    if old is None or new is None:
        return False
    cells = frozenset((change.display, change.cell) for change in diff(old, new).cells)
    if who is not None and not may_arrange(who, before.id, cells):
        return False
    given: set[str] = set()
    for step in steps:
        match step:
            case Undo():
                return before.past[-1] < override.after
            case RecallScene(scene):
                given.update(before.scene(scene).displays)
            case Restore(revision):
                then = await catalogue.walls.at(before.id, revision) if revision < override.after else None
                given.update(display.id for display in (then.displays if then else ()))
    return {display for display, _ in cells} <= given
