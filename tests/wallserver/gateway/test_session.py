"""Sessions over a real bus, with aiortc as the viewer."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiortc.sdp import SessionDescription

from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import House, tasks_of_sessions
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer


@asynccontextmanager
async def connected(
    house: House,
    slots: Sequence[str | None],
    videos: int | None = None,
    kind: str = "display",
    display: str | None = None,
) -> AsyncIterator[tuple[Viewer, str]]:
    viewer = Viewer(videos or len(slots), channel=kind == "display")
    session = str(uuid.uuid4())
    try:
        answer = await house.ask(
            "offer", session=session, kind=kind, display=display, sdp=await viewer.offer(), slots=list(slots)
        )
        await viewer.accept(answer["sdp"])
        await eventually(lambda: viewer.pc.connectionState == "connected")
        yield viewer, session
    finally:
        await viewer.close()


async def test_the_answer_is_h264_alone_in_the_offers_order(house: House) -> None:
    viewer = Viewer(3, audio=True)
    answer = await house.ask(
        "offer", session=str(uuid.uuid4()), kind="display", sdp=await viewer.offer(), slots=[None, None, None]
    )
    description = SessionDescription.parse(answer["sdp"])
    kinds = [media.kind for media in description.media]
    assert kinds == ["audio", "video", "video", "video", "application"]
    offered = SessionDescription.parse(viewer.pc.localDescription.sdp)
    assert [media.rtp.muxId for media in description.media] == [media.rtp.muxId for media in offered.media]
    assert description.media[0].direction == "inactive"
    for media in description.media[1:4]:
        assert media.direction == "sendonly"
        assert {codec.name for codec in media.rtp.codecs} == {"H264", "rtx"}
        levels = {codec.parameters.get("profile-level-id") for codec in media.rtp.codecs} - {None}
        assert {str(level)[4:] for level in levels} == {"33"}
        assert [candidate.ip for candidate in media.ice_candidates] == ["127.0.0.1"]
    await viewer.close()


async def test_a_mosaic_and_a_camera_arrive_with_their_names(house: House) -> None:
    mosaic = await house.studio(Camera("mosaic.m", (640, 360), cameras=("a", "b")))
    camera = await house.studio(Camera("cam.lorong-7.sub", first=1000))
    mosaic.run()
    camera.run()
    async with connected(house, ["mosaic.m", None, "cam.lorong-7.sub"], videos=4) as (viewer, session):
        await eventually(lambda: len(viewer.videos[0].pictures) > 10 and len(viewer.videos[2].pictures) > 10)
        for video, first in ((viewer.videos[0], 0), (viewer.videos[2], 1000)):
            assert all(b == a + 1 for a, b in zip(video.numbers, video.numbers[1:], strict=False))
            assert 0 <= video.numbers[0] - first < 100
        assert viewer.videos[0].pictures[0].size == (640, 360)
        assert not viewer.videos[1].timestamps
        assert not viewer.videos[3].timestamps

        layouts = {layout["slot"]: layout for layout in viewer.layouts}
        assert layouts.keys() == {0, 2}
        assert [cell["camera"] for cell in layouts[0]["cells"]] == ["a", "b"]
        assert layouts[0]["from_ts"] == viewer.videos[0].timestamps[0]
        assert layouts[2]["cells"] == [{"camera": "lorong-7", "rect": [0, 0, 320, 180]}]
        assert layouts[2]["from_ts"] == viewer.videos[2].timestamps[0]

        shown = {picture.rtp_ts for picture in viewer.videos[0].pictures[5:]}
        await eventually(lambda: shown <= {rtp_ts for _, rtp_ts in viewer.tables})
        # On a busy machine a single picture may be late, and then says so: not every one has to be new.
        flags, age = max(viewer.tables[0, rtp_ts][0] for rtp_ts in shown)
        assert flags == 1
        assert 4 <= age < 50
        assert (session, "connected") in house.states


async def test_a_switch_keeps_the_clock_and_shows_the_cached_gop_at_once(house: House) -> None:
    first = await house.studio(Camera("cam.a.sub", clock=3_000_000_000))
    second = await house.studio(Camera("cam.b.sub", first=2000, clock=77))
    first.run()
    await second.publish(second.camera.gop(12))
    async with connected(house, ["cam.a.sub"]) as (viewer, session):
        video = viewer.videos[0]
        await eventually(lambda: len(video.pictures) > 5)
        assert await house.ask("slots", session=session, plan=1, slots=["cam.b.sub"]) == {"ok": True}
        # aiortc decodes a picture when the next one begins: of 12 cached, 11 are seen.
        await eventually(lambda: 2010 in video.numbers, within=1.0)
        await eventually(lambda: viewer.layouts[-1]["stream"] == "cam.b.sub")
        new = next(picture.rtp_ts for picture in video.pictures if picture.number == 2000)
        assert viewer.layouts[-1]["from_ts"] == new
        steps = [(b - a) % 2**32 for a, b in zip(video.timestamps, video.timestamps[1:], strict=False)]
        assert all(0 < step < 90_000 for step in steps)
        assert video.sequence_numbers == sorted(video.sequence_numbers)

        # An older plan that comes late changes nothing; an empty one ends it.
        await house.ask("slots", session=session, plan=0, slots=["cam.a.sub"])
        await house.ask("slots", session=session, plan=2, slots=[])
        await eventually(lambda: viewer.layouts[-1]["kind"] == "none")
        count = len(video.timestamps)
        await second.publish([second.camera.unit()])
        await eventually(lambda: house.figures_of("streams", 0))
        assert len(video.timestamps) == count


async def test_a_stream_that_dies_comes_back_in_the_same_slot(house: House) -> None:
    studio = await house.studio(Camera("cam.a.sub"))
    studio.run()
    async with connected(house, ["cam.a.sub"]) as (viewer, _):
        await eventually(lambda: len(viewer.videos[0].pictures) > 3)
        await studio.pause()
        reborn = await house.studio(Camera("cam.a.sub", first=3000, epoch=2, clock=5))
        reborn.run()
        await eventually(lambda: viewer.videos[0].numbers[-1] > 3005)


async def test_what_the_source_lost_is_not_shown(house: House) -> None:
    studio = await house.studio(Camera("cam.a.sub"))
    first, second = studio.camera.gop(5), studio.camera.gop(5)
    async with connected(house, ["cam.a.sub"]) as (viewer, _):
        await studio.publish([*first[:3], replace(first[3], damaged=True), first[4], *second])
        await eventually(lambda: 8 in viewer.videos[0].numbers)
        assert not {3, 4} & set(viewer.videos[0].numbers)
        await eventually(lambda: house.figures_of("dropped", 2))


async def test_a_late_viewer_shares_the_reader_and_begins_at_once(house: House) -> None:
    studio = await house.studio(Camera("cam.a.sub"))
    await studio.publish(studio.camera.gop(10))
    async with connected(house, ["cam.a.sub"]) as (first, _):
        await eventually(lambda: 8 in first.videos[0].numbers)
        async with connected(house, ["cam.a.sub"], kind="whep") as (second, _):
            await eventually(lambda: 8 in second.videos[0].numbers, within=1.0)
            await eventually(lambda: house.figures_of("streams", 1))
            assert await house.figures_of("sessions", 2)


async def test_a_mosaic_is_asked_for_a_keyframe_when_a_viewer_wants_one(house: House) -> None:
    studio = await house.studio(Camera("mosaic.m", cameras=("a",)))
    studio.run()
    async with connected(house, ["mosaic.m"]) as (viewer, _):
        await eventually(lambda: viewer.videos[0].pictures)
        await viewer.want_keyframe(0)
        await eventually(lambda: studio.keyframes_asked)


async def test_demand_is_said_while_somebody_watches(house: House) -> None:
    await house.studio(Camera("cam.a.sub"))
    async with connected(house, ["cam.a.sub"]) as (_, session):
        await eventually(lambda: house.demanded({"cam.a.sub"}))
        await house.ask("slots", session=session, plan=1, slots=[None])
        await eventually(lambda: house.demanded(set()))


async def test_close_frees_everything(house: House) -> None:
    studio = await house.studio(Camera("cam.a.sub"))
    studio.run()
    before = set(tasks_of_sessions())
    viewer = Viewer(2)
    session = str(uuid.uuid4())
    answer = await house.ask("offer", session=session, kind="display", sdp=await viewer.offer(), slots=["cam.a.sub"])
    await viewer.accept(answer["sdp"])
    await eventually(lambda: viewer.videos[0].pictures)
    assert await house.ask("close", session=session) == {"ok": True}
    await viewer.close()
    await eventually(lambda: (session, "closed") in house.states)
    await eventually(lambda: house.figures_of("sessions", 0))
    await eventually(lambda: set(tasks_of_sessions()) == before)
    assert (await house.ask("close", session=session))["error"]["code"] == 404


async def test_a_display_has_no_say_over_a_session_of_another(house: House) -> None:
    async with connected(house, [None], display="a") as (mine, session):
        for verb, more in (("slots", {"plan": 1, "slots": []}), ("close", {}), ("candidate", {"candidate": ""})):
            for display in ("b", None):
                refused = await house.ask(verb, session=session, display=display, **more)
                assert refused["error"]["code"] == 404
        async with connected(house, [None], display="b") as (others, _):
            assert await house.ask("close_display", display="a") == {"ok": True}
            await eventually(lambda: (session, "closed") in house.states)
            await eventually(lambda: house.figures_of("sessions", 1))
            assert others.pc.connectionState == "connected"
        await mine.close()


async def test_a_viewer_that_leaves_is_freed_at_once(house: House) -> None:
    async with connected(house, [None]) as (_, session):
        pass
    await eventually(lambda: (session, "closed") in house.states, within=2)


async def test_a_viewer_that_vanishes_is_freed_within_five_seconds(house: House) -> None:
    async with connected(house, [None]) as (viewer, session):
        await viewer.vanish()
        gone = {(session, "failed"), (session, "closed")}
        await eventually(lambda: gone & set(house.states), within=6)
        await eventually(lambda: house.figures_of("sessions", 0))


async def test_a_whep_player_is_told_the_level_of_its_stream(house: House) -> None:
    studio = await house.studio(Camera("mosaic.m", (1920, 1080)))
    await studio.publish(studio.camera.gop(1))
    viewer = Viewer(1, channel=False)
    answer = await house.ask(
        "offer", session=str(uuid.uuid4()), kind="whep", sdp=await viewer.offer(), slots=["mosaic.m"]
    )
    assert "profile-level-id=42e028" in answer["sdp"]
    await viewer.close()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"sdp": "v=0\r\n" * 200_000}, 413, "larger than"),
        ({"sdp": "v=0\r\ns=-\r\n"}, 422, "no video"),
        ({"slots": ["cam.a.sub", "cam.b.sub"]}, 422, "2 slots"),
        ({"slots": ["au.>"]}, 400, "slots"),
        ({"kind": "other"}, 400, "kind"),
    ],
)
async def test_a_bad_offer_is_refused_plainly(house: House, change, code, words) -> None:  # type: ignore[no-untyped-def]
    viewer = Viewer(1)
    good = {"session": str(uuid.uuid4()), "kind": "display", "sdp": await viewer.offer(), "slots": ["cam.a.sub"]}
    error = (await house.ask("offer", **{**good, **change}))["error"]
    assert error["code"] == code
    assert words in error["message"]
    assert await house.figures_of("sessions", 0)
    assert "sdp" in await house.ask("offer", **good)
    assert (await house.ask("offer", **good))["error"]["code"] == 409
    await viewer.close()


async def test_candidates_may_trickle(house: House) -> None:
    viewer = Viewer(1, channel=False)
    sdp = await viewer.offer()
    lines = sdp.splitlines()
    trickled = "\r\n".join(line for line in lines if "candidate" in line)
    silent = "\r\n".join(line for line in lines if "candidate" not in line) + "\r\n"
    session = str(uuid.uuid4())
    answer = await house.ask("offer", session=session, kind="whep", sdp=silent, slots=[None])
    assert await house.ask("candidate", session=session, candidate=trickled) == {"ok": True}
    other = "a=ice-ufrag:other\r\n" + trickled
    assert (await house.ask("candidate", session=session, candidate=other))["error"]["code"] == 501
    await viewer.accept(answer["sdp"])
    await eventually(lambda: viewer.pc.connectionState == "connected")
    await viewer.close()


async def test_a_replay_plays_whole_though_its_pictures_are_old(house: House) -> None:
    replayed = await house.studio(Camera("replay.00112233aabbccdd", age_s=30))
    replayed.run()
    async with connected(house, ["replay.00112233aabbccdd"]) as (viewer, _):
        video = viewer.videos[0]
        await eventually(lambda: len(video.pictures) > 30)
        later = video.numbers[5:]
        assert later == list(range(later[0], later[0] + len(later)))
        # Nobody may take it for live: each picture that was shown says how old it is.
        await eventually(lambda: viewer.tables)
        assert all(cells[0][0] == 0 and cells[0][1] >= 2900 for cells in viewer.tables.values())
