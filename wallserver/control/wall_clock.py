"""What happens to walls by the clock: scenes are recalled at their times, what was there for a while returns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from layouts.commands import Command, RecallScene
from layouts.diff import diff
from layouts.errors import LayoutError
from layouts.returning import returned
from layouts.wall import Wall
from wallserver.catalogue import Catalogue
from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.catalogue.timed import Override, SceneTime
from wallserver.control.answers import ApiError
from wallserver.control.plans import Plans
from wallserver.control.revision_words import RETURNED, SCHEDULE, overridden
from wallserver.control.wall_edits import WallEdits
from wallserver.people.rights import Principal, may_arrange

_log = structlog.get_logger(__name__)
_TICK_S = 1.0
# A clock that is set by less has only been corrected: what was seen to a moment early is not done again.
_SET_MS = 60_000


class OverriddenError(Exception):
    """Some of these cells are under an override already."""

    def __init__(self, override: Override) -> None:
        super().__init__(f"{override.made_by} has put something there for a while already.")
        self.override = override


def last_due_ms(at: str, days: str, zone: ZoneInfo, now_ms: int) -> int:
    """When it was this time of the day (HH:MM) on one of these days (Monday is 1) last: Unix milliseconds."""
    return _due(at, days, zone, now_ms, -1)


def next_due_ms(at: str, days: str, zone: ZoneInfo, now_ms: int) -> int:
    """When it will be so next."""
    return _due(at, days, zone, now_ms, +1)


def _due(at: str, days: str, zone: ZoneInfo, now_ms: int, step: int) -> int:
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    for count in range(9):
        day = today + timedelta(days=step * count)
        due_ms = int(datetime.combine(day, time.fromisoformat(at), zone).timestamp() * 1000)
        if str(day.isoweekday()) in days and (due_ms <= now_ms) == (step < 0):
            return due_ms
    raise ValueError(f"{days!r} are no days of the week")


class WallClock:
    """Sees to all that is due, also what became due while control was not there.

    `problems`: why a scene could not be recalled the last time it was due, by the id of its time; and why what was to
    return could not, by the id of the override.
    """

    def __init__(
        self, catalogue: Catalogue, plans: Plans, edits: WallEdits, zone: str, now_ms: Callable[[], int]
    ) -> None:
        self.problems: dict[str, LayoutError] = {}
        self.zone = ZoneInfo(zone)
        self._catalogue = catalogue
        self._plans = plans
        self._edits = edits
        self._now_ms = now_ms
        # As the database has them: nothing is read where nothing is due, unless it may be that this is no more so.
        self._is_known = False
        self._times: list[SceneTime] = []
        self._overrides: list[Override] = []
        self._looked_ms = 0
        # Scenes that a clock which was ahead has seen to, by the ids of their times: since when they may be due anew.
        self._anew_ms: dict[str, int] = {}
        # Overrides that were made by a clock which was ahead, by their ids: when they end by the one that there is now.
        self._sooner_ms: dict[str, int] = {}
        # Those that cannot return, by their ids: the revision of the wall for which that was found out.
        self._stuck_at: dict[str, int] = {}
        # One thing after the other: what returns now is not returned a second time by hand.
        self._one_at_a_time = asyncio.Lock()

    async def load(self) -> None:
        """Read what is to happen when; where the database is away, at the next tick again."""
        self._is_known = False
        self._times = await self._catalogue.timed.scene_times()
        self._overrides = await self._catalogue.timed.overrides()
        self._is_known = True

    async def run(self) -> None:
        """Until cancelled."""
        away = False
        while True:
            try:
                await self.tick()
            except DATABASE_AWAY as error:
                if not away:
                    _log.error("what is due on walls waits for the database", reason=type(error).__name__)
                away = True
            else:
                away = False
            await asyncio.sleep(_TICK_S)

    async def tick(self) -> None:
        """Do what is due."""
        async with self._one_at_a_time:
            await self._know()
            now_ms = self._now_ms()
            self._look_at_clock(now_ms)
            await self._recall_scenes(now_ms)
            for override in [one for one in self._overrides if self._ends_ms(one) <= now_ms]:
                await self._return_when_due(override)

    def times_of(self, wall: str) -> list[SceneTime]:
        """The scenes of a wall at their times."""
        return [entry for entry in self._times if entry.wall == wall]

    def overrides_of(self, wall: str) -> list[Override]:
        """What is on a wall for a while, the first to return first."""
        return [override for override in self._overrides if override.wall == wall]

    async def add_time(
        self, wall: Wall, scene: str, at: str, days: str, by: str, who: Principal | None = None
    ) -> SceneTime:
        """Recall a scene at a time of the day, from now on. LayoutError for a scene that is not, or cannot be recalled;
        ApiError (403) for one that is not for `who` to recall."""
        await self._edits.after(wall, RecallScene(scene), who)
        await self._edits.after(_bare(wall), RecallScene(scene), who)  # it may be on just now, and changes nothing then
        async with self._one_at_a_time:
            self._is_known = False
            entry = await self._catalogue.timed.add_scene_time(wall.id, scene, at, days, by)
            await self.load()
            return entry

    async def remove_time(self, wall: str, entry: str) -> None:
        """No more; without effect where there is no such."""
        async with self._one_at_a_time:
            self._is_known = False
            await self._catalogue.timed.remove_scene_time(wall, entry)
            await self.load()

    async def override(
        self, before: Wall, command: Command, until_ms: int, by: str, who: Principal | None = None, reason: str = ""
    ) -> tuple[Wall, Override]:
        """Do a command for a while; `reason` is told with it. LayoutError, StaleRevisionError, OverriddenError, and
        ApiError (403) for what is not for `who` to do."""
        async with self._one_at_a_time:
            await self._know()
            after = await self._edits.after(before, command, who)
            await self._check_free(before, after)
            override = self._catalogue.timed.new_override(before.id, before.revision, after.revision, until_ms, by)
            self._is_known = False  # it may be kept though nobody hears of it
            await self._edits.keep(before, after, by, command, overridden(reason), override)
            await self.load()
            return after, override

    async def end(self, wall: str, override_id: str, by: str, who: Principal) -> bool:
        """Return before its time; False where there is no such override (any more). ApiError (403) where its cells
        are not for `who` to rearrange, LayoutError where they cannot be as they were, StaleRevisionError."""
        async with self._one_at_a_time:
            await self._know()
            for override in self.overrides_of(wall):
                if override.id == override_id:
                    if not may_arrange(who, wall, await self._cells_of(override)):
                        raise ApiError(403, "Some of these cells are not yours to rearrange.")
                    await self._return(override, by)
                    return True
        return False

    async def _know(self) -> None:
        """Read anew what may be otherwise by now: the answer to a change of it may have been lost with the database."""
        if not self._is_known:
            await self.load()

    async def _recall_scenes(self, now_ms: int) -> None:
        due: dict[str, list[tuple[int, SceneTime]]] = {}
        for entry in self._times:
            at_ms = last_due_ms(entry.at, entry.days, self.zone, now_ms)
            if at_ms > self._anew_ms.get(entry.id, entry.done_ms) and entry.wall in self._plans.walls:
                due.setdefault(entry.wall, []).append((at_ms, entry))
        for entries in due.values():
            await self._recall_in_turn(sorted(entries, key=lambda one: one[0]))

    def _look_at_clock(self, now_ms: int) -> None:
        """What a clock that was ahead has seen to is due again for the one that ticks until then. One that jumps there
        was behind itself, for a while: what is written down is right, and is not touched meanwhile."""
        was_set = not 0 <= now_ms - self._looked_ms < _SET_MS
        self._looked_ms = now_ms
        for entry in self._times:
            if entry.done_ms - now_ms >= _SET_MS:
                self._anew_ms[entry.id] = min(now_ms, self._anew_ms.get(entry.id, now_ms))
            elif was_set:
                self._anew_ms.pop(entry.id, None)
        sooner_ms: dict[str, int] = {}
        for override in self._overrides:
            known_ms = self._sooner_ms.get(override.id, override.until_ms)
            if override.made_ms - now_ms >= _SET_MS:
                sooner_ms[override.id] = min(known_ms, now_ms + override.until_ms - override.made_ms)
            elif not was_set:  # this one has ticked until there
                sooner_ms[override.id] = known_ms
        self._sooner_ms = sooner_ms

    def _ends_ms(self, override: Override) -> int:
        """It lasts as long as it was to, though the clock was set back since."""
        return self._sooner_ms.get(override.id, override.until_ms)

    async def _recall_in_turn(self, due: Sequence[tuple[int, SceneTime]]) -> None:
        """A wall's scenes in the order of their times, but for those that the ones after them leave nothing of."""
        for number, (due_ms, entry) in enumerate(due):
            its = self._displays_of(entry)
            after = [self._displays_of(later) for _, later in due[number + 1 :]]
            is_covered = its and its <= frozenset[str]().union(*after)
            if not is_covered and not await self._recall(entry):
                return
            await self._catalogue.timed.scene_done(entry.id, due_ms)
            self._anew_ms.pop(entry.id, None)
            await self.load()

    async def _recall(self, entry: SceneTime) -> bool:
        """Whether it was tried: others may be quicker, then it waits for the next tick, with those after it."""
        wall, scene = entry.wall, entry.scene
        try:
            await self._edits.do(wall, RecallScene(scene), entry.made_by, SCHEDULE)
        except StaleRevisionError as error:
            _log.warning("a scene waits for changes by others", wall=wall, scene=scene, reason=str(error))
            return False
        except LayoutError as error:
            _log.error("a scene could not be recalled at its time", wall=wall, scene=scene, reason=str(error))
            self.problems[entry.id] = error
        else:
            self.problems.pop(entry.id, None)
        return True

    def _displays_of(self, entry: SceneTime) -> frozenset[str]:
        """Those that its scene is of; none where it is gone."""
        scenes = self._plans.walls[entry.wall].scenes
        return frozenset(display for scene in scenes if scene.id == entry.scene for display in scene.displays)

    async def _return_when_due(self, override: Override) -> None:
        """What cannot return stays an override, and is tried again when the wall is another: its cell is unlocked."""
        wall = self._plans.walls.get(override.wall)
        if wall is not None and self._stuck_at.get(override.id) == wall.revision:
            return
        try:
            await self._return(override, override.made_by)
        except StaleRevisionError as error:  # others are quicker: at the next tick
            _log.warning(
                "what was there for a while waits for changes by others", wall=override.wall, reason=str(error)
            )
        except LayoutError as error:
            if str(self.problems.get(override.id)) != str(error):
                _log.error("what was there for a while cannot return yet", wall=override.wall, reason=str(error))
            self.problems[override.id] = error
            self._stuck_at[override.id] = self._plans.walls[override.wall].revision

    async def _return(self, override: Override, by: str) -> None:
        """LayoutError where it cannot be as it was, StaleRevisionError: it is an override still."""
        before = await self._catalogue.walls.at(override.wall, override.before)
        after = await self._catalogue.walls.at(override.wall, override.after)
        if before is not None and after is not None and override.wall in self._plans.walls:
            await self._edits.change(override.wall, lambda now: returned(now, before, after), by, RETURNED)
        self._is_known = False
        await self._catalogue.timed.remove_override(override.id)
        self.problems.pop(override.id, None)
        self._stuck_at.pop(override.id, None)
        await self.load()

    async def _check_free(self, before: Wall, after: Wall) -> None:
        wanted = _cells(before, after)
        if not wanted:
            raise LayoutError("this changes nothing that any cell shows, so that there is nothing to return to")
        for override in self.overrides_of(before.id):
            if await self._cells_of(override) & wanted:
                raise OverriddenError(override)

    async def _cells_of(self, override: Override) -> frozenset[tuple[str, str]]:
        before = await self._catalogue.walls.at(override.wall, override.before)
        after = await self._catalogue.walls.at(override.wall, override.after)
        return _cells(before, after) if before is not None and after is not None else frozenset()


def _bare(wall: Wall) -> Wall:
    """The wall with nothing on its displays."""
    bare = (replace(display, locked=False, layout=replace(display.layout, cells=())) for display in wall.displays)
    return replace(wall, displays=tuple(bare))


def _cells(before: Wall, after: Wall) -> frozenset[tuple[str, str]]:
    return frozenset((change.display, change.cell) for change in diff(before, after).cells)
