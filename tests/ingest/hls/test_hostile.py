"""Servers that misbehave: each is left in time, explained, and makes us ask nobody else for anything."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from ingest import causes
from ingest.camera_state import State
from ingest.causes import Cause
from ingest.hls.playlist import Master, Media, parse
from ingest.source import SourceError, SourceSpec
from tests.ingest.hls.conftest import bound
from tests.support.hls_server import SECONDS, Answer, canary, hls_server
from tests.support.pulling import pulling
from tests.support.waiting import PATIENCE_S, eventually

USER, PASSWORD = "operator", "rahasia"
SOON_S = 1.5
PAGE = "<!DOCTYPE html><html><body>Selamat datang</body></html>"


async def failure(url: str) -> SourceError:
    """What ends the connection, in time."""

    async def take() -> None:
        async with pulling(SourceSpec("s", url, USER, PASSWORD, kind="hls")) as units:
            async for _ in units:
                pass

    with pytest.raises(SourceError) as caught:
        await asyncio.wait_for(take(), PATIENCE_S)
    assert caught.value.__cause__ is None
    return caught.value


def media(*lines: str) -> str:
    return "\n".join(("#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXT-X-MEDIA-SEQUENCE:3", *lines)) + "\n"


def segment(address: str, *before: str) -> str:
    return media(*before, f"#EXTINF:{SECONDS},", address)


def master(address: str, codecs: str = "") -> str:
    return f'#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="{codecs}"\n{address}\n'


def redirect(location: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": location})

    return answer


async def drip(request: web.Request) -> web.StreamResponse:
    """A byte at a time: no read ever times out."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"#")
        await asyncio.sleep(0.02)


