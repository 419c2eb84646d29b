"""The one way to change a wall: a command is checked, applied, kept as the next revision with what it did in words,
and shown. People's commands, drafts, the schedule and overrides that return all go it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from layouts.apply import apply, differing, revisions_needed, touched
from layouts.commands import Command, Several
from layouts.diff import diff
from layouts.errors import LayoutError
from layouts.history import Earlier
from layouts.wall import Wall
from wallserver.catalogue import Catalogue
from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.catalogue.drafts import Draft
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.catalogue.timed import Override
from wallserver.control.objects import ControlObjects
from wallserver.control.override_ends import check_returns, ended_by
from wallserver.control.panels import check_sites
from wallserver.control.plans import Plans
from wallserver.control.reach import check_reach
from wallserver.control.revision_words import Words, words_of
from wallserver.control.wall_checks import check_displays, check_given
from wallserver.people.rights import Principal

_log = structlog.get_logger(__name__)
_TRIES = 5


class WallEdits:
    """Edits of the walls that `plans` shows. `panel_sites`: those whose pages and pictures a cell may show."""

    def __init__(self, catalogue: Catalogue, plans: Plans, objects: ControlObjects, panel_sites: Sequence[str]) -> None:
        self._catalogue = catalogue
        self._plans = plans
        self._objects = objects
        self._panel_sites = panel_sites
        self._unsure: set[str] = set()
        # Called after overrides have ended before their time, or may have.
        self.on_ended: list[Callable[[], Awaitable[None]]] = []

    async def after(self, wall: Wall, command: Command, who: Principal | None = None) -> Wall:
        """The revision of `wall` that would follow. LayoutError says why it cannot be, ApiError (403) that it is not
        for `who` to do; without: it is done by the clock, and was somebody's to set."""
        check_given(command, self._plans.cameras)
        check_sites(command, self._panel_sites)
        needed = {number: await self._catalogue.walls.at(wall.id, number) for number in revisions_needed(wall, command)}
        earlier = {number: then for number, then in needed.items() if then is not None}
        after = await _off_the_loop(apply, wall, command, earlier)
        check_displays(after, self._plans.walls.values())
        if who is not None:
            reached = await _off_the_loop(touched, wall, command, earlier)
            check_reach(who, wall, after, reached, diff(wall, after), self._objects)
        return after

    def check_might_be(self, wall: Wall, after: Wall, who: Principal) -> None:
        """Whether `who` could have made `after` of `wall`. LayoutError, and ApiError (403), as of a command."""
        if after.id != wall.id:
            raise LayoutError(f"this is the wall {after.id}, not {wall.id}")
        check_displays(after, self._plans.walls.values())
        check_reach(who, wall, after, differing(wall, after), diff(wall, after), self._objects)

    async def keep(
        self,
        before: Wall,
        after: Wall,
        by: str,
        command: Command | None = None,
        why: Words | None = None,
        override: Override | None = None,
        draft: Draft | None = None,
        who: Principal | None = None,
    ) -> None:
        """Publish `after`, which follows `before`, to all displays; in the same transaction `override` is kept, and
        `draft` ends, as do overrides that `command` ends, of those whose cells are for `who` to rearrange.

        LayoutError for an `override` that could not return, StaleRevisionError if something else follows `before`,
        StaleDraftError if the draft is another by now.
        """
        if override is not None:
            check_returns(before, after)
        said = words_of(before, after, command, self._camera_name, why)
        try:
            ended = await ended_by(command, before, who, self._catalogue) if command and override is None else []
            await self._catalogue.walls.commit(after, by, said, override, draft, ended)
        except StaleRevisionError as error:
            self._plans.put_wall(error.current)
            raise
        except DATABASE_AWAY:
            self._unsure.add(after.id)
            raise
        self._plans.put_wall(after)
        _log.info("wall changed", wall=after.id, revision=after.revision, by=by, what=said.english)
        if ended:
            for tell in self.on_ended:
                await tell()

    async def settle(self) -> None:
        """Show what became of edits at which the database went away: one may be kept though nobody heard of it. Raises
        what a database that is away raises."""
        for wall in list(self._unsure):
            self._plans.put_wall(await self._catalogue.walls.get(wall))
            for tell in self.on_ended:
                await tell()
            self._unsure.discard(wall)

    async def change(self, wall_id: str, change: Callable[[Wall], Wall | None], by: str, why: Words) -> Wall | None:
        """Do what `change` makes of the wall as it is now, though others change it meanwhile; None is nothing."""
        for _ in range(_TRIES):
            before = self._plans.walls[wall_id]
            if (after := change(before)) is None:
                return None
            try:
                await self.keep(before, after, by, why=why)
            except StaleRevisionError:
                continue
            return after
        raise StaleRevisionError(self._plans.walls[wall_id])

    async def do(self, wall_id: str, command: Command, by: str, why: Words) -> tuple[Wall, Wall]:
        """Do a command to the wall as it is now, though others change it meanwhile: the wall before and after."""
        for _ in range(_TRIES):
            before = self._plans.walls[wall_id]
            after = await self.after(before, command)
            try:
                await self.keep(before, after, by, command, why)
            except StaleRevisionError:
                continue
            return before, after
        raise StaleRevisionError(self._plans.walls[wall_id])

    def _camera_name(self, camera: str) -> str:
        known = self._plans.cameras.get(camera)
        return known.name if known else camera


async def _off_the_loop[T](
    do: Callable[[Wall, Command, Earlier], T], wall: Wall, command: Command, earlier: Earlier
) -> T:
    """What is done of several commands: 500 of them on a wall of 20 displays take 0.3 s."""
    if isinstance(command, Several):
        return await asyncio.to_thread(do, wall, command, earlier)
    return do(wall, command, earlier)
