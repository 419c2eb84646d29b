"""What judges say: over a live stream, of cameras that nobody pulls, in the history, and their stills."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from ingest.bus import Bus
from ingest.camera_state import State, StreamHealth
from ingest.judge_settings import JudgeSettings
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import CAMERAS, CANARY, Site, running_site
from tests.wallserver.control.test_site import alive, status
from wallserver.catalogue import now_ms
from wallserver.catalogue.camera import CameraEntry
from wallserver.config import Settings
from wallserver.control import live as live_module

SUB = "cam.cam-1.sub"
T = now_ms() - 60_000
JPEG = b"\xff\xd8 a picture"
UNSEEN = CameraEntry(id="away", name="Tidak di dinding", main_url=f"rtsp://{CANARY}:{CANARY}@10.0.0.9/main")


def health(state: State, since_ms: int, stream: str = SUB, *, seen_ms: int | None = None) -> dict[str, Any]:
    words = (
        {"cause_id": "Hitam.", "cause_en": "Black."} if state is not State.LIVE else {"cause_id": "", "cause_en": ""}
    )
    camera = stream.split(".")[1]
    record = StreamHealth(stream, camera, state, since_ms, seen_ms or since_ms, **words, worker="j1")
    return record.to_json()


async def live(bus_server: BusServer, since_ms: int = T) -> Bus:
    """A puller whose camera cam-1 is live."""
    puller = await bus_server.connect("puller")
    await alive(puller, "puller", "p1")
    await puller.bucket("status").put(SUB, status(SUB, since_ms=since_ms, cause_id="", cause_en=""))
    return puller


def state_of(site: Site, camera: str = "cam-1") -> tuple[str, int]:
    view = site.control.plans.site_views()[camera]
    return view.state.value, view.since_ms


async def kept(site: Site, camera: str = "cam-1") -> list[tuple[str, int]]:
    changes = await site.control.catalogue.history.of(camera, 2**63 - 1, 100)
    return [(change.state.value, change.at_ms) for change in reversed(changes)]


async def test_a_live_stream_that_is_black_is_shown_and_written_down_as_black_and_live_again_after_it(
    on_bus: Site, bus_server: BusServer
) -> None:
    await live(bus_server)
    judge = await bus_server.connect("judge")
    await eventually(lambda: state_of(on_bus) == ("live", T))
    await judge.bucket("health").put(SUB, health(State.LIVE, T + 500))
    await judge.bucket("health").put(SUB, health(State.BLACK, T + 1000))
    await eventually(lambda: state_of(on_bus) == ("black", T + 1000))
    on_display = on_bus.control.plans.display_views("city-1")["cam-1"]
    assert (on_display["state"], on_display["cause_en"], on_display["visited"]) == ("black", "Black.", False)
    assert on_display["last_picture_ms"] == 2_000  # pictures do come
    await judge.bucket("health").put(SUB, health(State.LIVE, T + 2000))
    await eventually(lambda: state_of(on_bus) == ("live", T + 2000))

    async def written() -> bool:
        return await kept(on_bus) == [("live", T), ("black", T + 1000), ("live", T + 2000)]

    await eventually(written)


async def test_of_more_streams_than_there_can_be_only_the_first_are_kept_and_that_is_said_once(
    on_bus: Site, bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "MOST_NAMES", 2)
    puller, judge = await bus_server.connect("puller"), await bus_server.connect("judge")
    known = on_bus.control.live
    streams = [f"cam.cam-{n}.sub" for n in range(1, 5)]

    async def tell(stream: str) -> None:
        await puller.bucket("status").put(stream, status(stream))
        await judge.bucket("health").put(stream, health(State.LIVE, T, stream))

    for stream in streams[:2]:
        await tell(stream)
    await eventually(lambda: all(known.status(stream) and known.visited([stream]) for stream in streams[:2]))
    with capture_logs() as logs:
        for stream in streams[2:]:
            await tell(stream)
        await puller.bucket("status").put(streams[0], status(streams[0], State.STALE))
        await judge.bucket("health").put(streams[0], health(State.LIVE, T, streams[0], seen_ms=T + 1000))
        await eventually(lambda: (told := known.status(streams[0])) is not None and told.state is State.STALE)
        await eventually(lambda: (found := known.visited(streams[:1])) is not None and found.seen_ms == T + 1000)
    assert [known.status(stream) is not None for stream in streams] == [True, True, False, False]
    assert [known.visited([stream]) is not None for stream in streams] == [True, True, False, False]
    assert [log.get("name") for log in logs if log["log_level"] == "error"] == streams[2:3]


async def test_what_the_puller_says_goes_before_what_was_seen_earlier(on_bus: Site, bus_server: BusServer) -> None:
    puller, judge = await live(bus_server), await bus_server.connect("judge")
    await judge.bucket("health").put(SUB, health(State.BLACK, T + 1000))
    await eventually(lambda: state_of(on_bus)[0] == "black")
    await puller.bucket("status").put(SUB, status(SUB, State.STALE, since_ms=T + 2000))
    await eventually(lambda: state_of(on_bus) == ("stale", T + 2000))
    # And that a visit found nothing there is no news of a stream that is pulled.
    await puller.bucket("status").put(SUB, status(SUB, since_ms=T + 3000))
    await judge.bucket("health").put(SUB, health(State.UNREACHABLE, T + 1500))
    await eventually(lambda: state_of(on_bus) == ("live", T + 3000))


async def test_a_restart_of_control_writes_down_nothing_that_has_not_changed(
    settings: Settings, bus_server: BusServer
) -> None:
    await live(bus_server)
    judge = await bus_server.connect("judge")
    await judge.bucket("health").put(SUB, health(State.BLACK, T + 1000))
    for _ in range(2):
        async with running_site(settings, bus_server.address("control")) as site:
            await eventually(partial(_is_black, site))
            assert await kept(site) == [("black", T + 1000)]


async def _is_black(site: Site) -> bool:
    """In the catalogue's view, and written down."""
    return state_of(site)[0] == "black" and bool(await kept(site))


