"""When what is there for a while is over before its time, and what is never taken for a while."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.clock import Ticking
from tests.wallserver.control.conftest import Site
from wallserver.people.rights import Role
from wallserver.people.scope import Scope

WALL = "/api/walls/city"
MINUTE = 60_000
C1 = {"display": "city-1", "cell": "c1"}
UNLOCK, LOCK, UNDO = {"type": "unlock", **C1}, {"type": "lock", **C1}, {"type": "undo"}


def assign(camera: str, cell: str = "c1") -> dict[str, Any]:
    return {"type": "assign", "display": "city-1", "cell": cell, "camera": camera}


def several(*commands: dict[str, Any]) -> dict[str, Any]:
    return {"type": "several", "commands": list(commands)}


def recalled(scene: str) -> dict[str, Any]:
    return {"type": "recall_scene", "scene": scene}


def shown(site: Site, cell: str = "c1") -> str | None:
    return site.control.plans.walls["city"].cell("city-1", cell).camera


async def overridden(site: Site, client: httpx.AsyncClient, command: dict[str, Any]) -> httpx.Response:
    base = site.control.plans.walls["city"].revision
    return await client.post(f"{WALL}/overrides", json={"base_revision": base, "command": command, "minutes": 5})


async def done(site: Site, client: httpx.AsyncClient, *commands: dict[str, Any]) -> None:
    for command in commands:
        base = site.control.plans.walls["city"].revision
        answer = await client.post(f"{WALL}/commands", json={"base_revision": base, "command": command})
        assert answer.status_code == 200, answer.text


async def passes(site: Site, minutes: int) -> None:
    clock = site.control.clock
    clock._now_ms = Ticking(clock._now_ms() + minutes * MINUTE)
    await clock.tick()


async def listed(client: httpx.AsyncClient) -> int:
    return len((await client.get(f"{WALL}/overrides")).json())


async def test_one_that_is_undone_is_over_and_what_is_put_there_afterwards_stays(site: Site) -> None:
    async with site.administrator() as client:
        assert (await overridden(site, client, assign("cam-6"))).status_code == 201
        await done(site, client, assign("cam-5", "c2"), UNDO)
        assert await listed(client) == 1  # only what came after it was undone
        await done(site, client, UNDO)
        assert (shown(site), await listed(client)) == ("cam-1", 0)
        await done(site, client, assign("cam-6"))
        await passes(site, 6)
        assert shown(site) == "cam-6"
        assert (await overridden(site, client, assign("cam-5"))).status_code == 201


async def test_one_holds_over_what_was_done_to_its_cell_and_undone(site: Site) -> None:
    async with site.administrator() as client:
        await overridden(site, client, assign("cam-6"))
        await done(site, client, assign("cam-5"), UNDO)
        assert (shown(site), await listed(client)) == ("cam-6", 1)
        await passes(site, 6)
        assert (shown(site), await listed(client)) == ("cam-1", 0)


@pytest.mark.parametrize("in_a_draft", [False, True])
async def test_a_scene_of_its_displays_ends_it_though_it_shows_the_same_there(site: Site, in_a_draft: bool) -> None:
    async with site.administrator() as client:
        night = {"type": "save_scene", "scene": "night", "name": "Malam", "displays": ["city-1"]}
        await done(site, client, assign("cam-6"), night, assign("cam-1"), assign("cam-3", "c2"))
        await overridden(site, client, assign("cam-6"))
        if in_a_draft:
            begun = await client.post(f"{WALL}/draft/commands", json={"command": recalled("night"), "changes": 0})
            assert await listed(client) == 1
            published = await client.post(f"{WALL}/draft/publish", json={"changes": begun.json()["changes"]})
            assert published.status_code == 200
        else:
            await done(site, client, recalled("night"))
        assert (shown(site), shown(site, "c2"), await listed(client)) == ("cam-6", "cam-2", 0)
        await passes(site, 6)
        assert shown(site) == "cam-6"


async def test_a_scene_ends_none_on_cells_that_are_not_for_whoever_recalls_it_to_rearrange(site: Site) -> None:
    """It may leave them as they are, so that it is not refused."""
    theirs = Scope(displays={"city-1": frozenset({"c2"})})
    async with site.administrator() as client, site.signed_in(Role.OPERATOR, theirs) as operator:
        night = {"type": "save_scene", "scene": "night", "name": "Malam"}
        await done(site, client, assign("cam-6"), night, assign("cam-1"), assign("cam-3", "c2"))
        await overridden(site, client, assign("cam-6"))
        await done(site, operator, recalled("night"))
        assert (shown(site), shown(site, "c2"), await listed(client)) == ("cam-6", "cam-2", 1)
        await passes(site, 6)
        assert (shown(site), shown(site, "c2"), await listed(client)) == ("cam-1", "cam-2", 0)


async def test_a_scene_of_other_displays_and_a_state_of_meanwhile_end_none(site: Site) -> None:
    async with site.administrator() as client:
        await done(site, client, {"type": "set_geometry", "columns": 2, "rows": 1, "bezel_x": 0, "bezel_y": 0})
        new = {"name": "Baru", "width": 1920, "height": 1080, "column": 1, "row": 0}
        await done(site, client, {"type": "add_display", "display": "city-2", **new})
        beside = {"type": "save_scene", "scene": "beside", "name": "Samping", "displays": ["city-2"]}
        before = site.control.plans.walls["city"].revision
        await done(site, client, beside)
        await overridden(site, client, assign("cam-6"))
        then = site.control.plans.walls["city"].revision
        await done(site, client, assign("cam-4", "c2"), recalled("beside"), {"type": "restore", "revision": then})
        assert (shown(site), shown(site, "c2"), await listed(client)) == ("cam-6", "cam-2", 1)
        await done(site, client, {"type": "restore", "revision": before})
        assert (shown(site), await listed(client)) == ("cam-1", 0)


@pytest.mark.parametrize("command", [several(assign("cam-6"), LOCK), several(UNLOCK, assign("cam-6"), LOCK)])
async def test_what_could_not_return_because_it_locks_is_refused(site: Site, command: dict[str, Any]) -> None:
    async with site.administrator() as client:
        if command["commands"][0] == UNLOCK:
            await done(site, client, LOCK)
        refused = await overridden(site, client, command)
        assert (refused.status_code, refused.json().get("reason")) == (422, "locked_then"), refused.text
        assert "cell c1 of display city-1 is locked" in refused.json()["error"]
        assert refused.json()["cell"] == "c1"
        assert (shown(site), await listed(client)) == ("cam-1", 0)


async def test_a_locked_cell_is_locked_again_when_what_it_shows_for_a_while_returns(site: Site) -> None:
    async with site.administrator() as client:
        await done(site, client, LOCK)
        assert (await overridden(site, client, several(UNLOCK, assign("cam-6")))).status_code == 201
        await passes(site, 6)
        cell = site.control.plans.walls["city"].cell("city-1", "c1")
        assert (cell.camera, cell.locked, await listed(client)) == ("cam-1", True, 0)