async def endless(request: web.Request) -> web.StreamResponse:
    """As fast as it goes."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"#EXTM3U\n" * 8192)


async def giant(request: web.Request) -> web.StreamResponse:
    """Says that it is large."""
    response = web.StreamResponse(headers={"Content-Length": str(1 << 40)})
    await response.prepare(request)
    while True:
        await response.write(b"#")
        await asyncio.sleep(0.02)


async def bomb(_: web.Request) -> web.StreamResponse:
    """Small until it is unpacked."""
    response = web.Response(body=b"#EXTM3U\n" * 100_000)
    response.enable_compression(web.ContentCoding.gzip)
    response.headers["Content-Encoding"] = "gzip"
    return response


NO_PLAYLIST = State.UNSUPPORTED, causes.NO_PLAYLIST
NO_VIDEO = State.UNSUPPORTED, causes.NO_VIDEO
NO_REPLY = State.UNREACHABLE, causes.NO_REPLY
REDIRECTED = State.UNSUPPORTED, causes.REDIRECTED
ELSEWHERE = State.UNSUPPORTED, causes.ELSEWHERE
ENCRYPTED = State.UNSUPPORTED, causes.ENCRYPTED
TOO_LARGE = State.UNSUPPORTED, causes.TOO_LARGE
NOT_FOUND = State.NOT_FOUND, causes.NOT_FOUND

_AES = "#EXT-X-KEY:METHOD=AES-128,URI="
# What the camera answers at its address, or there and at /next; {canary} is another service's address.
MODES: dict[str, tuple[tuple[Answer, ...], tuple[State, Cause]]] = {
    "web page": ((PAGE,), (State.UNSUPPORTED, causes.WEB_PAGE)),
    "text": (("halo",), NO_PLAYLIST),
    "nothing": (("",), NO_PLAYLIST),
    "not there": ((404,), NOT_FOUND),
    "forbidden": ((403,), (State.REFUSED, causes.FORBIDDEN)),
    "password": ((401,), (State.REFUSED, causes.WRONG_PASSWORD)),
    "broken": ((503,), (State.UNREACHABLE, causes.SERVER_ERROR)),
    "byte drip": ((drip,), NO_REPLY),
    "endless": ((endless,), TOO_LARGE),
    "giant": ((giant,), TOO_LARGE),
    "packed": ((bomb,), NO_PLAYLIST),
    "line without end": (("#EXTM3U\n" + "A" * 90_000,), NO_PLAYLIST),
    "number without end": (("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:" + "9" * 5000,), NO_PLAYLIST),
    "no segment": ((media(),), (State.STALE, causes.NO_FIRST_PICTURE)),
    "finished": ((segment("3.seg") + "#EXT-X-ENDLIST\n",), (State.STALE, causes.FINISHED)),
    "only sound": ((master("/next", "mp4a.40.2"),), NO_VIDEO),
    "unknown codec": ((master("/next", "av01.0.04M.08"),), (State.UNSUPPORTED, causes.unsupported_codec("AV1"))),
    "codec in its own words": ((master("/next", "<script>"),), (State.UNSUPPORTED, causes.unsupported_codec("?"))),
    "master names itself": ((master("/live.m3u8"),), NO_PLAYLIST),
    "redirect to another server": ((redirect("{canary}/live.m3u8"),), REDIRECTED),
    "redirect to a file": ((redirect("file:///etc/passwd"),), REDIRECTED),
    "redirect to nowhere": ((redirect(""),), REDIRECTED),
    "redirect in a circle": ((redirect("/live.m3u8"),), REDIRECTED),
    "playlist elsewhere": ((master("{canary}/live.m3u8"),), ELSEWHERE),
    "segment elsewhere": ((segment("{canary}/3.seg"),), ELSEWHERE),
    "segment elsewhere, other words": ((segment("{canary_number}/3.seg"),), ELSEWHERE),
    "segment without a scheme": ((segment("//{canary_host}/3.seg"),), ELSEWHERE),
    "segment behind a redirect": ((segment("/next"), redirect("{canary}/3.seg")), REDIRECTED),
    "init elsewhere": ((segment("3.seg", '#EXT-X-MAP:URI="{canary}/init.mp4"'),), ELSEWHERE),
    "key elsewhere": ((segment("3.seg", _AES + '"{canary}/key"'),), ELSEWHERE),
    "another port": ((segment("http://127.0.0.1:1/3.seg"),), ELSEWHERE),
    "file": ((segment("file:///etc/passwd"),), ELSEWHERE),
    "data": ((segment("data:video/mp2t;base64,R0AAEAAA"),), ELSEWHERE),
    "ftp": ((segment("ftp://{canary_host}/3.seg"),), ELSEWHERE),
    "no address": ((segment("http://[broken/3.seg"),), ELSEWHERE),
    "key too long": ((segment("3.seg", _AES + '"/next"'), b"x" * 17), TOO_LARGE),
    "key too short": ((segment("3.seg", _AES + '"/next"'), b"x"), ENCRYPTED),
    "wrong key": ((segment("3.seg", _AES + '"/next"'), b"x" * 16), ENCRYPTED),
    "unknown encryption": ((segment("3.seg", '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key"'),), ENCRYPTED),
    "segment not there": ((segment("/next"), 404), NOT_FOUND),
    "segment is a page": ((segment("/next"), PAGE), NO_VIDEO),
    "segment is nothing": ((segment("/next"), b""), NO_VIDEO),
    "segment is garbage": ((segment("/next"), b"\x47" + bytes(187) + b"\x47" + b"\xff" * 100_000), NO_VIDEO),
    "segment drips": ((segment("/next"), drip), NO_REPLY),
    "segment without end": ((segment("/next"), endless), TOO_LARGE),
    "giant segment": ((segment("/next"), giant), TOO_LARGE),
    "giant range": ((segment("3.seg", "#EXT-X-BYTERANGE:99999999999999999999@0"),), NO_VIDEO),
}


@pytest.mark.parametrize("mode", MODES)
async def test_a_server_that_misbehaves(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, expected = MODES[mode]
    if expected == NO_REPLY:
        bound(monkeypatch, SOON_S)
    async with hls_server() as server, canary() as bird:
        host = bird.base.removeprefix("http://")
        number = f"http://2130706434:{host.rpartition(':')[2]}"  # 127.0.0.2, as the system's resolver takes it too

        def filled(text: str) -> str:
            found = text.replace("{canary}", bird.base).replace("{canary_host}", host)
            return found.replace("{canary_number}", number)

        for path, answer in zip(("/live.m3u8", "/next"), answers, strict=False):
            server.answers[path] = filled(answer) if isinstance(answer, str) else pointed(answer, filled)
        error = await failure(server.url)
        assert (error.state, error.cause) == expected
        assert bird.connections == 0
        assert len(server.requests) <= 4
        assert not any("Authorization" in request.headers for request in server.requests)


def pointed(answer: Answer, filled: Callable[[str], str]) -> Answer:
    """A handler's Location with the canary's address in it."""
    if not callable(answer):
        return answer

    async def handler(request: web.Request) -> web.StreamResponse:
        response = await answer(request)
        if "Location" in response.headers:
            response.headers["Location"] = filled(response.headers["Location"])
        return response

    return handler


async def test_a_long_playlist_is_read_beside_the_other_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte takes most of a second, in which no other camera would be heard."""
    threads: set[threading.Thread] = set()

    def noting(body: bytes, url: str) -> Master | Media:
        threads.add(threading.current_thread())
        return parse(body, url)

    monkeypatch.setattr("ingest.hls.session.parse", noting)
    async with hls_server() as server:
        server.answers["/live.m3u8"] = "#EXTM3U\n" + "#EXTINF:1,\na\n" * 2000
        found = await failure(server.url)
    assert (found.state, found.cause) == (State.NOT_FOUND, causes.NOT_FOUND)
    assert threads
    assert threading.main_thread() not in threads


