"""The catalogue over HTTP: no secret comes back, what is wrong is said at its column, and a large file is quick."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.wallserver.control.conftest import CANARY, Site
from wallserver.catalogue.imports import Planned
from wallserver.control.routes import catalogue as catalogue_routes
from wallserver.people.audit import Wanted
from wallserver.people.rights import Role

NEW = {"id": "new", "name": "Baru", "main_url": "rtsp://10.1.0.1/main", "username": "a", "password": CANARY}
HOSTILE = '=HYPERLINK("http://evil.example";"<img src=x onerror=alert(1)>")'


async def noted(site: Site) -> list[Any]:
    return await site.control.people.audit.page(Wanted(), None, 10)


async def test_a_camera_is_added_changed_and_removed(site: Site) -> None:
    async with site.administrator() as admin:
        made = await admin.post("/api/cameras", json=NEW)
        assert (made.status_code, made.json()["has_password"], made.json()["shown_on"]) == (201, True, [])
        assert "new" in site.control.plans.cameras
        changed = await admin.patch("/api/cameras/new", json={"name": HOSTILE, "password": f"{CANARY}-2"})
        assert (changed.status_code, changed.json()["name"]) == (200, HOSTILE)
        assert site.control.plans.cameras["new"].name == HOSTILE
        assert (await admin.get("/api/cameras/new/entry")).json() == changed.json()
        for answer in (made, changed):
            assert CANARY not in answer.text
        assert (await admin.delete("/api/cameras/new")).status_code == 204
        assert "new" not in site.control.plans.cameras
        assert (await admin.delete("/api/cameras/new")).status_code == 404
    removed, changed_entry, added, *_ = await noted(site)
    assert (added.obj, added.after["name"], removed.before["name"]) == ("new", "Baru", HOSTILE)
    assert (changed_entry.before, changed_entry.after) == (
        {"name": "Baru", "password": "***"},
        {"name": HOSTILE, "password": "***"},
    )
    assert CANARY not in repr((removed.before, changed_entry.after, added.after))


async def test_what_hangs_on_a_camera_is_told_with_it(site: Site) -> None:
    async with site.administrator() as admin:
        await admin.put("/api/cameras/cam-1/off", json={"reason": "perbaikan"})
        told = (await admin.get("/api/cameras/cam-1/entry")).json()
    assert told["shown_on"] == ["Layar 1"]
    assert (told["off"]["reason"], told["off"]["by"], told["off"]["until_ms"]) == ("perbaikan", "admin", None)
    assert (told["main_url"], told["masks"]) == ("rtsp://10.0.0.1/main?key=***", 0)


@pytest.mark.parametrize(
    ("values", "columns"),
    [
        ({"name": "", "risk": "purple"}, {"name", "risk"}),
        ({"main_url": "rtsp://elsewhere/"}, {"password"}),
        ({"nonsense": 1}, {"nonsense"}),
    ],
)
async def test_what_is_wrong_stands_at_its_column(site: Site, values: dict[str, Any], columns: set[str]) -> None:
    async with site.administrator() as admin:
        answer = await admin.patch("/api/cameras/cam-1", json=values)
        assert answer.status_code == 422
        assert {one["column"] for one in answer.json()["fields"]} == columns
        assert all(one["id"] and one["en"] and one["id"] != one["en"] for one in answer.json()["fields"])
        taken = await admin.post("/api/cameras", json=NEW | {"id": "cam-1"})
        assert [one["column"] for one in taken.json()["fields"]] == ["id"]
        assert (await admin.patch("/api/cameras/cam-1", json=["name"])).status_code == 422


async def test_an_export_is_what_an_import_takes_and_no_formula(site: Site) -> None:
    async with site.administrator() as admin:
        await admin.patch("/api/cameras/cam-1", json={"name": HOSTILE, "contractor": "+x"})
        exported = await admin.get("/api/catalogue.csv")
        assert CANARY not in exported.text
        rows = list(csv.DictReader(io.StringIO(exported.text.removeprefix("\ufeff")), delimiter=";"))
        first = next(row for row in rows if row["id"] == "cam-1")
        assert (first["name"], first["contractor"]) == (f"'{HOSTILE}", "'+x")
        same = await admin.post("/api/catalogue/preview", json={"form": "csv", "text": exported.text})
        assert (same.json()["unchanged"], same.json()["changed"], same.json()["errors"]) == (6, [], [])


async def imported(admin: httpx.AsyncClient, text: str, digest: str) -> httpx.Response:
    return await admin.post("/api/catalogue/import", json={"form": "csv", "text": text, "digest": digest})


async def test_a_file_is_previewed_mended_and_imported(site: Site) -> None:
    text = f"id,name,main_url\ncam-1,{'x' * 121},rtsp://10.0.0.1/main\nnew,Baru,rtsp://10.1.0.1/\n"
    async with site.administrator() as admin:
        bad = (await admin.post("/api/catalogue/preview", json={"form": "csv", "text": text})).json()
        assert (bad["error_count"], bad["errors"][0]["row"], bad["errors"][0]["column"]) == (1, 2, "name")
        refused = await imported(admin, text, bad["digest"])
        assert (refused.status_code, "nothing was taken" in refused.json()["error"]) == (422, True)
        mended = text.replace("x" * 121, "Satu").replace("10.0.0.1/main", "10.0.0.1/main?key=***")
        good = (await admin.post("/api/catalogue/preview", json={"form": "csv", "text": mended})).json()
        assert [one["column"] for one in good["changed"][0]["fields"]] == ["name"]
        await admin.patch("/api/cameras/cam-1", json={"district": "Wajo"})
        stale = await imported(admin, mended, good["digest"])
        assert (stale.status_code, stale.json()["meanwhile"]) == (409, ["cam-1"])
        done = await imported(admin, mended, stale.json()["preview"]["digest"])
        assert done.json() == {"added": 1, "changed": 1, "unchanged": 0}
        assert (await imported(admin, "x" * 17_000_000, "")).status_code == 413
    assert site.control.plans.cameras["cam-1"].name == "Satu"
    assert "new" in site.control.plans.cameras
    (entry, *_) = await noted(site)
    assert (entry.action, entry.after) == (
        "cameras.edit",
        {"added_count": 1, "changed_count": 1, "added": ["new"], "changed": ["cam-1"]},
    )


async def test_a_long_preview_is_told_beside_what_control_does_and_counts_what_it_leaves_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_by: set[int] = set()
    tell = catalogue_routes._row

    def told(planned: Planned) -> dict[str, Any]:
        told_by.add(threading.get_ident())
        return tell(planned)

    monkeypatch.setattr(catalogue_routes, "_row", told)
    ours = ["  gate: rtsp://10.1.0.1/main"]
    text = "\n".join(["streams:", *ours, *(f"  other-{n}: exec:program-{n}" for n in range(501))])
    async with site.administrator() as admin:
        found = (await admin.post("/api/catalogue/preview", json={"form": "yaml", "text": text})).json()
        assert (len(found["added"]), len(found["left_out"]), found["left_out_count"]) == (1, 500, 501)
        body = {"form": "yaml", "text": text, "digest": "1.another"}
        stale = await admin.post("/api/catalogue/import", json=body)
    assert (stale.status_code, stale.json()["preview"]["left_out_count"]) == (409, 501)
    assert told_by
    assert threading.get_ident() not in told_by


async def test_of_a_citys_file_every_bad_row_is_named_soon_and_nothing_is_taken(site: Site) -> None:
    asyncio.get_running_loop().set_debug(False)
    bad = set(range(100, 7_490, 187))
    lines = [
        f"lorong-{n},Lorong {n},Mariso,{'purple' if n in bad else 'green'},rtsp://10.9.{n // 250}.{n % 250}/main,u,{n}"
        for n in range(7_490)
    ]
    text = "\n".join(["id,name,district,risk,main_url,username,password", *lines])
    async with site.administrator() as admin:
        began = time.perf_counter()
        found = (await admin.post("/api/catalogue/preview", json={"form": "csv", "text": text})).json()
        assert time.perf_counter() - began < 10  # on a machine that does much else; 0.8 s on one that does not
        assert [(one["row"], one["column"]) for one in found["errors"]] == [(n + 2, "risk") for n in sorted(bad)]
        assert len(found["added"]) == 7_490 - len(bad)
        assert (await imported(admin, text, found["digest"])).status_code == 422
        assert len((await admin.get("/api/cameras")).json()) == 6


@pytest.mark.parametrize("path", ["/api/catalogue/preview", "/api/catalogue/import"])
async def test_of_whom_may_not_send_it_no_large_body_is_read(site: Site, path: str) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"x" * 65_536

    typed = {"content-type": "application/json"}
    async with site.client() as nobody, site.signed_in(Role.SUPERVISOR) as supervisor, site.administrator() as admin:
        for client, status in ((nobody, 401), (supervisor, 403)):
            answer = await client.post(path, content=body(), headers=typed)
            assert (answer.status_code, read) == (status, [])
        forged = await admin.post(path, content=body(), headers=typed | {"origin": "http://elsewhere.test"})
        assert (forged.status_code, read) == (403, [])
        assert (await admin.post(path, content=body(), headers=typed)).status_code == 422
        assert len(read) == 100


async def test_settings_say_where_each_comes_from(site: Site) -> None:
    async with site.administrator() as admin:
        told = {one["key"]: one for one in (await admin.get("/api/settings")).json()}
    assert told["http.port"] == {"key": "http.port", "value": 8080, "source": "default", "secret": False, "set": True}
    assert told["state_dir"]["source"] == "file"
    assert told["database.url"] == {
        "key": "database.url",
        "value": None,
        "source": "default",
        "secret": True,
        "set": False,
    }


async def test_the_audit_is_exported_as_text(site: Site) -> None:
    async with site.administrator() as admin:
        await admin.patch("/api/cameras/cam-1", json={"name": HOSTILE})
        user = (await admin.post("/api/users", json={"name": "=1+1", "role": "viewer"})).json()["user"]
        await admin.patch(f"/api/users/{user['id']}", json={"disabled": True})
        exported = await admin.get("/api/audit.csv", params={"who": "admin"})
    rows = list(csv.DictReader(io.StringIO(exported.text.removeprefix("\ufeff")), delimiter=";"))
    assert [row["action"] for row in rows] == ["users.edit", "users.edit", "cameras.edit"]
    assert rows[2]["object"] == "cam-1"
    assert rows[0]["after"].startswith("{")
