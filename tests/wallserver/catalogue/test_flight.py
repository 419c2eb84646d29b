"""What the flight recorder keeps: who put what on a cell, what tours chose, what displays drew."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, select
from sqlalchemy.ext.asyncio import AsyncConnection

from layouts.apply import apply
from layouts.commands import ApplyPreset, Assign, Clear, SetTour, Several, Swap
from layouts.contents import CameraContent, TourContent
from layouts.presets import wall_showing
from layouts.tours import Tour
from tests.support.clock import Ticking
from tests.wallserver.catalogue.test_database import _downgrade
from wallserver.catalogue import Catalogue, flight, open_catalogue
from wallserver.catalogue.flight import LONGEST_MS, Drawn, Order, Step
from wallserver.catalogue.models import CellOrderRow, DrawnRow, TourStepRow
from wallserver.config import Settings

WALL = wall_showing("city", "Kota", ["a", "b", "c", "d"])
ROUND = Tour("round", "Keliling", ("t0", "t1", "t2"))


def drawn(cell: str, from_ms: int, until_ms: int, *, camera: str = "a", frames: int = 10) -> Drawn:
    return Drawn("city-1", cell, camera, from_ms, until_ms, 7, frames)


async def test_a_cells_content_is_who_last_changed_it_and_not_who_last_changed_the_wall(settings: Settings) -> None:
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        walls = [WALL]
        for by, command in (
            ("ani", Assign("city-1", "c1", CameraContent("x"))),
            ("budi", Assign("city-1", "c2", CameraContent("y"))),
            ("citra", Assign("city-1", "c2", CameraContent("y"))),  # no change: it is budi's still
            ("dewi", Swap("city-1", "c1", "city-1", "c3")),
        ):
            clock.now += 1000
            walls.append(apply(walls[-1], command))
            await catalogue.walls.commit(walls[-1], by)
        places = [("city-1", f"c{n}") for n in range(1, 5)]

        async def at(ms: int) -> list[tuple[str, str | None, int]]:
            found = await catalogue.flight.orders_at("city", places, ms)
            return [(found[place].made_by, found[place].camera, found[place].revision) for place in places]

        assert await at(2500) == [("ani", "x", 2), ("demo", "b", 1), ("demo", "c", 1), ("demo", "d", 1)]
        assert await at(4500) == [("ani", "x", 2), ("budi", "y", 3), ("demo", "c", 1), ("demo", "d", 1)]
        assert await at(5000) == [("dewi", "c", 5), ("budi", "y", 3), ("dewi", "x", 5), ("demo", "d", 1)]
        assert await catalogue.flight.orders_at("city", places, 999) == {}


async def test_a_tours_step_is_what_was_on_the_cell_until_a_person_put_something_there(settings: Settings) -> None:
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        clock.now = 2000
        with_tour = apply(WALL, Several((SetTour(ROUND), Assign("city-1", "c1", TourContent("round")))))
        await catalogue.walls.commit(with_tour, "ani")
        steps = [Step("city", "city-1", "c1", 2000 + n * 10, "round", f"t{n}", n) for n in (0, 1, 2)]
        await catalogue.flight.add_steps(steps)
        await catalogue.flight.add_steps(steps[:2])  # again: an answer that was lost on the way
        clock.now = 3000
        await catalogue.walls.commit(apply(with_tour, Clear("city-1", "c2")), "budi")
        clock.now = 4000
        await catalogue.walls.commit(
            apply(await catalogue.walls.get("city"), Assign("city-1", "c1", CameraContent("x"))), "citra"
        )

        async def at(ms: int) -> Order:
            return (await catalogue.flight.orders_at("city", [("city-1", "c1")], ms))["city-1", "c1"]

        assert await at(1999) == Order(1000, "a", None, 1, "demo", 1000)
        assert await at(2015) == Order(2010, "t1", 1, 2, "ani", 2000)
        assert await at(3999) == Order(2020, "t2", 2, 2, "ani", 2000)
        assert await at(4000) == Order(4000, "x", None, 4, "citra", 4000)
        await catalogue.flight.add_steps([Step("city", "city-1", "c3", 1990, "round", "t0", 0)])
        await catalogue.flight.forget(2015)
        assert [(step.cell_id, step.at_ms) for step in await _steps(catalogue)] == [
            ("c1", 2010),
            ("c1", 2020),
            ("c3", 1990),
        ]
        assert await at(2015) == Order(2010, "t1", 1, 2, "ani", 2000)  # it has stayed at one for longer than is kept


async def test_a_step_of_a_tour_that_is_in_the_cell_no_more_is_not_what_it_shows(settings: Settings) -> None:
    """One is taken while the revision that ends the tour is on its way to the database."""
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        other = Tour("other", "Lain", ("q",))
        wall = apply(WALL, Several((SetTour(ROUND), SetTour(other), Assign("city-1", "c1", TourContent("round")))))
        await catalogue.walls.commit(wall, "ani")
        for now, command in ((2000, Clear("city-1", "c1")), (3000, Assign("city-1", "c1", TourContent("other")))):
            clock.now = now
            wall = apply(wall, command)
            await catalogue.walls.commit(wall, "budi")
            await catalogue.flight.add_steps([Step("city", "city-1", "c1", now + 10, "round", "t1", 7)])
            found = await catalogue.flight.orders_at("city", [("city-1", "c1")], now + 500)
            assert found["city-1", "c1"] == Order(now, None, None, wall.revision, "budi", now)
        await catalogue.flight.add_steps([Step("city", "city-1", "c1", 3005, "other", "q", 1)])
        found = await catalogue.flight.orders_at("city", [("city-1", "c1")], 3500)
        assert found["city-1", "c1"] == Order(3005, "q", 1, wall.revision, "budi", 3000)


async def test_what_was_drawn_is_found_by_instant_and_grows(catalogue: Catalogue) -> None:
    await catalogue.flight.put_drawn([drawn("c1", 1000, 2000), drawn("c2", 1000, 2000, frames=0)])
    await catalogue.flight.put_drawn([drawn("c1", 1000, 3000, frames=20)])
    await catalogue.flight.put_drawn([])
    assert await catalogue.flight.drawn_at(["city-1"], 2500) == {
        ("city-1", "c1"): drawn("c1", 1000, 3000, frames=20),
    }
    assert set(await catalogue.flight.drawn_at(["city-1"], 1000)) == {("city-1", "c1"), ("city-1", "c2")}
    for at_ms in (999, 3001):
        assert await catalogue.flight.drawn_at(["city-1"], at_ms) == {}
    assert await catalogue.flight.drawn_at(["other"], 1500) == {}


async def test_what_ends_in_time_that_is_yet_to_come_is_forgotten_shortly_before_it_does(catalogue: Catalogue) -> None:
    now, minute = 10 * LONGEST_MS, 60_000
    right = [drawn("c1", now - LONGEST_MS + 1, now), drawn("c2", now - minute, now + 2 * minute)]
    ahead = [drawn("c3", now - LONGEST_MS + 1, now + 2 * minute + 1), drawn("c4", now + 4 * minute, now + LONGEST_MS)]
    later = [drawn("c5", now + 4 * minute + 1, now + LONGEST_MS)]  # nobody knows yet whether it is this clock that errs
    await catalogue.flight.put_drawn([*right, *ahead, *later])
    await catalogue.flight.forget_ahead(now - LONGEST_MS, now)
    async with catalogue.database.session() as session:
        kept = await session.scalars(select(DrawnRow.cell_id).order_by(DrawnRow.cell_id))
        assert list(kept) == [one.cell for one in (*right, *later)]


async def test_what_is_asked_of_a_time_is_looked_for_by_the_time(settings: Settings) -> None:
    """By the wall or the displays it would be all of three months: control took minutes to start."""
    if not settings.database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL knows how much there is")
    asked: list[str] = []
    async with open_catalogue(settings) as catalogue:

        @event.listens_for(catalogue.database.engine.sync_engine, "before_cursor_execute")
        def hear(*said: Any) -> None:
            asked.append(str(said[2]))

        await catalogue.flight.last_turns("city", 1000)
        await catalogue.flight.drawn_at(["city-1", "city-2"], 1000)
        queries = [one for one in asked if one.startswith("SELECT")]
        async with catalogue.database.engine.connect() as connection:
            for query in queries:
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (1,) * query.count("?"))
                assert "_ms (" in plan.mappings().all()[0]["detail"], query
    assert len(queries) == 2


async def test_of_two_browsers_the_one_that_drew_counts(catalogue: Catalogue) -> None:
    mine, other = drawn("c1", 1000, 2000, frames=30), drawn("c1", 1001, 2000, frames=0)
    await catalogue.flight.put_drawn([mine, other])
    assert await catalogue.flight.drawn_at(["city-1"], 1500) == {("city-1", "c1"): mine}


async def test_what_still_holds_is_not_forgotten_however_old(settings: Settings) -> None:
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        clock.now = 2000
        await catalogue.walls.commit(apply(WALL, Assign("city-1", "c1", CameraContent("x"))), "ani")
        now = 10 * LONGEST_MS
        await catalogue.flight.put_drawn([drawn("c1", 1000, 2000), drawn("c1", now, now + 1)])
        await catalogue.flight.forget(now)
        places = [("city-1", "c1"), ("city-1", "c2")]
        assert await catalogue.flight.orders_at("city", places, 1500) == {
            ("city-1", "c2"): Order(1000, "b", None, 1, "demo", 1000)
        }
        found = await catalogue.flight.orders_at("city", places, now)
        assert [found[place].camera for place in places] == ["x", "b"]
        assert await catalogue.flight.drawn_at(["city-1"], 1500) == {}
        assert len(await catalogue.flight.drawn_at(["city-1"], now)) == 1


async def test_what_ended_is_forgotten_some_at_a_time(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day of many tours in one piece kept everybody from editing: SQLite has one writer."""
    monkeypatch.setattr(flight, "MOST_AT_ONCE", 2)
    now = 10 * LONGEST_MS
    await catalogue.flight.put_drawn(drawn("c1", n, n) for n in range(5))
    await catalogue.flight.add_steps(Step("city", "city-1", "c1", n, "round", "t0", n) for n in range(4))
    left = []
    while not await catalogue.flight.forget(now):
        async with catalogue.database.session() as session:
            left.append(len(list(await session.scalars(select(DrawnRow)))))
    assert left == [3, 1]
    assert [step.at_ms for step in await _steps(catalogue)] == [3]


