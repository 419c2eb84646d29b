"""Who works where: leases expire by themselves, a second person is told, and may take over by saying so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.support.clock import Ticking
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.control.conftest import Site
from wallserver.control.leases import (
    LEASE_MS,
    MOST_OF_ONE,
    MOST_WAITING,
    MOST_WAITING_OF_ONE,
    Leases,
    Region,
    TakenError,
)

CELLS = ("c1", "c2", "c3", "c4")
LEFT, ALL = Region("d", frozenset({"c1", "c2"})), Region("d")
RIGHT, OTHER = Region("d", frozenset({"c3"})), Region("e")


def held(leases: Leases) -> list[tuple[str, Region]]:
    return [(lease.name, lease.region) for lease in leases.of("wall")]


def test_two_people_work_side_by_side_and_not_in_one_place() -> None:
    leases = Leases(Ticking())
    leases.take("wall", "1", "ani", LEFT, CELLS)
    leases.take("wall", "2", "budi", RIGHT, CELLS)
    leases.take("wall", "2", "budi", OTHER, CELLS)
    taken = {Region("d", frozenset({"c2", "c9"})): "ani is working there", ALL: "ani and budi are working there"}
    for region, said in taken.items():
        with pytest.raises(TakenError, match=said):
            leases.take("wall", "3", "citra", region, CELLS)
    assert held(leases) == [("ani", LEFT), ("budi", RIGHT), ("budi", OTHER)]
    leases.take("elsewhere", "3", "citra", ALL, CELLS)


def test_a_lease_ends_by_itself_unless_it_is_renewed() -> None:
    clock = Ticking(0)
    leases = Leases(clock)
    leases.take("wall", "1", "ani", LEFT, CELLS)
    clock.now = LEASE_MS - 1
    assert leases.take("wall", "1", "ani", LEFT, CELLS).since_ms == 0
    clock.now = 2 * LEASE_MS - 2
    assert held(leases) == [("ani", LEFT)]
    clock.now += 1
    assert held(leases) == []
    leases.take("wall", "2", "budi", ALL, CELLS)


def test_a_clock_that_is_set_back_keeps_nobody_there_who_has_gone() -> None:
    clock = Ticking(10 * LEASE_MS)
    leases = Leases(clock)
    leases.take("wall", "1", "ani", LEFT, CELLS)
    leases.take("wall", "2", "budi", RIGHT, CELLS)
    clock.now = 2 * LEASE_MS
    leases.take("wall", "2", "budi", RIGHT, CELLS)
    assert held(leases) == [("budi", RIGHT)]


def test_who_takes_over_ends_what_was_there_and_the_other_is_told_at_the_next_renewal() -> None:
    leases = Leases(Ticking())
    leases.take("wall", "1", "ani", LEFT, CELLS)
    leases.take("wall", "1", "ani", OTHER, CELLS)
    leases.take("wall", "2", "budi", ALL, CELLS, over=True)
    assert held(leases) == [("ani", OTHER), ("budi", ALL)]
    with pytest.raises(TakenError, match="budi"):
        leases.take("wall", "1", "ani", LEFT, CELLS)
    leases.leave("wall", "2")
    leases.take("wall", "1", "ani", LEFT, CELLS)


def test_who_takes_over_a_part_leaves_the_other_the_rest() -> None:
    leases = Leases(Ticking())
    leases.take("wall", "1", "ani", LEFT, CELLS)
    leases.take("wall", "2", "budi", Region("d", frozenset({"c3", "c4"})), CELLS)
    leases.take("wall", "3", "citra", Region("d", frozenset({"c2", "c3"})), CELLS, over=True)
    assert [(name, sorted(region.cells or ())) for name, region in held(leases)] == [
        ("ani", ["c1"]),
        ("budi", ["c4"]),
        ("citra", ["c2", "c3"]),
    ]
    leases = Leases(Ticking())
    leases.take("wall", "1", "ani", ALL, CELLS)
    leases.take("wall", "2", "budi", LEFT, CELLS, over=True)
    assert held(leases) == [("ani", Region("d", frozenset({"c3", "c4"}))), ("budi", LEFT)]


def test_nobody_holds_more_than_a_few() -> None:
    leases = Leases(Ticking())
    for number in range(2 * MOST_OF_ONE):
        leases.take("wall", "1", "ani", Region(f"d{number}"), CELLS)
    assert len(leases.of("wall")) == MOST_OF_ONE


async def test_whoever_waits_is_told_what_is_taken_left_or_ends_and_nothing_of_a_renewal() -> None:
    clock = Ticking(0)
    leases = Leases(clock)

    async def told_by(change: Callable[[], object]) -> bool:
        waiting = asyncio.create_task(leases.news("wall", leases.tag("wall"), "s", 5))
        await asyncio.sleep(0)
        change()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        told = waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return told

    assert await told_by(lambda: leases.take("wall", "1", "ani", LEFT, CELLS))
    assert not await told_by(lambda: leases.take("wall", "1", "ani", LEFT, CELLS))
    assert not await told_by(lambda: leases.take("elsewhere", "2", "budi", LEFT, CELLS))
    assert await told_by(lambda: leases.leave("wall", "1"))
    leases.take("wall", "1", "ani", LEFT, CELLS)
    before = leases.tag("wall")
    clock.now = LEASE_MS - 1
    waiting = asyncio.create_task(leases.news("wall", before, "s", 5))
    await asyncio.sleep(0)
    clock.now = LEASE_MS
    await waiting  # a millisecond later, by itself
    assert leases.tag("wall") != before

    # Too many wait already: answered at once.
    many = [asyncio.create_task(leases.news("wall", leases.tag("wall"), f"s{n // 4}", 99)) for n in range(MOST_WAITING)]
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE_S):
        await leases.news("wall", leases.tag("wall"), "s", 99)
        leases.close()
        await asyncio.gather(*many)


class Looking(Leases):
    """Counts how often somebody who waits has looked."""

    looks = 0

    async def _change(self, wall: str) -> None:
        self.looks += 1
        await super()._change(wall)


async def test_nobody_looks_again_for_a_renewal_or_for_another_wall() -> None:
    leases = Looking(Ticking(0))
    leases.take("wall", "1", "ani", LEFT, CELLS)
    waiting = asyncio.create_task(leases.news("wall", leases.tag("wall"), "s", 5))
    await asyncio.sleep(0)
    for wall in ("wall", "elsewhere"):
        leases.take(wall, "1", "ani", LEFT, CELLS)
        leases.leave(wall, "2")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert leases.looks == 1
    leases.leave("wall", "1")
    await waiting


async def test_one_session_leaves_room_for_others_to_wait() -> None:
    leases = Leases(Ticking(0))
    tag = leases.tag("wall")
    waiting = [asyncio.create_task(leases.news("wall", tag, "greedy", 5)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sum(not task.done() for task in waiting) == MOST_WAITING_OF_ONE
    other = asyncio.create_task(leases.news("wall", tag, "other", 5))
    await asyncio.sleep(0)
    assert leases.waiting == {"greedy": MOST_WAITING_OF_ONE, "other": 1}
    leases.close()
    await asyncio.gather(other, *waiting)
    assert not leases.waiting


@pytest.mark.parametrize("proxy", ['"%s"', 'W/"%s"', '"%s-gzip"', '"0123456789abcdef", W/"%s"'])
async def test_a_tag_that_a_proxy_has_made_weak_is_known_all_the_same(site: Site, proxy: str) -> None:
    async with site.administrator() as client:
        tag = (await client.get("/api/walls/city/leases")).headers["ETag"].strip('"')
        known = {"If-None-Match": proxy % tag}
        assert (await client.get("/api/walls/city/leases", headers=known)).status_code == 304


async def test_a_page_that_knows_who_works_where_is_answered_when_that_changes(site: Site) -> None:
    leases, path = site.control.leases, "/api/walls/city/leases"
    async with site.administrator() as client:
        first = await client.get(path)
        known = {"If-None-Match": first.headers["ETag"]}
        assert (await client.get(path, headers=known)).status_code == 304
        waiting = asyncio.create_task(client.get(f"{path}?wait_s=20", headers=known))
        await eventually(lambda: leases.waiting)
        leases.take("city", "x", "ani", Region("city-1"), CELLS)
        told = await asyncio.wait_for(waiting, PATIENCE_S)
        assert [lease["by"] for lease in told.json()] == ["ani"]
        assert told.headers["ETag"] != first.headers["ETag"]
        assert (await client.get(f"{path}?wait_s=21")).status_code == 422


async def test_a_second_supervisor_is_refused_with_who_works_there(site: Site) -> None:
    leases = site.control.leases
    path = "/api/walls/city/leases"
    async with site.administrator() as client:
        leases.take("city", "x", "ani", Region("city-1", frozenset({"c1"})), CELLS)
        refused = await client.put(path, json={"display": "city-1"})
        assert (refused.status_code, refused.json()["error"]) == (409, "ani is working there.")
        assert refused.json()["leases"][0]["cells"] == ["c1"]
        mine = await client.put(path, json={"display": "city-1", "cells": ["c2", "c3"]})
        assert (mine.status_code, mine.json()["by"]) == (200, "admin")
        taken = await client.put(path, json={"display": "city-1", "cells": ["c1"], "take_over": True})
        assert [lease["by"] for lease in (await client.get(path)).json()] == ["admin", "admin"]
        leases.take("city", "x", "ani", Region("city-1"), (), over=True)
        await client.put(path, json={"display": "city-1", "cells": ["c1", "c2"], "take_over": True})
        assert [lease["cells"] for lease in (await client.get(path)).json() if lease["by"] == "ani"] == [
            [f"c{n}" for n in range(3, 10)]
        ]
        taken = await client.put(path, json={"display": "city-1", "take_over": True})
        assert taken.status_code == 200
        assert {lease["by"] for lease in (await client.get(path)).json()} == {"admin"}
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).json() == []
        for body, code in (
            ({"display": "none"}, 422),
            ({"display": "city-1", "cells": ["none"]}, 422),
            ({"display": "city-1", "cells": []}, 422),
        ):
            assert (await client.put(path, json=body)).status_code == code
        assert (await client.put("/api/walls/none/leases", json={"display": "city-1"})).status_code == 404
