"""One UDP port for all: who gets which datagram, and what strangers get."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import struct
from collections.abc import Iterator

import pytest
from aioice import stun

from tests.support.waiting import eventually
from tests.wallserver.gateway.ice_peers import LOOPBACK, Nat, Pair, introduced, open_port, stranger
from wallserver.gateway.errors import AddressError, PortError
from wallserver.gateway.ice_connection import MOST_WAITING, PeerProtocol
from wallserver.gateway.udp_port import BACKLOG_BYTES, DATAGRAM_BYTES, UdpPort, UdpSocket, named_ufrag

pytestmark = pytest.mark.usefixtures("viewers_on_loopback")


def two_free_ports() -> range:
    """Two that follow each other and were free a moment ago."""
    for first in random.sample(range(20_000, 60_000), 50):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
        ):
            try:
                one.bind((LOOPBACK, first))
                two.bind((LOOPBACK, first + 1))
            except OSError:
                continue
            return range(first, first + 2)
    raise AssertionError("no two free ports")


async def test_each_gateway_of_a_machine_takes_the_next_port_of_the_range() -> None:
    ports = two_free_ports()
    first, second, third = (UdpPort(ports, [LOOPBACK, "::1"]) for _ in range(3))
    first.open()
    second.open()
    assert (first.number, second.number) == (ports[0], ports[1])
    assert [place.address for place in first.sockets()] == [LOOPBACK, "::1"]
    with pytest.raises(PortError, match=rf"gateway.udp_ports: every port of {ports[0]}-{ports[1]} is in use"):
        third.open()
    first.close()
    third.open()
    assert third.number == ports[0]
    second.close()
    third.close()


async def test_a_port_in_use_is_said_with_its_setting() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.bind(("::1", 0))
        number = other.getsockname()[1]
        with pytest.raises(PortError, match=rf"gateway.udp_ports: port {number} is in use on this machine"):
            UdpPort([number], [LOOPBACK, "::1"]).open()
    with pytest.raises(AddressError, match=r"192\.0\.2\.9"):
        UdpPort([], ["192.0.2.9"]).open()


async def test_two_viewers_share_the_port_and_hear_what_is_theirs() -> None:
    async with open_port() as port, introduced(port) as one, introduced(port) as two:
        await asyncio.gather(one.connect(), two.connect())
        await one.viewer.send(b"\x80 of one")
        await two.viewer.send(b"\x16 of two")
        assert await one.ours.recv() == b"\x80 of one"
        assert await two.ours.recv() == b"\x16 of two"
        await one.ours.send(b"\x80 to one")
        assert await one.viewer.recv() == b"\x80 to one"
        pair = one.ours._nominated[1]
        assert pair.protocol.transport.get_extra_info("socket") is one.place.socket
        assert pair.protocol.transport.get_extra_info("sockname") == (LOOPBACK, port.number)
        one.place.socket.sendmsg([b"\x80", b" batched"], [], 0, pair.remote_addr)
        assert await one.viewer.recv() == b"\x80 batched"


async def test_a_viewer_by_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["::1"])
    async with open_port("::1") as port, introduced(port) as pair:
        await pair.connect()
        await pair.viewer.send(b"\x80 six")
        assert await pair.ours.recv() == b"\x80 six"
        await pair.ours.send(b"\x80 back")
        assert await pair.viewer.recv() == b"\x80 back"


async def test_connections_that_end_leave_nothing_behind() -> None:
    async with open_port() as port:
        async with introduced(port) as pair:
            await pair.connect()
            await pair.viewer.send(b"\x80")
            await pair.ours.recv()
            place = pair.place
            assert place.in_use
            assert place._inboxes.keys() == {pair.viewer_address}
        async with introduced(port):
            pass  # one that never connects
        assert (place._peers, place._inboxes, place.transactions) == ({}, {}, {})


def malformed(pair: Pair) -> Iterator[bytes]:
    """What a stranger may send, from nothing like it to almost right."""
    chance = random.Random(7)
    good = bytes(pair.viewers_check())
    yield from (bytes([first]) for first in range(256))
    yield from (bytes([first]) + chance.randbytes(chance.randrange(1, 1400)) for first in range(256))
    yield from (good[:cut] for cut in range(1, len(good)))
    for _ in range(2000):  # one byte other than it should be; the last eight, FINGERPRINT, are not signed
        at = chance.randrange(len(good) - 8)
        yield good[:at] + bytes([good[at] ^ chance.randrange(1, 256)]) + good[at + 1 :]
    for kind in (0x0001, 0x0101, 0x0111, 0x0011, 0x0003, 0x3FFF):  # requests, answers, indications, TURN, nonsense
        yield struct.pack("!HHI", kind, 0, stun.COOKIE) + bytes(12)
        yield struct.pack("!HHI12sHH", kind, 4, stun.COOKIE, bytes(12), 0x0006, 0xFFFF)
        yield struct.pack("!HHI12sHH", kind, 4, stun.COOKIE, bytes(12), 0x0024, 0)
    # As many attributes of no length as fit.
    yield struct.pack("!HHI12s", 1, 1480, stun.COOKIE, bytes(12)) + bytes(1480)
    # A DTLS ClientHello, RTP, a receiver report, all of nobody.
    yield b"\x16\xfe\xfd" + bytes(60)
    yield b"\x80\x60" + os.urandom(40)
    yield b"\x81\xc9\x00\x07" + os.urandom(28)


async def test_what_strangers_send_is_not_answered_and_harms_nobody() -> None:
    async with open_port() as port, introduced(port) as pair, stranger() as other:
        await pair.connect()
        for sent, data in enumerate(malformed(pair)):
            other.transport.sendto(data, (LOOPBACK, port.number))
            if sent % 100 == 0:
                await asyncio.sleep(0)
        # The viewer's own check from another place is the last, and the first that is answered.
        last = pair.viewers_check()
        other.transport.sendto(bytes(last), (LOOPBACK, port.number))
        await eventually(lambda: other.heard)
        answers = [stun.parse_message(data) for data, _ in other.heard]
        ours = [one for one in answers if one.message_class != stun.Class.REQUEST]
        assert [one.transaction_id for one in ours] == [last.transaction_id]
        assert pair.place.strangers > 500
        await pair.viewer.send(b"\x80 still")
        assert await pair.ours.recv() == b"\x80 still"


async def test_an_address_belongs_to_a_viewer_once_it_has_proved_it() -> None:
    async with open_port() as port, introduced(port) as pair, stranger() as other:
        await pair.connect()
        forged = pair.viewer.build_request(pair.viewer._check_list[0], nominate=True)
        forged.add_message_integrity(b"guessed guessed guessed")
        other.transport.sendto(bytes(forged), (LOOPBACK, port.number))
        other.transport.sendto(b"\x80 forged", (LOOPBACK, port.number))
        await eventually(lambda: pair.place.strangers)
        assert pair.place._inboxes.keys() == {pair.viewer_address}
        assert other.heard == []
        other.transport.sendto(bytes(pair.viewers_check()), (LOOPBACK, port.number))
        other.transport.sendto(b"\x80 its own", (LOOPBACK, port.number))
        assert await pair.ours.recv() == b"\x80 its own"


async def test_a_forged_sender_takes_nothing_of_another_viewer() -> None:
    async with open_port() as port, introduced(port) as victim, introduced(port) as attacker:
        await asyncio.gather(victim.connect(), attacker.connect())
        # A check that is genuine, but says that it comes from where the other one is.
        forged = attacker.viewer.build_request(attacker.viewer._check_list[0], nominate=False)
        forged.add_message_integrity(attacker.ours.local_password.encode())
        share = attacker.ours._protocols[0]
        assert isinstance(share, PeerProtocol)
        share.check_received(forged, victim.viewer_address)
        await victim.viewer.send(b"\x80 for the victim's session")
        assert await victim.ours.recv() == b"\x80 for the victim's session"
        # Its own check of that address fails, as the victim answers with its own password.
        await asyncio.sleep(0.3)
        assert victim.place.inbox_of(victim.viewer_address) is victim.ours.inbox


async def test_an_address_goes_over_to_the_viewer_that_answers_from_there() -> None:
    async with open_port() as port, introduced(port) as gone, introduced(port) as there:
        await gone.connect()
        there.place.bind(there.viewer_address, gone.ours.inbox)
        await there.connect()
        assert there.place.inbox_of(there.viewer_address) is there.ours.inbox
        await there.viewer.send(b"\x80 mine")
        assert await there.ours.recv() == b"\x80 mine"


async def test_a_viewer_whose_nat_gives_it_another_address_is_followed() -> None:
    async with open_port() as port, stranger() as inside, stranger() as outside, stranger() as later:
        nat = Nat(inside, outside, (LOOPBACK, port.number))
        async with introduced(port, at=inside.address) as pair:
            await pair.connect()
            assert pair.ours._nominated[1].remote_addr == outside.address
            nat.rebind(later)
            # Browsers nominate with every check of the pair that they use.
            share = pair.viewer._protocols[0]
            request = pair.viewer.build_request(pair.viewer._check_list[0], nominate=True)
            await share.request(request, inside.address, pair.ours.local_password.encode())
            await eventually(lambda: pair.ours._nominated[1].remote_addr == later.address)
            await pair.ours.send(b"\x80 to the new place")
            assert await pair.viewer.recv() == b"\x80 to the new place"


async def test_a_viewer_with_a_thousand_addresses_takes_no_more_room_than_one_with_a_few() -> None:
    async with open_port() as port, introduced(port) as pair:
        await pair.connect()
        request = pair.viewers_check()
        for number in range(1000):
            pair.ours.check_incoming(request, ("127.0.0.9", 1024 + number), pair.ours._protocols[0])
        assert len(pair.ours._remote_candidates) <= 64
        assert len(pair.place._inboxes) <= 16
        await pair.viewer.send(b"\x80 still")
        assert await pair.ours.recv() == b"\x80 still"


async def test_a_flood_before_the_handshake_is_bounded() -> None:
    async with open_port() as port, introduced(port) as pair, stranger() as other:
        connecting = asyncio.create_task(pair.ours.connect())
        other.transport.sendto(bytes(pair.viewers_check()), (LOOPBACK, port.number))
        await eventually(lambda: pair.place._inboxes)
        for number in range(1000):
            other.transport.sendto(b"\x80", (LOOPBACK, port.number))
            if number % 50 == 0:
                await asyncio.sleep(0.001)
        await eventually(lambda: pair.ours.inbox.queue.qsize() == MOST_WAITING)
        await pair.ours.close()
        await asyncio.gather(connecting, return_exceptions=True)


async def test_datagrams_that_find_no_room_wait_in_order_and_within_bounds() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)  # whose buffer is full when nobody reads
    ours.setblocking(False)
    theirs.setblocking(False)
    place = UdpSocket(Connected(ours))
    sent = 0
    while not place.unsent:
        place.sendto(struct.pack("!I", sent) + bytes(1200), ("", 0))
        sent += 1
        if sent % 100 == 0 and not place.unsent:  # many at once wait behind those that wait
            run = b"".join(struct.pack("!I", sent + more) + bytes(1200) for more in range(4))
            place.send_segments(memoryview(run), 1204, ("", 0))
            sent += 4
    place.unsent = 1
    assert place._backlog_bytes <= BACKLOG_BYTES
    heard: list[int] = []

    def read() -> bool:
        try:
            while True:
                heard.append(struct.unpack_from("!I", theirs.recv(DATAGRAM_BYTES))[0])
        except BlockingIOError:
            return len(heard) == sent - 1

    await eventually(read)
    assert heard == list(range(sent - 1))
    place.close()
    theirs.close()


class Connected(socket.socket):
    """A UNIX socket in the place of a UDP one: it sends to its one peer, whatever the address."""

    def __init__(self, real: socket.socket) -> None:
        super().__init__(fileno=real.detach())

    def getsockname(self) -> tuple[str, int]:
        """Two parts, as UDP has."""
        return "", 0

    def sendto(self, data: bytes, address: object) -> int:  # type: ignore[override]
        """To the peer."""
        return self.send(data)


@pytest.mark.parametrize(
    ("data", "ufrag"),
    [
        (b"", b""),
        (bytes(20), b""),
        (bytes(20) + struct.pack("!HH4s", 6, 4, b"a:bc"), b"a"),
        (bytes(20) + struct.pack("!HHxxxxHH8s", 0x24, 4, 6, 7, b"abcd:ef"), b"abcd"),
        (bytes(20) + struct.pack("!HH", 6, 500), b""),
        (bytes(20) + struct.pack("!HHxxxx", 0x24, 4) * 100 + struct.pack("!HH4s", 6, 4, b"a:bc"), b""),
    ],
)
def test_the_ufrag_is_found_where_it_stands(data: bytes, ufrag: bytes) -> None:
    assert named_ufrag(data) == ufrag
