"""Sessions over a real bus, with aiortc as the viewer."""

from __future__ import annotations

import asyncio
import gc
import time
import uuid
from dataclasses import replace

import pytest
from aiortc.rate import RateBucket
from aiortc.rtcdtlstransport import SRTP_AEAD_AES_256_GCM, SRTP_AES128_CM_SHA1_80, SRTPProtectionProfile
from aiortc.sdp import SessionDescription
from OpenSSL import SSL

from ingest import annexb
from ingest.access_unit import AccessUnit
from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import House, connected, tasks_of_sessions
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver.gateway import consent
from wallserver.gateway.release import MOST_CHUNKS
from wallserver.gateway.sending import Kind


@pytest.fixture(params=["batched", "stock"])
def sender_kind(request: pytest.FixtureRequest) -> Kind:
    """Both: a viewer must not notice which it is."""
    kind: Kind = request.param
    return kind


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

        # The channel may open after the first pictures; what it says first is of the first one all the same.
        await eventually(lambda: {layout["slot"] for layout in viewer.layouts} == {0, 2})
        layouts = {layout["slot"]: layout for layout in viewer.layouts}
        assert [cell["camera"] for cell in layouts[0]["cells"]] == ["a", "b"]
        assert layouts[0]["from_ts"] == viewer.videos[0].timestamps[0]
        assert layouts[2]["cells"] == [{"camera": "lorong-7", "rect": [0, 0, 320, 180]}]
        assert layouts[2]["from_ts"] == viewer.videos[2].timestamps[0]

        before = len(viewer.videos[0].pictures)
        await eventually(lambda: len(viewer.videos[0].pictures) > before + 8)
        shown = {picture.rtp_ts for picture in viewer.videos[0].pictures[before + 2 :]}
        await eventually(lambda: shown <= {rtp_ts for _, rtp_ts in viewer.tables})
        # On a busy machine a picture may be late, and then says so: not every one has to be new.
        age = min(age for flags, age in (viewer.tables[0, rtp_ts][0] for rtp_ts in shown) if flags == 1)
        assert 4 <= age < 500
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
        await eventually(lambda: 2010 in video.numbers)
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
            await eventually(lambda: 8 in second.videos[0].numbers)
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


def alive(kind: type) -> int:
    return sum(type(thing) is kind for thing in gc.get_objects())


async def test_a_closed_session_needs_no_search_for_cycles_to_give_its_memory_back(house: House) -> None:
    gc.collect()
    gc.disable()
    try:
        before = alive(SSL.Connection), alive(RateBucket)
        async with connected(house, [None]) as (_, session):
            await house.ask("close", session=session)
            left = alive(SSL.Connection) - before[0], alive(RateBucket) - before[1]
        # The viewer's own: one connection, and one receiver of video.
        assert left[0] <= 1
        assert left[1] <= 1001
    finally:
        gc.enable()


async def test_a_display_has_no_say_over_a_session_of_another(house: House) -> None:
    async with connected(house, [None], display="a") as (mine, session):
        for verb, more in (
            ("slots", {"plan": 1, "slots": []}),
            ("close", {}),
            ("patch", {"fragment": "", "if_match": "*"}),
        ):
            for display in ("b", None):
                refused = await house.ask(verb, session=session, display=display, **more)
                assert refused["error"]["code"] == 404
        async with connected(house, [None], display="b") as (others, _):
            assert await house.ask("close_display", display="a") == {"ok": True}
            await eventually(lambda: (session, "closed") in house.states)
            await eventually(lambda: house.figures_of("sessions", 1))
            assert others.pc.connectionState == "connected"
        await mine.close()


async def test_a_viewer_that_leaves_is_freed_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent, "QUIET_S", 3600)  # by nothing but its word
    monkeypatch.setattr(consent, "CONSENT_EXPIRES_S", 3600)
    async with connected(house, [None]) as (_, session):
        pass
    await eventually(lambda: (session, "closed") in house.states)


async def test_a_viewer_that_vanishes_is_freed_within_five_seconds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert consent.QUIET_S + consent.QUESTIONS * consent.ASK_EVERY_S < 5
    monkeypatch.setattr(consent, "CONSENT_EXPIRES_S", 3600)  # by nothing else
    async with connected(house, [None]) as (viewer, session):
        await viewer.vanish()
        gone = {(session, "failed"), (session, "closed")}
        await eventually(lambda: gone & set(house.states))
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
        ({"kind": "whep"}, 422, "no data channel"),
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


@pytest.mark.parametrize(
    "offered", [[SRTP_AES128_CM_SHA1_80, SRTP_AEAD_AES_256_GCM], [SRTP_AES128_CM_SHA1_80]], ids=["both", "dear"]
)
async def test_the_cheapest_encryption_that_a_viewer_has_is_taken(
    house: House, offered: list[SRTPProtectionProfile]
) -> None:
    """Whatever it likes best itself."""
    studio = await house.studio(Camera("cam.a.sub"))
    studio.run()
    async with connected(house, ["cam.a.sub"], profiles=offered) as (viewer, _):
        assert viewer.srtp_profile == offered[-1].openssl_profile
        await eventually(lambda: len(viewer.videos[0].numbers) > 3)


