"""Drafts: nobody sees them, all of one is published at once, and what others did meanwhile is not overwritten."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from layouts.apply import apply
from layouts.commands import Command, steps_of
from layouts.wall import Wall
from tests.wallserver.control.conftest import Site, running_site
from wallserver.config import Settings, WallSettings
from wallserver.control import wall_edits
from wallserver.control.drafts import goes_live

WALL = "/api/walls/city"
DRAFT = f"{WALL}/draft"


def assign(cell: str, camera: str) -> dict[str, Any]:
    return {"type": "assign", "display": "city-1", "cell": cell, "camera": camera}


async def drafted(client: httpx.AsyncClient, command: dict[str, Any], changes: int) -> dict[str, Any]:
    answer = await client.post(f"{DRAFT}/commands", json={"command": command, "changes": changes})
    assert answer.status_code == 200, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


async def live(client: httpx.AsyncClient, base: int, command: dict[str, Any], **more: Any) -> httpx.Response:
    return await client.post(f"{WALL}/commands", json={"base_revision": base, "command": command} | more)


async def test_a_draft_is_seen_by_nobody_until_it_is_published_as_one_revision(site: Site) -> None:
    async with site.administrator() as client:
        before = (await client.get(WALL)).json()
        assert (await client.get(DRAFT)).json() == {"changes": "live", "draft": None}
        begun = await drafted(client, {"type": "preset", "display": "city-1", "preset": "2x2"}, 0)
        draft = await drafted(client, assign("c1", "cam-5"), begun["changes"])
        assert (draft["base_revision"], draft["current_revision"], draft["changes"]) == (1, 1, begun["changes"] + 1)
        cells = draft["wall"]["displays"][0]["layout"]["cells"]
        assert [len(cells), cells[0]["content"]["camera"]] == [4, "cam-5"]
        assert draft["diff"]["cells"]
        assert draft["meanwhile"] is None
        assert (await client.get(DRAFT)).json()["draft"] == draft
        assert (await client.get(WALL)).json() == before
        published = await client.post(f"{DRAFT}/publish", json={"changes": draft["changes"]})
        assert (published.status_code, published.json()["revision"]) == (200, 2)
        assert (await client.get(WALL)).json() == published.json()
        assert (await client.get(DRAFT)).json()["draft"] is None
        newest = (await client.get(f"{WALL}/revisions")).json()[0]
        assert newest["cause"] == "draft"
        assert newest["said_en"].startswith("A draft was published: Layar 1, cell 1 = Kamera 5")
        undone = await live(client, 2, {"type": "undo"})
        assert undone.json()["displays"] == before["displays"]
    assert site.control.plans.displays["city-1"].wall.revision == 3


async def test_a_stale_draft_is_refused_with_what_changed_and_goes_on_from_there(site: Site) -> None:
    async with site.administrator() as client:
        begun = await drafted(client, assign("c1", "cam-5"), 0)
        await drafted(client, {"type": "remove", "display": "city-1", "cell": "c9"}, begun["changes"])
        await live(client, 1, assign("c2", "cam-6"))
        await live(client, 2, {"type": "remove", "display": "city-1", "cell": "c9"})
        seen = (await client.get(DRAFT)).json()["draft"]
        assert [cell["cell"] for cell in seen["meanwhile"]["cells"]] == ["c2", "c9"]
        refused = await client.post(f"{DRAFT}/publish", json={"changes": seen["changes"]})
        assert (refused.status_code, refused.json()["snapshot"]["revision"]) == (409, 3)
        assert [cell["cell"] for cell in refused.json()["diff"]["cells"]] == ["c2", "c9"]
        rebased = (await client.post(f"{DRAFT}/rebase", json={"changes": seen["changes"]})).json()
        assert [one["command"]["type"] for one in rebased["dropped"]] == ["remove"]
        assert "no cell 'c9'" in rebased["dropped"][0]["why"]
        assert (rebased["base_revision"], len(rebased["commands"]), rebased["meanwhile"]) == (3, 1, None)
        published = await client.post(f"{DRAFT}/publish", json={"changes": rebased["changes"]})
        shown = {cell["id"]: cell["content"] for cell in published.json()["displays"][0]["layout"]["cells"]}
        assert (shown["c1"]["camera"], shown["c2"]["camera"]) == ("cam-5", "cam-6")


async def test_a_long_draft_is_rebased_command_by_command_beside_the_loop(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    control, many = site.control, 40
    commands = [assign(f"c{n % 6 + 1}", f"cam-{n % 5 + 1}") for n in range(many)] + [assign("c99", "cam-1")]
    draft = await control.catalogue.drafts.put("city", "ani", 1, commands, 0)
    done: list[tuple[int, bool]] = []

    def counted(wall: Wall, command: Command, *more: Any) -> Wall:
        done.append((len(steps_of(command)), threading.current_thread() is threading.main_thread()))
        return apply(wall, command, *more)

    monkeypatch.setattr(wall_edits, "apply", counted)
    seen, dropped = await control.drafts.rebase("city", "ani", draft.changes)
    assert ([*seen.draft.commands], [one["command"] for one in dropped]) == (commands[:-1], commands[-1:])
    assert [seen.after.cell("city-1", f"c{n + 1}").camera for n in (36 % 6, 39 % 6)] == ["cam-2", "cam-5"]
    assert sum(steps for steps, _ in done) == many + 1 + many  # one after the other, and then all as one revision
    assert not any(on_the_loop for _, on_the_loop in done)


async def test_what_another_page_adds_while_a_draft_is_published_is_not_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    walls = site.control.catalogue.walls
    commit = walls.commit
    async with site.administrator() as client:
        draft = await drafted(client, assign("c1", "cam-5"), 0)

        async def commit_second(*what: Any) -> None:
            await drafted(client, assign("c2", "cam-5"), draft["changes"])
            await commit(*what)

        monkeypatch.setattr(walls, "commit", commit_second)
        refused = await client.post(f"{DRAFT}/publish", json={"changes": draft["changes"]})
        assert (refused.status_code, "another page" in refused.json()["error"]) == (409, True)
        monkeypatch.undo()
        assert (await client.get(WALL)).json()["revision"] == 1
        assert (await client.get(DRAFT)).json()["draft"]["commands"] == [assign("c1", "cam-5"), assign("c2", "cam-5")]


async def test_a_draft_is_undone_step_by_step_discarded_and_survives_a_restart(settings: Settings) -> None:
    async with running_site(settings) as site, site.administrator() as client:
        begun = await drafted(client, assign("c1", "cam-5"), 0)
        draft = await drafted(client, assign("c2", "cam-5"), begun["changes"])
        undone = (await client.post(f"{DRAFT}/undo", json={"changes": draft["changes"]})).json()
        assert [command["cell"] for command in undone["commands"]] == ["c1"]
    async with running_site(settings) as site, site.administrator() as client:
        assert len((await client.get(DRAFT)).json()["draft"]["commands"]) == 1
        assert (await client.delete(DRAFT)).status_code == 204
        assert (await client.get(DRAFT)).json()["draft"] is None


async def test_a_draft_that_cannot_be_any_more_says_so_and_can_be_gone_on_with(site: Site) -> None:
    admin = await site.control.people.accounts.named("admin")
    commands = [assign("c1", "cam-5"), assign("c2", "gone")]
    draft = await site.control.catalogue.drafts.put("city", admin.id, 1, commands, 0)
    async with site.administrator() as client:
        found = await client.get(DRAFT)
        why = {"changes": draft.changes, "error": "there is no camera gone in the catalogue", "reason": None}
        assert (found.status_code, found.json()) == (200, {"changes": "live", "draft": None, "broken": why})
        assert (await client.delete(DRAFT, params={"changes": 7})).status_code == 409
        rebased = (await client.post(f"{DRAFT}/rebase", json={"changes": draft.changes})).json()
        assert [rebased["commands"], len(rebased["dropped"])] == [commands[:1], 1]
        assert (await client.delete(DRAFT, params={"changes": rebased["changes"]})).status_code == 204
        assert (await client.get(DRAFT)).json() == {"changes": "live", "draft": None}


async def test_what_cannot_be_is_refused_and_leaves_the_draft_as_it_was(site: Site) -> None:
    async with site.administrator() as client:
        draft = await drafted(client, assign("c1", "cam-5"), 0)
        for command in (
            assign("c99", "cam-5"),
            assign("c1", "absent"),
            {"type": "undo"},
            {"type": "save_scene", "scene": "s", "name": "S"},
            {"type": "several", "commands": [assign("c1", "cam-2")]},
            {"type": "explode"},
        ):
            body = {"command": command, "changes": draft["changes"]}
            answer = await client.post(f"{DRAFT}/commands", json=body)
            assert answer.status_code == 422, command
        assert (await client.get(DRAFT)).json()["draft"] == draft
        for path in ("commands", "undo", "publish", "rebase"):
            body = {"changes": 7} | ({"command": assign("c1", "cam-2")} if path == "commands" else {})
            answer = await client.post(f"{DRAFT}/{path}", json=body)
            assert (answer.status_code, "another page" in answer.json()["error"]) == (409, True), path
        await client.delete(DRAFT)
        for path in ("undo", "publish", "rebase"):
            assert (await client.post(f"{DRAFT}/{path}", json={"changes": 0})).status_code == 422
        assert (await client.get("/api/walls/none/draft")).status_code == 404


async def test_each_person_has_a_draft_of_his_own(site: Site) -> None:
    async with site.administrator() as client:
        await drafted(client, assign("c1", "cam-5"), 0)
        await site.control.drafts.add("city", "somebody", assign("c1", "cam-6"), 0)
        mine = (await client.get(DRAFT)).json()["draft"]
        assert mine["commands"] == [assign("c1", "cam-5")]


async def test_the_site_says_which_changes_go_to_displays_at_once(settings: Settings) -> None:
    preset = {"type": "preset", "display": "city-1", "preset": "2x2"}
    small = settings.model_copy(update={"walls": WallSettings(changes="small")})
    async with running_site(small) as site, site.administrator() as client:
        assert (await client.get(DRAFT)).json()["changes"] == "small"
        assert (await live(client, 1, assign("c1", "cam-5"))).status_code == 200
        refused = await live(client, 2, preset)
        assert (refused.status_code, "draft" in refused.json()["error"]) == (422, True)
        assert (await live(client, 2, preset, live=True)).status_code == 200


def test_small_is_what_a_cell_shows() -> None:
    from layouts.commands_json import command_from_json

    clear = command_from_json({"type": "clear", "display": "d", "cell": "c"})
    moved = command_from_json({"type": "move", "display": "d", "cell": "c", "x": 0, "y": 0})
    asked = [(command, changes) for command in (clear, moved) for changes in ("live", "small", "draft")]
    assert [goes_live(command, changes) for command, changes in asked] == [True, True, False, True, False, False]  # type: ignore[arg-type]
