"""Over UDP: packets that others send, that are lost, that come when nobody reads."""

from __future__ import annotations

import asyncio
import random
import re
import socket
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from ingest import allowance
from ingest.rtsp import depacketise, udp
from ingest.rtsp import session as session_module
from ingest.rtsp.errors import PictureTooLargeError, RtspError
from ingest.rtsp.session import MAX_WAITING
from ingest.rtsp.udp import Ports
from tests.support.packetiser import RtpStream, rtp
from tests.support.rtsp_camera import SESSION, Client, Request, recorded_pictures, rtsp_camera
from tests.support.rtsp_session import SILENCE_S, playing, take
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("nothing_open")


class Sender:
    """The camera's pair of ports, and where it sends to."""

    def __init__(self) -> None:
        self.sockets = udp._bind_pair(socket.AF_INET)
        self.to = ("127.0.0.1", 0)
        self.stream = RtpStream()

    async def mode(self, client: Client, request: Request) -> bool:
        """SETUP over UDP; PLAY, and the test sends."""
        if request.method == "SETUP":
            found = re.search(r"client_port=(\d+)-(\d+)", request.headers["transport"])
            assert found is not None
            assert int(found[2]) == int(found[1]) + 1
            assert int(found[1]) % 2 == 0
            self.to = ("127.0.0.1", int(found[1]))
            port = self.sockets[0].getsockname()[1]
            transport = f"RTP/AVP;unicast;client_port={found[1]}-{found[2]};server_port={port}-{port + 1}"
            client.answer(request, headers={"Transport": transport, "Session": SESSION})
        if request.method == "PLAY":
            client.answer(request)
        return request.method in ("SETUP", "PLAY")

    def picture(self, number: int) -> list[bytes]:
        return self.stream.picture(recorded_pictures()[number])

    def send(self, packets: list[bytes]) -> None:
        for packet in packets:
            self.sockets[0].sendto(packet, self.to)

    def received(self, number: int) -> bytes:
        """What came to a port of the camera's; empty where nothing did."""
        try:
            return self.sockets[number].recv(2000)
        except BlockingIOError:
            return b""


@pytest.fixture
def sender(nothing_open: None) -> Iterator[Sender]:
    made = Sender()
    yield made
    for sock in made.sockets:
        sock.close()


async def test_pictures_come_and_the_way_back_is_opened(sender: Sender) -> None:
    async with rtsp_camera(sender.mode) as camera, playing(camera.url, transport="udp") as session:
        assert await eventually(lambda: sender.received(0)) == b"\x80" + bytes(11)
        assert (await eventually(lambda: sender.received(1)))[:2] == b"\x80\xc9"
        for number in range(5):
            sender.send(sender.picture(number))
        pictures = await take(session, 5)
    assert [(picture.pts, picture.broken) for picture in pictures] == [(number * 6000, False) for number in range(5)]


async def test_packets_that_overtake_one_another_are_put_in_order(sender: Sender) -> None:
    async with rtsp_camera(sender.mode) as camera, playing(camera.url, transport="udp") as session:
        first, *rest = sender.picture(0)
        sender.send([first, *reversed(rest)])
        assert not (await take(session, 1))[0].broken
        assert len(rest) > 3


async def test_a_packet_that_is_lost_breaks_its_picture(sender: Sender) -> None:
    async with rtsp_camera(sender.mode) as camera, playing(camera.url, transport="udp") as session:
        packets = sender.picture(0)
        sender.send([*packets[:2], *packets[3:]])
        for number in range(1, 12):
            sender.send(sender.picture(number))
        pictures = await take(session, 4)
    assert [picture.broken for picture in pictures] == [True, False, False, False]


async def test_a_picture_that_never_ends_ends_the_session(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depacketise, "MAX_PICTURE_BYTES", 10_000)
    async with rtsp_camera(sender.mode) as camera, playing(camera.url, transport="udp") as session:
        for number in range(20):
            sender.send([rtp(b"\x7c" + (b"\x05" if number else b"\x85") + bytes(1000), sequence=number)])
        with pytest.raises(PictureTooLargeError):
            await take(session, 1)
        await eventually(lambda: camera.open_connections == 0)


