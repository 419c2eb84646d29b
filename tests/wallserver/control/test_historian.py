"""Every change of a camera's state is written down, over restarts and over a database that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from sqlalchemy import text

from ingest.camera_state import State, StreamStatus
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.test_site import alive, status
from wallserver.catalogue import now_ms
from wallserver.catalogue.history import StateChange
from wallserver.config import Settings
from wallserver.control import historian, watching
from wallserver.control.historian import Historian
from wallserver.control.watching import Watching

SUB = "cam.cam-1.sub"
T = now_ms() - 60_000


async def kept(site: Site) -> list[tuple[str, int, str]]:
    changes = await site.control.catalogue.history.of("cam-1", 2**63 - 1, 100)
    return [(change.state.value, change.at_ms, change.cause_en) for change in changes]


def said(state: State, since_ms: int, **more: Any) -> StreamStatus:
    return StreamStatus.from_json(status(SUB, state, since_ms=since_ms, **more))


async def test_what_a_puller_says_is_kept_once_over_a_restart(settings: Settings, bus_server: BusServer) -> None:
    puller = await bus_server.connect("puller")
    statuses = puller.bucket("status")
    await alive(puller, "puller", "p1")
    async with running_site(settings, bus_server.address("control")) as site:
        await statuses.put(SUB, status(SUB, State.LIVE, since_ms=T + 1000))
        await eventually(lambda: _has(site, ("live", T + 1000, "Cause.")))
        await statuses.put(SUB, status(SUB, State.STALE, since_ms=T + 2000))
        await eventually(lambda: _has(site, ("stale", T + 2000, "Cause.")))
    async with running_site(settings, bus_server.address("control")) as site:
        await statuses.put(SUB, status(SUB, State.LIVE, since_ms=T + 3000))
        await eventually(lambda: _has(site, ("live", T + 3000, "Cause.")))
        assert [at for _, at, _ in await kept(site)] == [T + 3000, T + 2000, T + 1000]
        async with site.administrator() as client:
            assert (await client.get("/api/cameras/none/history")).status_code == 404
            page = await client.get("/api/cameras/cam-1/history", params={"before_ms": T + 3000, "limit": 1})
            assert [change["at_ms"] for change in page.json()] == [T + 2000]


async def _has(site: Site, change: tuple[str, int, str]) -> bool:
    return change in await kept(site)


async def test_another_cause_for_the_same_state_is_a_change_and_another_picture_is_none(site: Site) -> None:
    historian = site.control.historian
    for one in (
        said(State.UNREACHABLE, T + 1000),
        said(State.UNREACHABLE, T + 1002, updated_ms=T + 4000),
        said(State.UNREACHABLE, T + 1000, cause_id="Lain.", cause_en="Other.", updated_ms=T + 5000),
        said(State.LIVE, T + 900, cause_id="", cause_en=""),  # two clocks: never before the change before
    ):
        historian.said(one)
    await eventually(lambda: _has(site, ("live", T + 5001, "")))
    assert await kept(site) == [
        ("live", T + 5001, ""),
        ("unreachable", T + 5000, "Other."),
        ("unreachable", T + 1000, "Cause."),
    ]


async def test_what_happens_while_the_database_is_away_is_written_afterwards(site: Site) -> None:
    catalogue, historian = site.control.catalogue, site.control.historian
    await eventually(lambda: historian.ready)
    async with catalogue.database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE state_changes RENAME TO elsewhere"))
    for at_ms, state in enumerate((State.LIVE, State.STALE, State.LIVE), start=T + 1):
        historian.said(said(state, at_ms))
    await eventually(lambda: historian.away)
    async with catalogue.database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO state_changes"))
    await eventually(lambda: _has(site, ("live", T + 3, "Cause.")))
    assert [at for _, at, _ in await kept(site)] == [T + 3, T + 2, T + 1]


async def test_old_changes_of_all_streams_are_forgotten_some_streams_at_a_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historian, "STREAMS_AT_ONCE", 1)
    monkeypatch.setattr(historian, "FORGET_AT_FIRST_S", 0.0)
    monkeypatch.setattr(historian, "_WRITE_S", 0.01)
    async with running_site(settings) as site:
        history = site.control.catalogue.history
        old = [StateChange(f"cam.cam-{n}.sub", f"cam-{n}", at, State.LIVE, "", "") for n in (1, 2, 3) for at in (1, 2)]
        await history.add(old)
    async with running_site(settings) as site:
        history = site.control.catalogue.history

        async def kept_of_each() -> list[list[int]]:
            return [[change.at_ms for change in await history.of(f"cam-{n}", 2**62, 9)] for n in (1, 2, 3)]

        await eventually(lambda: _is(kept_of_each(), [[2], [2], [2]]))


async def test_a_clock_that_is_ahead_when_control_starts_costs_nothing_that_is_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (historian, watching):
        monkeypatch.setattr(module, "_WRITE_S", 0.01)
    catalogue, seen = site.control.catalogue, Watching(site.control.catalogue.availability, lambda: False, 1, now_ms)
    await catalogue.history.add([StateChange(SUB, "cam-1", at, State.LIVE, "", "") for at in (1, 2)])
    await catalogue.availability.watched(1, 2)
    tasks = [asyncio.create_task(one.run()) for one in (Historian(catalogue.history, seen, 1, now_ms), seen)]
    await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert ([at for _, at, _ in await kept(site)], await catalogue.availability.newest_ms()) == ([2, 1], 2)


async def _is(asked: Coroutine[Any, Any, object], wanted: object) -> bool:
    return await asked == wanted
