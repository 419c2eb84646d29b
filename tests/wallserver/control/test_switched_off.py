"""Cameras that a person has switched off."""

from __future__ import annotations

import httpx
import pytest

from ingest import causes
from ingest.camera_state import State
from ingest.source import SourceError, SourceSpec
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.test_judged import SUB, T, kept, live, state_of
from tests.wallserver.control.test_site import status
from wallserver.catalogue import now_ms
from wallserver.catalogue.history import StateChange
from wallserver.config import Settings
from wallserver.control.instants import MOST_MS

OFF = "/api/cameras/cam-1/off"
UNTIL = 4_102_444_800_000  # 2100-01-01 08:00 in Makassar
REASON = {"reason": "Warga meminta", "until_ms": UNTIL}


async def view_of(client: httpx.AsyncClient, camera: str) -> dict[str, object]:
    listed = {one["id"]: one for one in (await client.get("/api/cameras")).json()}
    found: dict[str, object] = listed[camera]
    return found


async def test_nobody_shows_pulls_or_visits_it_and_pages_say_why(on_bus: Site, bus_server: BusServer) -> None:
    puller, judge = await live(bus_server), await bus_server.connect("judge")
    await eventually(lambda: state_of(on_bus)[0] == "live")
    plans = on_bus.control.plans
    before = await judge.request("req.sweep.cameras", {"version": None}, 2)
    async with on_bus.administrator() as client:
        assert (await client.put(OFF, json=REASON)).status_code == 204
        shown = plans.display_views("city-1")["cam-1"]
        assert (shown["state"], shown["cause_en"]) == (
            "off",
            "Switched off by admin until 2100-01-01 08:00 WITA: Warga meminta",
        )
        assert shown["cause_id"] == "Dimatikan oleh admin sampai 01-01-2100 08.00 WITA: Warga meminta"
        assert (await view_of(client, "cam-1"))["state"] == "off"
        plan = plans.displays["city-1"].plan
        assert not {SUB, "cam.cam-1.main"} & plan.streams
        cell = next(cell for cell in plan.cells if cell.camera == "cam-1")
        assert (cell.via, cell.name) == (None, "Kamera 1")
        with pytest.raises(SourceError) as refused:
            SourceSpec.from_answer(SUB, await puller.request(f"req.source.{SUB}", {}, 2))
        assert (refused.value.state, refused.value.cause) == (State.OFF, causes.SWITCHED_OFF)
        assert (await client.post("/api/cameras/cam-1/replay")).status_code == 409
        answer = await judge.request("req.sweep.cameras", before, 2)
        assert "cam-1" not in answer["cameras"]

        assert (await client.delete(OFF)).status_code == 204
        assert SUB in plans.displays["city-1"].plan.streams
        assert (await view_of(client, "cam-1"))["state"] == "live"
        assert "url" in await puller.request(f"req.source.{SUB}", {}, 2)
        assert "cam-1" in (await judge.request("req.sweep.cameras", answer, 2))["cameras"]


@pytest.mark.parametrize("ends", [True, False])
async def test_the_history_says_when_and_why_it_was_off(on_bus: Site, bus_server: BusServer, ends: bool) -> None:
    puller = await live(bus_server)
    await eventually(lambda: state_of(on_bus)[0] == "live")

    async def written() -> list[str]:
        return [state for state, _ in await kept(on_bus)]

    await eventually(written)
    async with on_bus.administrator() as client:
        await client.put(OFF, json=REASON)
        before = on_bus.control.live.status(SUB)
        if ends:
            await puller.bucket("status").put(SUB, status(SUB, State.OFF, since_ms=now_ms(), cause_id="Tidak diminta."))
            await eventually(lambda: on_bus.control.live.status(SUB) != before)
        switched_on_ms = now_ms()
        await client.delete(OFF)
        # An undo comes before its session has ended: then it is live since when it was.
        await puller.bucket("status").put(SUB, status(SUB, since_ms=now_ms() if ends else T, cause_id=""))

        async def all_written() -> list[StateChange]:
            changes = await on_bus.control.catalogue.history.of("cam-1", 2**63 - 1, 100)
            return [change for change in changes if change.stream == SUB and len(changes) >= 6]

        changes = await eventually(all_written)
    assert [one.state for one in changes] == [State.LIVE, State.CONNECTING, State.OFF, State.LIVE]
    assert "Warga meminta" in changes[2].cause_id
    assert changes[1].at_ms >= switched_on_ms
    assert changes[-1].at_ms == T


async def test_it_comes_back_by_itself_and_over_a_restart_it_stays_off(settings: Settings) -> None:
    async with running_site(settings) as site, site.administrator() as client:
        assert (await client.put(OFF, json=REASON)).status_code == 204
        soon = {"reason": "Sebentar", "until_ms": now_ms() + 1500}
        assert (await client.put("/api/cameras/cam-2/off", json=soon)).status_code == 204
        assert state_of(site, "cam-2")[0] == "off"
        await eventually(lambda: "cam.cam-2.sub" in site.control.plans.displays["city-1"].plan.streams)
    async with running_site(settings) as site:
        assert state_of(site)[0] == "off"
        assert state_of(site, "cam-2")[0] != "off"


async def test_a_second_time_changes_the_reason_and_not_since_when(site: Site) -> None:
    async with site.administrator() as client:
        await client.put(OFF, json=REASON)
        since = state_of(site)[1]
        await client.put(OFF, json={"reason": "Rusak"})
        assert state_of(site) == ("off", since)
        assert (await view_of(client, "cam-1"))["cause_en"] == "Switched off by admin: Rusak"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/cameras/none/off", REASON, 404),
        (OFF, {}, 422),
        (OFF, {"reason": " "}, 422),
        (OFF, {"reason": "a\x07b"}, 422),
        (OFF, {"reason": "x" * 121}, 422),
        (OFF, {"reason": "Lewat", "until_ms": 1}, 422),
        (OFF, {"reason": "Jauh", "until_ms": 10**18}, 422),
    ],
)
async def test_what_cannot_be_is_refused(site: Site, path: str, body: dict[str, object], code: int) -> None:
    async with site.administrator() as client:
        assert (await client.put(path, json=body)).status_code == code
    async with site.client(x_wallserver="1") as nobody:
        assert (await nobody.put(OFF, json=REASON)).status_code == 401


async def test_a_camera_is_off_until_a_time_that_can_be_told(site: Site) -> None:
    """The last hours of the year 9999 are over already east of Greenwich."""
    async with site.administrator() as client:
        refused = await client.put(OFF, json=REASON | {"until_ms": 253_402_300_799_999})
        assert refused.status_code == 422
        assert (await client.put(OFF, json=REASON | {"until_ms": MOST_MS - 1})).status_code == 204
        assert "until 9999-12-31" in str((await view_of(client, "cam-1"))["cause_en"])
