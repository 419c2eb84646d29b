"""Walls to plans: shared mosaics, what displays say of themselves, previews, recorders, stills."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from ingest.camera_state import State, StreamHealth
from layouts.apply import apply
from layouts.commands import ApplyPreset, Assign, SetTour, Several
from layouts.contents import CameraContent, TourContent
from layouts.tours import Tour
from layouts.wall import Wall
from layouts.wall_json import wall_to_json
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import CAMERAS, Site, running_site
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import Camera
from wallserver.config import Settings
from wallserver.control.choice import Budget
from wallserver.control.display_load import SETTLED_S
from wallserver.control.display_machines import DisplayMachines, Machine
from wallserver.control.planner import Bearing
from wallserver.control.sessions import Answer, MediaSession
from wallserver.control.standing import CALM_S
from wallserver.control.ways import CameraFacts, Way

WORKSTATION = Machine(decoders=64, mpixels_s=1000)


class Clock:
    """Monotonic seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = time.monotonic()  # what was planned before it goes by that

    def __call__(self) -> float:
        return self.now


def twins(wall: Wall) -> Wall:
    """With a second display that shows the same."""
    (display,) = wall.displays
    return replace(
        wall,
        revision=wall.revision + 1,
        columns=2,
        displays=(display, replace(display, id="city-2", name="Dua", column=1)),
    )


def looked_at(site: Site, display: str) -> None:
    """Somebody has a session with it, so that nothing is let go before it is drawn."""
    site.control.sessions.adopt("g1.00000000-0000-4000-8000-000000000000", display)


def assign_first(camera: str) -> Assign:
    """Into the one cell of the preset 1."""
    return Assign("city-1", "c1", CameraContent(camera))


def slots(site: Site, display: str) -> tuple[str | None, ...]:
    return site.control.plans.displays[display].attached[:2]


async def test_two_displays_share_a_mosaic_that_forks_when_one_changes_and_is_joined_again(site: Site) -> None:
    plans = site.control.plans
    plans.put_wall(twins(plans.walls["city"]))
    looked_at(site, "city-2")
    assert slots(site, "city-1") == slots(site, "city-2") == ("mosaic.city-1", None)
    assert sum("mosaic.city-1" in streams for streams in plans.demand().values()) == 2

    plans.put_wall(apply(plans.walls["city"], Assign("city-2", "c1", CameraContent("cam-6"))))
    # The one that changes has both until it has drawn the new one; the other one notices nothing.
    assert slots(site, "city-2") == ("mosaic.city-1", "mosaic.city-2")
    assert slots(site, "city-1") == ("mosaic.city-1", None)
    changed = plans.displays["city-2"]
    assert {mosaic.id for mosaic in changed.mosaics} >= {"city-1", "city-2", "city-2_whep"}
    made = {mosaic.id: mosaic for shown in plans.displays.values() for mosaic in shown.mosaics}
    assert made["city-1"].cells[0].camera == "cam-1"
    assert made["city-2"].cells[0].camera == "cam-6"
    assert plans.finish("city-2", changed.number)
    assert slots(site, "city-2") == (None, "mosaic.city-2")

    plans.put_wall(apply(plans.walls["city"], Assign("city-2", "c1", CameraContent("cam-1"))))
    assert slots(site, "city-2") == ("mosaic.city-1", "mosaic.city-2")
    assert plans.displays["city-2"].plan.slots[:2] == ("mosaic.city-1", None)


