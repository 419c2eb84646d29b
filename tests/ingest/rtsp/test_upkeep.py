"""What goes on beside the pictures: silence, keep-alives, reports, a reader that is late."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest

from ingest.rtsp import session as session_module
from ingest.rtsp.session import MAX_WAITING, Session, SilenceError
from tests.support.rtsp_camera import GOP, Client, Request, recorded_pictures, rtsp_camera
from tests.support.rtsp_session import SILENCE_S, answering, playing, take
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("nothing_open")


async def test_silence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_LOOK_SECONDS", 0.02)
    async with (
        rtsp_camera(answering("PLAY", {})) as camera,
        playing(camera.url) as session,
        aclosing(session.pictures(0.2)) as pictures,
    ):
        with pytest.raises(SilenceError):
            await anext(pictures)


async def test_a_watch_that_fails_ends_the_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would notice silence, for ever."""

    async def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Session, "_watch", broken)
    async with (
        rtsp_camera(answering("PLAY", {})) as camera,
        playing(camera.url) as session,
        aclosing(session.pictures(SILENCE_S)) as pictures,
    ):
        with pytest.raises(RuntimeError):
            await anext(pictures)


async def test_a_reader_that_is_late_stops_the_reading_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is it the camera that is silent then."""
    monkeypatch.setattr(session_module, "_LOOK_SECONDS", 0.02)
    count = 400

    async def mode(client: Client, request: Request) -> bool:
        if request.method == "PLAY":
            client.answer(request)
            for number in range(count):
                for packet in client.stream.picture(recorded_pictures()[number % len(recorded_pictures())]):
                    client.say(b"$\0" + len(packet).to_bytes(2, "big") + packet)
                await client.writer.drain()
        return request.method == "PLAY"

    async with (
        rtsp_camera(mode) as camera,
        playing(camera.url) as session,
        aclosing(session.pictures(SILENCE_S)) as pictures,
    ):
        read = [await anext(pictures)]
        await eventually(lambda: len(session._pictures) >= MAX_WAITING)
        assert not session._open_connection()._open_transport().is_reading()
        assert len(session._pictures) <= 2 * MAX_WAITING
        # Longer than silence may be.
        quiet = time.monotonic() - 10 * SILENCE_S
        session._packet_at = session._picture_at = quiet
        await eventually(lambda: session._packet_at > quiet)
        read += [await anext(pictures) for _ in range(count - 1)]
    assert [picture.pts for picture in read] == [number * 6000 for number in range(count)]
    assert not any(picture.broken for picture in read)


@pytest.mark.parametrize(("public", "method"), [("OPTIONS, GET_PARAMETER", "GET_PARAMETER"), ("OPTIONS", "OPTIONS")])
async def test_the_camera_hears_in_time_that_we_are_still_there(
    monkeypatch: pytest.MonkeyPatch, public: str, method: str
) -> None:
    monkeypatch.setattr(session_module, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(session_module, "LEAST_KEEP_ALIVE_SECONDS", 0.1)

    async def mode(client: Client, request: Request) -> bool:
        if request.method == "OPTIONS":
            client.answer(request, headers={"Public": public})
        if request.method == "SETUP":
            client.answer(request, headers={"Session": "9;timeout=0", "Transport": "RTP/AVP/TCP;interleaved=0-1"})
        return request.method in ("OPTIONS", "SETUP")

    async with (
        rtsp_camera(mode) as camera,
        playing(camera.url) as session,
        aclosing(session.pictures(SILENCE_S)) as pictures,
    ):
        await anext(pictures)
        await eventually(lambda: camera.methods()[4:7] == [method] * 3)
        assert {request.headers["session"] for request in camera.requests[4:7]} == {"9"}


async def test_the_server_s_timeout_is_taken_within_bounds() -> None:
    for timeout, expected in ((60, session_module.KEEP_ALIVE_SECONDS), (10, 5.0), (1, 2.0)):
        mode = answering("SETUP", {"Session": f"9;timeout={timeout}", "Transport": "RTP/AVP/TCP;interleaved=0-1"})
        async with rtsp_camera(mode) as camera, playing(camera.url) as session:
            assert session._keep_alive_s == expected


async def test_reports_go_to_the_channel_above_the_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(session_module, "REPORT_SECONDS", 0.1)

    async def mode(client: Client, request: Request) -> bool:
        if request.method == "SETUP":
            client.answer(request, headers={"Session": "9", "Transport": "RTP/AVP/TCP;unicast;interleaved=4-5"})
        if request.method == "PLAY":
            client.answer(request)
            client.say(b"$\0\0\4spam")
            client.play(recorded_pictures(), channel=4)
        return request.method in ("SETUP", "PLAY")

    async with rtsp_camera(mode) as camera, playing(camera.url) as session:
        pictures = await take(session, GOP)
        assert not any(picture.broken for picture in pictures)
        async with aclosing(session.pictures(SILENCE_S)) as more:
            await anext(more)
            await eventually(lambda: camera.packets)
    channel, report = camera.packets[0]
    assert (channel, report[:2], len(report)) == (5, b"\x81\xc9", 32)


async def test_keep_alives_that_are_never_answered_do_not_pile_up() -> None:
    async def mode(client: Client, request: Request) -> bool:
        return request.method == "GET_PARAMETER"

    async with rtsp_camera(mode) as camera, playing(camera.url) as session:
        connection = session._open_connection()
        for _ in range(300):
            connection.send("GET_PARAMETER", camera.url, {})
        await eventually(lambda: camera.methods().count("GET_PARAMETER") == 300)
        assert len(connection._answers) < 100


async def test_answers_to_a_camera_that_never_reads_do_not_pile_up_and_it_is_left_at_once() -> None:
    full, left = asyncio.Event(), asyncio.Event()

    async def mode(client: Client, request: Request) -> bool:
        if request.method == "PLAY":
            client.answer(request)
            client.read_no_more()
            await full.wait()
            client.say(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 20)
            client.play(recorded_pictures())
            await left.wait()
        return request.method == "PLAY"

    async with rtsp_camera(mode) as camera, playing(camera.url) as session:
        transport = session._open_connection()._open_transport()
        while (unread := transport.get_write_buffer_size()) == 0:
            transport.write(bytes(65536))
            await asyncio.sleep(0.02)
        full.set()
        await take(session, GOP)
        assert 0 < transport.get_write_buffer_size() <= unread
        session.close()
        await eventually(session._open_connection().closed.done)
        left.set()
