"""FFmpeg in its own process: what it answers, and what its death costs."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
import uvloop

from ingest import annexb
from ingest.access_unit import Codec
from ingest.ffmpeg import PROBATION, Ffmpeg
from ingest.ffmpeg_wire import unpack_demuxed
from ingest.hls.demux import demux
from ingest.hls.errors import CodecError, MediaError
from tests.support.bitstreams import keyframe
from tests.support.hls_server import mp4_segments, ts_segment
from tests.support.waiting import eventually


def child() -> psutil.Process:
    """The process that is there."""
    (found,) = psutil.Process().children()
    return found


@pytest.mark.parametrize("codec", list(Codec))
async def test_it_says_whether_a_keyframe_decodes(ffmpeg: Ffmpeg, codec: Codec) -> None:
    assert await ffmpeg.decodes("a", codec, keyframe(codec))
    assert not await ffmpeg.decodes("a", codec, annexb.join([b"\x65" + b"\xff" * 50]))
    assert await ffmpeg.decodes("a", codec, keyframe(codec))


async def test_it_takes_segments_apart_as_next_to_us(ffmpeg: Ffmpeg) -> None:
    init, segments = mp4_segments()
    for segment in (ts_segment(2), init + segments[2]):
        assert await ffmpeg.demux("a", segment) == demux(segment)
    with pytest.raises(MediaError, match="no video segment"):
        await ffmpeg.demux("a", b"<html>")


async def test_many_ask_at_once(ffmpeg: Ffmpeg) -> None:
    good, bad = keyframe(Codec.H264), b"\0\0\1\x65" + b"\xff" * 50
    asked = [ffmpeg.decodes(f"{number}", Codec.H264, bad if number % 3 else good) for number in range(30)]
    assert await asyncio.gather(*asked) == [not number % 3 for number in range(30)]
    assert child()


async def test_a_death_costs_the_one_in_hand_an_attempt_and_the_others_nothing(ffmpeg: Ffmpeg) -> None:
    good = keyframe(Codec.H264)
    assert await ffmpeg.decodes("a", Codec.H264, good)
    first = child()
    first.suspend()
    fatal = asyncio.create_task(ffmpeg.decodes("fatal", Codec.H264, good))
    await asyncio.sleep(0)  # it is its turn
    others = [asyncio.create_task(ffmpeg.decodes(f"{number}", Codec.H264, good)) for number in range(5)]
    await asyncio.sleep(0)
    os.kill(first.pid, signal.SIGSEGV)
    first.resume()
    assert not await fatal
    assert await asyncio.gather(*others) == [True] * 5
    shared = child()
    # From now on alone: with a process of its own, beside which the others' goes on.
    assert ffmpeg._suspects == {"fatal": 1}
    assert await ffmpeg.decodes("fatal", Codec.H264, good)
    assert child() == shared
    assert ffmpeg._suspects == {}, "it went well: it was another's fault"


async def test_who_kills_twice_stays_alone_for_long(ffmpeg: Ffmpeg) -> None:
    good = keyframe(Codec.H264)
    assert await ffmpeg.decodes("a", Codec.H264, good)
    shared = child()
    shared.suspend()
    fatal = asyncio.create_task(ffmpeg.decodes("fatal", Codec.H264, good))
    await asyncio.sleep(0)
    shared.kill()
    assert not await fatal
    alone = asyncio.create_task(ffmpeg.decodes("fatal", Codec.H264, good))
    await eventually(lambda: bool(psutil.Process().children()))
    child().kill()
    assert not await alone
    assert await ffmpeg.decodes("fatal", Codec.H264, good)
    assert ffmpeg._suspects == {"fatal": PROBATION - 1}
    assert psutil.Process().children() == [], "its process ends with each answer, and nobody else had one since"


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_one_that_dies_while_nobody_asks_it_is_started_again(
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """Pullers run on uvloop, where writing to the dead raises another error."""

    async def after_suspects() -> None:
        good = keyframe(Codec.H264)
        async with aclosing(Ffmpeg()) as ffmpeg:
            assert await ffmpeg.decodes("a", Codec.H264, good)
            child().kill()
            await eventually(
                lambda: ffmpeg._shared._running is None or ffmpeg._shared._running.process.poll() is not None
            )
            assert await ffmpeg.decodes("a", Codec.H264, good)
            assert ffmpeg._suspects == {}, "nobody's fault"
            # Its socket may be closed before it is known to be dead.
            assert ffmpeg._shared._running is not None
            ffmpeg._shared._running.writer.transport.abort()
            assert not await ffmpeg.decodes("b", Codec.H264, good)
            assert await ffmpeg.decodes("b", Codec.H264, good)
            assert await ffmpeg.decodes("a", Codec.H264, good)

    asyncio.run(after_suspects(), loop_factory=loop_factory)


def test_it_is_started_whatever_other_threads_hold() -> None:
    """Python cleared their thread-locals between fork and exec: of a scaler with threads of its own it had to wait for
    these, which are not there after a fork, and the judge stood still for good."""

    async def with_a_scaler_in_a_thread() -> None:
        def scale() -> None:
            frame = av.VideoFrame.from_ndarray(np.zeros((1080, 1920, 3), np.uint8), format="bgr24")
            frame.reformat(640, 360, "yuv420p", threads=4)

        with ThreadPoolExecutor(1) as threads:
            await asyncio.wrap_future(threads.submit(scale))  # and the thread lives on
            async with aclosing(Ffmpeg()) as ffmpeg:
                assert await ffmpeg.decodes("a", Codec.H264, keyframe(Codec.H264))

    uvloop.run(with_a_scaler_in_a_thread())


async def test_one_that_hangs_is_killed(ffmpeg: Ffmpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    good = keyframe(Codec.H264)
    assert await ffmpeg.decodes("a", Codec.H264, good)
    hung = child()
    hung.suspend()
    monkeypatch.setattr("ingest.ffmpeg.PATIENCE_S", 0.3)
    with pytest.raises(MediaError, match="died"):
        await ffmpeg.demux("a", ts_segment(0))
    await eventually(lambda: not hung.is_running())


async def test_who_asked_may_be_gone(ffmpeg: Ffmpeg) -> None:
    good = keyframe(Codec.H264)
    assert await ffmpeg.decodes("a", Codec.H264, good)
    child().suspend()
    gone = asyncio.create_task(ffmpeg.decodes("a", Codec.H264, b"\0\0\1\x65" + b"\xff" * 50))
    await asyncio.sleep(0)
    gone.cancel()
    assert await asyncio.gather(gone, return_exceptions=True)
    assert await ffmpeg.decodes("a", Codec.H264, good), "nobody gets another's answer"


async def test_it_has_neither_secrets_nor_much_memory(ffmpeg: Ffmpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLSERVER_DATABASE__URL", "postgresql://wall:rahasia@localhost/wall")
    assert await ffmpeg.decodes("a", Codec.H264, keyframe(Codec.H264))
    process = child()
    assert process.environ().keys() <= {"LC_CTYPE"}  # which Python sets
    assert process.rlimit(psutil.RLIMIT_AS)[1] == 3 << 30
    assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0)


async def test_it_has_no_network(ffmpeg: Ffmpeg) -> None:
    lets = [sys.executable, "-c", "import os; os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)"]
    if await (await asyncio.create_subprocess_exec(*lets, stderr=asyncio.subprocess.DEVNULL)).wait():
        pytest.skip("this system lets only its administrator take a network away")
    assert await ffmpeg.decodes("a", Codec.H264, keyframe(Codec.H264))
    assert Path(f"/proc/{child().pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


async def test_it_dies_with_the_puller() -> None:
    program = (
        "import asyncio\n"
        "from ingest.access_unit import Codec\n"
        "from ingest.ffmpeg import Ffmpeg\n"
        "async def main():\n"
        "    ffmpeg = Ffmpeg()\n"
        "    await ffmpeg.decodes('a', Codec.H264, b'nothing')\n"
        "    print(ffmpeg._shared._running.process.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    puller = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert puller.stdout is not None
    pid = int(await puller.stdout.readline())
    assert psutil.pid_exists(pid)
    puller.kill()
    await puller.wait()
    await eventually(lambda: not psutil.pid_exists(pid))


def test_the_puller_itself_loads_no_library_that_bytes_can_kill() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, ingest.puller; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"av", "cv2", "numpy", "sqlalchemy", "lxml", "zeep"} & set(said)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        b"[]\n",
        b'{"codec":1,"sets":[5],"pictures":[]}\nabc',
        b'{"codec":1,"sets":[-1],"pictures":[]}\nabc',
        b'{"codec":9,"sets":[],"pictures":[]}\n',
        b'{"codec":1,"sets":[],"pictures":[[1,false]]}\n',
        b'{"codec":1,"sets":["3"],"pictures":[]}\nabc',
        b'{"codec":1,"sets":[' + b"0," * 1_000_000 + b'0],"pictures":[]}\n',
    ],
)
def test_what_a_process_says_that_was_broken_into(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack_demuxed(data)


async def test_a_codec_that_is_none_of_ours(ffmpeg: Ffmpeg) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as container:
        stream = container.add_stream("mpeg2video", 25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        frame = av.VideoFrame(64, 64, "yuv420p")
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(CodecError) as caught:
        await ffmpeg.demux("a", file.getvalue())
    assert caught.value.encoding == "MPEG2VIDEO"
