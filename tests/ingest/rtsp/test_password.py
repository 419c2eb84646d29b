"""When a password is sent, and how often."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from ingest.rtsp import session as session_module
from ingest.rtsp.errors import StatusError
from tests.support.rtsp_camera import Client, Mode, Request, rtsp_camera
from tests.support.rtsp_session import SILENCE_S, playing, take
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("nothing_open")


def asking_for_a_password(nonces: list[str], refused: set[str]) -> Mode:
    """Digest with the newest of `nonces`; an older one is stale; the first request of each of `refused` is, too."""

    async def mode(client: Client, request: Request) -> bool:
        if request.method in refused:
            refused.discard(request.method)
            nonces.append(f"n{len(nonces)}")
        if f'nonce="{nonces[-1]}"' in request.headers.get("authorization", ""):
            return False
        stale = "authorization" in request.headers
        challenge = f'Digest realm="cam", nonce="{nonces[-1]}", stale={str(stale).lower()}'
        client.answer(request, "401 Unauthorized", {"WWW-Authenticate": challenge})
        return True

    return mode


async def test_a_password_is_sent_when_it_is_asked_for_and_from_then_on() -> None:
    async with rtsp_camera(asking_for_a_password(["n0"], set())) as camera:
        async with playing(camera.url, "operator", "rahasia") as session:
            await take(session, 1)
        assert camera.methods()[:5] == ["OPTIONS", "OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
        assert ["authorization" in request.headers for request in camera.requests[:5]] == [False] + [True] * 4
        assert "rahasia" not in repr(camera.requests)


async def test_a_nonce_that_has_become_stale_is_replaced() -> None:
    async with rtsp_camera(asking_for_a_password(["n0"], {"SETUP"})) as camera:
        async with playing(camera.url, "operator", "rahasia") as session:
            await take(session, 1)
        assert camera.methods()[2:6] == ["DESCRIBE", "SETUP", "SETUP", "PLAY"]


async def test_a_nonce_that_has_become_stale_is_replaced_in_what_nobody_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_module, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(session_module, "KEEP_ALIVE_SECONDS", 0.1)
    monkeypatch.setattr(session_module, "LEAST_KEEP_ALIVE_SECONDS", 0.1)
    nonces = ["n0"]
    async with (
        rtsp_camera(asking_for_a_password(nonces, {"GET_PARAMETER"})) as camera,
        playing(camera.url, "operator", "rahasia") as session,
        aclosing(session.pictures(SILENCE_S)) as read,
    ):
        await anext(read)
        await eventually(lambda: camera.methods().count("GET_PARAMETER") >= 3)
    assert nonces == ["n0", "n1"]
    said = [request.headers["authorization"] for request in camera.requests if request.method == "GET_PARAMETER"]
    assert ['nonce="n1"' in each for each in said[:3]] == [False, True, True]


async def test_without_a_user_name_nothing_is_tried() -> None:
    async with rtsp_camera(asking_for_a_password(["n0"], set())) as camera:
        with pytest.raises(StatusError) as caught:
            async with playing(camera.url):
                pass
        assert caught.value.status == 401
        assert camera.methods() == ["OPTIONS"]
