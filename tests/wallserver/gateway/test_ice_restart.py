"""ICE restarts with a real peer connection: the pictures go on, over a new pair and with new credentials."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aioice import Candidate, Connection

from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import House, tasks_of_sessions
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer

STREAM = "cam.a.sub"


class Player:
    """A WHEP player that is connected and can restart ICE, which aiortc's peer connection cannot."""

    def __init__(self, house: House, viewer: Viewer, session: str, tag: str) -> None:
        self.viewer = viewer
        self.session = session
        self.tag = tag
        self._house = house
        self._old: list[Connection] = []

    @property
    def transport(self) -> Any:
        """aiortc's ICE transport."""
        return self.viewer.pc.getTransceivers()[0].receiver.transport.transport

    async def ask(self, fragment: str, if_match: str | None = "*") -> dict[str, Any]:
        """PATCH, as control hands it on."""
        return await self._house.ask("patch", session=self.session, fragment=fragment, if_match=if_match)

    async def restart(self) -> Connection:
        """A new connection with new credentials, told to the gateway, not connected yet."""
        connection = Connection(ice_controlling=True)
        await connection.gather_candidates()
        self._old.append(connection)
        answer = await self.ask(fragment_of(connection))
        assert answer["tag"] != self.tag
        self.tag = answer["tag"]
        said = dict(line[2:].split(":", 1) for line in answer["fragment"].splitlines() if line.startswith("a=ice-"))
        assert said["ice-options"] == "trickle"
        connection.remote_username, connection.remote_password = said["ice-ufrag"], said["ice-pwd"]
        for line in answer["fragment"].splitlines():
            if line.startswith("a=candidate:"):
                await connection.add_remote_candidate(Candidate.from_sdp(line.removeprefix("a=candidate:")))
        assert answer["fragment"].splitlines()[1:3] == ["m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0"]
        return connection

    def move_to(self, connection: Connection) -> None:
        """Put the new connection behind aiortc's transport; what comes on it is read as before."""
        before, transport = self.transport._connection, self.transport
        while not before._queue.empty():
            connection._queue.put_nowait(before._queue.get_nowait())
        connection._queue, before._queue = before._queue, connection._queue
        connection._event_waiter, before._event_waiter = before._event_waiter, None
        transport._connection = connection
        transport._recv, transport._send = connection.recv, connection.send
        self._old.append(before)

    async def close(self) -> None:
        """Leave."""
        await self.viewer.close()
        for connection in self._old:
            await connection.close()


def fragment_of(connection: Connection) -> str:
    lines = [f"a=ice-ufrag:{connection.local_username}", f"a=ice-pwd:{connection.local_password}"]
    lines += [f"a=candidate:{candidate.to_sdp()}" for candidate in connection.local_candidates]
    return "\r\n".join(lines) + "\r\n"


@pytest.fixture
async def player(house: House) -> AsyncIterator[Player]:
    studio = await house.studio(Camera(STREAM))
    studio.run()
    viewer = Viewer(1, channel=False)
    session = str(uuid.uuid4())
    answer = await house.ask("offer", session=session, kind="whep", sdp=await viewer.offer(), slots=[STREAM])
    await viewer.accept(answer["sdp"])
    await eventually(lambda: len(viewer.videos[0].pictures) > 3)
    player = Player(house, viewer, session, answer["tag"])
    yield player
    await player.close()


async def new_pictures(player: Player, count: int = 8) -> None:
    """So many more, none of them missing."""
    video = player.viewer.videos[0]
    first = len(video.pictures)
    await eventually(lambda: len(video.pictures) >= first + count)
    numbers = video.numbers[first - 1 :]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_pictures_go_on_before_during_and_after(house: House, player: Player) -> None:
    connection = await player.restart()
    await new_pictures(player)  # over the old pair: the new one is not connected
    player_task = connection.connect()
    await player_task
    player.move_to(connection)
    # The old path is cut: what comes now comes over the new one.
    before = player._old[-1]
    vars(before._protocols[0])["datagram_received"] = lambda data, addr: None
    await new_pictures(player)
    assert await house.figures_of("sessions", 1)
    candidates = "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n"
    assert await player.ask(candidates, f'"{player.tag}"') == {"ok": True}


async def test_a_second_restart_takes_the_place_of_one_that_hangs(player: Player) -> None:
    first = await player.restart()
    stale = player.tag
    second = await player.restart()
    assert (await player.ask("", f'"{stale}"'))["error"]["code"] == 412
    await second.connect()
    player.move_to(second)
    await new_pictures(player)
    assert not first._nominated


async def test_a_restart_that_comes_to_nothing_costs_nothing(
    house: House, player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallserver.gateway.ice_session.RESTART_S", 0.3)
    tag = player.tag
    await player.restart()

    async def given_up() -> bool:
        return "ok" in await player.ask("", f'"{tag}"')

    await eventually(given_up)
    await new_pictures(player)


async def test_a_session_that_ends_in_the_middle_of_a_restart_leaves_nothing(house: House, player: Player) -> None:
    connection = await player.restart()
    assert await house.ask("close", session=player.session) == {"ok": True}
    await eventually(lambda: house.figures_of("sessions", 0))
    await player.close()
    await connection.close()
    await eventually(lambda: not [task for task in tasks_of_sessions() if "ICE" in task.get_name()])


@pytest.mark.parametrize(
    ("fragment", "code"),
    [
        ("a=ice-ufrag:abcd\r\n", 400),
        ("a=ice-ufrag:ab\r\na=ice-pwd:0123456789012345678901\r\n", 400),
        ("a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n", 400),
        ("a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=candidate:1 1 udp x 1.2.3.4 9 typ host\r\n", 400),
    ],
)
async def test_a_restart_that_cannot_be_leaves_the_session_as_it_was(player: Player, fragment: str, code: int) -> None:
    assert (await player.ask(fragment))["error"]["code"] == code
    assert await player.ask("", f'"{player.tag}"') == {"ok": True}
    await new_pictures(player, 3)