async def test_a_redirect_to_the_same_server_is_followed() -> None:
    async with hls_server() as server:
        playlist = server.channel.playlist
        server.answers["/live.m3u8"] = redirect("/cam/7/live.m3u8?session=1")

        async def moved(request: web.Request) -> web.StreamResponse:
            return web.Response(text=playlist() if request.query["session"] == "1" else "")

        server.answers["/cam/7/live.m3u8"] = moved
        server.answers |= {f"/cam/7/{n}.seg": server.channel.resource(f"{n}.seg") or b"" for n in range(30)}
        async with pulling(SourceSpec("s", server.url, kind="hls")) as units:
            assert (await anext(units)).unit.keyframe


async def test_an_address_that_changes_in_the_middle_is_not_followed() -> None:
    """A camera that is hacked while it plays."""
    async with hls_server() as server, canary() as bird:
        async with pulling(SourceSpec("s", server.url, kind="hls")) as units:
            await anext(units)
            ahead = server.channel.newest + 2  # of what was read, however long that took
            elsewhere = segment(f"{bird.base}/9.seg").replace("SEQUENCE:3", f"SEQUENCE:{ahead}")
            server.answers["/live.m3u8"] = elsewhere
            with pytest.raises(SourceError) as caught:
                async for _ in units:
                    pass
        assert caught.value.cause == causes.ELSEWHERE
        assert bird.connections == 0


@pytest.mark.parametrize(
    ("says", "cause"),
    [
        (b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="\xff", nonce="\xfe"\r\n\r\n', causes.WRONG_PASSWORD),
        (b"SSH-2.0-dropbear\r\n", causes.FAILED),
        (b"\x00\x01" * 2000, causes.FAILED),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, causes.FAILED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n#EXTM3U\n", causes.FAILED),
        (b"", causes.ENDED),
        (None, causes.NO_REPLY),
    ],
)
async def test_what_is_hardly_a_web_server(says: bytes | None, cause: Cause, monkeypatch: pytest.MonkeyPatch) -> None:
    if cause is causes.NO_REPLY:
        bound(monkeypatch, SOON_S)
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        if says is None:
            await over.wait()
        else:
            writer.write(says)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        error = await failure(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/live.m3u8")
        over.set()
    assert error.cause == cause


async def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = await failure(f"http://127.0.0.1:{port}/live.m3u8")
    assert (error.state, error.cause) == (State.UNREACHABLE, causes.PORT_CLOSED)
    error = await failure("http://does-not-exist.invalid/live.m3u8")
    assert (error.state, error.cause) == (State.UNREACHABLE, causes.UNKNOWN_HOST)


async def test_leaving_hangs_up() -> None:
    async with hls_server() as server:
        async with pulling(SourceSpec("s", server.url, kind="hls")) as units:
            await anext(units)
        await eventually(lambda: not any(task.get_name() == "hls segments" for task in asyncio.all_tasks()))
        assert server.requests
        await eventually(lambda: not any(request.transport for request in server.requests))
