"""What is within a scope, seen from outside: lists, cells, cameras that are put on a wall; and what is written down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from layouts.apply import apply
from layouts.commands import Assign, SetTour
from layouts.contents import CameraContent, Content, TourContent
from layouts.tours import Tour
from layouts.wall_json import wall_to_json
from tests.support.new_database import NewDatabase
from tests.wallserver.control.conftest import Site
from tests.wallserver.people.two_rooms import ARRANGES, SEES, two_rooms
from wallserver.config import WallSettings
from wallserver.control import viewers
from wallserver.people.rights import Role
from wallserver.people.scope import Scope


@pytest.fixture
async def rooms(tmp_path: Path, new_database: NewDatabase) -> AsyncIterator[Site]:
    async with two_rooms(tmp_path, new_database) as site:
        yield site


async def ids(client: httpx.AsyncClient, path: str) -> list[str]:
    return [one["id"] for one in (await client.get(path)).json()]


@pytest.mark.parametrize("scope", [SEES, Scope()], ids=["within a scope", "everywhere"])
async def test_lists_show_what_somebody_may_see(rooms: Site, scope: Scope) -> None:
    async with rooms.signed_in(Role.VIEWER, scope) as viewer:
        seen = {path: await ids(viewer, f"/api/{path}") for path in ("cameras", "walls", "displays")}
        me = (await viewer.get("/api/me")).json()
    everywhere = scope == Scope()
    assert seen == {
        "cameras": ["mariso-1", "wajo-1"] if everywhere else ["mariso-1"],
        "walls": ["annex", "room"] if everywhere else ["room"],
        "displays": ["annex-1", "room-1", "room-2"] if everywhere else ["room-1", "room-2"],
    }
    cameras = {"ids": [], "groups": [{"district": "Mariso", "place": "lorong"}]}
    assert me["scope"] == (None if everywhere else {"walls": ["room"], "displays": None, "cameras": cameras})
    assert me["actions"] == ["cameras.see", "displays.see", "session.own", "stream.watch", "walls.see"]


def assign(display: str, camera: str) -> dict[str, Any]:
    return {"type": "assign", "display": display, "cell": "c1", "camera": camera}


async def test_an_operator_changes_the_cells_that_are_theirs_and_puts_there_what_they_may_see(rooms: Site) -> None:
    path = "/api/walls/room/commands"
    swap = {"type": "swap", "display": "room-1", "cell": "c1", "other_display": "room-2", "other_cell": "c1"}
    async with rooms.signed_in(Role.OPERATOR, ARRANGES) as operator:
        for command, said in (
            (assign("room-2", "mariso-1") | {"fit": "cover"}, "not yours to rearrange"),
            ({"type": "clear", "display": "room-2", "cell": "c2"}, "not yours to rearrange"),
            (swap | {"other_cell": "c2"}, "not yours to rearrange"),
            ({"type": "preset", "display": "room-2", "preset": "3x3"}, "not yours to rearrange"),
        ):
            refused = await operator.post(path, json={"base_revision": 1, "command": command})
            assert refused.status_code == 403, command
            assert said in refused.json()["error"]
        clear = {"type": "clear", "display": "room-1", "cell": "c1"}
        done = await operator.post(path, json={"base_revision": 1, "command": clear})
        assert done.status_code == 200, done.text
    assert rooms.control.plans.walls["room"].revision == 2


async def test_who_arranges_nothing_on_a_wall_makes_no_revision_of_it_either(rooms: Site) -> None:
    """What changes nothing pushes out what could be undone as any other revision does."""
    path, wall = "/api/walls/room/commands", rooms.control.plans.walls["room"]
    geometry = {"type": "set_geometry", "columns": wall.columns, "rows": wall.rows, "bezel_x": 0, "bezel_y": 0}
    nobody = Scope(walls=frozenset({"room"}), displays={})
    async with rooms.signed_in(Role.OPERATOR, nobody) as operator:
        for command in (geometry, {"type": "restore", "revision": 1}):
            refused = await operator.post(path, json={"base_revision": 1, "command": command})
            assert refused.status_code == 403, command
        gone = [{"type": "remove", "display": display.id, "cell": cell.id} for display, cell in wall.cells]
        async with rooms.signed_in(Role.SUPERVISOR) as supervisor:
            emptied = {"base_revision": 1, "command": {"type": "several", "commands": gone}}
            assert (await supervisor.post(path, json=emptied)).status_code == 200
            refused = await operator.post(path, json={"base_revision": 2, "command": geometry})
            assert refused.status_code == 403
            assert (await supervisor.post(path, json={"base_revision": 2, "command": geometry})).status_code == 200


async def test_a_camera_that_an_operator_may_not_see_they_do_not_put_on_a_wall(rooms: Site) -> None:
    path = "/api/walls/annex/commands"
    scope = Scope(cameras=ARRANGES.cameras)
    async with rooms.signed_in(Role.OPERATOR, scope) as operator, rooms.administrator() as admin:
        change = {"base_revision": 1, "command": assign("annex-1", "wajo-1")}
        refused = await operator.post(path, json=change)
        assert (refused.status_code, "wajo-1" in refused.json()["error"]) == (403, True)
        assert (await admin.post(path, json=change)).status_code == 200
        # That it hangs there already makes it no more theirs: nor by a scene at some time of the day.
        clear = {"base_revision": 2, "command": {"type": "clear", "display": "annex-1", "cell": "c1"}}
        scene = {"type": "save_scene", "scene": "hers", "name": "Hers"}
        assert (await admin.post(path, json={"base_revision": 2, "command": scene})).status_code == 200
        assert (await admin.post(path, json=clear | {"base_revision": 3})).status_code == 200
    async with rooms.signed_in(Role.SUPERVISOR, scope) as supervisor:
        for revision in (4, 5):  # also while it is what the wall shows
            refused = await supervisor.post("/api/walls/annex/schedule", json={"scene": "hers", "at": "07:00"})
            assert (refused.status_code, "wajo-1" in refused.json()["error"]) == (403, True)
            async with rooms.administrator() as admin:
                undo = {"base_revision": revision, "command": {"type": "undo"}}
                assert (await admin.post(path, json=undo)).status_code == 200
        refused = await supervisor.post(path, json={"base_revision": 6, "command": scene})  # the clock may know it
        assert (refused.status_code, "wajo-1" in refused.json()["error"]) == (403, True)
        states = assign("annex-1", "wajo-1") | {"content": {"type": "panel", "panel": "states", "selector": {}}}
        del states["camera"]
        refused = await supervisor.post(path, json={"base_revision": 6, "command": states})
        assert (refused.status_code, "may see them all" in refused.json()["error"]) == (403, True)
    elsewhere = {"base_revision": 1, "command": assign("room-1", "wajo-1")}
    async with rooms.signed_in(Role.OPERATOR, ARRANGES, name="there") as operator:
        refused = await operator.post("/api/walls/room/commands", json=elsewhere)
        assert (refused.status_code, "wajo-1" in refused.json()["error"]) == (403, True)


async def test_a_preview_tells_nothing_of_a_camera_that_one_may_not_see(rooms: Site) -> None:
    walls = rooms.control.plans.walls
    with_tour = apply(walls["annex"], SetTour(Tour("round", "Round", cameras=("wajo-1",))))

    def showing(content: Content) -> dict[str, Any]:
        return {"wall": wall_to_json(apply(with_tour, Assign("annex-1", "c1", content)))}

    path = "/api/walls/annex/preview"
    foreign = (CameraContent("wajo-1"), TourContent("round"))
    async with rooms.signed_in(Role.SUPERVISOR, Scope(cameras=ARRANGES.cameras)) as supervisor:
        for content in foreign:
            refused = await supervisor.post(path, json=showing(content))
            assert (refused.status_code, "wajo-1" in refused.json()["error"]) == (403, True)
        other = await supervisor.post(path, json={"wall": wall_to_json(walls["room"])})
        assert (other.status_code, "not annex" in other.json()["error"]) == (422, True)
        for body in ({}, {"wall": wall_to_json(walls["annex"])}):
            assert (await supervisor.post(path, json=body)).status_code == 200
    async with rooms.administrator() as admin:
        for content in foreign:
            assert (await admin.post(path, json=showing(content))).status_code == 200
        taken = wall_to_json(walls["annex"])
        taken["displays"][0]["id"] = "room-2"
        refused = await admin.post(path, json={"wall": taken})
        assert (refused.status_code, "on wall room" in refused.json()["error"]) == (422, True)


async def test_every_change_is_written_down_with_who_and_from_where(rooms: Site) -> None:
    async with rooms.signed_in(Role.SUPERVISOR, name="siti") as siti, rooms.administrator() as admin:
        clear = {"base_revision": 1, "command": {"type": "clear", "display": "room-1", "cell": "c1"}}
        assert (await siti.post("/api/walls/room/commands", json=clear)).status_code == 200
        off = {"reason": "Dibongkar"}
        assert (await siti.put("/api/cameras/wajo-1/off", json=off)).status_code == 204
        assert (await siti.delete("/api/cameras/absent/off")).status_code == 404  # nothing was done
        assert (await siti.get("/api/audit")).status_code == 403
        made = await admin.post("/api/users", json={"name": "budi", "role": "viewer"})
        budi, password = made.json()["user"]["id"], made.json()["password"]
        role = {"role": "operator", "scope": {"displays": {"room-1": ["c1"]}}}
        assert (await admin.patch(f"/api/users/{budi}", json=role)).status_code == 200
        renewed = (await admin.post(f"/api/users/{budi}/password")).json()["password"]
        await admin.delete(f"/api/users/{budi}")
        answer = await admin.get("/api/audit")
        entries = answer.json()
        assert (await admin.get("/api/audit", params={"who": "siti", "limit": 1})).json() == [entries[4]]
        assert (await admin.get("/api/audit", params={"before_id": entries[4]["id"]})).json() == entries[5:]
        assert (await admin.get("/api/audit", params={"object": "room"})).json() == [entries[5]]
        assert (await admin.get("/api/audit", params={"action": "cameras.switch"})).json() == [entries[4]]
        at_ms = entries[5]["at_ms"]
        assert (await admin.get("/api/audit", params={"until_ms": at_ms})).json() == []
    said = [(entry["who"], entry["role"], entry["action"], entry["object"]) for entry in entries]
    assert said == [
        ("admin", "admin", "users.edit", budi),
        ("admin", "admin", "users.edit", budi),
        ("admin", "admin", "users.edit", budi),
        ("admin", "admin", "users.edit", budi),
        ("siti", "supervisor", "cameras.switch", "wajo-1"),
        ("siti", "supervisor", "cells.arrange", "room"),
    ]
    assert {entry["address"] for entry in entries} == {"127.0.0.1"}
    assert entries[5]["after"] == {"revision": 2, "command": clear["command"]}
    assert (entries[2]["before"]["role"], entries[2]["after"]["role"]) == ("viewer", "operator")
    assert entries[2]["after"]["scope"]["displays"] == {"room-1": ["c1"]}
    assert password not in answer.text
    assert renewed not in answer.text


async def test_what_changes_nothing_is_not_written_down_and_wakes_no_gateway(
    tmp_path: Path, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "_NOTICE_EVERY_S", 3600.0)  # its first look at the audit wakes them, whatever it finds
    async with (
        two_rooms(tmp_path, new_database) as rooms,
        rooms.signed_in(Role.SUPERVISOR) as supervisor,
        rooms.administrator() as admin,
    ):
        changed = rooms.control.viewers._changed
        changed.clear()
        answers = [
            await supervisor.put("/api/walls/room/leases", json={"display": "room-1"}),
            await supervisor.delete("/api/walls/room/leases"),
            await supervisor.post("/api/walls/room/preview", json={}),
            await supervisor.post("/api/walls/room/identify"),
        ]
        assert [answer.status_code for answer in answers] == [200, 204, 200, 200]
        assert (await admin.get("/api/audit")).json() == []
        assert not changed.is_set()
        del supervisor.headers["x-wallserver"]  # another site's page may not do these either
        assert (await supervisor.post("/api/walls/room/identify")).status_code == 403


async def test_the_mosaic_of_a_display_is_refused_while_a_camera_is_leaving_it(rooms: Site) -> None:
    """What is on its way, and what a gateway has kept, may show it still."""
    objects = rooms.control.objects
    now = 0.0
    objects._now = lambda: now
    async with rooms.signed_in(Role.VIEWER, SEES) as viewer, rooms.administrator() as admin:
        assert (await viewer.get("/whep/mosaic.room-2")).status_code == 403
        clear = {"type": "clear", "display": "room-2", "cell": "c2"}
        await admin.post("/api/walls/room/commands", json={"base_revision": 1, "command": clear})
        assert (await viewer.get("/whep/mosaic.room-2")).status_code == 403
        now = 5.0
        assert (await viewer.get("/whep/mosaic.room-2")).status_code == 204


async def test_an_operator_drafts_leases_and_puts_for_a_while_within_the_same_bounds(rooms: Site) -> None:
    wall = "/api/walls/room"
    own, other = assign("room-1", "mariso-1") | {"fit": "cover"}, assign("room-2", "mariso-1") | {"fit": "cover"}
    async with rooms.signed_in(Role.OPERATOR, ARRANGES) as operator:
        refused = [
            await operator.post(f"{wall}/draft/commands", json={"command": other, "changes": 0}),
            await operator.post(f"{wall}/overrides", json={"command": other, "base_revision": 1, "minutes": 5}),
            await operator.put(f"{wall}/leases", json={"display": "room-2"}),
        ]
        assert [(answer.status_code, "not yours" in answer.json()["error"]) for answer in refused] == [(403, True)] * 3
        assert (await operator.get(f"{wall}/draft")).json()["draft"] is None
        begun = await operator.post(f"{wall}/draft/commands", json={"command": own, "changes": 0})
        allowed = [
            begun,
            await operator.put(f"{wall}/leases", json={"display": "room-1"}),
            await operator.post(f"{wall}/draft/publish", json={"changes": begun.json()["changes"]}),
            await operator.post(f"{wall}/overrides", json={"command": clear(), "base_revision": 2, "minutes": 5}),
        ]
        assert [answer.status_code for answer in allowed] == [200, 200, 200, 201]
        made = allowed[-1].json()["override"]["id"]
        async with rooms.signed_in(Role.SUPERVISOR) as supervisor:
            its = {"command": other | {"camera": "wajo-1"}, "base_revision": 3, "minutes": 5}
            elsewhere = (await supervisor.post(f"{wall}/overrides", json=its)).json()["override"]["id"]
        assert (await operator.delete(f"{wall}/overrides/{elsewhere}")).status_code == 403
        assert (await operator.delete(f"{wall}/overrides/{made}")).status_code == 204
        covered = await operator.get(f"{wall}/coverage", params={"from": "1000", "minutes": "5", "risk": "green"})
        assert covered.status_code == 422  # too long
        shift = {"from": str(rooms.control.now_ms() - 60_000), "minutes": "5", "risk": "green"}
        lorongs = (await operator.get(f"{wall}/coverage", params=shift)).json()["lorongs"]
        assert [one["cameras"] for one in lorongs] == [["mariso-1"]]


async def test_only_a_supervisor_says_that_what_belongs_into_a_draft_is_live(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    async with two_rooms(tmp_path, new_database) as site:
        drafts = site.control.settings.model_copy(update={"walls": WallSettings(changes="draft")})
        site.control.settings = drafts
        for role, codes in ((Role.OPERATOR, [422, 403]), (Role.SUPERVISOR, [422, 200])):
            async with site.signed_in(role) as person:
                asked = [{"base_revision": 1, "command": clear(), "live": live} for live in (False, True)]
                answers = [await person.post("/api/walls/room/commands", json=body) for body in asked]
                assert [answer.status_code for answer in answers] == codes


def clear() -> dict[str, Any]:
    return {"type": "clear", "display": "room-1", "cell": "c1"}