async def test_a_camera_that_nobody_pulls_is_as_it_was_visited(on_bus: Site, bus_server: BusServer) -> None:
    judge = await bus_server.connect("judge")
    await on_bus.control.catalogue.cameras.put([UNSEEN])
    await on_bus.control.plans.refresh_cameras()
    async with on_bus.administrator() as client:

        async def shown() -> dict[str, Any]:
            answer: list[dict[str, Any]] = (await client.get("/api/cameras")).json()
            return next(one for one in answer if one["id"] == "away")

        async def shown_as(state: str) -> dict[str, Any] | None:
            there = await shown()
            return there if there["state"] == state else None

        before = await shown()
        assert (before["state"], before["visited"], before["seen_ms"]) == ("off", False, None)
        at = now_ms()
        await judge.bucket("health").put("cam.away.main", health(State.UNREACHABLE, at, "cam.away.main"))
        there = await eventually(lambda: shown_as("unreachable")) or {}
        assert (there["since_ms"], there["seen_ms"], there["visited"]) == (at, at, True)
        assert (there["cause_en"], there["last_picture_ms"]) == ("Black.", None)
        well = health(State.LIVE, at + 1000, "cam.away.main", seen_ms=at + 5000)
        await judge.bucket("health").put("cam.away.main", well)
        there = await eventually(lambda: shown_as("live")) or {}
        assert (there["last_picture_ms"], there["seen_ms"]) == (at + 5000, at + 5000)
        assert (await client.get("/healthz")).json()["cameras"]["live"] == 1

    async def written() -> bool:
        return await kept(on_bus, "away") == [("unreachable", at), ("live", at + 1000)]

    await eventually(written)


async def test_judges_are_told_which_cameras_there_are_and_nothing_secret(on_bus: Site, bus_server: BusServer) -> None:
    judge = await bus_server.connect("judge")
    answer = await judge.request("req.sweep.cameras", {"version": None}, 2)
    assert answer["cameras"] == {camera.id: f"cam.{camera.id}.sub" for camera in CAMERAS}
    assert JudgeSettings.model_validate(answer["settings"]) == on_bus.settings.judge
    assert (answer["red"], answer["yellow"]) == ([], [])
    assert CANARY not in str(answer)
    assert await judge.request("req.sweep.cameras", answer, 2) == {"version": answer["version"]}
    await on_bus.control.catalogue.cameras.put([UNSEEN.model_copy(update={"risk": "red"})])
    await on_bus.control.plans.refresh_cameras()
    later = await judge.request("req.sweep.cameras", answer, 2)
    assert later["cameras"]["away"] == "cam.away.main"  # it has no other
    assert later["red"] == ["away"]


async def test_a_still_is_the_judges_newest_and_says_when_it_was_taken(on_bus: Site, bus_server: BusServer) -> None:
    judge = await bus_server.connect("judge")
    asked: list[str] = []

    async def still(subject: str, _: dict[str, Any]) -> dict[str, Any]:
        asked.append(subject)
        return {"jpeg": base64.b64encode(JPEG).decode(), "taken_ms": 1_763_889_000_500}

    async with on_bus.administrator() as client:
        unknown = await client.get("/api/cameras/none/still")
        assert (unknown.status_code, unknown.json()) == (404, {"error": "There is no camera none."})
        none_yet = await client.get("/api/cameras/cam-1/still")
        assert (none_yet.status_code, none_yet.json()) == (404, {"error": "There is no picture of cam-1 yet."})
        await judge.serve("req.still.j1.*", still)
        await judge.bucket("health").put(SUB, health(State.LIVE, T))

        async def there() -> bool:
            return (await client.get("/api/cameras/cam-1/still")).status_code == 200

        await eventually(there)
        answer = await client.get("/api/cameras/cam-1/still")
        assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
        assert answer.headers["cache-control"].startswith("private")
        assert answer.headers["last-modified"] == "Sun, 23 Nov 2025 09:10:00 GMT"
        same = await client.get("/api/cameras/cam-1/still", headers={"If-None-Match": answer.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        assert set(asked) == {"req.still.j1.cam-1"}
    async with on_bus.client() as nobody:
        assert (await nobody.get("/api/cameras/cam-1/still")).status_code == 401


async def test_a_person_accepts_what_a_camera_shows_now(on_bus: Site, bus_server: BusServer) -> None:
    judge = await bus_server.connect("judge")
    asked: list[str] = []

    async def view(subject: str, _: dict[str, Any]) -> dict[str, Any]:
        asked.append(subject)
        return {}

    await judge.serve("req.view.j1.*", view)
    async with on_bus.administrator() as client:
        assert (await client.post("/api/cameras/none/view")).status_code == 404
        assert (await client.post("/api/cameras/cam-1/view")).status_code == 503  # no judge has seen it
        await judge.bucket("health").put(SUB, health(State.MOVED, T))

        async def accepted() -> bool:
            return (await client.post("/api/cameras/cam-1/view")).status_code == 204

        await eventually(accepted)
        assert set(asked) == {"req.view.j1.cam-1"}
