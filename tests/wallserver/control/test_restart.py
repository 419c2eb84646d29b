"""A control that starts goes on with what the one before it had on the displays."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import connect

from ingest.masks import Mask
from ingest.zoom import Zoom
from layouts.apply import apply
from layouts.commands import AddDisplay, ApplyPreset, Assign, SetGeometry, Several
from layouts.contents import CameraContent
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.test_display_hub import Display, Served, served
from tests.wallserver.control.test_plans import WORKSTATION, Clock
from tests.wallserver.control.test_site import absent, change, held
from wallserver.config import Settings
from wallserver.control import shown_display
from wallserver.control.choice import Budget
from wallserver.control.display_load import CALM_S, MOST_CALM_S, SETTLED_S, Decoding, Load
from wallserver.control.display_machines import DisplayMachines, Machine
from wallserver.control.planner import Bearing
from wallserver.control.ways import Way

__all__ = ["served"]

type Json = dict[str, Any]


async def test_a_restart_of_control_writes_nothing_that_is_there(settings: Settings, bus_server: BusServer) -> None:
    onlooker = await bus_server.connect("control", "onlooker")
    mosaics = onlooker.bucket("mosaics")
    async with running_site(settings, bus_server.address("control")):
        before = await eventually(lambda: mosaics.get("city-1"))
    control = await bus_server.connect("control")
    await control.bucket("plans").put("of-another-time", {"streams": ["cam.x.main"]})
    async with running_site(settings, bus_server.address("control")):
        await eventually(lambda: absent(onlooker.bucket("plans"), "of-another-time"))
        assert await mosaics.get("city-1") == before


async def test_a_restart_of_control_goes_on_with_what_each_display_had(
    settings: Settings, bus_server: BusServer
) -> None:
    onlooker = await bus_server.connect("control", "onlooker")
    load = Load(Decoding(2, 2e7), Decoding(6, 6e7), eased_at=time.time(), calm_s=MOST_CALM_S)
    eased = Bearing(Budget(2, 2e7, 500.0), load=load)

    async def there() -> dict[str, Any]:
        """The mosaics and the plans, with their revisions: to write the same again would count."""
        names = [f"{name}{what}" for name in ("city-1", "city-2") for what in ("", "_whep")]
        mosaics = {name: await onlooker.bucket("mosaics").get(name) for name in names}
        return mosaics | {f"plan of {name}": await onlooker.bucket("plans").get(name) for name in ("city-1", "city-2")}

    async with running_site(settings, bus_server.address("control")) as site:
        # Two displays show the same; one of them bears a stream besides, and the other one keeps the whole mosaic.
        six = [Assign("city-2", f"c{n}", CameraContent(f"cam-{n}")) for n in range(1, 7)]
        await change(site, SetGeometry(columns=2, rows=1, bezel_x=0, bezel_y=0))
        await change(site, AddDisplay("city-2", "Dua", 1920, 1080, 1, 0))
        await change(site, ApplyPreset("city-2", "1+5"))
        await change(site, Several(tuple(six)))
        plans = site.control.plans
        plans.bears("city-1", eased)

        async def written() -> bool:
            kept = (await held(onlooker.bucket("plans"), "city-1")).get("kept")
            mosaic = await held(onlooker.bucket("mosaics"), "city-2")
            return kept == plans.to_keep("city-1")["kept"] and not plans.displays["city-1"].in_change and bool(mosaic)

        await eventually(written)
        before = await there()
        slots = {name: shown.attached for name, shown in plans.displays.items()}
    control = await bus_server.connect("control")
    await control.bucket("plans").put("of-another-time", {"streams": ["cam.x.main"]})
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: absent(onlooker.bucket("plans"), "of-another-time"))
        plans = site.control.plans
        assert await there() == before
        assert {name: shown.attached for name, shown in plans.displays.items()} == slots
        # The display comes back, and is not given at once what it could not bear before.
        DisplayMachines(plans, 625, site.control.now_ms).said("city-1", WORKSTATION)
        back = plans.bearing("city-1")
        assert back is not None
        assert back.budget == eased.budget
        assert replace(back.load, eased_at=load.eased_at) == load


async def test_a_mosaic_that_leaves_is_made_over_a_restart_of_control_until_the_next_plan_is_drawn(
    settings: Settings, bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_display, "CHANGE_S", 3600.0)
    onlooker = await bus_server.connect("control", "onlooker")
    mosaics = onlooker.bucket("mosaics")

    async with running_site(settings, bus_server.address("control")) as site:
        plans = site.control.plans
        before = await eventually(lambda: mosaics.get("city-1"))
        plans.displays["city-1"].returning = True  # somebody looks at it
        await change(site, ApplyPreset("city-1", "1"))
        assert [one.id for one in plans.displays["city-1"].leaving] == ["city-1"]

        async def written() -> bool:
            kept = (await held(onlooker.bucket("plans"), "city-1")).get("kept")
            return bool(kept == plans.to_keep("city-1")["kept"])

        await eventually(written)
    control = await bus_server.connect("control")
    await control.bucket("mosaics").put("of-another-time", {"id": "of-another-time"})
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: absent(mosaics, "of-another-time"))
        plans = site.control.plans
        assert [one.id for one in plans.displays["city-1"].looked_at] == ["city-1"]
        assert await mosaics.get("city-1") == before
        assert plans.finish("city-1", plans.displays["city-1"].number)
        await eventually(lambda: absent(mosaics, "city-1"))


def on_the_bus(site: Site) -> dict[str, Json]:
    """What the next control finds there."""
    plans = site.control.plans
    kept: dict[str, Json] = json.loads(json.dumps({display: plans.to_keep(display) for display in plans.displays}))
    return kept


def passed_through(site: Site) -> set[str | None]:
    return set(site.control.plans.displays["city-1"].attached) - {None}


async def test_what_is_on_the_screen_stays_until_another_plan_is_drawn(site: Site) -> None:
    plans = site.control.plans
    plans.bears("city-1", Bearing(Budget(64, 1e9, 500.0)), anew=True)
    plans.finish("city-1", plans.displays["city-1"].number)
    kept = on_the_bus(site)
    subs = {f"cam.cam-{n}.sub" for n in range(1, 7)}
    assert passed_through(site) == subs

    plans.walls["city"] = apply(plans.walls["city"], ApplyPreset("city-1", "1"))
    plans.resume(kept)
    # Its page is not back yet, and nobody has told us of a session: it looks all the same.
    assert passed_through(site) == {*subs, "cam.cam-1.main"}
    plans.replan()
    assert passed_through(site) == {*subs, "cam.cam-1.main"}
    assert plans.finish("city-1", plans.displays["city-1"].number)
    assert passed_through(site) == {"cam.cam-1.main"}

    plans.put_wall(apply(plans.walls["city"], ApplyPreset("city-1", "2x2")))
    assert not plans.displays["city-1"].in_change, "nobody looks at it any more"


async def test_of_plans_that_are_as_good_the_one_that_stands_is_gone_on_with(site: Site) -> None:
    """Over a restart, and when the display's page is back behind it, on the same machine."""
    plans, machine = site.control.plans, Machine(decoders=3, mpixels_s=1000)
    DisplayMachines(plans, 625, site.control.now_ms).said("city-1", machine)
    before = {cell.id: cell.way for cell in plans.displays["city-1"].plan.cells if cell.way}
    own, composed = (next(cell for cell, way in before.items() if way is one) for one in (Way.SUB, Way.MOSAIC))
    kept = on_the_bus(site)
    stood = kept["city-1"]["kept"]["stood"]
    stood[own]["way"], stood[composed]["way"] = stood[composed]["way"], stood[own]["way"]
    swapped = before | {own: Way.MOSAIC, composed: Way.SUB}

    def found() -> dict[str, Way]:
        return {cell.id: cell.way for cell in plans.displays["city-1"].plan.cells if cell.way}

    plans.resume(kept)
    assert found() == swapped
    DisplayMachines(plans, 625, site.control.now_ms).said("city-1", machine)
    assert found() == swapped
    DisplayMachines(plans, 625, site.control.now_ms).said("city-1", Machine(decoders=2, mpixels_s=1000))
    assert found() != swapped


