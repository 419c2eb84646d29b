"""Live channels of every kind, over real HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import Literal

import av
import pytest
from aiohttp import web

from ingest import allowance, causes, hls_source
from ingest.access_unit import AccessUnit
from ingest.camera_connection import Pulled
from ingest.camera_state import State
from ingest.hls import hosts, session
from ingest.pull import Shared, SourcePuller
from ingest.source import SourceError, SourceSpec
from tests.support.hls_server import PICTURES, SECONDS, TICKS, Channel, HlsServer, hls_server, ts_segment
from tests.support.pulling import pulling
from tests.support.waiting import PATIENCE_S, eventually

USER, PASSWORD = "operator", "p:/@ %1 ß"


def spec(server: HlsServer) -> SourceSpec:
    return SourceSpec("s", server.url, USER, PASSWORD, kind="hls")


async def take(server: HlsServer, count: int) -> list[Pulled]:
    """The first access units."""
    async with pulling(spec(server)) as pulled:
        return [await anext(pulled) for _ in range(count)]


async def failure(server: HlsServer) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await take(server, 1_000)
    assert caught.value.__cause__ is None
    return caught.value


async def drain(pulled: AsyncGenerator[Pulled]) -> None:
    async for _ in pulled:
        pass


def decoded(units: list[Pulled]) -> int:
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    frames = [frame for unit in units for frame in decoder.decode(av.Packet(unit.unit.data))]
    return len(frames) + len(decoder.decode(None))


@pytest.mark.parametrize("kind", ["ts", "mp4", "aes", "aes iv", "ranges", "wrap", "discontinuity"])
async def test_a_live_channel(
    kind: Literal["ts", "mp4", "aes", "aes iv", "ranges", "wrap", "discontinuity"],
) -> None:
    """Segment after segment, without a hole, at its own pace, whatever its clock does."""
    count = 8 * PICTURES
    async with hls_server(Channel(kind)) as server:
        units = await take(server, count)
    assert units[0].unit.keyframe
    assert [b.source_ticks - a.source_ticks for a, b in pairwise(units)] == [TICKS] * (count - 1)  # type: ignore[operator]
    assert [unit.unit.keyframe for unit in units] == ([True] + [False] * (PICTURES - 1)) * 8
    assert decoded(units) == count
    took_s = (units[-1].arrived_mono_ns - units[0].arrived_mono_ns) / 1e9
    assert 7 * SECONDS < took_s < 7 * SECONDS + 20
    # A key or an init section is fetched once.
    assert server.count("/key") == (kind in {"aes", "aes iv"})
    assert server.count("/init.mp4") == (kind == "mp4")


async def test_a_server_that_knows_no_ranges() -> None:
    async with hls_server(Channel("ranges")) as server:

        async def everything(_: web.Request) -> web.Response:
            return web.Response(body=b"".join(ts_segment(number) for number in range(10)))

        server.answers["/all.ts"] = everything
        assert decoded(await take(server, 2 * PICTURES)) == 2 * PICTURES


async def test_the_best_variant_that_can_be_shown() -> None:
    variants = ((900, "av01.0.04M.08"), (800, "mp4a.40.2"), (500, "avc1.4d401e,mp4a.40.2"), (100, "avc1.42c00d"))
    master = "#EXTM3U\n" + "".join(
        f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},CODECS="{codecs}"\n/{bandwidth}/live.m3u8\n'
        for bandwidth, codecs in variants
    )
    async with hls_server() as server:
        server.answers["/live.m3u8"] = master
        server.answers |= {
            f"/500/{number}.seg": server.channel.resource(f"{number}.seg") or b"" for number in range(20)
        }
        await take(server, 2 * PICTURES)
    assert server.count("/live.m3u8") == 1
    assert not any(request.path.startswith(("/900", "/800", "/100")) for request in server.requests)


async def test_a_segment_that_is_lost_is_not_waited_for() -> None:
    """It is asked for once, and what follows on it comes at once."""
    async with hls_server() as server:
        server.answers["/6.seg"] = 500
        units = await take(server, 5 * PICTURES)
    assert server.count("/6.seg") == 1
    assert units[0].unit.keyframe
    assert [b.source_ticks - a.source_ticks for a, b in pairwise(units)] == [TICKS] * (5 * PICTURES - 1)  # type: ignore[operator]


async def test_a_playlist_that_stands_still_is_stale_and_shows_nothing_twice(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls_source, "least_bound_hls_s", lambda _: 0.8)
    monkeypatch.setattr(session, "RENEW_S", 0.3)
    published: list[AccessUnit] = []
    async with hls_server() as server:

        async def fetch() -> SourceSpec:
            return spec(server)

        puller = SourcePuller("s", epoch=lambda: 1, fetch=fetch, publish=published.append, shared=shared)
        await eventually(lambda: puller.state is State.LIVE and len(published) > 2 * PICTURES)
        server.channel.stands_at = server.channel.newest
        await eventually(lambda: puller.tick() or puller.state is State.STALE)
        assert puller.status("w").cause_en == causes.NO_PICTURES.english
        asked = len(server.requests)
        await eventually(lambda: len(server.requests) > asked + 3)
        server.channel.stands_at = None
        await eventually(lambda: puller.state is State.LIVE)
        await puller.stop()
    pictures = [hashlib.sha256(unit.data).digest() for unit in published]
    assert len(set(pictures)) == len(pictures)


async def test_segments_are_fetched_no_faster_than_cameras_may_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short they say that they are."""
    monkeypatch.setattr(allowance, "BYTES_BURST", 1.0)
    monkeypatch.setattr(allowance, "BYTES_RATE", float(PICTURES * allowance.PICTURE_BYTES))
    began = time.monotonic()
    async with hls_server() as server:
        await take(server, 2 * PICTURES + 1)
    assert time.monotonic() - began >= 2.0, "a second for the pictures of each segment, and more for its bytes"


