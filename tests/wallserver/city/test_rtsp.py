"""The city's cameras over RTSP, pulled by clients that nobody here wrote: FFmpeg (PyAV) and GStreamer."""

from __future__ import annotations

import asyncio
import itertools
import struct
import subprocess
import time
from pathlib import Path

import av
import pytest

from tests.support.debian import require
from tests.support.waiting import eventually
from tests.wallserver.city.served import (
    PASSWORD,
    USER,
    Connection,
    Seen,
    Served,
    ask,
    camera_at_its_seam,
    served,
    steps,
    watch,
    watching,
)
from wallserver.city.clock import CLIP_PICTURES, TICKS_PER_PICTURE, age_s
from wallserver.city.names import CityCamera, city_cameras
from wallserver.city.packetise import packetise
from wallserver.city.rtsp_server import RtspServer, Track

CAMERA = city_cameras(1)[0]
NTP_1970 = 2_208_988_800
TCP = {"rtsp_transport": "tcp"}


async def pull(city: Served, path: str, count: int) -> list[Seen]:
    return await asyncio.to_thread(watch, city.url(path), count, **TCP)


def ages(camera: CityCamera, pictures: list[Seen]) -> list[float]:
    return [age_s(camera.number, picture.code[1], picture.at) for picture in pictures if picture.code]


@pytest.mark.parametrize(("quality", "size"), [("main", (1280, 720)), ("sub", (640, 360))])
async def test_every_picture_says_whose_and_how_old_it_is(clips: Path, quality: str, size: tuple[int, int]) -> None:
    async with served(clips, CAMERA) as city:
        pictures = await pull(city, f"{CAMERA.id}/{quality}", 20)
    assert {picture.size for picture in pictures} == {size}
    codes = [picture.code for picture in pictures if picture.code]
    assert len(codes) == 20
    assert {camera for camera, _ in codes} == {CAMERA.number}
    numbers = [number for _, number in codes]
    assert numbers == [(numbers[0] + place) % CLIP_PICTURES for place in range(20)]
    assert numbers[0] % 30 == 0, "a client gets a keyframe first"
    # The newest are as fresh as the road from there to here allows; a busy machine takes its time.
    assert min(ages(CAMERA, pictures)) < 0.2


async def test_timestamps_run_on_over_the_seam(clips: Path) -> None:
    camera = camera_at_its_seam(within_s=(4.0, 6.3))

    def until_the_second_picture(url: str) -> list[Seen]:
        pictures: list[Seen] = []
        for picture in watching(url, 450, **TCP):
            pictures.append(picture)
            if picture.code == (1, 1) and len(pictures) > 9:
                break
        return pictures

    async with served(clips, camera) as city:
        pictures = await asyncio.to_thread(until_the_second_picture, city.url(f"{camera.id}/sub"))
    numbers = [picture.code[1] for picture in pictures if picture.code]
    assert numbers[-4:] == [CLIP_PICTURES - 2, CLIP_PICTURES - 1, 0, 1]
    assert set(steps(pictures)) == {TICKS_PER_PICTURE}


async def test_two_clients_see_the_same(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        first, second = await asyncio.gather(pull(city, "cam-001/sub", 15), pull(city, "cam-001/sub", 15))
    assert {picture.code for picture in first} & {picture.code for picture in second}


@pytest.mark.parametrize(
    ("path", "password", "error"),
    [
        ("cam-001/main", "wrong", av.error.HTTPUnauthorizedError),
        ("cam-001/other", PASSWORD, av.error.HTTPNotFoundError),
        ("cam-002/main", PASSWORD, av.error.HTTPNotFoundError),
    ],
)
async def test_what_is_refused(clips: Path, path: str, password: str, error: type[Exception]) -> None:
    async with served(clips, CAMERA) as city:
        with pytest.raises(error):
            await asyncio.to_thread(watch, city.url(path, password), 1, **TCP)


async def test_udp_is_refused_in_so_many_words(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        udp = "Transport: RTP/AVP;unicast;client_port=5000-5001"
        answer, connection = await ask(city.port, "SETUP", "cam-001/sub/trackID=0", udp, authorised=True)
        await connection.close()
        assert answer.startswith("RTSP/1.0 461 ")
        with pytest.raises(av.error.FFmpegError):
            await asyncio.to_thread(watch, city.url("cam-001/sub"), 1, rtsp_transport="udp")


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
async def test_nothing_without_the_password(clips: Path, method: str) -> None:
    async with served(clips, CAMERA) as city:
        for path in ("cam-001/sub", "no-such-camera/main"):
            answer, connection = await ask(city.port, method, path)
            await connection.close()
            assert answer.startswith("RTSP/1.0 401 ")
            assert "Digest" in answer
        odd = f'Authorization: Digest username="{USER}", uri="x", response="\xfc"'
        answer, connection = await ask(city.port, method, "cam-001/sub", odd)
        await connection.close()
        assert answer.startswith("RTSP/1.0 401 ")


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 200), ("GET_PARAMETER", 200), ("RECORD", 405)])
async def test_methods(clips: Path, method: str, status: int) -> None:
    async with served(clips, CAMERA) as city:
        answer, connection = await ask(city.port, method, "cam-001/sub")
        await connection.close()
    assert answer.startswith(f"RTSP/1.0 {status} ")