async def test_candidates_may_trickle(house: House) -> None:
    viewer = Viewer(1, channel=False)
    sdp = await viewer.offer()
    lines = sdp.splitlines()
    trickled = "\r\n".join(line for line in lines if "candidate" in line)
    silent = "\r\n".join(line for line in lines if "candidate" not in line) + "\r\n"
    session = str(uuid.uuid4())
    answer = await house.ask("offer", session=session, kind="whep", sdp=silent, slots=[None])
    tag = f'"{answer["tag"]}"'
    for wrong, code in ((None, 428), ('"other"', 412), (f"W/{tag}", 412)):
        refused = await house.ask("patch", session=session, fragment=trickled, if_match=wrong)
        assert refused["error"]["code"] == code
    for right in (tag, f'"other", {tag}', "*"):
        assert await house.ask("patch", session=session, fragment=trickled, if_match=right) == {"ok": True}
    other = "a=ice-ufrag:other\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
    early = await house.ask("patch", session=session, fragment=other, if_match="*")
    assert (early["error"]["code"], "not connected" in early["error"]["message"]) == (409, True)
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


async def test_what_is_lost_on_the_way_is_sent_once_more(house: House) -> None:
    studio = await house.studio(Camera("mosaic.m", (640, 360)))
    studio.run()
    async with connected(house, ["mosaic.m"]) as (viewer, _):
        video = viewer.videos[0]
        await eventually(lambda: video.numbers)
        viewer.lose(every=7)
        first = len(video.numbers)
        await eventually(lambda: len(video.numbers) > first + 45)
        later = video.numbers[first:]
        assert later == list(range(later[0], later[0] + len(later)))


async def test_sender_reports_say_what_was_sent_and_when(house: House) -> None:
    studio = await house.studio(Camera("mosaic.m"))
    studio.run()
    async with connected(house, ["mosaic.m"]) as (viewer, _):
        video = viewer.videos[0]
        # One may be sent before the first picture.
        await eventually(lambda: [report for report in video.reports if report.packet_count])
        report = video.reports[-1]
        assert report.rtp_timestamp in video.timestamps
        assert abs(report.ntp_timestamp / 2**32 - 2_208_988_800 - time.time()) < 1.0
        assert 0 < report.packet_count <= len(video.sequence_numbers)
        assert report.octet_count > report.packet_count


async def test_a_picture_of_many_packets_arrives_whole_and_in_order(house: House) -> None:
    """More than the pacer lets go at once, and more than one message of the system's holds."""
    camera = Camera("mosaic.m", (1280, 720))
    studio = await house.studio(camera)
    await studio.publish([padded(camera.unit(keyframe=True), 130_000), *(camera.unit() for _ in range(3))])
    async with connected(house, ["mosaic.m"]) as (viewer, _):
        video = viewer.videos[0]
        await eventually(lambda: video.numbers == [0, 1, 2])
        assert len(video.sequence_numbers) > 100  # aiortc as a viewer has room for 128 packets
        first = video.sequence_numbers[0]
        assert video.sequence_numbers == list(range(first, first + len(video.sequence_numbers)))


def padded(unit: AccessUnit, octets: int) -> AccessUnit:
    """With a SEI message of so many bytes that no decoder looks at (user_data_unregistered, ITU-T H.264, D.1.7)."""
    sizes = b"\xff" * (octets // 255) + bytes((octets % 255,))
    sei = b"\x06\x05" + sizes + b"\x55" * octets + b"\x80"
    nals = annexb.split(unit.data)
    slices = next(place for place, nal in enumerate(nals) if nal[0] & 0x1F == annexb.H264_IDR)
    return replace(unit, data=annexb.join([*nals[:slices], sei, *nals[slices:]]))


async def test_a_viewer_that_talks_too_much_is_cut_off_and_costs_nothing(house: House) -> None:
    async with connected(house, [None]) as (viewer, session):
        await eventually(lambda: viewer.channel.readyState == "open")
        for _ in range(MOST_CHUNKS - 20):
            viewer.channel.send("a page may say something some day")
        await asyncio.sleep(0.3)
        assert (session, "failed") not in house.states
        for _ in range(100):
            viewer.channel.send(bytes(100_000))
        await eventually(lambda: (session, "closed") in house.states)
        await eventually(lambda: house.figures_of("sessions", 0))


async def test_an_older_plan_changes_nothing_and_is_told_the_newer_ones_number(house: House) -> None:
    await house.studio(Camera("cam.a.sub"))
    async with connected(house, ["cam.a.sub"]) as (_, session):
        assert await house.ask("slots", session=session, plan=9, slots=["cam.a.sub"]) == {"ok": True}
        assert await house.ask("slots", session=session, plan=8, slots=[None]) == {"stale": 9}
        await eventually(lambda: house.demanded({"cam.a.sub"}))
        assert await house.ask("slots", session=session, plan=10, slots=[None]) == {"ok": True}
        await eventually(lambda: house.demanded(set()))


async def test_a_session_that_is_closed_while_its_offer_is_answered_leaves_nothing(house: House) -> None:
    viewer = Viewer(1, channel=False)
    session = str(uuid.uuid4())
    before = set(tasks_of_sessions())
    offer = await viewer.offer()
    # A camera without a picture is waited for, to tell a player its level.
    answering = asyncio.create_task(house.ask("offer", session=session, kind="whep", sdp=offer, slots=["cam.none.sub"]))
    while (closed := await house.ask("close", session=session)) != {"ok": True}:
        assert closed["error"]["code"] == 404
    answer = await answering
    assert (answer["error"]["code"], "closed while" in answer["error"]["message"]) == (404, True)
    assert await house.figures_of("sessions", 0)
    await viewer.close()
    await eventually(lambda: set(tasks_of_sessions()) <= before)
