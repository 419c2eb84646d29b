"""Cameras with privacy masks: every way to a picture of one leads through what masks it, or is closed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from ingest.heartbeat import Heartbeat
from ingest.masks import Mask, masks_to_json
from ingest.mosaic import MosaicSpec
from layouts.apply import apply
from layouts.commands import ApplyPreset, Assign, Clear
from layouts.contents import CameraContent
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.test_judged import live
from tests.wallserver.control.test_plans import looked_at, twins
from tests.wallserver.control.test_site import change, held, status
from wallserver.catalogue.masks import ALL
from wallserver.catalogue.models import MasksRow
from wallserver.config import Settings
from wallserver.control.choice import Budget
from wallserver.control.planner import Bearing, DisplayPlan
from wallserver.control.publisher import mosaic_to_json
from wallserver.control.replays import Kept, Replay
from wallserver.control.transcodes import transcode_of
from wallserver.people.audit import Wanted
from wallserver.people.rights import Role

MASKS = "/api/cameras/cam-1/masks"
MASK = Mask(((100, 200), (5000, 200), (5000, 6000)), "pixelated")
WANTED: dict[str, Any] = {"masks": masks_to_json((MASK,)), "made_ms": None}
MAIN, SUB = "cam.cam-1.main", "cam.cam-1.sub"


async def masked(site: Site, masks: tuple[Mask, ...] = (MASK,)) -> None:
    said = site.control.masked.said("cam-1")
    await site.control.masked.put("cam-1", masks, "test", said.made_ms if said else None)


async def test_masks_are_kept_with_who_drew_them_and_when_and_so_is_what_they_were_before(settings: Settings) -> None:
    async with running_site(settings) as site, site.administrator() as client:
        assert (await client.get(MASKS)).json() == {"masks": [], "made_by": None, "made_ms": None}
        saved = await client.put(MASKS, json=WANTED)
        first = (await client.get(MASKS)).json()
        assert (saved.status_code, saved.json()) == (200, first)
        assert (first["masks"], first["made_by"]) == (WANTED["masks"], "admin")
        assert abs(first["made_ms"] - site.control.now_ms()) < 10_000
        listed = {one["id"]: one["masked"] for one in (await client.get("/api/cameras")).json()}
        assert (listed["cam-1"], listed["cam-2"]) == (True, False)
    async with running_site(settings) as site:
        assert site.control.masked.of("cam-1") == (MASK,)
        assert MAIN not in site.control.plans.displays["city-1"].plan.streams
        await masked(site, ())
        assert "cam-1" not in site.control.masked
        async with site.administrator() as client:
            assert (await client.get(MASKS)).json()["made_ms"] > first["made_ms"]
        async with site.control.catalogue.database.session() as session:
            assert len(list(await session.scalars(MasksRow.__table__.select()))) == 2


async def test_masks_are_not_put_over_others_that_somebody_drew_meanwhile(site: Site) -> None:
    async with site.administrator() as ani, site.signed_in(Role.ADMIN, name="budi") as budi:
        seen = (await ani.get(MASKS)).json()
        assert (await budi.put(MASKS, json=WANTED)).status_code == 200
        late = await ani.put(MASKS, json={"masks": [], "made_ms": seen["made_ms"]})
        holds = (await ani.get(MASKS)).json()
        assert (holds["masks"], holds["made_by"]) == (WANTED["masks"], "budi")
        assert late.status_code == 409
        assert late.json() == holds | {"reason": "stale", "error": late.json()["error"]}
        assert "changed meanwhile" in late.json()["error"]
        at_once = (one.put(MASKS, json={"masks": [], "made_ms": holds["made_ms"]}) for one in (ani, budi))
        assert sorted(answer.status_code for answer in await asyncio.gather(*at_once)) == [200, 409]
        assert (await ani.put(MASKS, json={"masks": []})).status_code == 422
    entries = await site.control.people.audit.page(Wanted(action="cameras.mask"), None, 10)
    assert [entry.after for entry in entries] == [{"masks": []}, {"masks": WANTED["masks"]}]


async def test_a_display_gets_it_through_its_mosaic_alone_and_what_it_had_before_ends_at_once(site: Site) -> None:
    site.control.plans.bears("city-1", Bearing(Budget(64, 1e9, 500)), anew=True)
    shown = site.control.plans.displays["city-1"]
    assert SUB in shown.plan.slots
    await masked(site)
    shown = site.control.plans.displays["city-1"]
    assert not {MAIN, SUB} & {*shown.plan.slots, *shown.attached}
    for mosaic in shown.mosaics:
        cells = {cell.camera: cell.masks for cell in mosaic.cells}
        assert cells["cam-1"] == (MASK,)
        assert not any(masks for camera, masks in cells.items() if camera != "cam-1")
        spec = MosaicSpec.from_json(mosaic_to_json(mosaic, site.settings.mosaic) | {"layout_epoch": 1})
        assert [cell.masks for cell in spec.cells] == [cell.masks for cell in mosaic.cells]
    await masked(site, ())
    site.control.plans.bears("city-1", Bearing(Budget(65, 1e9, 500)), anew=True)  # which waits for no calm
    assert SUB in site.control.plans.displays["city-1"].plan.slots


async def test_players_get_a_transcode_and_keep_nothing_else(site: Site) -> None:
    transcodes, viewers = site.control.transcodes, site.control.viewers
    assert transcodes.for_webrtc(MAIN) == transcodes.for_hls(MAIN) == MAIN
    assert viewers._is_behind(MAIN, MAIN)
    await masked(site)
    for stream in (MAIN, SUB):
        assert transcodes.for_webrtc(stream) == transcodes.for_hls(stream) == transcode_of(stream)
        assert not viewers._is_behind(stream, stream)
        assert viewers._is_behind(stream, transcode_of(stream))
    made = {mosaic.stream: mosaic.cells for mosaic, _ in transcodes.mosaics()}
    assert set(made) == {
        transcode_of(MAIN),
        transcode_of(SUB),
        f"{transcode_of(MAIN)}_light",
        f"{transcode_of(SUB)}_light",
    }
    assert all(cell.masks == (MASK,) for cells in made.values() for cell in cells)
    assert not site.control.plans.lighter((transcode_of(MAIN),)).keys() & {MAIN, SUB}


async def test_nothing_of_it_is_played_again(site: Site) -> None:
    replays, streams = site.control.replays, site.control.player_streams
    running = Replay("0" * 16, "cam-1", Kept(MAIN, 1, 2), over_at=float("inf"))
    replays._known[running.id] = running
    assert streams.behind(running.stream) == running.stream
    assert site.control.viewers._is_behind(running.stream, running.stream)
    await masked(site)
    async with site.administrator() as client:
        answer = await client.post("/api/cameras/cam-1/replay")
        assert answer.status_code == 409
        assert "masked" in answer.text
    assert streams.behind(running.stream) is None
    assert not site.control.viewers._is_behind(running.stream, running.stream)


async def test_judges_are_told_and_a_still_without_the_masks_is_no_still(
    settings: Settings, bus_server: BusServer
) -> None:
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: site.control.bus is not None)
        judge = await bus_server.connect("judge")
        before = await judge.request("req.sweep.cameras", {"version": None}, 2)
        assert before["masks"] == {}
        await masked(site)
        after = await judge.request("req.sweep.cameras", {"version": before["version"]}, 2)
        assert after["masks"] == {"cam-1": WANTED["masks"]}
        # The bus has them too, for the tilers; of a camera that WHEP asks for as well.
        site.control.transcodes.for_webrtc(MAIN)
        onlooker = await bus_server.connect("control", "onlooker")

        async def told() -> bool:
            spec = await held(onlooker.bucket("mosaics"), "cam-1_transcode_main")
            return bool(spec) and spec["cells"][0]["masks"] == WANTED["masks"]

        await eventually(told)


async def test_an_era_begins_where_something_is_withdrawn_and_only_there(
    settings: Settings, bus_server: BusServer
) -> None:
    async with running_site(settings, bus_server.address("control")) as site:
        mosaics = (await bus_server.connect("control", "onlooker")).bucket("mosaics")

        async def specs(after: int = 0) -> Any:
            spec = await held(mosaics, "city-1")
            return spec if spec and spec["layout_epoch"] > after else None

        first = await eventually(specs)
        await masked(site)
        second = await eventually(lambda: specs(first["layout_epoch"]))
        assert second["era"] > first["era"]
        await masked(site, ())
        third = await eventually(lambda: specs(second["layout_epoch"]))
        assert third["era"] == second["era"]
        await change(site, Clear("city-1", "c6"))
        fourth = await eventually(lambda: specs(third["layout_epoch"]))
        assert fourth["era"] > third["era"], "a camera has left"
        await change(site, Assign("city-1", "c6", CameraContent("cam-6")))
        fifth = await eventually(lambda: specs(fourth["layout_epoch"]))
        assert fifth["era"] == fourth["era"]


async def test_what_leaves_during_a_change_is_masked_or_ended_at_once(site: Site) -> None:
    plans = site.control.plans
    plans.put_wall(twins(plans.walls["city"]))
    looked_at(site, "city-2")
    # A mosaic that is left, of which the plan has nothing more.
    plans.put_wall(apply(plans.walls["city"], Assign("city-2", "c1", CameraContent("cam-6"))))
    leaving = plans.displays["city-2"]
    assert [one.id for one in leaving.leaving] == ["city-1"]
    plans.put_wall(apply(plans.walls["city"], ApplyPreset("city-1", "1")))
    plans.put_wall(apply(plans.walls["city"], Assign("city-1", "c1", CameraContent("cam-2"))))
    told: list[str] = []
    plans.listeners.append(told.extend)
    wanted = plan_of(site, "city-2")
    await masked(site)
    assert plan_of(site, "city-2") == wanted, "its plan has nothing of the camera"
    made = [mosaic for shown in plans.displays.values() for mosaic in shown.mosaics]
    cells = [cell for mosaic in made for cell in mosaic.cells if cell.camera == "cam-1"]
    assert cells
    assert all(cell.masks == (MASK,) for cell in cells)
    assert "city-2" in told, "its gateways, and the bus, are told"


async def test_a_stream_of_its_own_that_is_left_ends_though_the_plan_stays(site: Site) -> None:
    plans = site.control.plans
    plans.bears("city-1", Bearing(Budget(64, 1e9, 500)), anew=True)
    looked_at(site, "city-1")
    plans.finish("city-1", plans.displays["city-1"].number)
    plans.put_wall(apply(plans.walls["city"], Clear("city-1", "c1")))
    shown = plans.displays["city-1"]
    assert SUB in shown.attached
    assert SUB not in shown.plan.slots
    told: list[str] = []
    plans.listeners.append(told.extend)
    await masked(site)
    assert plans.displays["city-1"] is shown, "the plan is the same"
    assert SUB not in shown.attached
    assert told == ["city-1"]


async def test_a_display_is_confirmed_what_its_slots_carry_and_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewers, plans = site.control.viewers, site.control.plans
    now = 0.0
    monkeypatch.setattr(viewers, "_clock", lambda: now)
    monkeypatch.setattr(viewers, "_trusts_until", 10.0)
    token = await site.control.people.tokens.for_display("city-1")
    display = await site.control.people.tokens.principal(token)
    assert display is not None
    attached = [stream for stream in plans.displays["city-1"].attached if stream]
    streams = [*attached, SUB, "cam.cam-2.sub", "mosaic.city-1_2"]
    # Until pages are back after a restart of control, what the one before it planned.
    assert viewers._may(display, "", streams) == streams
    now = 10.0
    assert viewers._may(display, "", streams) == attached
    # Of a masked camera not even then, and of nothing that was composed before the masks.
    now = 0.0
    await masked(site)
    attached = [stream for stream in plans.displays["city-1"].attached if stream]
    assert viewers._may(display, "", streams) == attached
    monkeypatch.setattr(viewers, "_trusts_until", 10.0)  # control begins with the masks
    assert viewers._may(display, "", streams) == [one for one in streams if one != SUB]


def plan_of(site: Site, display: str) -> DisplayPlan:
    return site.control.plans.displays[display].plan


async def test_masks_that_cannot_be_read_hide_everything(site: Site) -> None:
    await masked(site)
    async with site.control.catalogue.database.session() as session, session.begin():
        await session.execute(update(MasksRow).values(masks={"masks": [{"points": [], "style": "solid"}]}))
    await site.control.masked.refresh()
    assert site.control.masked.of("cam-1") == ALL


POINTS = [[0, 0], [9, 0], [9, 9]]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/cameras/none/masks", WANTED, 404),
        (MASKS, {}, 422),
        (MASKS, {"masks": [{"points": POINTS[:2]}]}, 422),
        (MASKS, {"masks": [{"points": POINTS * 11}]}, 422),
        (MASKS, {"masks": [{"points": POINTS}] * 17}, 422),
        (MASKS, {"masks": [{"points": POINTS, "style": "blurred"}]}, 422),
        (MASKS, {"masks": [{"points": [[0, 0], [9, 0], [9, 10_001]]}]}, 422),
        (MASKS, {"masks": [{"points": [[0, 0], [9, 0], [-1, 9]]}]}, 422),
        (MASKS, {"masks": [{"points": [[0, 0], [9, 0], [9, 9, 9]]}]}, 422),
    ],
)
async def test_what_cannot_be_is_refused(site: Site, path: str, body: dict[str, object], code: int) -> None:
    async with site.administrator() as client:
        assert (await client.put(path, json={"made_ms": None, **body})).status_code == code
    async with site.client(x_wallserver="1") as nobody:
        assert (await nobody.put(MASKS, json=WANTED)).status_code == 401


async def test_stills_are_asked_for_with_the_masks_at_any_width_and_of_the_stream_that_has_it(
    settings: Settings, bus_server: BusServer
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    async def still(subject: str, payload: dict[str, Any]) -> dict[str, Any]:
        asked.append((subject, payload))
        return {"busy": True} if payload.get("width") == 64 else {"jpeg": "/9j/", "taken_ms": 1_700_000_000_000}

    async with running_site(settings, bus_server.address("control")) as site:
        puller = await live(bus_server)  # its sub stream, 640 wide
        await puller.bucket("status").put(MAIN, status(MAIN, width=1920, height=1080))
        judge = await bus_server.connect("judge", "j1")
        Heartbeat(judge, "judge", "j1", dict)
        Heartbeat(puller, "puller", "p1", dict)
        await judge.serve("req.still.j1.*", still)
        control = site.control
        await eventually(lambda: control.live.workers("judge") and control.live.runs(MAIN) and control.live.runs(SUB))
        await masked(site)
        async with site.administrator() as client:
            for width, stream in ((320, SUB), (640, SUB), (642, MAIN), (4096, MAIN)):
                answer = await client.get("/api/cameras/cam-1/still", params={"width": width})
                assert (answer.status_code, answer.content) == (200, b"\xff\xd8\xff")
                assert asked.pop() == (
                    "req.still.j1.cam-1",
                    {"stream": stream, "width": width, "masks": WANTED["masks"]},
                )
                assert answer.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
                assert answer.headers["cache-control"] == "private, no-cache"
                assert int(answer.headers["x-picture-age-ms"]) > 1_000_000
            tag = {"If-None-Match": answer.headers["etag"]}
            again = await client.get("/api/cameras/cam-1/still", params={"width": 4096}, headers=tag)
            assert again.status_code == 304
            other = await client.get("/api/cameras/cam-1/still", params={"width": 4094}, headers=tag)
            assert other.status_code == 200
            assert (await client.get("/api/cameras/cam-1/still", params={"width": 64})).status_code == 429
            for wrong in (63, 641, 4098, "x"):
                assert (await client.get("/api/cameras/cam-1/still", params={"width": wrong})).status_code == 422
            asked.clear()
            assert (await client.get("/api/streams/mosaic.city-1/still")).status_code == 200
            ((subject, payload),) = asked
            # Its own mosaic has all of its cells now: what is masked goes through it.
            assert (subject, payload["stream"], payload["width"]) == ("req.still.j1.city-1", "mosaic.city-1", 1280)
            assert (await client.get("/api/streams/mosaic.none/still")).status_code == 404
        async with site.client() as nobody:
            assert (await nobody.get("/api/streams/mosaic.city-1/still")).status_code == 401
