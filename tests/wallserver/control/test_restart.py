"""A control that starts goes on with what the one before it had on the displays."""

from __future__ import annotations

import json
from typing import Any

from websockets.asyncio.client import connect

from ingest.masks import Mask
from layouts.apply import apply
from layouts.commands import AddDisplay, ApplyPreset, Assign, SetGeometry, Several
from layouts.contents import CameraContent
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.test_display_hub import Display, Served, served
from tests.wallserver.control.test_site import absent, change, held
from wallserver.config import Settings
from wallserver.control.choice import Budget
from wallserver.control.display_machines import DisplayMachines, Machine
from wallserver.control.planner import Bearing

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
    onlooker, eased = await bus_server.connect("control", "onlooker"), Bearing(Budget(2, 2e7, 500.0), eased=True)

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
        DisplayMachines(plans, 625).said("city-1", Machine(decoders=64, mpixels_s=1000))
        assert plans.bearing("city-1") == eased


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


async def test_what_was_masked_meanwhile_does_not_stay(site: Site) -> None:
    plans = site.control.plans
    plans.bears("city-1", Bearing(Budget(64, 1e9, 500.0)), anew=True)
    kept = on_the_bus(site)
    corner = Mask(((0, 0), (1000, 0), (0, 1000)))
    await site.control.masked.put("cam-2", (corner,), "ratna", None)
    plans.resume(kept)
    assert "cam.cam-2.sub" not in passed_through(site)
    assert "cam.cam-1.sub" in passed_through(site)


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
