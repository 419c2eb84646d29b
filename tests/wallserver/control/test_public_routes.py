"""Who publishes and who cuts off, within which scope; and what is written down of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Send
from starlette.types import Scope as AsgiScope
from structlog.testing import capture_logs

from ingest.mosaic import MosaicSpec
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, bus_server, running_site
from wallserver.catalogue.publications import CutOff, Publication, Wanted
from wallserver.config import Settings
from wallserver.control import public_cameras
from wallserver.control.unwritten_cut_offs import UnwrittenCutOffs
from wallserver.people.rights import Role
from wallserver.people.scope import CameraGroup, CameraScope, Scope

__all__ = ["bus_server"]

CUT = {"reason": "Unjuk rasa", "public_text": "Sedang ditutup"}
POSITION = (-5.147665, 119.432731)


@pytest.fixture
async def open_to_all(settings: Settings) -> AsyncIterator[Site]:
    values = {"enabled": True, "addresses": ["127.0.0.1"], "delay_s": 5}
    public = type(settings.public).model_validate(values)
    async with running_site(settings.model_copy(update={"public": public})) as site:
        yield site


@contextmanager
def database_busy(site: Site) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    with closing(sqlite3.connect(site.settings.state_dir / "wallserver.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield
        writer.execute("ROLLBACK")


def kept_in(settings: Settings) -> UnwrittenCutOffs:
    """What of cut-offs the database does not have."""
    return UnwrittenCutOffs(settings.state_dir / "cut_off.json")


async def publish(client: httpx.AsyncClient, camera: str, name: str = "Simpang", group: str = "") -> str:
    answer = await client.put(f"/api/cameras/{camera}/public", json={"name": name, "group": group})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["public_id"])


async def test_a_published_camera_keeps_its_chance_id_until_it_is_taken_back(open_to_all: Site) -> None:
    async with open_to_all.administrator() as admin:
        first = await publish(admin, "cam-1")
        assert await publish(admin, "cam-1", "Simpang Lima") == first
        wanted = {"name": "Simpang Lima", "position": POSITION}
        assert (await admin.put("/api/cameras/cam-1/public", json=wanted)).status_code == 200
        (told,) = (await admin.get("/api/public")).json()["cameras"]
        assert (told["camera"], told["name"], told["position"]) == ("cam-1", "Simpang Lima", [-5.148, 119.433])
        assert (await admin.delete("/api/cameras/cam-1/public")).status_code == 204
        assert (await admin.get("/api/public")).json()["cameras"] == []
        assert await publish(admin, "cam-1") != first
        assert (await admin.put("/api/cameras/none/public", json={"name": "x"})).status_code == 404
        entries = (await admin.get("/api/audit", params={"action": "cameras.publish"})).json()
        assert [entry["after"]["public"] for entry in entries][:2] == [{"name": "Simpang", "group": ""}, None]


async def test_what_tilers_and_the_public_gateway_are_told_names_no_camera(open_to_all: Site) -> None:
    public = open_to_all.control.public
    async with open_to_all.administrator() as admin:
        name = await publish(admin, "cam-1")
        ((stream, spec),) = public.specs()
        made = MosaicSpec.from_json(spec | {"layout_epoch": 1})
        (cell,) = made.cells
        assert (stream, made.stream) == (f"public.{name}", f"public.{name}")
        assert (cell.camera, cell.label, cell.stream, made.delay_ms) == (name, "Simpang", "cam.cam-1.sub", 5000)
        assert "cam-1" not in str(public.site())
        before = public.site()["cameras"][name]["era"]
        assert (await admin.put("/api/public/cut-off", json=CUT | {"kind": "all"})).status_code == 204
        ((_, cut),) = public.specs()
        assert cut["cells"] == []
        assert cut["era"] > before
        assert (await admin.delete("/api/public/cut-off", params={"kind": "all"})).status_code == 204
        assert public.site()["cameras"][name]["era"] > cut["era"]


async def test_a_supervisor_cuts_off_what_is_within_the_scope_and_nothing_else(open_to_all: Site) -> None:
    async with open_to_all.administrator() as admin:
        await publish(admin, "cam-1", group="Losari")
        await publish(admin, "cam-2", group="Losari")
        elsewhere = Scope(cameras=CameraScope(groups=frozenset({CameraGroup("Wajo", "road")})))
        here = Scope(cameras=CameraScope(groups=frozenset({CameraGroup("Mariso", "lorong")})))
        camera, group, everything = (
            {"kind": "camera", "target": "cam-1"},
            {"kind": "group", "target": "Losari"},
            {"kind": "all"},
        )
        for scope, name, allowed in ((elsewhere, "budi", []), (here, "siti", [camera, group])):
            async with open_to_all.signed_in(Role.SUPERVISOR, scope, name) as client:
                for what in (camera, group, everything):
                    expected = 204 if what in allowed else 403
                    assert (await client.put("/api/public/cut-off", json=CUT | what)).status_code == expected, what
                    assert (await client.delete("/api/public/cut-off", params=what)).status_code == expected, what
        for wrong in ({"kind": "camera"}, {"kind": "all", "target": "x"}, {"kind": "all", "until_ms": 1}):
            assert (await admin.put("/api/public/cut-off", json=CUT | wrong)).status_code == 422, wrong
        for absent in ({"kind": "camera", "target": "cam-3"}, {"kind": "group", "target": "Wajo"}):
            assert (await admin.put("/api/public/cut-off", json=CUT | absent)).status_code == 404, absent


async def test_another_name_brings_nobody_out_of_a_group_that_is_cut_off(open_to_all: Site) -> None:
    async with open_to_all.administrator() as admin:
        name = await publish(admin, "cam-1", group="Losari")
        group = {"kind": "group", "target": "Losari"}
        assert (await admin.put("/api/public/cut-off", json=CUT | group)).status_code == 204
        assert (await admin.put("/api/cameras/cam-1/public", json={"name": "Simpang Lima"})).status_code == 200
        elsewhere = {"name": "Simpang Lima", "group": "Wajo"}
        assert (await admin.put("/api/cameras/cam-1/public", json=elsewhere)).status_code == 409
        assert open_to_all.control.public.site()["cameras"][name]["cut"]
        assert (await admin.delete("/api/public/cut-off", params=group)).status_code == 204
        assert (await admin.put("/api/cameras/cam-1/public", json=elsewhere)).status_code == 200


async def test_what_is_switched_off_is_shown_to_nobody_and_old_pictures_neither(open_to_all: Site) -> None:
    async with open_to_all.administrator() as admin:
        name = await publish(admin, "cam-1")
        before = open_to_all.control.public.site()["cameras"][name]
        assert (await admin.put("/api/cameras/cam-1/off", json={"reason": "Warga meminta"})).status_code == 204
        after = open_to_all.control.public.site()["cameras"][name]
        assert (before["available"], after["available"]) == (True, False)
        assert after["era"] > before["era"]
        ((_, spec),) = open_to_all.control.public.specs()
        assert spec["cells"] == []


async def test_no_more_cameras_are_composed_all_the_time_than_may_be_at_once(settings: Settings) -> None:
    values = {"enabled": True, "addresses": ["127.0.0.1"], "always": True, "cameras_at_once": 2}
    public = type(settings.public).model_validate(values)
    async with running_site(settings.model_copy(update={"public": public})) as site, site.administrator() as admin:
        names = [await publish(admin, camera, camera) for camera in ("cam-1", "cam-2")]
        refused = await admin.put("/api/cameras/cam-3/public", json={"name": "Simpang"})
        assert refused.status_code == 409
        assert await publish(admin, "cam-2", "Pantai") == names[1]
        assert len(site.control.public.streams()) == 2
        site.control.public._settings = public.model_copy(update={"cameras_at_once": 1})  # as after another start
        assert site.control.public.streams() == [f"public.{names[1]}"]


async def test_a_cut_off_holds_before_the_database_has_it_and_is_written_once_it_can_be(open_to_all: Site) -> None:
    public = open_to_all.control.public
    cut = CutOff("all", "", "Unjuk rasa", "Sedang ditutup", "admin", open_to_all.control.now_ms())
    async with open_to_all.administrator() as admin:
        name = await publish(admin, "cam-1")
        before = public.site()["cameras"][name]["era"]
        with database_busy(open_to_all):
            cutting = asyncio.create_task(public.cut_off(cut))
            await asyncio.sleep(0)
            told = public.site()["cameras"][name]
            assert told["cut"] == {"text": "Sedang ditutup", "until_ms": None}
            assert told["era"] > before
            ((_, spec),) = public.specs()
            assert spec["cells"] == []
            assert await open_to_all.control.catalogue.publications.cut_offs() == []
            await eventually(lambda: kept_in(open_to_all.settings).read(int) == [cut])
        await cutting
        await eventually(lambda: kept_in(open_to_all.settings).read(int) == [])
        assert await open_to_all.control.catalogue.publications.cut_offs() == [cut]
        assert (await admin.delete("/api/public/cut-off", params={"kind": "all"})).status_code == 204
        await public.refresh()
        assert public.site()["cameras"][name]["cut"] is None


async def test_whoever_cuts_off_waits_for_no_database_and_it_is_audited_once_it_can_be(
    open_to_all: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_cameras, "_WRITTEN_WITHIN_S", 0.05)
    answered: list[int] = []

    async def app(scope: AsgiScope, receive: Receive, send: Send) -> None:
        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.append(message["status"])
            await send(message)

        await open_to_all.app(scope, receive, seen)

    async with open_to_all.administrator() as admin:
        await publish(admin, "cam-1")
        admin._transport = httpx.ASGITransport(app)
        with database_busy(open_to_all):
            cutting = asyncio.create_task(admin.put("/api/public/cut-off", json=CUT | {"kind": "all", "for_s": 60}))
            await eventually(lambda: answered == [202], within=9)  # not the 5 s of SQLite, twice
            assert await open_to_all.control.catalogue.publications.cut_offs() == []
        await cutting
        await eventually(open_to_all.control.catalogue.publications.cut_offs)
        (entry,) = (await admin.get("/api/audit", params={"action": "public.cut"})).json()
        (cut,) = open_to_all.control.public.cut_offs
        assert cut.until_ms == cut.made_ms + 60_000
        assert entry["after"]["cut_off"]["until_ms"] == cut.until_ms


async def test_what_is_committed_is_answered_and_audited_though_the_database_is_gone_behind_it(
    open_to_all: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = open_to_all.control.public

    async def gone() -> None:
        raise OSError("no database")

    async with open_to_all.administrator() as admin:
        name = await publish(admin, "cam-2")
        assert (await admin.put("/api/public/cut-off", json=CUT | {"kind": "all"})).status_code == 204
        monkeypatch.setattr(open_to_all.control.catalogue.publications, "published", gone)
        assert (await admin.delete("/api/public/cut-off", params={"kind": "all"})).status_code == 204
        assert public.site()["cameras"][name]["cut"] is None
        other = await publish(admin, "cam-1", "Alun-alun")
        assert list(public.site()["cameras"]) == [other, name]  # by name
        assert (await admin.delete("/api/cameras/cam-2/public")).status_code == 204
        assert list(public.site()["cameras"]) == [other]
        entries = (await admin.get("/api/audit")).json()
        assert [entry["action"] for entry in entries][:3] == ["cameras.publish", "cameras.publish", "public.cut"]
        with pytest.raises(OSError, match="no database"):
            await public.refresh()


async def test_nobody_comes_out_of_a_group_while_that_is_being_cut_off(
    open_to_all: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, store = open_to_all.control.public, open_to_all.control.catalogue.publications
    cut = CutOff("group", "Losari", "Unjuk rasa", "Sedang ditutup", "admin", open_to_all.control.now_ms())
    async with open_to_all.administrator() as admin:
        name = await publish(admin, "cam-1", group="Losari")
        moved = store.publish
        cutting: list[asyncio.Task[bool]] = []

        async def cut_off_behind(camera: str, wanted: Wanted, made_by: str) -> Publication:
            published = await moved(camera, wanted, made_by)
            cutting.append(asyncio.create_task(public.cut_off(cut)))
            await eventually(lambda: public.cut_offs)
            return published

        monkeypatch.setattr(store, "publish", cut_off_behind)
        await publish(admin, "cam-1", group="Wajo")
        monkeypatch.undo()
        await asyncio.gather(*cutting)
        assert public.site()["cameras"][name]["cut"] == {"text": "Sedang ditutup", "until_ms": None}
        await public.refresh()
        assert {(one.kind, one.target) for one in public.cut_offs} == {("group", "Losari"), ("camera", "cam-1")}
        lifting = {"kind": "camera", "target": "cam-1"}
        assert (await admin.delete("/api/public/cut-off", params=lifting)).status_code == 204
        assert public.site()["cameras"][name]["cut"] is None


async def test_no_two_at_once_become_one_more_than_may_be_composed(settings: Settings) -> None:
    values = {"enabled": True, "addresses": ["127.0.0.1"], "always": True, "cameras_at_once": 1}
    public = type(settings.public).model_validate(values)
    async with running_site(settings.model_copy(update={"public": public})) as site, site.administrator() as admin:
        asked = [admin.put(f"/api/cameras/cam-{n}/public", json={"name": "Simpang"}) for n in (1, 2)]
        assert sorted(answer.status_code for answer in await asyncio.gather(*asked)) == [200, 409]


@pytest.mark.parametrize("readable", [True, False])
async def test_a_cut_off_that_the_database_never_had_outlives_control(settings: Settings, *, readable: bool) -> None:
    values = {"enabled": True, "addresses": ["127.0.0.1"]}
    ours = settings.model_copy(update={"public": type(settings.public).model_validate(values)})
    async with running_site(ours) as site, site.administrator() as admin:
        name = await publish(admin, "cam-1")
    kept_in(ours).write([CutOff("camera", "cam-1", "Unjuk rasa", "Sedang ditutup", "admin", 1)])
    if not readable:
        (ours.state_dir / "cut_off.json").write_bytes(b"[{")
    async with running_site(ours) as site, site.administrator() as admin:
        (cut,) = await site.control.catalogue.publications.cut_offs()
        assert cut.kind == ("camera" if readable else "all")
        broken = ours.state_dir / "cut_off.broken"
        assert broken.exists() is not readable
        assert ("cut_off.broken" in cut.reason) is not readable
        assert readable or broken.read_bytes() == b"[{"
        assert site.control.public.site()["cameras"][name]["cut"] is not None
        lifting = {"kind": cut.kind, "target": cut.target}
        assert (await admin.delete("/api/public/cut-off", params=lifting)).status_code == 204
        assert kept_in(ours).read(int) == []
        assert site.control.public.site()["cameras"][name]["cut"] is None


def test_what_cannot_be_read_cuts_all_off_at_the_next_start_too(tmp_path: Path) -> None:
    file = tmp_path / "cut_off.json"
    file.write_bytes(b"[{")
    (first,) = UnwrittenCutOffs(file).read(lambda: 7)
    assert (first.kind, first.made_ms) == ("all", 7)
    assert UnwrittenCutOffs(file).read(lambda: 8) == [first]


def test_a_file_that_cannot_be_taken_away_is_told_of_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "cut_off.json").mkdir()
    with capture_logs() as logs:
        UnwrittenCutOffs(tmp_path / "cut_off.json").write([])
    assert [said["event"] for said in logs] == [
        "cut-offs that the database has are in the file still, and would hold again after a restart"
    ]


async def test_what_is_cut_off_while_another_is_lifted_stays_cut_off(open_to_all: Site) -> None:
    public = open_to_all.control.public
    cut = CutOff("all", "", "Unjuk rasa", "Sedang ditutup", "admin", open_to_all.control.now_ms())
    async with open_to_all.administrator() as admin:
        name = await publish(admin, "cam-1")
        with database_busy(open_to_all):
            lifting = asyncio.create_task(public.lift("all", ""))
            await asyncio.sleep(0)
            cutting = asyncio.create_task(public.cut_off(cut))
            await asyncio.sleep(0)
        await asyncio.gather(lifting, cutting)
        assert public.site()["cameras"][name]["cut"] is not None


async def test_an_era_never_comes_again_whatever_ends_by_itself_and_wherever_the_clock_is_set(
    open_to_all: Site,
) -> None:
    public, clock = open_to_all.control.public, open_to_all.control.now_ms
    async with open_to_all.administrator() as admin:
        name = await publish(admin, "cam-1")

        def era() -> int:
            return int(public.site()["cameras"][name]["era"])

        eras = [era()]
        public._now_ms = public._eras._now_ms = lambda: clock() - 3_600_000
        for method, path in (("PUT", "/api/cameras/cam-1/off"), ("DELETE", "/api/cameras/cam-1/off")) * 2:
            answer = await admin.request(method, path, json={"reason": "Warga meminta"} if method == "PUT" else None)
            assert answer.status_code == 204
            eras.append(era())
        assert era() == eras[-1]
        assert eras == sorted(set(eras))


async def test_a_control_that_starts_anew_withdraws_nothing_that_it_need_not(
    settings: Settings, bus_server: BusServer
) -> None:
    values = {"enabled": True, "addresses": ["127.0.0.1"]}
    ours = settings.model_copy(update={"public": type(settings.public).model_validate(values)})

    async def told(change: dict[str, str] | None = None) -> int:
        """The era that a control tells, once the bus has it."""
        async with running_site(ours, bus_server.address("control")) as site, site.administrator() as admin:
            name = await publish(admin, "cam-1")
            if change is not None:
                assert (await admin.put("/api/public/cut-off", json=CUT | change)).status_code == 204
            await eventually(lambda: site.control.bus)
            bucket = (await bus_server.connect("control", "onlooker")).bucket("mosaics")

            async def there() -> bool:
                entry = await bucket.get(f"public.{name}")
                era = site.control.public.site()["cameras"][name]["era"]
                return entry is not None and entry.value is not None and entry.value["era"] == era

            await eventually(there)
            return int(site.control.public.site()["cameras"][name]["era"])

    first = await told()
    assert await told() == first
    cut = await told({"kind": "all"})
    assert cut > first
    assert await told() == cut


async def test_what_was_cut_off_and_shown_again_while_the_bus_was_away_begins_anew_after_a_restart(
    settings: Settings, bus_server: BusServer
) -> None:
    values = {"enabled": True, "addresses": ["127.0.0.1"]}
    ours = settings.model_copy(update={"public": type(settings.public).model_validate(values)})
    async with running_site(ours, bus_server.address("control")) as site, site.administrator() as admin:
        name = await publish(admin, "cam-1")
        first = site.control.public.site()["cameras"][name]["era"]
        bucket = (await bus_server.connect("control", "onlooker")).bucket("mosaics")
        await eventually(lambda: bucket.get(f"public.{name}"))
    async with running_site(ours) as site, site.administrator() as admin:
        assert (await admin.put("/api/public/cut-off", json=CUT | {"kind": "all"})).status_code == 204
        assert (await admin.delete("/api/public/cut-off", params={"kind": "all"})).status_code == 204
    async with running_site(ours, bus_server.address("control")) as site:
        await eventually(lambda: site.control.bus)
        await eventually(lambda: site.control.public.site()["cameras"][name]["era"] > first)
