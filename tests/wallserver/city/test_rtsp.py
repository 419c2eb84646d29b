"""The city's cameras over RTSP, pulled by clients that nobody here wrote: FFmpeg (PyAV) and GStreamer."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import av
import pytest

from tests.support.debian import require
from tests.support.waiting import eventually
from tests.wallserver.city.served import PASSWORD, USER, Seen, Served, camera_at_its_seam, served, watch
from wallserver.city.clock import CLIP_PICTURES, TICKS_PER_PICTURE, age_s
from wallserver.city.names import CityCamera, city_cameras

CAMERA = city_cameras(1)[0]
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
    async with served(clips, camera) as city:
        pictures = await pull(city, f"{camera.id}/sub", 110)
    numbers = [picture.code[1] for picture in pictures if picture.code]
    assert len(numbers) == 110
    seam = numbers.index(0)
    assert numbers[seam - 1] == CLIP_PICTURES - 1
    steps = {later.timestamp - earlier.timestamp for earlier, later in zip(pictures, pictures[1:], strict=False)}
    assert steps == {TICKS_PER_PICTURE}


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
        answer = await ask(city, "SETUP", "Transport: RTP/AVP;unicast;client_port=5000-5001")
        assert answer.startswith("RTSP/1.0 401 ")  # nothing is said to strangers
        challenge = dict(part.strip().split("=", 1) for part in answer.split("Digest ")[1].split("\r\n")[0].split(","))
        assert set(challenge) == {"realm", "nonce"}
        with pytest.raises(av.error.FFmpegError):
            await asyncio.to_thread(watch, city.url("cam-001/sub"), 1, rtsp_transport="udp")


async def test_nonsense_ends_the_connection_and_nothing_else(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        for nonsense in (b"\r\n\r\n", b"GET\r\n\r\n", b"$", b"OPTIONS * RTSP/1.0\r\nContent-Length: x\r\n\r\n", b"x" * 9999):
            reader, writer = await asyncio.open_connection("127.0.0.1", city.port)
            writer.write(nonsense)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
        assert len(await pull(city, "cam-001/sub", 3)) == 3


async def ask(city: Served, method: str, *headers: str) -> str:
    """One request and its answer, as they stand on the wire."""
    reader, writer = await asyncio.open_connection("127.0.0.1", city.port)
    url = f"rtsp://127.0.0.1:{city.port}/cam-001/sub/trackID=0"
    writer.write("\r\n".join([f"{method} {url} RTSP/1.0", "CSeq: 3", *headers, "", ""]).encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    await writer.wait_closed()
    assert "CSeq: 3\r\n" in answer
    return answer


async def test_a_client_that_does_not_read_loses_whole_gops_and_nobody_else_does(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        track = city.city.track("cam-001/main")
        assert track is not None
        script = "import av,sys; c=av.open(sys.argv[1],options={'rtsp_transport':'tcp'}); print('open',flush=True); sys.stdin.read()"
        lazy = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, city.url("cam-001/main"), stdin=-1, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert lazy.stdout is not None
            await lazy.stdout.readline()
            pictures = await pull(city, "cam-001/main", 30)
            assert len({picture.code for picture in pictures}) == 30
        finally:
            lazy.kill()
            await lazy.wait()
        await eventually(lambda: not track.clients)


async def test_gstreamer_gets_the_same_pictures(clips: Path) -> None:
    gst = Path(__file__).with_name("gst_client.py")
    require(lambda: gst_works(gst), "python3-gi gir1.2-gstreamer-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad")
    async with served(clips, CAMERA) as city:
        process = await asyncio.create_subprocess_exec(
            "/usr/bin/python3", str(gst), city.url("cam-001/sub"), USER, PASSWORD, "20", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    stamps = [int(line) for line in out.split()]
    assert len(stamps) == 20
    # GStreamer's jitter buffer follows our clock to the microsecond or so: 66.667 ms each.
    assert all(60e6 < later - earlier < 73e6 for earlier, later in zip(stamps, stamps[1:], strict=False))


def gst_works(script: Path) -> bool:
    import subprocess

    try:
        return subprocess.run(["/usr/bin/python3", str(script)], check=False, timeout=10, capture_output=True).returncode == 0
    except OSError:
        return False


async def test_kill_pause_freeze_resume(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        track = city.city.track("cam-001/sub")
        assert track is not None
        before = await pull(city, "cam-001/sub", 1)

        assert await city.city.switch("cam-001", "freeze")
        frozen = await pull(city, "cam-001/sub", 10)
        assert {picture.code for picture in frozen} == {frozen[0].code}
        assert len({picture.timestamp for picture in frozen}) == 10, "pictures go on coming"

        assert await city.city.switch("cam-001", "kill")
        with pytest.raises((av.error.FFmpegError, OSError)):
            await pull(city, "cam-001/sub", 1)

        assert await city.city.switch("cam-001", "resume")
        after = await pull(city, "cam-001/sub", 5)
        assert len({picture.code for picture in after}) == 5
        assert before[0].code != after[0].code
        assert age_s(CAMERA.number, (after[-1].code or (0, 0))[1], time.time()) < 1


async def test_paused_the_connection_stays_and_no_picture_comes(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        track = city.city.track("cam-001/sub")
        assert track is not None
        pulling = asyncio.create_task(pull(city, "cam-001/sub", 60))
        await eventually(lambda: track.clients)
        assert await city.city.switch("cam-001", "pause")
        (client,) = track.clients
        sent = client.packets
        await eventually(lambda: time.time_ns() > due_after_pause, within=3) if (
            due_after_pause := time.time_ns() + 500_000_000
        ) else None
        assert client.packets == sent
        assert client in track.clients
        assert await city.city.switch("cam-001", "resume")
        assert len(await asyncio.wait_for(pulling, 20)) == 60


async def test_an_unknown_camera_or_action_is_told(clips: Path) -> None:
    async with served(clips, CAMERA) as city:
        assert not await city.city.switch("cam-999", "kill")
        assert not await city.city.switch("cam-001", "explode")
