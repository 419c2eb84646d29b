"""What a session asks, against a small camera that keeps it (tests/support/rtsp_camera.py)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.rtsp_camera import GOP, SESSION, Client, Request, recorded_pictures, rtsp_camera, sdp
from tests.support.rtsp_session import answering, playing, take
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("nothing_open")


async def test_the_conversation() -> None:
    async with rtsp_camera() as camera:
        async with playing(camera.url) as session:
            pictures = await take(session, 2 * GOP)
        assert camera.methods()[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
        assert [request.url for request in camera.requests[:4]] == [
            camera.url,
            camera.url,
            camera.url + "/track1",
            camera.url,
        ]
        assert [request.headers["cseq"] for request in camera.requests[:4]] == ["1", "2", "3", "4"]
        assert camera.requests[3].headers["session"] == SESSION
    assert not any(picture.broken for picture in pictures)
    assert [b.pts - a.pts for a, b in pairwise(pictures) if a.pts is not None and b.pts is not None] == [6000] * 19


async def test_requests_of_the_camera_are_answered() -> None:
    async def mode(client: Client, request: Request) -> bool:
        if request.method == "PLAY":
            client.answer(request)
            for number, method in enumerate(("OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE")):
                client.say(f"{method} {request.url} RTSP/1.0\r\nCSeq: {number}\r\n\r\n".encode())
            client.play(recorded_pictures())
        return request.method == "PLAY"

    async with rtsp_camera(mode) as camera, playing(camera.url) as session:
        await take(session, GOP)
        await eventually(lambda: len(camera.answers) == 4)
    assert [answer.split()[1] for answer in camera.answers] == ["200", "200", "501", "501"]


@pytest.mark.parametrize(
    ("base", "control", "track"),
    [
        ("rtsp://operator:ra@ha:sia@10.0.0.5/live/", "track1", "rtsp://10.0.0.5/live/track1"),
        ("rtsp://10.0.0.5/live", "rtsp://operator:rahasia@10.0.0.5/t?x=a@b", "rtsp://10.0.0.5/t?x=a@b"),
        ("rtsp://10.0.0.5/cam?channel=1&subtype=0", "trackID=0", "rtsp://10.0.0.5/cam?channel=1&subtype=0/trackID=0"),
    ],
)
async def test_the_camera_says_where_its_track_is_and_credentials_are_left_out(
    base: str, control: str, track: str
) -> None:
    mode = answering("DESCRIBE", {"Content-Base": base}, sdp().replace(b"track1", control.encode()))
    async with rtsp_camera(mode) as camera, playing(camera.url):
        assert camera.requests[2].url == track
        assert "rahasia" not in repr(camera.requests)


async def test_an_address_with_a_query_is_asked_for_as_it_is() -> None:
    async with rtsp_camera() as camera:
        url = camera.url + "?channel=1&subtype=0"
        async with playing(url) as session:
            await take(session, 1)
        assert [request.url for request in camera.requests[:3]] == [url, url, url + "/track1"]


async def test_an_address_of_ipv6() -> None:
    try:
        opened = rtsp_camera(host="::1")
        camera = await opened.__aenter__()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    try:
        async with playing(camera.url) as session:
            await take(session, 1)
        assert camera.requests[0].url.startswith("rtsp://[::1]:")
    finally:
        await opened.__aexit__(None, None, None)


@pytest.mark.parametrize("status", ["404 Not Found", "501 Not Implemented"])
async def test_a_camera_that_does_not_know_options_is_asked_all_the_same(status: str) -> None:
    async with rtsp_camera(answering("OPTIONS", {}, status=status)) as camera, playing(camera.url) as session:
        assert len(await take(session, 3)) == 3


async def test_an_answer_that_takes_a_while_may_be_announced() -> None:
    async def mode(client: Client, request: Request) -> bool:
        client.answer(request, "100 Continue")
        return False

    async with rtsp_camera(mode) as camera, playing(camera.url) as session:
        assert len(await take(session, 3)) == 3