async def test_what_others_send_is_passed_over(sender: Sender) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.2", 0))
        async with rtsp_camera(sender.mode) as camera, playing(camera.url, transport="udp") as session:
            for packet in RtpStream(ssrc=666).picture(recorded_pictures()[0]):
                other.sendto(packet, sender.to)
            sender.send(sender.picture(0))
            await take(session, 1)
            assert session._receiver is not None
            assert session._receiver.ssrc == 7


async def test_reports_go_to_the_upper_port(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(session_module, "REPORT_SECONDS", 0.05)
    async with (
        rtsp_camera(sender.mode) as camera,
        playing(camera.url, transport="udp") as session,
        aclosing(session.pictures(SILENCE_S)) as pictures,
    ):
        sender.send(sender.picture(0))
        await anext(pictures)
        await eventually(lambda: sender.received(1)[:2] == b"\x81\xc9")


async def test_what_nobody_reads_does_not_pile_up_and_the_hole_is_told(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UDP cannot be told to wait."""
    monkeypatch.setattr(allowance, "BYTES_BURST", 1e9)
    async with rtsp_camera(sender.mode) as camera, playing(camera.url, transport="udp") as session:

        async def send(count: int) -> None:
            for number in range(count):
                for packet in sender.picture(1 + number % 9):
                    sender.send([packet])
                    await asyncio.sleep(0)  # one is read at each turn of the loop

        await send(2 * MAX_WAITING)
        assert session._receiver is not None
        sent = sender.stream.sequence
        await eventually(lambda: session._receiver is not None and session._receiver.highest == sent - 1)
        assert len(session._pictures) == MAX_WAITING
        read = await take(session, MAX_WAITING)
        assert not any(picture.broken for picture in read)
        await send(2)
        assert [picture.broken for picture in await take(session, 2)] == [True, False]


async def test_what_waits_is_bounded_in_bytes_too(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty of the largest pictures are 240 MB."""
    monkeypatch.setattr(session_module, "MAX_WAITING_BYTES", 1)
    async with rtsp_camera(sender.mode) as camera, playing(camera.url, transport="udp") as session:
        for number in range(1, 9):
            sender.send(sender.picture(number))
        sent = sender.stream.sequence
        await eventually(lambda: session._receiver is not None and session._receiver.highest == sent - 1)
        assert len(session._pictures) == 1
        await take(session, 1)
        for number in range(1, 3):
            sender.send(sender.picture(number))
        assert (await take(session, 1))[0].broken
        assert session._waiting_bytes == sum(len(nal) for picture in session._pictures for nal in picture.nals)


async def test_a_flood_is_dropped_unread_and_ends_the_session(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "BYTES_BURST", 10_000.0)
    monkeypatch.setattr(allowance, "BYTES_RATE", 1_000.0)
    async with rtsp_camera(sender.mode) as camera, playing(camera.url, transport="udp") as session:
        sender.send([rtp(b"\x06\x01", sequence=number) for number in range(400)])
        with pytest.raises(RtspError, match="more than any camera"):
            await take(session, 400)
        assert session._receiver is not None
        assert session._receiver.received < 100
        await eventually(lambda: camera.open_connections == 0)


async def test_both_ports_are_given_back() -> None:
    ports = await Ports.open("127.0.0.1", lambda _: None)
    ports.close()
    await eventually(lambda: _is_free(ports.first_port) and _is_free(ports.first_port + 1))


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("", port))
        except OSError:
            return False
    return True


async def test_no_free_ports_are_an_os_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("", 0))
        monkeypatch.setattr(random, "randrange", lambda *_: taken.getsockname()[1])
        with pytest.raises(OSError):
            await Ports.open("127.0.0.1", lambda _: None)