async def test_the_later_order_holds_though_the_clock_was_ahead_at_the_one_before(settings: Settings) -> None:
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        clock.now = 9000
        second = apply(WALL, Assign("city-1", "c1", CameraContent("x")))
        await catalogue.walls.commit(second, "ani")
        clock.now = 2000
        await catalogue.walls.commit(apply(second, Assign("city-1", "c1", CameraContent("y"))), "budi")
        for at_ms in (2000, 8999, 9000, 20_000):
            found = await catalogue.flight.orders_at("city", [("city-1", "c1")], at_ms)
            then = await catalogue.walls.as_of("city", at_ms)
            assert then is not None
            assert (found["city-1", "c1"].camera, found["city-1", "c1"].revision) == ("y", then.wall.revision)
        await catalogue.flight.forget(10_000)
        found = await catalogue.flight.orders_at("city", [("city-1", "c1")], 10_000)
        assert found["city-1", "c1"].camera == "y"


async def test_what_was_edited_by_a_clock_that_was_behind_changes_nothing_of_the_time_before(
    settings: Settings,
) -> None:
    """After a power cut, with an empty battery, until the network has set it."""
    clock = Ticking(10_000)
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        wall = WALL
        for now, camera in ((20_000, "x"), (5, "y"), (30_000, "z")):
            clock.now = now
            wall = apply(wall, Assign("city-1", "c1", CameraContent(camera)))
            await catalogue.walls.commit(wall, "ani")
        seen = []
        for at_ms in (15_000, 29_999, 30_000):
            found = await catalogue.flight.orders_at("city", [("city-1", "c1")], at_ms)
            then = await catalogue.walls.as_of("city", at_ms)
            assert then is not None
            assert then.wall.cell("city-1", "c1").camera == found["city-1", "c1"].camera
            seen.append((then.wall.revision, found["city-1", "c1"].camera))
        # Who looked between may have seen x still: nobody knows when y came.
        assert seen == [(1, "a"), (3, "y"), (4, "z")]