async def test_what_was_masked_meanwhile_does_not_stay(site: Site) -> None:
    plans = site.control.plans
    plans.bears("city-1", Bearing(Budget(64, 1e9, 500.0)), anew=True)
    kept = on_the_bus(site)
    corner = Mask(((0, 0), (1000, 0), (0, 1000)))
    await site.control.masked.put("cam-2", (corner,), "ratna", None)
    plans.resume(kept)
    assert "cam.cam-2.sub" not in passed_through(site)
    assert "cam.cam-1.sub" in passed_through(site)


async def test_what_leaves_is_over_restarts_as_it_was_but_for_what_was_masked_meanwhile(site: Site) -> None:
    plans = site.control.plans
    plans.displays["city-1"].returning = True
    plans.put_wall(apply(plans.walls["city"], ApplyPreset("city-1", "1")))
    shown = plans.displays["city-1"]
    (mosaic,) = shown.leaving
    zoomed = replace(mosaic.cells[1], camera="cam-2", zoom=Zoom(0, 0, 5000, 5000))
    shown.leaving = (replace(mosaic, cells=(mosaic.cells[0], zoomed)),)
    kept = on_the_bus(site)

    corner = Mask(((0, 0), (1000, 0), (0, 1000)))
    await site.control.masked.put("cam-2", (corner,), "ratna", None)
    masked = (replace(mosaic, cells=(mosaic.cells[0], replace(zoomed, masks=(corner,)))),)
    for entries in (kept, None):
        plans.resume(entries or on_the_bus(site))
        assert plans.displays["city-1"].looked_at == masked
        assert masked[0].inputs < plans.demand()["city-1"]
    assert plans.finish("city-1", plans.displays["city-1"].number)
    assert plans.displays["city-1"].looked_at == ()