@pytest.mark.parametrize("refused", ["/m/live.m3u8", "segments"])
async def test_a_token_that_expires_is_renewed_once(refused: str) -> None:
    """The address in the catalogue leads to a new one; where that is refused too, we do not knock for ever."""
    tokens = ["a", "b"]

    async def master(_: web.Request) -> web.Response:
        return web.Response(text=f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n/m/live.m3u8?token={tokens[0]}\n")

    async with hls_server() as server:

        async def media(request: web.Request) -> web.Response:
            if request.query["token"] != tokens[0]:
                return web.Response(status=403)
            return web.Response(text=server.channel.playlist())

        async def segment(request: web.Request) -> web.Response:
            return web.Response(body=server.channel.resource(request.path.removeprefix("/m/")))

        server.answers |= {"/live.m3u8": master, "/m/live.m3u8": media}
        server.answers |= {f"/m/{number}.seg": segment for number in range(60)}
        async with pulling(spec(server)) as pulled:
            for _ in range(3 * PICTURES):
                await anext(pulled)
            tokens.pop(0)
            units: list[Pulled] = []
            async with asyncio.timeout(PATIENCE_S):
                while len(units) < 4 * PICTURES or server.count("/live.m3u8") < 2:
                    units.append(await anext(pulled))
            assert [unit.unit.damaged for unit in units] == [False] * len(units)
            assert server.count("/live.m3u8") == 2
            gone = [f"/m/{number}.seg" for number in range(60)] if refused == "segments" else [refused]
            server.answers |= dict.fromkeys(gone, 403)
            with pytest.raises(SourceError) as caught:
                await drain(pulled)
    assert (caught.value.state, caught.value.cause) == (State.REFUSED, causes.FORBIDDEN)
    assert server.count("/live.m3u8") == 3


DIGEST = 'Digest realm="camera", nonce="5f2a", qop="auth", algorithm=MD5'


@pytest.mark.parametrize("challenge", ['Basic realm="camera"', DIGEST])
async def test_the_password_is_told_where_it_is_asked_for_and_to_the_camera_only(
    challenge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "is_public", lambda address: address == "127.0.0.2")
    async with hls_server() as server, hls_server(host="127.0.0.2") as cdn:
        server.challenge = challenge

        async def playlist(_: web.Request) -> web.Response:
            text = server.channel.playlist()
            return web.Response(
                text=text.replace("\n4.seg", f"\n{cdn.base}/4.seg").replace("\n6.seg", f"\n{cdn.base}/6.seg")
            )

        server.answers["/live.m3u8"] = playlist
        assert len(await take(server, 5 * PICTURES)) == 5 * PICTURES
    assert cdn.requests
    assert not any("Authorization" in request.headers for request in cdn.requests)
    told = ["Authorization" in request.headers for request in server.requests]
    assert told == [False] + [True] * (len(told) - 1)


@pytest.mark.parametrize("challenge", ['Basic realm="camera"', DIGEST, DIGEST + ", stale=true"])
async def test_a_password_that_is_refused_is_tried_once(challenge: str) -> None:
    async with hls_server() as server:
        server.challenge, server.refuses = challenge, True
        error = await failure(server)
    assert (error.state, error.cause) == (State.REFUSED, causes.WRONG_PASSWORD)
    assert ["Authorization" in request.headers for request in server.requests] == [False, True]


async def test_errors_that_last_end_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "PATIENCE_S", 0.3)
    async with hls_server() as server, pulling(spec(server)) as pulled:
        await anext(pulled)
        server.answers["/live.m3u8"] = 503
        with pytest.raises(SourceError) as caught:
            async with asyncio.timeout(PATIENCE_S):
                await drain(pulled)
    assert (caught.value.state, caught.value.cause) == (State.UNREACHABLE, causes.SERVER_ERROR)
