"""What is sent is seen: the figures of sessions, out of the gateway and its heartbeat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiortc import RTCPeerConnection, RTCRtpSender
from aiortc.rtp import RTCP_RTPFB_NACK, RtcpReceiverInfo, RtcpRrPacket, RtcpRtpfbPacket
from hypothesis import given
from hypothesis import strategies as st

from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import House, connected
from tests.wallserver.gateway.pictures import Camera
from wallserver.gateway import traffic
from wallserver.gateway.errors import GatewayError
from wallserver.gateway.histogram import Histogram
from wallserver.gateway.sender import prepare
from wallserver.gateway.sending import Sending
from wallserver.gateway.session_figures import SessionFigures
from wallserver.gateway.traffic import MOST_NACKED, ReceiverReport, Traffic, TrafficMeter


async def only_session(house: House) -> dict[str, Any]:
    (session,) = (await house.ask("sessions"))["sessions"]
    return dict(session)


async def until(house: House, check: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    async def so() -> dict[str, Any] | None:
        session = await only_session(house)
        return session if check(session) else None

    session: dict[str, Any] | None = await eventually(so)
    assert session is not None
    return session


async def test_a_session_says_what_it_sends_and_what_its_viewer_says(house: House) -> None:
    studio = await house.studio(Camera("cam.a.sub"))
    studio.run()
    async with connected(house, ["cam.a.sub"], kind="whep") as (viewer, name):
        await until(house, lambda it: it["rtt_ms"] is not None and it["kbps"] > 0)
        arrived = len(viewer.videos[0].timestamps)
        seen = await only_session(house)
        assert {key: seen[key] for key in ("session", "kind", "display", "state", "stream", "streams")} == {
            "session": name[:8],
            "kind": "whep",
            "display": None,
            "state": "connected",
            "stream": "cam.a.sub",
            "streams": 1,
        }
        assert seen["packets"] >= arrived > 0
        assert seen["octets"] > 1000
        assert (seen["lost"], seen["loss"]) == (0, 0)
        assert 0 <= seen["rtt_ms"] < 1000
        assert seen["switch_ms"] > 0
        assert name not in str(seen)


async def test_a_display_has_the_figures_of_all_its_slots(house: House) -> None:
    studios = [await house.studio(Camera(f"cam.{name}.sub")) for name in "ab"]
    for studio in studios:
        studio.run()
    async with connected(house, ["cam.a.sub", None, "cam.b.sub"], display="wall-1") as (viewer, _):
        await eventually(lambda: all(len(viewer.videos[place].pictures) > 5 for place in (0, 2)))
        await until(house, lambda it: it["rtt_ms"] is not None)
        arrived = sum(len(video.sequence_numbers) for video in viewer.videos)
        seen = await only_session(house)
        assert (seen["display"], seen["streams"], seen["stream"]) == ("wall-1", 2, None)
        assert seen["packets"] >= arrived


async def test_what_is_asked_for_again_is_counted_and_kept_when_the_session_ends(house: House) -> None:
    studio = await house.studio(Camera("mosaic.m", cameras=("a",)))
    studio.run()
    async with connected(house, ["mosaic.m"]) as (viewer, _):
        video = viewer.videos[0]
        await eventually(lambda: len(video.pictures) > 3)
        (receiver,) = viewer._receivers
        (source,) = receiver.getSynchronizationSources()
        before = await only_session(house)
        # One that was sent, and one that never was.
        gone = (video.sequence_numbers[0] - 100) % 2**16
        for wanted in (video.sequence_numbers[-1], gone):
            await receiver._send_rtcp_nack(source.source, [wanted])
        await viewer.want_keyframe(0)
        seen = await until(house, lambda it: it["nacked"] > before["nacked"] + 1 and it["keyframe_requests"])
        assert (seen["nacked"] - before["nacked"], seen["repeated"] - before["repeated"]) == (2, 1)
        assert seen["keyframe_requests"] == before["keyframe_requests"] + 1
        packets = seen["packets"]

    async def kept() -> dict[str, Any] | None:
        figures = await house.figures()
        return figures if figures["sessions"] == 0 and figures["packets"] >= packets else None

    figures = await eventually(kept)
    assert figures is not None
    assert (figures["nacked"], figures["repeated"]) == (seen["nacked"], seen["repeated"])
    assert figures["keyframe_requests"] == seen["keyframe_requests"]
    assert (await house.ask("sessions"))["sessions"] == []


async def test_the_heartbeat_spreads_loss_and_round_trips_over_sessions(house: House) -> None:
    studio = await house.studio(Camera("cam.a.sub"))
    studio.run()

    async def spread_of(name: str) -> bool:
        *counts, total = (await house.figures())[name]
        return bool(sum(counts) >= 2 and 0 <= total < sum(counts))

    async with connected(house, ["cam.a.sub"]):
        await eventually(lambda: spread_of("rtt"))
        await eventually(lambda: spread_of("loss"))


@pytest.fixture
async def sender() -> RTCRtpSender:
    connection = RTCPeerConnection()
    sender = connection.addTransceiver("video").sender
    await connection.close()
    return sender


def report(sender: RTCRtpSender, **values: int) -> RtcpReceiverInfo:
    usual = dict.fromkeys(("fraction_lost", "packets_lost", "highest_sequence", "jitter", "lsr", "dlsr"), 0)
    return RtcpReceiverInfo(**{"ssrc": sender._ssrc, **usual, **values})


async def test_loss_is_a_share_of_the_packets_that_it_is_of(sender: RTCRtpSender) -> None:
    figures = SessionFigures()
    for shares in ((0, 64), (0, 0)):
        figures.meters.append(meter := TrafficMeter(sender, Traffic()))
        for place, fraction in enumerate(shares):
            packet = RtcpRrPacket(
                ssrc=1, reports=[report(sender, fraction_lost=fraction, highest_sequence=place * 100)]
            )
            await meter._handle(packet)
    figures.sample()
    assert figures.reception is not None
    assert figures.reception.loss == 0.125


@given(data=st.data())
def test_a_viewer_may_say_what_it_likes(data: st.DataObject) -> None:
    stranger = _Sender()
    meter = TrafficMeter(stranger, Traffic())  # type: ignore[arg-type]
    stranger.send_report(5, 0.0)
    for _ in range(3):
        said = RtcpReceiverInfo(
            ssrc=7,
            fraction_lost=data.draw(st.integers(0, 255)),
            packets_lost=data.draw(st.integers(-(2**23), 2**23 - 1)),
            highest_sequence=data.draw(st.integers(0, 2**32 - 1)),
            jitter=data.draw(st.integers(0, 2**32 - 1)),
            lsr=data.draw(st.sampled_from([0, 5])),
            dlsr=data.draw(st.integers(0, 2**32 - 1)),
        )
        meter._take(said)
        seen = meter.traffic.report
        assert isinstance(seen, ReceiverReport)
        assert 0 <= seen.loss < 1
        assert seen.lost == max(0, said.packets_lost)
        assert 0 <= seen.expected <= 0xFFFF
        assert seen.rtt_s is None or 0 <= seen.rtt_s <= 60


class _Sender:
    """What a meter looks at of a sender."""

    _ssrc = 7

    def send_report(self, name: int, ago_s: float) -> None:
        """As aiortc does it."""
        vars(self).update({"_RTCRtpSender__lsr": name, "_RTCRtpSender__lsr_time": time.time() - ago_s})
        asyncio.run(self._send_rtcp([]))

    async def _handle_rtcp_packet(self, packet: object) -> None:
        """Nothing."""

    async def _send_rtcp(self, packets: object) -> None:
        """Nothing."""


def test_the_round_trip_is_that_of_the_report_that_is_answered() -> None:
    sender = _Sender()
    meter = TrafficMeter(sender, Traffic())  # type: ignore[arg-type]
    for name in range(1, 13):
        sender.send_report(name, ago_s=13.0 - name)

    def round_trip(answered: int, held_s: float) -> float | None:
        info = RtcpReceiverInfo(
            ssrc=7,
            fraction_lost=0,
            packets_lost=0,
            highest_sequence=0,
            jitter=0,
            lsr=answered,
            dlsr=round(held_s * 65536),
        )
        meter._take(info)
        assert meter.traffic.report is not None
        return meter.traffic.report.rtt_s

    assert round_trip(12, 0.9) == pytest.approx(0.1, abs=0.05)
    assert round_trip(10, 2.8) == pytest.approx(0.2, abs=0.05)
    assert round_trip(2, 10.9) is None  # too long ago
    assert round_trip(99, 0.1) is None
    assert round_trip(0, 0.1) is None


async def test_what_is_said_of_another_stream_is_not_ours(sender: RTCRtpSender) -> None:
    meter = TrafficMeter(sender, Traffic())
    info = report(sender, fraction_lost=255)
    info.ssrc ^= 1
    await meter._handle(RtcpRrPacket(ssrc=1, reports=[info]))
    assert meter.traffic.report is None


async def test_an_old_report_says_nothing_of_now(sender: RTCRtpSender, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = SessionFigures()
    figures.meters.append(meter := TrafficMeter(sender, Traffic()))
    await meter._handle(RtcpRrPacket(ssrc=1, reports=[report(sender, fraction_lost=255)]))
    figures.sample()
    assert figures.reception is not None
    monkeypatch.setattr(traffic, "REPORT_FRESH_S", -1.0)
    figures.sample()
    assert figures.reception is None
    assert figures.to_json()["rtt_ms"] is None


async def test_the_names_of_aiortc_that_are_relied_on_are_checked(sender: RTCRtpSender) -> None:
    prepare(sender, Sending())
    del vars(sender)["_RTCRtpSender__lsr_time"]
    with pytest.raises(GatewayError, match="__lsr_time"):
        prepare(sender, Sending())


def test_a_histogram_counts_each_value_once() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 9.0):
        histogram.add(value)
    assert histogram.to_json() == [2, 2, 1, 14.0]


async def test_who_misses_everything_at_once_is_not_looked_for_packet_by_packet(sender: RTCRtpSender) -> None:
    asked: list[int] = []

    async def repeat(sequence: int) -> None:
        asked.append(sequence)

    vars(sender)["_retransmit"] = repeat
    meter = TrafficMeter(sender, Traffic())
    for count in (3, MOST_NACKED + 1):
        lost = list(range(count))
        await meter._handle(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=sender._ssrc, lost=lost))
    assert asked == [0, 1, 2]
    assert meter.traffic.nacked == MOST_NACKED + 4
