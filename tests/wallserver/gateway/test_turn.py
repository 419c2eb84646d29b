"""Pictures through a real TURN server (Debian's coturn), for a viewer who is told of no other way."""

from __future__ import annotations

import time
import uuid
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aioice import ice

from tests.support.debian import require
from tests.support.turn_server import executable, turn_server
from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import House, running_house, tasks_of_sessions
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver.gateway import relay
from wallserver.gateway import session as session_module

pytestmark = pytest.mark.usefixtures("viewers_on_loopback")

SECRET = "a secret that coturn and we share"
STREAM = "cam.a.sub"


@pytest.fixture(autouse=True)
def coturn() -> None:
    require(lambda: executable() is not None, "coturn")


async def answer_to(house: House, offer: str) -> tuple[str, str]:
    """The session's name, and the answer."""
    session = str(uuid.uuid4())
    answer = await house.ask("offer", session=session, kind="whep", sdp=offer, slots=[STREAM])
    return session, str(answer["sdp"])


def cut_off(viewer: Viewer) -> set[int]:
    """Let nothing reach the viewer but what comes from these ports, of which there are none yet."""
    (share,) = viewer.pc.getTransceivers()[0].receiver.transport.transport._connection._protocols
    hand_on, ports = share.datagram_received, set[int]()

    def come(data: bytes, address: tuple[str, int]) -> None:
        if address[1] in ports:
            hand_on(data, address)

    vars(share)["datagram_received"] = come
    return ports


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("account", ["shared secret", "fixed"])
async def test_pictures_come_through_the_relay(tmp_path: Path, transport: str, account: str) -> None:
    if account == "fixed":
        options = ["--lt-cred-mech", f"--user=wall:{SECRET}"]
        known: dict[str, Any] = {"username": "wall", "credential": SECRET}
    else:
        options = ["--use-auth-secret", f"--static-auth-secret={SECRET}"]
        (tmp_path / "secret").write_text(SECRET + "\n")
        known = {"credential_file": tmp_path / "secret"}
    async with turn_server(tmp_path, *options) as port:
        turn = {"url": f"turn:127.0.0.1:{port}?transport={transport}"} | known
        async with running_house(tmp_path, turn=turn) as house:
            (await house.studio(Camera(STREAM))).run()
            viewer = Viewer(1, channel=False)
            offer = await viewer.offer()
            open_ports = cut_off(viewer)
            session, answer = await answer_to(house, offer)
            lines = answer.splitlines()
            relayed = [line for line in lines if "typ relay" in line]
            assert len(relayed) == 1
            assert "raddr 0.0.0.0" in relayed[0]
            open_ports.add(int(relayed[0].split()[5]))
            await viewer.accept("\r\n".join(line for line in lines if "typ host" not in line) + "\r\n")
            await eventually(lambda: len(viewer.videos[0].pictures) > 10)
            # It is asked for its consent, and answers, through the relay too.
            first = viewer.videos[0].numbers[0]
            await eventually(lambda: viewer.videos[0].numbers[-1] > first + 90)
            assert await house.ask("close", session=session) == {"ok": True}
            await viewer.close()
            log = tmp_path / "turn.log"
            await eventually(lambda: "delete: realm" in log.read_text() or "closed (2nd stage)" in log.read_text())


def _connected(viewer: Viewer) -> bool:
    return bool(viewer.pc.connectionState == "connected")


async def test_a_server_that_does_not_answer_is_waited_for_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    relayed_candidate = ice.relayed_candidate

    async def asking(**more: Any) -> Any:
        asked.append(more["turn_server"])
        return await relayed_candidate(**more)

    monkeypatch.setattr(ice, "relayed_candidate", asking)
    monkeypatch.setattr(relay, "LEFT_ALONE_S", 3600)
    silent = {"url": "turn:127.0.0.1:9?transport=udp", "username": "wall", "credential": SECRET}
    async with running_house(tmp_path, turn=silent) as house:
        (await house.studio(Camera(STREAM))).run()
        for _ in range(2):
            viewer = Viewer(1, channel=False)
            _, answer = await answer_to(house, await viewer.offer())
            await viewer.accept(answer)
            await eventually(partial(_connected, viewer))
            await viewer.close()
        assert asked == [("127.0.0.1", 9)]
    said = capsys.readouterr().out
    assert "TURN server gives no address" in said
    assert SECRET not in said


async def test_a_server_that_is_gone_at_the_end_keeps_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "CLOSE_S", 3600)
    (tmp_path / "other").mkdir()
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(turn_server(tmp_path, "--lt-cred-mech", f"--user=wall:{SECRET}"))
        turn = {"url": f"turn:127.0.0.1:{port}", "username": "wall", "credential": SECRET}
        async with running_house(tmp_path / "other", turn=turn) as house:
            viewer = Viewer(1, channel=False)
            session, answer = await answer_to(house, await viewer.offer())
            assert "typ relay" in answer
            await viewer.accept(answer)
            await eventually(partial(_connected, viewer))
            await stack.aclose()
            began = time.monotonic()
            assert await house.ask("close", session=session) == {"ok": True}
            assert time.monotonic() - began < 10  # aioice would go on for half a minute
            await eventually(lambda: house.figures_of("sessions", 0))
            await viewer.close()
            # aioice goes on telling a server that is not there; that is its only trace.
            for task in tasks_of_sessions():
                if "TurnTransport._close" in str(task.get_coro()):
                    task.cancel()


async def test_a_credential_that_is_no_text_is_said_without_quoting_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe hidden")
    turn = {"url": "turn:127.0.0.1:9", "credential_file": tmp_path / "secret"}
    async with running_house(tmp_path, turn=turn) as house:
        viewer = Viewer(1, channel=False)
        _, answer = await answer_to(house, await viewer.offer())
        assert "typ relay" not in answer
        await viewer.close()
    said = capsys.readouterr().out
    assert "the credential's file is no text" in said
    assert "xff" not in said


async def test_a_server_that_refuses_us_costs_nothing_but_the_relay(tmp_path: Path) -> None:
    async with turn_server(tmp_path, "--lt-cred-mech", "--user=wall:another") as port:
        turn = {"url": f"turn:127.0.0.1:{port}", "username": "wall", "credential": SECRET}
        async with running_house(tmp_path, turn=turn) as house:
            viewer = Viewer(1, channel=False)
            _, answer = await answer_to(house, await viewer.offer())
            assert "typ relay" not in answer
            await viewer.accept(answer)
            await eventually(lambda: viewer.pc.connectionState == "connected")
            await viewer.close()