async def test_what_was_put_there_by_a_clock_that_was_behind_does_not_make_what_was_before_it_be_forgotten(
    settings: Settings,
) -> None:
    clock = Ticking(1000)
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        wall = WALL
        for now, cell, camera in ((20_000, "c2", "x"), (30_000, "c2", "y"), (5, "c1", "z"), (40_000, "c2", "w")):
            clock.now = now
            wall = apply(wall, Assign("city-1", cell, CameraContent(camera)))
            await catalogue.walls.commit(wall, "ani")
        assert await catalogue.flight.forget(25_000)
        places = [("city-1", "c1"), ("city-1", "c2")]
        found = await catalogue.flight.orders_at("city", places, 25_000)
        assert [found[place].camera for place in places] == ["a", "x"]
        assert await catalogue.flight.forget(40_000)
        assert [row[2:5:2] for row in await _orders(catalogue)] == [("c1", 4), ("c2", 5), ("c3", 1), ("c4", 1)]


async def test_walls_from_before_the_recorder_have_their_orders_after_the_migration(settings: Settings) -> None:
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        await catalogue.walls.add(WALL, "demo")
        await catalogue.walls.add(wall_showing("other", "Lain", ["q"]), "demo")
        second = apply(WALL, Assign("city-1", "c2", CameraContent("x")))
        await catalogue.walls.commit(second, "ani")
        await catalogue.walls.commit(apply(second, ApplyPreset("city-1", "1")), "budi")
        kept = await _orders(catalogue)
        assert len(kept) == 4 + 1 + 1
        async with catalogue.database.engine.begin() as connection:
            await _without_recorder(connection)
    async with open_catalogue(settings) as catalogue:
        assert await _orders(catalogue) == kept


async def _without_recorder(connection: AsyncConnection) -> None:
    await connection.execute(delete(CellOrderRow))

    def down(sync: Connection) -> None:
        _downgrade(sync, "0005")

    await connection.run_sync(down)


async def _steps(catalogue: Catalogue) -> list[TourStepRow]:
    async with catalogue.database.session() as session:
        return list(await session.scalars(select(TourStepRow).order_by(TourStepRow.cell_id, TourStepRow.at_ms)))


async def _orders(catalogue: Catalogue) -> list[tuple[object, ...]]:
    columns = CellOrderRow.__table__.columns
    order = ("wall_id", "display_id", "cell_id", "at_ms", "revision")
    async with catalogue.database.session() as session:
        return [tuple(row) for row in await session.execute(select(*columns).order_by(*order))]
