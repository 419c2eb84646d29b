"""Commands over HTTP: all of them, undo over a restart, a stale one with what changed meanwhile, refusals in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from layouts.presets import presets_to_json, wall_showing
from layouts.wall_json import wall_from_json
from tests.wallserver.control.conftest import Site, running_site
from wallserver.config import Settings

C1 = {"display": "city-1", "cell": "c1"}
IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"type": "place", "display": "city-1", "x": 0, "y": 0, "w": 90, "h": 90}, "cells c1 (240×240 at 0,0) and c10"),
    ({"type": "assign", **C1, "content": {"type": "tour", "tour": "x"}}, "there is no tour 'x'"),
    (
        {"type": "assign", **C1, "content": {"type": "panel", "panel": "clock", "time_zone": "Asia/Ujung"}},
        "there is no time zone Asia/Ujung",
    ),
    (
        {"type": "several", "commands": [{"type": "assign", **C1, "content": {"type": "camera", "camera": "no"}}]},
        "there is no camera no in the catalogue",
    ),
    (
        {"type": "set_tour", "tour": {"id": "t", "name": "", "cameras": ["no"], "dwell_s": 9, "order": "fixed"}},
        "there is no camera no in the catalogue",
    ),
    (
        {
            "type": "set_tour",
            "tour": {"id": "t", "name": "", "selector": {"state": "sad"}, "dwell_s": 9, "order": "fixed"},
        },
        "there is no state 'sad' of cameras",
    ),
    ({"type": "undo"}, "nothing to undo"),
    ({"type": "restore", "revision": 9}, "revision 9 of this wall is no longer kept"),
    ({"type": "lock", "display": "city-1", "cell": "c99"}, "no cell 'c99'"),
]


@dataclass(slots=True)
class Supervisor:
    """Somebody who edits a wall, always at the revision that they saw last."""

    client: httpx.AsyncClient
    revision: int = 1

    async def does(self, **command: Any) -> dict[str, Any]:
        answer = await self.tries(**command)
        assert answer.status_code == 200, answer.text
        wall: dict[str, Any] = answer.json()
        self.revision = wall["revision"]
        return wall

    async def tries(self, **command: Any) -> httpx.Response:
        change = {"base_revision": self.revision, "command": command}
        return await self.client.post("/api/walls/city/commands", json=change)


@asynccontextmanager
async def supervisor(site: Site, revision: int = 1) -> AsyncIterator[Supervisor]:
    async with site.administrator() as client:
        yield Supervisor(client, revision)


async def test_undo_and_scenes_reach_over_a_restart(settings: Settings) -> None:
    async with running_site(settings) as site, supervisor(site) as anna:
        before = (await anna.client.get("/api/walls/city")).json()
        await anna.does(type="save_scene", scene="siang", name="Siang", key=1)
        await anna.does(type="several", commands=[{"type": "preset", "display": "city-1", "preset": "1+5"}])
        changed = await anna.does(type="split", **C1, columns=2, rows=2)
    async with running_site(settings) as site, supervisor(site, anna.revision) as budi:
        undone = await budi.does(type="undo")
        assert (undone["displays"][0]["layout"]["columns"], len(undone["displays"][0]["layout"]["cells"])) == (720, 6)
        assert (await budi.does(type="redo"))["displays"] == changed["displays"]
        assert (await budi.does(type="recall_scene", scene="siang"))["displays"] == before["displays"]
        assert (await budi.does(type="restore", revision=4))["displays"] == changed["displays"]


async def test_a_stale_command_is_told_what_changed_meanwhile(site: Site) -> None:
    async with supervisor(site) as anna:
        budi = Supervisor(anna.client)
        await anna.does(type="assign", **C1, content={"type": "camera", "camera": "cam-6"})
        await anna.does(type="change_display", display="city-1", name="Kiri")
        stale = await budi.tries(type="clear", **C1)
        assert stale.status_code == 409
        body = stale.json()
        assert body["snapshot"]["revision"] == 3
        (cell,), (display,) = body["diff"]["cells"], body["diff"]["displays"]
        assert (cell["cell"], cell["kinds"], cell["before"]["content"]) == (
            *("c1", ["content"]),
            {"type": "camera", "camera": "cam-1"},
        )
        assert (display["kinds"], display["after"]["name"]) == (["renamed"], "Kiri")
        budi.revision = 77  # that nobody ever saw
        assert (await budi.tries(type="clear", **C1)).json()["diff"] is None


async def test_what_cannot_be_is_refused_in_words(site: Site) -> None:
    async with supervisor(site) as anna:
        for command, said in IMPOSSIBLE:
            answer = await anna.tries(**command)
            assert (answer.status_code, said in answer.json()["error"]) == (422, True), answer.text
        assert (await anna.client.get("/api/walls/city")).json()["revision"] == 1


async def test_what_there_is_may_be_shown(site: Site) -> None:
    async with supervisor(site) as anna:
        tour = {"id": "t", "name": "Merah", "selector": {"risk": "red", "state": "live"}, "dwell_s": 9}
        await anna.does(type="set_tour", tour=tour | {"order": "risk", "red_every_minutes": 5})
        for cell, content in (
            ("c1", {"type": "tour", "tour": "t"}),
            ("c2", {"type": "panel", "panel": "clock", "time_zone": "Asia/Makassar"}),
            ("c3", {"type": "panel", "panel": "states", "selector": {"state": "frozen"}}),
        ):
            wall = await anna.does(type="assign", display="city-1", cell=cell, content=content)
            kept = wall_from_json(wall)
            assert kept == await site.control.catalogue.walls.get("city") == site.control.plans.walls["city"]


async def test_a_display_is_hung_where_it_is_and_on_one_wall_only(site: Site) -> None:
    other = wall_showing("port", "Pelabuhan", [])
    await site.control.catalogue.walls.add(other, "test")
    site.control.plans.put_wall(other)
    async with supervisor(site) as anna:
        await anna.does(type="set_geometry", columns=2, rows=1, bezel_x=20, bezel_y=0)
        new = {"type": "add_display", "name": "Baru", "width": 3840, "height": 2160, "column": 1, "row": 0}
        refused = await anna.tries(**new, display="port-1")
        assert "display port-1 is on wall port already" in refused.json()["error"]
        await anna.does(**new, display="city-2")
        geometry = (await anna.client.get("/api/walls/city/geometry")).json()
        assert (geometry["width"], geometry["displays"]["city-2"]) == (5780, {"x": 1940, "y": 0, "w": 3840, "h": 2160})
        assert (await anna.client.get("/api/presets")).json() == presets_to_json()
        assert set(site.control.plans.displays) == {"city-1", "city-2", "port-1"}


async def test_a_panorama_over_displays_without_a_cell_is_refused_in_words(site: Site) -> None:
    async with supervisor(site) as anna:
        await anna.does(type="set_geometry", columns=2, rows=1, bezel_x=0, bezel_y=0)
        new = {"name": "Baru", "width": 1920, "height": 1080, "column": 1, "row": 0}
        await anna.does(type="add_display", display="city-2", **new)
        cells = [(display.id, cell.id) for display, cell in site.control.plans.walls["city"].cells]
        gone = [{"type": "remove", "display": display, "cell": cell} for display, cell in cells]
        await anna.does(type="several", commands=gone)
        refused = await anna.tries(type="panorama", displays=["city-1", "city-2"])
        assert (refused.status_code, refused.json().get("reason")) == (422, "no_cells"), refused.text
        assert "displays city-1 and city-2 have no cell" in refused.json()["error"]
