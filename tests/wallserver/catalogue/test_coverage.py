"""What was drawn of places is summed up by the database, the same by both."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable
from typing import cast

from sqlalchemy import QueuePool, event

from wallserver.catalogue import Catalogue
from wallserver.catalogue.coverage import Shown
from wallserver.catalogue.flight import LONGEST_MS, Drawn

BEGIN, END = 1_800_000_000_000, 1_800_000_001_000
PLACES = {"a": 1, "b": 1, "c": 2, 'it\'s "d"': 3}


def drawn(camera: str, from_ms: int, until_ms: int, *, cell: str = "c1", display: str = "d1", frames: int = 9) -> Drawn:
    return Drawn(display, cell, camera, BEGIN + from_ms, BEGIN + until_ms, 1, frames)


async def shown(catalogue: Catalogue, *intervals: Drawn) -> dict[int, Shown]:
    await catalogue.flight.put_drawn(intervals)
    found = await catalogue.flight.shown_between(["d1", "d2"], PLACES, BEGIN, END)
    return {
        place: Shown(one.times, one.shown_ms, (one.gap[0] - BEGIN, one.gap[1] - BEGIN)) for place, one in found.items()
    }


async def test_the_longest_time_without_any_of_its_cameras_is_a_places_gap(catalogue: Catalogue) -> None:
    found = await shown(
        catalogue,
        drawn("a", 50, 100),
        drawn("b", 80, 200, cell="c2"),
        drawn("a", 90, 150, cell="c3", display="d2"),  # wholly within another
        drawn("a", 500, 550),
        drawn("c", 0, 1000, cell="c4"),
        drawn('it\'s "d"', 300, 600, cell="c5"),
        drawn("x", 0, 1000, cell="c6"),  # which nobody asks for
        drawn("c", 0, 1000, cell="c7", display="elsewhere"),
    )
    assert found == {
        1: Shown(2, 200, (550, 1000)),
        2: Shown(1, 1000, (0, 0)),
        3: Shown(1, 300, (600, 1000)),
    }


async def test_what_lies_partly_in_the_time_counts_for_that_part(catalogue: Catalogue) -> None:
    hour = LONGEST_MS - 1
    around = [drawn("a", -hour, 120), drawn("a", 580, 9999, cell="c2")]
    outside = [drawn("c", -50, -1), drawn("c", 1000, 2000, cell="c2"), drawn("c", 5, 9, frames=0)]
    assert await shown(catalogue, *around, *outside) == {1: Shown(2, 540, (120, 580))}


async def test_of_gaps_of_a_length_the_first_is_told_and_what_touches_is_one(catalogue: Catalogue) -> None:
    found = await shown(catalogue, drawn("a", 100, 200), drawn("b", 201, 900), drawn("c", 400, 500, cell="c2"))
    assert found == {1: Shown(1, 800, (0, 100)), 2: Shown(1, 100, (500, 1000))}


async def test_any_intervals_are_summed_up_as_if_they_were_counted(catalogue: Catalogue) -> None:
    chance = random.Random(5)
    begins = chance.sample(range(-300, 1000), 60)
    kept = [drawn(chance.choice("abc"), begin, begin + chance.randrange(60)) for begin in begins]
    expected = {}
    for place, cameras in ((1, "ab"), (2, "c")):
        cut = [
            (max(one.from_ms - BEGIN, 0), min(one.until_ms - BEGIN, 1000))
            for one in kept
            if one.camera in cameras and one.until_ms >= BEGIN
        ]
        expected[place] = counted(cut)
    assert await shown(catalogue, *kept) == expected


def counted(intervals: Iterable[tuple[int, int]]) -> Shown:
    """Millisecond by millisecond."""
    there = {ms for begin, end in intervals for ms in range(begin, end + 1)}
    begins = [ms for ms in sorted(there) if ms - 1 not in there]
    ends = [ms for ms in sorted(there) if ms + 1 not in there]
    gap = max(zip([0, *ends], [*begins, 1000], strict=True), key=lambda gap: gap[1] - gap[0])
    return Shown(len(begins), sum(ends) - sum(begins), gap)


async def test_many_cameras_cost_no_look_each_at_all_that_the_displays_drew(catalogue: Catalogue) -> None:
    """SQLite took ten seconds for these, and many minutes for those of a city."""
    await catalogue.flight.put_drawn(drawn(f"cam-{n}", 0, 10, cell=f"c{n}") for n in range(10_000))

    async def quickest_s(cameras: int) -> float:
        places = {f"cam-{n}": n for n in range(cameras)}
        took = []
        for _ in range(3):
            began = time.monotonic()
            assert len(await catalogue.flight.shown_between(["d1"], places, BEGIN, END)) == cameras
            took.append(time.monotonic() - began)
        return min(took)

    few, many = await quickest_s(50), await quickest_s(5000)
    assert many < 30 * few  # a look for each would be a hundred times as much


async def test_one_report_at_a_time_is_made_and_the_others_wait_without_a_connection(catalogue: Catalogue) -> None:
    pool, most = catalogue.database.engine.sync_engine.pool, 0

    @event.listens_for(pool, "checkout")
    def count(*_: object) -> None:
        nonlocal most
        most = max(most, cast("QueuePool", pool).checkedout())

    reports = (catalogue.flight.shown_between(["d1"], PLACES, BEGIN, END) for _ in range(20))
    await asyncio.gather(*reports)
    assert most == 1