async def test_what_is_left_has_its_own_time_however_many_plans_follow(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A display under a tour, whose browser is dead and draws nothing."""
    plans, clock = site.control.plans, Clock()
    monkeypatch.setattr(plans, "_clock", clock)
    plans.bears("city-1", Bearing(Budget(64, 1e9, 500)), anew=True)
    looked_at(site, "city-1")
    plans.finish("city-1", plans.displays["city-1"].number)
    began = clock.now
    for passed, camera in ((0, "cam-2"), (4, "cam-3"), (8, "cam-4")):
        clock.now = began + passed
        plans.put_wall(apply(plans.walls["city"], Several((ApplyPreset("city-1", "1"), assign_first(camera)))))

    def carried() -> set[str | None]:
        return set(plans.displays["city-1"].attached) - {None}

    assert {"cam.cam-2.main", "cam.cam-3.main", "cam.cam-4.main", "cam.cam-1.sub"} <= carried()
    # The last one has five seconds to be drawn before anything goes.
    assert plans.lets_go_in("city-1") == pytest.approx(5)
    assert not plans.let_go("city-1")
    clock.now = began + 13.1
    assert plans.let_go("city-1")
    assert carried() == {"cam.cam-2.main", "cam.cam-3.main", "cam.cam-4.main"}
    assert plans.lets_go_in("city-1") == pytest.approx(0.9)
    clock.now = began + 18
    assert plans.let_go("city-1")
    assert carried() == {"cam.cam-4.main"}
    assert plans.lets_go_in("city-1") is None
    assert not plans.let_go("city-1")
    assert not plans.displays["city-1"].in_change


async def test_a_tour_without_end_keeps_what_is_left_no_longer_than_twice_its_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans, clock = site.control.plans, Clock()
    monkeypatch.setattr(plans, "_clock", clock)
    looked_at(site, "city-1")
    began = clock.now
    for turn in range(12):
        clock.now = began + 2 * turn
        camera = f"cam-{turn % 6 + 1}"
        plans.put_wall(apply(plans.walls["city"], Several((ApplyPreset("city-1", "1"), assign_first(camera)))))
        plans.let_go("city-1")
        assert ("mosaic.city-1" in plans.displays["city-1"].attached) == (turn < 10)


@pytest.mark.parametrize("drawn", [False, True])
async def test_a_third_mosaic_within_one_change_takes_the_place_of_one_that_nobody_sees(
    site: Site, monkeypatch: pytest.MonkeyPatch, *, drawn: bool
) -> None:
    plans = site.control.plans
    looked_at(site, "city-1")
    plans.mosaic_drawn("city-1")
    assert slots(site, "city-1") == ("mosaic.city-1", None)
    plans.bears("city-1", Bearing(Budget(2, 1e9, 500)), anew=True)
    assert slots(site, "city-1") == ("mosaic.city-1", "mosaic.city-1_2")
    if drawn:
        plans.mosaic_drawn("city-1")
    plans.bears("city-1", Bearing(Budget(3, 1e9, 500)), anew=True)
    third = "mosaic.city-1_3"
    assert slots(site, "city-1") == ((third, "mosaic.city-1_2") if drawn else ("mosaic.city-1", third))


async def test_displays_that_show_the_same_share_a_mosaic_though_the_second_is_planned_when_streams_have_swung(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = site.control.plans
    plans.put_wall(twins(plans.walls["city"]))
    bears = Bearing(Budget(3, 1e9, 500))
    plans.bears("city-1", bears, anew=True)
    first = [cell.way for cell in plans.displays["city-1"].plan.cells]
    own = next(cell for cell in plans.displays["city-1"].plan.cells if cell.way is Way.SUB)
    facts_of = plans._facts

    def swung(camera: Camera) -> CameraFacts:
        """Another camera would be the best to have a stream of its own now."""
        facts = facts_of(camera)
        return replace(facts, sub=replace(facts.sub, fps=14)) if camera.id == own.camera else facts

    monkeypatch.setattr(plans, "_facts", swung)
    plans.bears("city-2", bears, anew=True)
    one, other = (plans.displays[name].plan for name in ("city-1", "city-2"))
    assert [cell.way for cell in one.cells] == [cell.way for cell in other.cells] == first
    assert one.mosaic == other.mosaic


async def test_a_mosaic_changes_in_place_where_all_who_look_at_it_change(site: Site) -> None:
    plans = site.control.plans
    plans.put_wall(apply(plans.walls["city"], Assign("city-1", "c1", CameraContent("cam-6"))))
    shown = plans.displays["city-1"]
    assert slots(site, "city-1") == ("mosaic.city-1", None)
    assert not shown.in_change
    assert shown.plan.mosaic is not None
    assert shown.plan.mosaic.cells[0].camera == "cam-6"


async def test_what_the_mosaic_had_and_now_comes_by_itself_stays_in_it_until_that_is_drawn(site: Site) -> None:
    plans = site.control.plans
    looked_at(site, "city-1")
    plans.bears("city-1", Bearing(Budget(2, 1e9, 500)), anew=True)
    shown = plans.displays["city-1"]
    (own,) = [cell for cell in shown.plan.cells if cell.via is not None and cell.via.kind == "camera"]
    (leaving,) = shown.leaving
    assert slots(site, "city-1") == ("mosaic.city-1", "mosaic.city-1_2")
    assert own.camera in {cell.camera for cell in leaving.cells}
    assert leaving in tuple(shown.mosaics)
    plans.finish("city-1", shown.number)
    assert slots(site, "city-1") == (None, "mosaic.city-1_2")

    # The other way round nothing is missing for a moment.
    plans.bears("city-1", Bearing(Budget(1, 1e9, 500)), anew=True)
    assert slots(site, "city-1") == (None, "mosaic.city-1_2")


async def test_players_ask_for_a_display_whatever_its_mosaic_is_called(site: Site) -> None:
    plans = site.control.plans
    plans.put_wall(twins(plans.walls["city"]))
    assert site.control.player_streams.behind("mosaic.city-2") == "mosaic.city-2_whep"
    assert plans.lighter(["mosaic.city-1"]) == {"mosaic.city-1": "mosaic.city-1_light"}


async def test_enlarging_a_cell_attaches_the_main_stream_beside_the_sub_stream(site: Site) -> None:
    plans = site.control.plans
    plans.bears("city-1", Bearing(Budget(64, 1e9, 500)), anew=True)
    shown = plans.displays["city-1"]
    assert shown.plan.slots[2] == "cam.cam-1.sub"
    looked_at(site, "city-1")
    plans.finish("city-1", shown.number)
    plans.put_wall(apply(plans.walls["city"], ApplyPreset("city-1", "1")))
    shown = plans.displays["city-1"]
    via = shown.plan.cells[0].via
    assert via is not None
    assert via.slot is not None
    assert shown.plan.cells[0].way is Way.MAIN
    assert shown.attached[via.slot] == "cam.cam-1.main"
    assert "cam.cam-1.sub" in shown.attached, "the old picture, until the new one is drawn"
    assert {"cam.cam-1.main", "cam.cam-1.sub"} <= plans.demand()["city-1"]
    plans.finish("city-1", shown.number)
    assert "cam.cam-1.sub" not in shown.attached


async def test_a_display_that_drops_pictures_gets_a_lighter_plan_says_so_and_comes_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, plans = Clock(), site.control.plans
    monkeypatch.setattr(plans, "_clock", clock)
    machines = DisplayMachines(plans, 100, site.control.now_ms, clock)
    machines.said("city-1", Machine(decoders=64, mpixels_s=1000))

    def passed() -> int:
        return sum(cell.way is Way.SUB for cell in plans.displays["city-1"].plan.cells)

    assert passed() == 6
    machines.reported("city-1", 900, 90)
    assert passed() == 6, "its first pictures came all at once"
    clock.now += SETTLED_S
    machines.reported("city-1", 900, 90)
    assert passed() < 6
    told = plans.displays["city-1"].to_json()
    assert told["eased"] is True
    assert told["cost"]["mpixels_s"] < 0.7 * 6 * 640 * 360 * 15 / 1e6
    for _ in range(6):
        clock.now += CALM_S
        machines.look()
    assert passed() == 6
    assert plans.displays["city-1"].to_json()["eased"] is False


async def test_a_cell_that_changes_now_and_then_does_not_hide_that_the_display_has_too_much(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, plans = Clock(), site.control.plans
    monkeypatch.setattr(plans, "_clock", clock)
    machines = DisplayMachines(plans, 100, site.control.now_ms, clock)
    machines.said("city-1", WORKSTATION)
    clock.now += SETTLED_S - 1
    plans.put_wall(apply(plans.walls["city"], Assign("city-1", "c1", CameraContent("cam-6"))))
    clock.now += 1
    machines.reported("city-1", 900, 90)
    assert plans.displays["city-1"].to_json()["eased"] is True


async def test_a_browser_that_comes_back_with_the_same_machine_is_no_news(site: Site) -> None:
    plans = site.control.plans
    machines = DisplayMachines(plans, 100, site.control.now_ms)
    machines.said("city-1", WORKSTATION)
    number = plans.displays["city-1"].number
    machines.said("city-1", WORKSTATION)
    plans.replan()
    assert plans.displays["city-1"].number == number
    machines.said("city-1", Machine(decoders=1, mpixels_s=100))
    assert plans.displays["city-1"].plan.mosaic is not None
    machines.said("city-1", WORKSTATION)  # another machine again: nothing is held back
    assert plans.displays["city-1"].plan.mosaic is None


async def test_a_plan_is_had_with_its_reasons_and_its_cost(site: Site) -> None:
    async with site.administrator() as client:
        plan = (await client.get("/api/displays/city-1/plan")).json()
        assert (await client.get("/api/displays/none/plan")).status_code == 404
    first = plan["cells"][0]
    assert first["way"] == "mosaic"
    assert first["why"]["key"] == "together"
    assert first["why"]["en"].startswith("Composed")
    assert plan["cells"][8]["way"] is None
    assert plan["cost"]["decoders"] == 1
    assert 0.1 < plan["cost"]["tiler_cores"] < 0.5


async def test_a_draft_is_previewed_and_nothing_is_done(site: Site) -> None:
    wall = site.control.plans.walls["city"]
    async with site.administrator() as client:
        fewer = apply(wall, ApplyPreset("city-1", "2x2"))
        drawn = (await client.post("/api/walls/city/preview", json={"wall": wall_to_json(fewer)})).json()
        assert [cell["way"] for cell in drawn["displays"]["city-1"]["cells"]] == ["main"] * 4
        assert (drawn["total"]["decoders"], drawn["total"]["tiler_cores"]) == (4, 0)

        both = (await client.post("/api/walls/city/preview", json={"wall": wall_to_json(twins(wall))})).json()
        one = both["displays"]["city-1"]["cost"]
        assert both["total"]["decoders"] == 2
        assert both["total"]["mbps"] == pytest.approx(2 * one["mbps"], abs=0.02)
        assert both["total"]["tiler_cores"] == one["tiler_cores"], "they share their mosaic"
        assert both["total"]["pull_cores"] == one["pull_cores"], "and their cameras"

        bad = await client.post("/api/walls/city/preview", json={"wall": {"id": "city"}})
        assert bad.status_code == 422
        assert (await client.post("/api/walls/none/preview", json={})).status_code == 404
    assert site.control.plans.walls["city"] is wall


def _visited(stream: str) -> dict[str, object]:
    health = StreamHealth(stream, stream.split(".")[1], State.LIVE, 1, 2, cause_id="", cause_en="", worker="j1")
    return health.to_json()


@contextlib.asynccontextmanager
async def behind_a_recorder(settings: Settings, limit: int, server: BusServer) -> AsyncIterator[Site]:
    """The six cameras behind one recorder."""
    fronted = [
        camera.model_copy(
            update={"main_url": f"rtsp://10.9.0.1/{camera.id}/main", "sub_url": f"rtsp://10.9.0.1/{camera.id}/sub"}
        )
        for camera in CAMERAS
    ]
    async with open_catalogue(settings) as catalogue:
        await catalogue.cameras.put(fronted)
    limited = settings.model_copy(update={"recorders": {"10.9.0.1": limit}})
    async with running_site(limited, server.address("control")) as site:
        await eventually(lambda: site.control.bus is not None)
        yield site


async def test_what_a_recorder_cannot_send_is_shown_by_stills_to_that_display_alone(
    settings: Settings, bus_server: BusServer
) -> None:
    async with behind_a_recorder(settings, 4, bus_server) as site:
        plan = site.control.plans.displays["city-1"].plan
        assert [cell.way for cell in plan.cells[:6]] == [Way.MOSAIC] * 3 + [Way.STILL] * 3
        assert dict(plan.cost.sessions) == {"10.9.0.1": 3}
        async with site.administrator() as client:
            answer = (await client.post("/api/walls/city/preview", json={})).json()
        assert (answer["total"]["sessions"], answer["recorders"]) == ({"10.9.0.1": 3}, {"10.9.0.1": 4})
        assert site.control.plans.display_views("city-1")["cam-6"]["state"] == "off"  # nobody pulls it

        judge = await bus_server.connect("judge")
        await judge.bucket("health").put("cam.cam-6.sub", _visited("cam.cam-6.sub"))

        async def still(*_: object) -> dict[str, object]:
            return {"jpeg": "/9g=", "taken_ms": 1_700_000_000_123}

        await judge.serve("req.still.j1.*", still)
        token = await site.control.people.tokens.for_display("city-1")
        async with site.client(authorization=f"Bearer {token}") as display:

            async def shown() -> bool:
                return (await display.get("/api/displays/city-1/stills/cam-6")).status_code == 200

            await eventually(shown)
            answer = await display.get("/api/displays/city-1/stills/cam-6")
            assert (answer.content, answer.headers["etag"]) == (b"\xff\xd8", '"1700000000123-0-0"')
            assert (await display.get("/api/displays/city-1/stills/cam-1")).status_code == 404, "that one it has live"
            assert (await display.get("/api/displays/city-2/stills/cam-6")).status_code == 403
            assert (await display.get("/api/cameras/cam-6/still")).status_code == 403


async def test_a_draft_with_tours_costs_what_their_cameras_do(site: Site) -> None:
    wall = apply(site.control.plans.walls["city"], ApplyPreset("city-1", "2x2"))
    cameras = {cell.camera for cell in wall.display("city-1").layout.cells}
    wall = apply(wall, SetTour(Tour("round", "Keliling", ("cam-4", "cam-5", "cam-6"))))
    for cell in ("c1", "c2", "c3"):
        wall = apply(wall, Assign("city-1", cell, TourContent("round")))
    async with site.administrator() as client:
        drawn = (await client.post("/api/walls/city/preview", json={"wall": wall_to_json(wall)})).json()
    cells = drawn["displays"]["city-1"]["cells"]
    assert {cell["camera"] for cell in cells} == {"cam-4", "cam-5", "cam-6", cells[3]["camera"]}
    assert cells[3]["camera"] in cameras
    assert drawn["total"]["decoders"] == 4


async def test_a_display_shows_a_stream_that_is_among_its_own_while_they_change_too(site: Site) -> None:
    plans = site.control.plans
    wall, before = plans.walls["city"], plans.displays["city-1"].streams
    wall = apply(apply(wall, ApplyPreset("city-1", "3x3")), Assign("city-1", "c1", CameraContent("cam-6")))
    plans.put_wall(wall)
    shown = plans.displays["city-1"]
    asked = before | shown.streams | {"cam.none.sub", "mosaic.none"}
    assert {stream for stream in asked if shown.shows(stream)} == shown.streams


async def test_an_edit_that_was_kept_though_nobody_heard_of_it_is_shown(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = site.control
    commit, wall = control.catalogue.walls.commit, control.plans.walls["city"]

    async def lost(*what: Any) -> None:
        await commit(*what)
        raise OSError("the connection is gone")

    monkeypatch.setattr(control.catalogue.walls, "commit", lost)
    with pytest.raises(OSError, match="gone"):
        await control.edits.keep(wall, apply(wall, ApplyPreset("city-1", "2x2")), "ani")
    assert control.plans.walls["city"] is wall
    await control.edits.settle()
    assert control.plans.walls["city"].revision == wall.revision + 1


async def test_cameras_and_what_is_kept_by_their_version_change_in_one_step(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    control, seen = site.control, list[tuple[str, set[str]]]()
    plans, fronted_by = control.plans, control.catalogue.cameras.fronted_by
    plans._limits = {"10.0.0.1": 2}

    async def looked(hosts: Any) -> dict[str, str]:
        seen.append((plans.version, set(plans.cameras)))
        return await fronted_by(hosts)

    monkeypatch.setattr(control.catalogue.cameras, "fronted_by", looked)
    before = plans.version, set(plans.cameras)
    await control.catalogue.cameras.remove("cam-1")
    assert await plans.refresh_cameras()
    assert seen == [before]
    assert "cam-1" not in plans.cameras
    assert plans.version != before[0]


async def test_who_comes_to_a_lighter_mosaic_gets_the_lighter_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    control, told = site.control, list[str]()

    async def answered(*_: Any, **__: Any) -> Answer:
        return Answer(MediaSession("g1", "1", "city-1"), "v=0", "tag")

    monkeypatch.setattr(control.sessions, "open", answered)
    monkeypatch.setattr(control.hub, "slots_changed", told.append)
    token = await control.people.tokens.for_display("city-1")
    async with site.client(authorization=f"Bearer {token}") as display:

        async def offered() -> int:
            return (await display.post("/api/displays/city-1/session", json={"sdp": "v=0"})).status_code

        assert await offered() == 201
        assert told == []
        shown = control.plans.displays["city-1"]
        shown.plan = replace(shown.plan, light=True)
        assert await offered() == 201
    assert told == ["city-1"]
