"""Drafts, times of scenes and overrides in the database."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from layouts.apply import apply
from layouts.commands import Clear
from layouts.presets import wall_showing
from tests.support.clock import Ticking
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.drafts import Draft, StaleDraftError
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.catalogue.timed import SceneTime
from wallserver.config import Settings

WALL = wall_showing("city", "Kota", ["a", "b"])


def command(cell: str) -> dict[str, Any]:
    return {"type": "clear", "display": "city-1", "cell": cell}


async def test_a_draft_that_another_page_has_changed_is_not_discarded_unseen(settings: Settings) -> None:
    async with open_catalogue(settings, Ticking()) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        drafts = catalogue.drafts
        await drafts.discard("city", "ani", 1)  # there is none: so it is already
        first = await drafts.put("city", "ani", 1, [command("c1")], 0)
        second = await drafts.put("city", "ani", 1, [command("c1"), command("c2")], first.changes)
        with pytest.raises(StaleDraftError):
            await drafts.discard("city", "ani", first.changes)
        assert await drafts.get("city", "ani") == second
        await drafts.discard("city", "ani", second.changes)
        assert await drafts.get("city", "ani") is None


async def test_the_next_draft_is_not_taken_for_the_one_before(settings: Settings) -> None:
    """Of two pages of one account one has discarded it and begun another: the other page's is neither published nor
    discarded by what is done on the first."""
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        drafts = catalogue.drafts
        gone = await drafts.put("city", "ani", 1, [command("c1")], 0)
        await drafts.discard("city", "ani", gone.changes)
        clock.now += 1
        following = await drafts.put("city", "ani", 1, [command("c2")], 0)
        with pytest.raises(StaleDraftError):
            await drafts.discard("city", "ani", gone.changes)
        with pytest.raises(StaleDraftError):
            await drafts.put("city", "ani", 1, [], gone.changes)
        assert await drafts.get("city", "ani") == following


async def test_of_two_pages_that_change_one_draft_at_once_one_does(settings: Settings) -> None:
    async with open_catalogue(settings, Ticking()) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        drafts = catalogue.drafts
        for changes in (0, 1000):
            both = [drafts.put("city", "ani", 1, [command(f"c{n}")], changes) for n in (1, 2)]
            results = await asyncio.gather(*both, return_exceptions=True)
            assert [isinstance(result, StaleDraftError) for result in results].count(True) == 1
        kept = await drafts.get("city", "ani")
        assert kept is not None
        assert (kept.changes, len(kept.commands), kept.changed_ms) == (1001, 1, 1000)
        assert await drafts.put("city", "budi", 1, [], 0) == Draft("city", "budi", 1, (), 1000, 1000)
        await drafts.discard("city", "ani")
        assert await drafts.get("city", "ani") is None
        with pytest.raises(StaleDraftError):
            await drafts.put("city", "ani", 1, [], 1001)


async def test_scenes_at_their_times(settings: Settings) -> None:
    async with open_catalogue(settings, Ticking()) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        timed = catalogue.timed
        night = await timed.add_scene_time("city", "night", "18:00", "1234567", "ani")
        day = await timed.add_scene_time("city", "day", "06:00", "12345", "ani")
        assert await timed.scene_times() == [day, night]
        await timed.scene_done(day.id, 5000)
        assert [entry.done_ms for entry in await timed.scene_times()] == [5000, 1000]
        await timed.remove_scene_time("elsewhere", day.id)
        await timed.remove_scene_time("city", night.id)
        assert await timed.scene_times() == [SceneTime(day.id, "city", "day", "06:00", "12345", "ani", 5000, 1000)]


async def test_an_override_is_kept_with_its_revision_or_not_at_all(settings: Settings) -> None:
    async with open_catalogue(settings, Ticking()) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        after = apply(WALL, Clear("city-1", "c1"))
        first, late = (catalogue.timed.new_override("city", 1, 2, until_ms, "ani") for until_ms in (9000, 8000))
        await catalogue.walls.commit(after, "ani", ("Sementara.", "For a while."), first)
        with pytest.raises(StaleRevisionError):
            await catalogue.walls.commit(after, "budi", override=late)
        assert await catalogue.timed.overrides() == [first]
        (change, _) = await catalogue.walls.changes("city", 10, 10)
        assert (change.revision, change.said_id, change.said_en) == (2, "Sementara.", "For a while.")
        await catalogue.timed.remove_override(first.id)
        assert await catalogue.timed.overrides() == []


async def test_a_draft_ends_with_its_revision_or_not_at_all(settings: Settings) -> None:
    async with open_catalogue(settings, Ticking()) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        looked = await catalogue.drafts.put("city", "ani", 1, [command("c1")], 0)
        newer = await catalogue.drafts.put("city", "ani", 1, [command("c1"), command("c2")], looked.changes)
        after = apply(WALL, Clear("city-1", "c1"))
        with pytest.raises(StaleDraftError):
            await catalogue.walls.commit(after, "ani", draft=looked)
        assert await catalogue.walls.get("city") == WALL
        assert await catalogue.drafts.get("city", "ani") == newer
        await catalogue.walls.commit(after, "ani", draft=newer)
        assert await catalogue.drafts.get("city", "ani") is None
