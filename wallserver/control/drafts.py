"""Drafts of walls: commands that nobody sees until they are published, all of them as one revision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from layouts.commands import Assign, Clear, Command, Redo, Several, Swap, Undo
from layouts.commands_json import command_from_json
from layouts.diff import Diff, diff
from layouts.errors import LayoutError
from layouts.wall import Wall
from wallserver.catalogue import Catalogue
from wallserver.catalogue.drafts import Draft, StaleDraftError
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.control.plans import Plans
from wallserver.control.revision_words import DRAFT
from wallserver.control.wall_edits import WallEdits
from wallserver.people.rights import Principal

type Json = dict[str, Any]


def goes_live(command: Command, changes: Literal["live", "small", "draft"]) -> bool:
    """Whether a command is published at once, where `walls.changes` says so.

    Small is what one cell shows, what two exchange, and taking a change back.
    """
    small = isinstance(command, Assign | Clear | Swap | Undo | Redo)
    return changes == "live" or (changes == "small" and small)


@dataclass(frozen=True, slots=True)
class Seen:
    """A draft as it would look: the revision that it is based on, the wall after it, and as it is by now."""

    draft: Draft
    base: Wall
    after: Wall
    current: Wall

    @property
    def stale(self) -> bool:
        """Whether others have published something meanwhile."""
        return self.base.revision != self.current.revision

    @property
    def meanwhile(self) -> Diff:
        """What they changed."""
        return diff(self.base, self.current)


class DraftEdits:
    """Everybody's drafts. A person's id is whose they are; `changes` is which state of a draft somebody looked at."""

    def __init__(self, catalogue: Catalogue, plans: Plans, edits: WallEdits) -> None:
        self._catalogue = catalogue
        self._plans = plans
        self._edits = edits

    async def seen(self, wall: str, person: str) -> Seen | None:
        """Somebody's draft as it would look. LayoutError where it cannot be any more (a camera that is gone)."""
        draft = await self._catalogue.drafts.get(wall, person)
        return None if draft is None else await self._seen(draft)

    async def add(self, wall: str, person: str, command: Json, changes: int, who: Principal | None = None) -> Seen:
        """One command more; the first one begins a draft on the wall as it is. LayoutError, StaleDraftError, and
        ApiError (403) for what is not for `who` to do."""
        draft = await self._catalogue.drafts.get(wall, person)
        base = draft.base_revision if draft else self._plans.walls[wall].revision
        commands = [*(draft.commands if draft else ()), command]
        return await self._put(wall, person, base, commands, changes, who)

    async def undo(self, wall: str, person: str, changes: int) -> Seen:
        """Without its last command. LayoutError where there is none, StaleDraftError."""
        draft = await self._catalogue.drafts.get(wall, person)
        if draft is None or not draft.commands:
            raise LayoutError("there is nothing to undo in this draft")
        return await self._put(wall, person, draft.base_revision, list(draft.commands[:-1]), changes)

    async def rebase(self, wall: str, person: str, changes: int) -> tuple[Seen, list[Json]]:
        """The same commands on the wall as it is now, as far as they can be done on it: the draft, and each of the
        others with why not. LayoutError where there is no draft, StaleDraftError."""
        draft = await self._catalogue.drafts.get(wall, person)
        if draft is None:
            raise LayoutError("there is no draft")
        current = after = self._plans.walls[wall]
        kept: list[Json] = []
        dropped: list[Json] = []
        for command in draft.commands:
            try:
                after = await self._after(after, [command])
            except LayoutError as error:
                dropped.append({"command": command, "why": str(error)})
            else:
                kept.append(command)
        return await self._put(wall, person, current.revision, kept, changes), dropped

    async def publish(self, wall: str, person: str, by: str, changes: int, who: Principal | None = None) -> Wall:
        """Show it on all displays at once, as one revision. LayoutError for an empty draft, StaleDraftError for one
        that was changed since it was looked at, StaleRevisionError where others have published meanwhile, ApiError
        (403) where some of it is not (any more) for `who` to do."""
        seen = await self.seen(wall, person)
        if seen is None or not seen.draft.commands:
            raise LayoutError("there is nothing to publish in this draft")
        if seen.draft.changes != changes:
            raise StaleDraftError("the draft was changed meanwhile")
        if seen.stale:
            raise StaleRevisionError(seen.current)
        command = _several(list(seen.draft.commands))
        await self._edits.after(seen.base, command, who)
        await self._edits.keep(seen.base, seen.after, by, command, DRAFT, draft=seen.draft, who=who)
        return seen.after

    async def _put(
        self,
        wall: str,
        person: str,
        base_revision: int,
        commands: list[Json],
        changes: int,
        who: Principal | None = None,
    ) -> Seen:
        base = await self._base(wall, base_revision)
        after = await self._after(base, commands, who)
        draft = await self._catalogue.drafts.put(wall, person, base_revision, commands, changes)
        return Seen(draft, base, after, self._plans.walls[wall])

    async def _seen(self, draft: Draft) -> Seen:
        base = await self._base(draft.wall, draft.base_revision)
        return Seen(draft, base, await self._after(base, list(draft.commands)), self._plans.walls[draft.wall])

    async def _base(self, wall: str, revision: int) -> Wall:
        current = self._plans.walls[wall]
        base = current if current.revision == revision else await self._catalogue.walls.at(wall, revision)
        if base is None:
            raise LayoutError(f"revision {revision}, which this draft is based on, is no longer kept")
        return base

    async def _after(self, base: Wall, commands: list[Json], who: Principal | None = None) -> Wall:
        return await self._edits.after(base, _several(commands), who) if commands else base


def _several(commands: list[Json]) -> Several:
    several = command_from_json({"type": "several", "commands": commands})
    assert isinstance(several, Several)  # noqa: S101 - that is what this type of command is
    return several
