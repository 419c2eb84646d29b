"""Walls in the database: one revision after the other, and a stale one refused."""

from __future__ import annotations

import asyncio

import pytest

from layouts.apply import apply
from layouts.commands import Assign
from layouts.contents import CameraContent
from layouts.presets import wall_showing
from tests.support.clock import Ticking
from wallserver.catalogue import Catalogue, open_catalogue
from wallserver.catalogue.errors import NoSuchWallError, StaleRevisionError
from wallserver.catalogue.walls import Revision
from wallserver.config import Settings

WALL = wall_showing("city", "Kota", [f"cam-{n}" for n in range(4)])


async def test_a_wall_is_added_once(catalogue: Catalogue) -> None:
    assert await catalogue.walls.add(WALL, "demo")
    assert not await catalogue.walls.add(WALL, "demo")
    assert await catalogue.walls.list() == [WALL]
    assert await catalogue.walls.get("city") == WALL
    with pytest.raises(NoSuchWallError):
        await catalogue.walls.get("absent")


async def test_a_stale_revision_gets_the_current_wall(catalogue: Catalogue) -> None:
    await catalogue.walls.add(WALL, "demo")
    second = apply(WALL, Assign("city-1", "c1", CameraContent("other")))
    await catalogue.walls.commit(second, "admin")
    assert await catalogue.walls.get("city") == second
    with pytest.raises(StaleRevisionError) as stale:
        await catalogue.walls.commit(apply(WALL, Assign("city-1", "c1", CameraContent("late"))), "admin")
    assert stale.value.current == second


async def test_of_many_at_once_one_wins(catalogue: Catalogue) -> None:
    await catalogue.walls.add(WALL, "demo")
    rivals = [apply(WALL, Assign("city-1", "c1", CameraContent(f"cam-{n}"))) for n in range(8)]
    results = await asyncio.gather(*(catalogue.walls.commit(wall, "admin") for wall in rivals), return_exceptions=True)
    assert [isinstance(result, StaleRevisionError) for result in results].count(False) == 1
    assert (await catalogue.walls.get("city")).revision == 2


async def test_a_wall_is_found_as_it_was(settings: Settings) -> None:
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        clock.now = 2000
        second = apply(WALL, Assign("city-1", "c1", CameraContent("other")))
        await catalogue.walls.commit(second, "admin")
        assert await catalogue.walls.as_of("city", 999) is None
        assert await catalogue.walls.as_of("city", 1999) == Revision(WALL, "demo", 1000)
        assert await catalogue.walls.as_of("city", 2000) == Revision(second, "admin", 2000)


async def test_every_revision_is_kept_as_it_was(catalogue: Catalogue) -> None:
    await catalogue.walls.add(WALL, "demo")
    await catalogue.walls.commit(apply(WALL, Assign("city-1", "c1", CameraContent("other"))), "admin")
    assert await catalogue.walls.at("city", 1) == WALL
    assert await catalogue.walls.at("city", 3) is None
    assert await catalogue.walls.at("absent", 1) is None