async def test_an_eased_display_gets_more_again_no_sooner_and_no_later_than_without_a_restart(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans, began_s = site.control.plans, 1_000_000.0

    def machines(clock: Clock, calendar_s: float) -> DisplayMachines:
        monkeypatch.setattr(plans, "_clock", clock)
        began = clock.now
        return DisplayMachines(plans, 100, lambda: int((calendar_s + clock.now - began) * 1000), clock)

    def load() -> Load:
        bearing = plans.bearing("city-1")
        assert bearing is not None
        return bearing.load

    first = Clock()
    before = machines(first, began_s)
    before.said("city-1", WORKSTATION)
    for _ in range(2):
        first.now += SETTLED_S
        before.reported("city-1", 900, 90)
    twice_eased = load()
    assert twice_eased.eased_at == began_s + 2 * SETTLED_S

    second = Clock()
    second.now = 7.0
    kept, after = on_the_bus(site), machines(second, began_s + 2 * SETTLED_S + 5)
    plans.resume(kept)
    after.said("city-1", WORKSTATION)
    assert load() == twice_eased
    second.now += CALM_S - 5.1
    after.look()
    assert load() == twice_eased
    second.now += 0.2
    after.look()
    assert load().raised_at is not None
    assert load().ceiling is not None, "a little more, and not all at once"


async def test_a_mosaic_of_another_size_gets_another_name(site: Site) -> None:
    plans = site.control.plans
    kept = on_the_bus(site)
    plans.resume(kept)
    assert passed_through(site) == {"mosaic.city-1"}
    kept["city-1"]["kept"]["mosaic"]["canvas"] = [960, 540]
    plans.resume(kept)
    assert passed_through(site) == {"mosaic.city-1", "mosaic.city-1_2"}


async def test_what_a_control_of_another_version_wrote_is_as_if_it_were_not_there(site: Site) -> None:
    plans = site.control.plans
    (display,) = on_the_bus(site).values()
    short = {**display["kept"], "slots": display["kept"]["slots"][:-1], "bearing": {"budget": {"decoders": 1}}}
    entries: list[Json] = [{"kept": short}, {"kept": 7}, {"streams": []}]
    for entry in entries:
        plans.resume({"city-1": entry, "city-3": display})
        assert plans.bearing("city-1") is None
        assert passed_through(site) == {"mosaic.city-1"}


async def test_a_display_is_told_nothing_before_it_is_known_what_it_has(served: Served) -> None:
    served.site.control.plans.resumed = False
    async with connect(f"ws://127.0.0.1:{served.port}/ws/display") as socket:
        await socket.send(json.dumps({"t": "hello", "token": served.token}))
        assert await Display(socket).close_code() == 1013
    served.site.control.plans.resumed = True
    async with served.display() as display:
        await display.message("plan")