async def test_sender_reports_tie_the_rtp_clock_to_the_wall_clock(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        _, connection = await ask(city.port, "PLAY", "cam-001/sub", authorised=True)
        timestamp, report = None, None
        while report is None:
            packet = await asyncio.wait_for(connection.packet(), 5)
            if packet[1] == 200:
                report = packet
            else:
                timestamp = int.from_bytes(packet[4:8], "big")
        await connection.close()
    ssrc, seconds, fraction, reported = struct.unpack("!IIII", report[4:20])
    assert reported == timestamp
    assert ssrc == int.from_bytes(packet[4:8], "big")
    assert abs(seconds + fraction / 2**32 - NTP_1970 - time.time()) < 1


async def test_nonsense_ends_the_connection_and_nothing_else(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        for nonsense in (
            b"\r\n\r\n",
            b"GET\r\n\r\n",
            b"$",
            b"OPTIONS * RTSP/1.0\r\nContent-Length: x\r\n\r\n",
            b"x" * 9999,
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", city.port)
            writer.write(nonsense)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
        assert len(await pull(city, "cam-001/sub", 3)) == 3


async def test_a_client_that_does_not_read_loses_pictures_up_to_a_keyframe() -> None:
    gop, picture = 10, packetise(b"\x00\x00\x00\x01\x41" + b"x" * 60_000)
    track = Track((b"\x67abc", b"\x68"), 15)
    server = await RtspServer(lambda _: track, USER, PASSWORD).listen("127.0.0.1", 0)
    _, connection = await ask(server.sockets[0].getsockname()[1], "PLAY", "any", authorised=True)
    for number in range(400):  # 24 MB at once: more than all buffers on the way hold
        track.send(picture, number % gop == 0, number)
    received = [await picture_number(connection)]
    while received[-1] < 400:
        track.send(picture, received[-1] % gop == 0, 400 + len(received) // 100 * gop)
        received.append(await picture_number(connection))
    await connection.close()
    await eventually(lambda: not track.clients)
    server.close()
    gaps = [later for earlier, later in itertools.pairwise(received) if later > earlier + 1]
    assert received[:50] == list(range(50))
    assert gaps
    assert all(number % gop == 0 for number in gaps)


async def picture_number(connection: Connection) -> int:
    """The timestamp of the next whole picture; sender reports are passed over."""
    while True:
        packet = await asyncio.wait_for(connection.packet(), 5)
        if packet[1] & 0x80 and packet[1] != 200:
            return int.from_bytes(packet[4:8], "big")


async def test_gstreamer_gets_the_same_pictures(clips: Path) -> None:
    gst = Path(__file__).with_name("gst_client.py")
    require(
        lambda: gst_works(gst), "python3-gi gir1.2-gstreamer-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
    )
    async with served(clips, CAMERA) as city:
        process = await asyncio.create_subprocess_exec(
            "/usr/bin/python3", str(gst), city.url("cam-001/sub"), USER, PASSWORD, "20", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    stamps = [int(line) for line in out.split()]
    assert len(stamps) == 20
    # GStreamer bends timestamps to when packets arrive, which a busy machine delays: on average they are 66.7 ms apart.
    assert stamps == sorted(set(stamps))
    assert 55e6 < (stamps[-1] - stamps[0]) / 19 < 80e6


def gst_works(script: Path) -> bool:
    try:
        return (
            subprocess.run(["/usr/bin/python3", str(script)], check=False, timeout=10, capture_output=True).returncode
            == 0
        )
    except OSError:
        return False


async def test_kill_pause_freeze_resume(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        before = await pull(city, "cam-001/sub", 1)

        assert await city.city.switch("cam-001", "freeze")
        frozen = await pull(city, "cam-001/sub", 10)
        assert {picture.code for picture in frozen} == {frozen[0].code}
        assert set(steps(frozen)) == {TICKS_PER_PICTURE}, "pictures go on coming"

        assert await city.city.switch("cam-001", "kill")
        with pytest.raises((av.error.FFmpegError, OSError)):
            await pull(city, "cam-001/sub", 1)

        assert await city.city.switch("cam-001", "resume")
        after = await pull(city, "cam-001/sub", 5)
        assert len({picture.code for picture in after}) == 5
        assert before[0].code != after[0].code
        assert age_s(CAMERA.number, (after[-1].code or (0, 0))[1], time.time()) < 1


async def test_paused_the_connection_stays_and_no_picture_comes(clips: Path) -> None:
    other = CityCamera("cam-065", "beside it", "Wajo", None, "rtsp", 65)
    async with served(clips, CAMERA, other) as city:
        seen: list[Seen] = []

        def follow() -> None:
            for picture in watching(city.url("cam-001/sub"), 40, **TCP):
                seen.append(picture)  # noqa: PERF402 - looked at while it grows

        pulling = asyncio.create_task(asyncio.to_thread(follow))
        await eventually(lambda: len(seen) > 3)
        assert await city.city.switch("cam-001", "pause")
        await pull(city, "cam-065/sub", 5)
        paused = len(seen)
        await pull(city, "cam-065/sub", 10)
        assert len(seen) == paused
        assert not pulling.done()
        assert await city.city.switch("cam-001", "resume")
        await asyncio.wait_for(pulling, 20)
    assert [picture.code for picture in seen[-5:]] != [picture.code for picture in seen[:5]]


async def test_an_unknown_camera_or_action_is_told(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        assert not await city.city.switch("cam-999", "kill")
        assert not await city.city.switch("cam-001", "explode")
