"""HLS over HTTP, on a gateway with a real bus: what is answered, what is refused, what ends."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
import select
import socket
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.gateway.conftest import House, connected, running_house
from tests.wallserver.gateway.hls.conformance import Watch, read
from tests.wallserver.gateway.hls.conftest import STREAM, Broadcast, Later, opened
from tests.wallserver.gateway.pictures import Camera
from wallserver.gateway.confirmation import RIGHTS_CHANGED
from wallserver.gateway.hls import answers, server, stream, streams


async def test_a_client_follows_the_live_edge_part_by_part(broadcast: Broadcast) -> None:
    variants = await broadcast.get(broadcast.index)
    assert variants.status == 200
    assert variants.content_type == "application/vnd.apple.mpegurl"
    assert (await variants.text()).splitlines()[-1] == "video.m3u8"
    watch = Watch()
    playlist = watch.see(await broadcast.playlist())
    for _ in range(10):
        newest = playlist.all[-1]
        sequence, part = newest.sequence, len(newest.parts)
        if newest.uri:
            sequence, part = newest.sequence + 1, 0
        hinted = asyncio.create_task(broadcast.get(broadcast.beside(playlist.hint)))
        playlist = watch.see(await broadcast.playlist(f"?_HLS_msn={sequence}&_HLS_part={part}"))
        answer = await hinted
        assert answer.status == 200
        assert answer.content_type == "video/mp4"
        assert (await answer.read())[4:8] == b"moof"
    segment = next((one for one in playlist.segments if one.parts), None)
    assert segment is not None
    whole = await (await broadcast.get(broadcast.beside(segment.uri))).read()
    parts = [await (await broadcast.get(broadcast.beside(part.uri))).read() for part in segment.parts]
    assert whole == b"".join(parts)
    init = await broadcast.get(broadcast.beside(segment.map))
    assert (await init.read())[4:8] == b"ftyp"


async def test_a_whole_segment_is_waited_for(broadcast: Broadcast) -> None:
    playlist = read(await broadcast.playlist())
    wanted = playlist.all[-1].sequence
    later = read(await broadcast.playlist(f"?_HLS_msn={wanted}"))
    assert later.segments[-1].sequence == wanted


async def test_headers_are_those_of_the_draft_and_of_caches(broadcast: Broadcast) -> None:
    text = await broadcast.playlist()
    playlist = read(text)
    for url, age in ((broadcast.index, 1), (broadcast.media, 1), (broadcast.beside(playlist.all[-1].map), 10)):
        plain = await broadcast.get(url, headers={"Accept-Encoding": "identity"})
        assert plain.headers["Cache-Control"] == f"max-age={age}"
        assert plain.headers["Access-Control-Allow-Origin"] == "*"
        assert int(plain.headers["Content-Length"]) == len(await plain.read())
        head = await broadcast.http.head(url, headers={"Accept-Encoding": "identity"})
        assert head.status == 200
        assert int(head.headers["Content-Length"]) > 0
        assert await head.read() == b""
    init = broadcast.beside(playlist.all[-1].map)
    etag = (await broadcast.get(init)).headers["ETag"]
    assert (await broadcast.get(init, headers={"If-None-Match": etag})).status == 304
    preflight = await broadcast.http.options(broadcast.media)
    assert preflight.status == 204
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    posted = await broadcast.http.post(broadcast.media, data=b"x")
    assert posted.status == 405
    assert posted.headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_playlists_are_packed_for_those_who_take_it(broadcast: Broadcast) -> None:
    await broadcast.get(broadcast.index)
    answer = await _raw(broadcast, broadcast.media)
    assert answer.startswith(b"HTTP/1.1 200")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert b"Vary: Accept-Encoding" in head
    read(gzip.decompress(body).decode())


async def _raw(broadcast: Broadcast, url: str) -> bytes:
    host, port, path = re.fullmatch(r"http://([^:/]+):(\d+)(/.*)", url).groups()  # type: ignore[union-attr]
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


DIRECTIVES = {
    "?_HLS_part=0": 400,
    "?_HLS_msn=x": 400,
    "?_HLS_msn=-1": 400,
    "?_HLS_msn=": 400,
    "?_HLS_msn=99999999999": 400,
    "?_HLS_msn=1000": 400,
    "?_HLS_msn=0&_HLS_part=x": 400,
    "?_HLS_msn=0": 200,
    "?_HLS_msn=0&_HLS_part=3": 200,
    "?_HLS_skip=YES": 200,
    "?other=1": 200,
}


async def test_directives(broadcast: Broadcast) -> None:
    await eventually(lambda: _has_segments(broadcast))
    assert {query: (await broadcast.get(broadcast.media + query)).status for query in DIRECTIVES} == DIRECTIVES


async def _has_segments(broadcast: Broadcast) -> bool:
    return bool(read(await broadcast.playlist()).segments)


async def test_addresses_that_are_none(broadcast: Broadcast) -> None:
    await broadcast.get(broadcast.index)
    base = broadcast.index.rsplit("/live/", 1)[0]
    other = "0" * 32
    folder = broadcast.index.split("/")[-2]
    stream_id = broadcast.index.split("/")[-3]
    for path in (
        "/", "/live/", f"/live/{other}/{folder}/video.m3u8", f"/live/{stream_id}/{other}/video.m3u8",
        f"/live/{stream_id}/{folder}/none", f"/live/{stream_id}/init.9.mp4", f"/live/{stream_id}/0-{other[:16]}.0.m4s",
        f"/live/{stream_id}/../../etc/passwd", f"/live/{stream_id}/init.{'1' * 70}.mp4", "/live/%00", "/%2e%2e/",
    ):  # fmt: skip
        answer = await broadcast.get(base + path)
        assert answer.status == 404, path
        assert answer.headers["Cache-Control"] == "no-store"


async def test_garbage_is_answered_or_hung_up_on_and_harms_nobody(broadcast: Broadcast) -> None:
    host, port = re.fullmatch(r"http://([^:/]+):(\d+)/.*", broadcast.index).groups()  # type: ignore[union-attr]
    for garbage in (
        b"\x16\x03\x01\x02\x00\x01" * 100,
        b"GET " + b"a" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 9999,
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(garbage + b"\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(20_000), PATIENCE_S)
        assert not answer or b" 400 " in answer.splitlines()[0] or b" 404 " in answer.splitlines()[0]
        writer.close()
    assert (await broadcast.get(broadcast.index)).status == 200


async def test_what_does_not_come_in_time_is_503(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "WAIT_TARGETS", 0.1)
    index = await opened(house, "cam.none.main")
    made = Broadcast(house, None, None, index)  # type: ignore[arg-type]
    answer = await _raw(made, made.index)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"Retry-After" in answer


async def test_a_camera_that_stops_leaves_its_playlist_and_ends_the_wait(
    broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await broadcast.playlist()
    await broadcast.studio.pause()
    monkeypatch.setattr(answers, "WAIT_TARGETS", 0.2)
    playlist = read(await broadcast.playlist())
    newest = playlist.all[-1].sequence
    assert (await broadcast.get(f"{broadcast.media}?_HLS_msn={newest + 1}")).status == 503
    assert read(await broadcast.playlist()).sequence == playlist.sequence
    broadcast.studio.run()
    monkeypatch.setattr(answers, "WAIT_TARGETS", 3)
    await broadcast.playlist(f"?_HLS_msn={newest + 1}")


async def test_no_more_than_so_many_wait(broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch) -> None:
    playlist = read(await broadcast.playlist())
    monkeypatch.setattr(stream, "MAX_WAITING", 3)
    url = f"{broadcast.media}?_HLS_msn={playlist.all[-1].sequence + 1}"
    statuses = [answer.status for answer in await asyncio.gather(*(broadcast.get(url) for _ in range(6)))]
    assert sorted(statuses) == [200] * 3 + [503] * 3


async def test_no_more_than_so_many_streams(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_STREAMS", 2)
    for name in ("cam.a.main", "cam.b.main"):
        await opened(house, name)
    refused = await house.ask("hls", stream="cam.c.main", asked="cam.c.main", viewer="token:1", target_s=2)
    assert refused["error"]["code"] == 503
    assert await opened(house, "cam.a.main")


async def test_a_viewer_has_one_folder_of_a_stream_and_another_viewer_another(broadcast: Broadcast) -> None:
    again = await opened(broadcast.house)
    other = await opened(broadcast.house, viewer="token:2")
    assert again == broadcast.index
    assert other != again
    assert other.split("/")[-3] == again.split("/")[-3]
    first, second = await broadcast.playlist(), await (await broadcast.get(other.replace("index", "video"))).text()
    assert read(first).all[0].map == read(second).all[0].map


async def test_who_loses_the_right_loses_the_playlist(broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch) -> None:
    other = await opened(broadcast.house, viewer="token:2")
    gate = broadcast.index.replace("index.m3u8", "gate")
    assert (await broadcast.get(gate)).status == 204
    assert (await broadcast.get(other)).status == 200
    # token:2 is not among those that control confirms.
    await eventually(lambda: _is_gone(broadcast, other))
    assert (await broadcast.get(gate)).status == 204
    assert (await broadcast.get(broadcast.index)).status == 200
    assert broadcast.asked[0]["watched"][0] == ["token:1", STREAM, [STREAM]]
    broadcast.allowed.clear()
    await eventually(lambda: _is_gone(broadcast, broadcast.index))
    assert (await broadcast.get(gate)).status == 403


async def _is_gone(broadcast: Broadcast, url: str) -> bool:
    return (await broadcast.get(url)).status == 404


async def test_what_nobody_fetches_just_now_ends_with_the_right_too(
    when_told: None, broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _pause_the_first(broadcast, monkeypatch)
    broadcast.allowed = {"token:2"}
    await broadcast.house.control.tell(RIGHTS_CHANGED, {})
    await eventually(lambda: broadcast.house.figures_of("hls_viewers", 1))


async def test_what_nobody_fetches_any_more_ends_however_often_rights_change(
    when_told: None, broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, other = await _pause_the_first(broadcast, monkeypatch)
    monkeypatch.setattr(stream, "FOLDER_S", 2000.0)
    broadcast.allowed = {"token:1", "token:2"}
    await broadcast.house.control.tell(RIGHTS_CHANGED, {})
    await eventually(lambda: broadcast.asked)
    assert {viewer for viewer, _, _ in broadcast.asked[-1]["watched"]} == broadcast.allowed
    assert (await broadcast.get(other)).status == 200
    later.ahead += 900
    await eventually(lambda: broadcast.house.figures_of("hls_viewers", 1))
    assert (await broadcast.get(other)).status == 200


async def _pause_the_first(broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch) -> tuple[Later, str]:
    """The first viewer fetches nothing for longer than a stream is kept for, while another one does: its address."""
    monkeypatch.setattr(streams, "IDLE_S", 1000.0)
    monkeypatch.setattr(stream, "FOLDER_S", 1_000_000.0)
    later, other = Later(), await opened(broadcast.house, viewer="token:2")
    for module in (stream, streams):
        monkeypatch.setattr(module, "time", later)
    for _ in range(2):
        later.ahead += 600
        assert (await broadcast.get(other)).status == 200
    await eventually(lambda: broadcast.house.figures_of("hls_viewers", 2))
    return later, other


async def test_without_control_a_folder_ends_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "time", later := Later())
    (await house.studio(Camera(STREAM))).run()
    made = Broadcast(house, None, None, await opened(house))  # type: ignore[arg-type]
    assert (await _raw(made, made.index)).startswith(b"HTTP/1.1 200")
    later.ahead = stream.FOLDER_S + 1

    async def ended() -> bool:
        return (await _raw(made, made.index)).startswith(b"HTTP/1.1 404")

    await eventually(ended)


async def test_demand_lasts_while_somebody_asks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "IDLE_S", 1000.0)
    monkeypatch.setattr(streams, "time", later := Later())
    (await house.studio(Camera(STREAM))).run()
    made = Broadcast(house, None, None, await opened(house))  # type: ignore[arg-type]
    await eventually(lambda: house.demanded({STREAM}))
    for _ in range(2):
        later.ahead += 600
        assert (await _raw(made, made.media)).startswith(b"HTTP/1.1 200")
    asked = later.asked
    await eventually(lambda: later.asked > asked + 1)  # whether to give it up
    assert await house.demanded({STREAM})
    later.ahead += 1001
    await eventually(lambda: house.demanded(set()))
    await eventually(lambda: house.figures_of("hls_streams", 0))
    assert (await _raw(made, made.media)).startswith(b"HTTP/1.1 404")
    assert await opened(house) != made.index


async def test_the_cached_gop_is_shown_at_once(house: House) -> None:
    studio = await house.studio(Camera(STREAM))
    await studio.publish(studio.camera.gop(20))
    made = Broadcast(house, None, None, await opened(house))  # type: ignore[arg-type]
    assert (await _raw(made, made.index)).startswith(b"HTTP/1.1 200")  # though no more of them come


async def test_nothing_names_a_camera(broadcast: Broadcast) -> None:
    texts = [await (await broadcast.get(broadcast.index)).text(), await broadcast.playlist()]
    assert not any("lorong" in text for text in texts)
    assert "lorong" not in broadcast.index


async def test_who_does_not_read_is_hung_up_on(broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SEND_S", 0.5)
    await eventually(lambda: _has_segments(broadcast))
    part = broadcast.beside(read(await broadcast.playlist()).segments[0].uri)
    host, port, path = re.fullmatch(r"http://([^:/]+):(\d+)(/.*)", part).groups()  # type: ignore[union-attr]
    size = len(await (await broadcast.get(part)).read())
    asked = 1 + 20_000_000 // size
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * asked)
    await eventually(lambda: _is_hung_up(writer.get_extra_info("socket")))
    got = 0
    with contextlib.suppress(ConnectionError):
        while more := await asyncio.wait_for(reader.read(1 << 20), PATIENCE_S):
            got += len(more)
    writer.close()
    assert got < asked * size
    assert (await broadcast.get(broadcast.index)).status == 200


def _is_hung_up(connection: socket.socket) -> bool:
    """Whether the other side has ended a connection of which we read nothing."""
    watched = select.poll()
    watched.register(connection, select.POLLRDHUP)
    return bool(watched.poll(0))


@pytest.mark.usefixtures("viewers_on_loopback")
async def test_one_address_has_no_more_than_half_of_the_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 8)
    async with running_house(tmp_path) as house:
        host, port = re.fullmatch(r"http://([^:/]+):(\d+)/.*", await opened(house)).groups()  # type: ignore[union-attr]
        kept = [await asyncio.open_connection(host, port) for _ in range(4)]
        reader, writer = await asyncio.open_connection(host, port)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(1), PATIENCE_S) == b""
        writer.close()
        kept.pop()[1].close()

        async def answered() -> bool:
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                return (await asyncio.wait_for(reader.read(12), PATIENCE_S)).startswith(b"HTTP/1.1 404")
            except ConnectionError:
                return False
            finally:
                writer.close()

        await eventually(answered)
        for _, writer in kept:
            writer.close()


async def test_what_an_era_ended_is_had_by_nobody_neither_by_hls_nor_by_a_newcomer(house: House) -> None:
    """A mosaic one of whose cameras was masked: HLS keeps the gateway's reader, and so its GOP, for whoever comes."""
    studio = await house.studio(Camera("mosaic.hall", cameras=("a", "b")))
    studio.run()
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        made = Broadcast(house, studio, http, await opened(house, "mosaic.hall"))

        async def begun() -> bool:
            return bool(read(await made.playlist()).segments)

        await eventually(begun)
        before = read(await made.playlist())
        uris = [one.uri for one in before.segments] + [part.uri for one in before.all for part in one.parts]
        assert {(await made.get(made.beside(uri))).status for uri in uris} == {200}
        await studio.pause()
        studio.camera.era = 2
        await studio.publish([unit := studio.camera.unit()])  # and the era's first keyframe is lost on its way

        async def gone() -> bool:
            return {(await made.get(made.beside(uri))).status for uri in uris} == {404}

        await eventually(gone)
        async with connected(house, ["mosaic.hall"]) as (viewer, _):
            studio.run()
            await eventually(lambda: len(viewer.videos[0].numbers) > 3)
            assert viewer.videos[0].numbers[0] > unit.sequence
        after = read(await made.playlist())
        assert after.sequence > before.all[-1].sequence
        assert after.segments[0].discontinuity
        listed = {one.uri for one in after.segments} | {part.uri for one in after.all for part in one.parts}
        assert not listed & set(uris)
