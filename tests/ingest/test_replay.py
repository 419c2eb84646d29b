"""Instant replay as a whole: a real puller, a real camera, a real bus, real files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ingest import causes, replay
from ingest.access_unit import AccessUnit
from ingest.bus import Bus
from ingest.camera_state import State
from ingest.demand import DemandLease
from ingest.envelope import pack
from ingest.errors import BusError
from ingest.puller import run_puller
from ingest.replay_settings import Keeping
from ingest.stream_reader import StreamReader
from tests.ingest.test_puller import STREAM, a_control, demand, state
from tests.support.gst_cameras import GstCameras
from tests.support.nats import BusServer
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.gst
MEGABYTE = 1 << 20


@contextlib.asynccontextmanager
async def keeping(server: BusServer, folder: Path, worker: str = "puller-1") -> AsyncIterator[asyncio.Event]:
    """A puller that keeps what it pulls; it must leave in time."""
    stop = asyncio.Event()
    kept = Keeping(folder, 30, 64 * MEGABYTE)
    task = asyncio.create_task(run_puller(server.address("puller"), worker, stop, kept))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE_S)


class Viewer:
    """What a gateway and control see of replays."""

    def __init__(self, control: Bus, gateway: Bus) -> None:
        self.control = control
        self.gateway = gateway
        self.demand = DemandLease(gateway)
        self.ended: dict[str, str] = {}

    async def ask(self, **what: Any) -> dict[str, Any]:
        return await self.control.request(f"req.replay.{STREAM}", what, 2)

    async def kept_s(self) -> float:
        """How much there is, 0 where nobody answers."""
        try:
            answer = await self.ask(look=True)
        except BusError:
            return 0.0
        return (answer["until_ms"] - answer["from_ms"]) / 1000 if "error" not in answer else 0.0

    async def keeps(self, seconds: float) -> bool:
        return await self.kept_s() >= seconds

    async def heard(self, subject: str, event: dict[str, Any]) -> dict[str, Any]:
        self.ended[subject.removeprefix("evt.replay.")] = event["cause_en"]
        return {}

    def watch(self, *streams: str) -> list[StreamReader]:
        readers = [self.gateway.subscribe(stream, max_units=2000) for stream in streams]
        self.demand.set(streams)
        return readers


async def a_viewer(server: BusServer, cameras: GstCameras) -> Viewer:
    control = await a_control(server, lambda _: {"url": cameras.url("/h264")})
    viewer = Viewer(control, await server.connect("gateway"))
    await control.serve("evt.replay.*", viewer.heard)
    await demand(control, STREAM)
    return viewer


async def units_of(reader: StreamReader) -> list[AccessUnit]:
    """All that comes until it is closed."""
    return [au async for au in reader]


async def test_what_was_seen_live_is_played_again_at_its_pace_to_its_end(
    bus_server: BusServer, cameras: GstCameras, tmp_path: Path
) -> None:
    viewer = await a_viewer(bus_server, cameras)
    clock = asyncio.get_running_loop().time
    async with keeping(bus_server, tmp_path / "replay"):
        live = viewer.gateway.subscribe(STREAM, max_units=2000)
        seen = asyncio.create_task(units_of(live))
        await eventually(lambda: viewer.keeps(4))
        begun = await viewer.ask()
        (reader,) = viewer.watch(begun["stream"])
        first = await asyncio.wait_for(reader.next(), PATIENCE_S)
        began = clock()
        played = asyncio.create_task(units_of(reader))
        await eventually(lambda: begun["id"] in viewer.ended)
        took_s = clock() - began
        await reader.close()
        await live.close()
        assert viewer.ended[begun["id"]] == causes.REPLAY_ENDED.english
        units = [first, *await played]
        published = {au.sequence: au for au in await seen}
    assert units[0].keyframe
    assert units[0].arrived_wall_ns // 10**6 == begun["from_ms"]
    assert units[-1].arrived_wall_ns // 10**6 == begun["until_ms"]
    assert [au.sequence for au in units] == list(range(units[0].sequence, units[0].sequence + len(units)))
    # What was published at its time is what is played, to the byte; the live reader may have come later than the ring.
    assert sum(au.sequence in published for au in units) > 60
    assert all(pack(au) == pack(published[au.sequence]) for au in units if au.sequence in published)
    span_s = (begun["until_ms"] - begun["from_ms"]) / 1000
    assert span_s - 0.5 < took_s < span_s + 1.5


async def test_who_comes_late_begins_with_a_keyframe_and_without_viewers_it_ends(
    bus_server: BusServer, cameras: GstCameras, tmp_path: Path
) -> None:
    viewer = await a_viewer(bus_server, cameras)
    async with keeping(bus_server, tmp_path):
        await eventually(lambda: viewer.keeps(4))
        begun = await viewer.ask()
        (reader,) = viewer.watch(begun["stream"])
        for _ in range(20):
            await asyncio.wait_for(reader.next(), PATIENCE_S)
        late = viewer.gateway.subscribe(begun["stream"])
        first = await asyncio.wait_for(late.next(), PATIENCE_S)
        assert first.keyframe
        await late.close()
        viewer.watch()
        await eventually(lambda: viewer.ended.get(begun["id"]) == causes.REPLAY_UNWATCHED.english)
        await reader.close()


async def test_replays_are_few_and_a_wrong_question_is_answered_in_words(
    bus_server: BusServer, cameras: GstCameras, tmp_path: Path
) -> None:
    viewer = await a_viewer(bus_server, cameras)
    async with keeping(bus_server, tmp_path):
        await eventually(lambda: viewer.keeps(1))
        assert "whole number" in (await viewer.ask(from_ms="now"))["error"]
        begun = [await viewer.ask() for _ in range(replay.MOST_REPLAYS)]
        assert len({one["id"] for one in begun}) == replay.MOST_REPLAYS
        assert "replays run here already" in (await viewer.ask())["error"]


async def test_when_another_puller_has_the_camera_the_replay_ends_in_words(
    bus_server: BusServer, cameras: GstCameras, tmp_path: Path
) -> None:
    viewer = await a_viewer(bus_server, cameras)
    async with keeping(bus_server, tmp_path, "puller-1") as stop_first:
        await eventually(lambda: viewer.keeps(4))
        begun = await viewer.ask()
        (reader,) = viewer.watch(begun["stream"])
        await asyncio.wait_for(reader.next(), PATIENCE_S)
        async with keeping(bus_server, tmp_path, "puller-2"):
            stop_first.set()
            await eventually(lambda: begun["id"] in viewer.ended)
            assert viewer.ended[begun["id"]] == causes.REPLAY_LOST.english
            await eventually(lambda: viewer.keeps(0.1))
            assert (await viewer.ask(look=True))["from_ms"] > begun["until_ms"]
        await reader.close()


PROCESS = """
import resource, sys
from functools import partial
from pathlib import Path
from ingest.bus import BusAddress
from ingest.puller import run_puller
from ingest.replay_settings import Keeping
from ingest.worker import run_worker
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), hard))
kept = Keeping(Path(sys.argv[2]), 30, 64 << 20)
run_worker(partial(run_puller, BusAddress.from_file(Path(sys.argv[1])), "puller-1", keeping=kept))
"""


@contextlib.asynccontextmanager
async def keeping_process(
    server: BusServer, folder: Path, log: Path, most_bytes: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A puller in a process of its own, whose files may have `most_bytes`."""
    arguments = [str(server.files["puller"]), str(folder), str(most_bytes)]
    with log.open("wb", buffering=0) as said:
        read_end, write_end = os.pipe()  # its log is no file, or the limit would be met there
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROCESS, *arguments, stderr=write_end)
        os.close(write_end)
        copying = asyncio.create_task(asyncio.to_thread(lambda: [said.write(part) for part in _parts(read_end)]))
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await copying
            os.close(read_end)


def _parts(descriptor: int) -> Any:
    while part := os.read(descriptor, 65536):
        yield part


async def test_a_full_disk_stops_no_camera_and_with_room_again_it_is_kept_again(
    bus_server: BusServer, cameras: GstCameras, tmp_path: Path
) -> None:
    viewer = await a_viewer(bus_server, cameras)
    log = tmp_path / "log"
    async with keeping_process(bus_server, tmp_path / "replay", log, 1000) as process:
        await eventually(lambda: "replay is not kept" in log.read_text())
        reader = viewer.gateway.subscribe(STREAM)
        # Who joins gets what there is of the GOP, and then the next one whole.
        await asyncio.wait_for(reader.next(), PATIENCE_S)
        while not (await asyncio.wait_for(reader.next(), PATIENCE_S)).keyframe:
            pass
        numbers = [(await asyncio.wait_for(reader.next(), PATIENCE_S)).sequence for _ in range(60)]
        assert numbers == list(range(numbers[0], numbers[0] + 60))
        await reader.close()
        await state(viewer.control, State.LIVE)
        assert "nothing is kept" in (await viewer.ask(look=True))["error"]
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        psutil.Process(process.pid).rlimit(psutil.RLIMIT_FSIZE, unlimited)
        await eventually(lambda: "replay is kept again" in log.read_text())
        assert log.read_text().count("replay is not kept") == 1
        assert await viewer.kept_s() > 0


async def test_its_file_has_no_name_and_goes_with_a_process_that_is_killed(
    bus_server: BusServer, cameras: GstCameras, tmp_path: Path
) -> None:
    viewer = await a_viewer(bus_server, cameras)
    folder = tmp_path / "replay"
    async with keeping_process(bus_server, folder, tmp_path / "log", resource.RLIM_INFINITY) as process:
        descriptors = Path(f"/proc/{process.pid}/fd")

        def files() -> list[Path]:
            return [one for one in descriptors.iterdir() if str(one.readlink()).startswith(str(folder))]

        await eventually(lambda: viewer.keeps(3))
        (file,) = await eventually(files)
        assert str(file.readlink()).endswith("(deleted)")
        assert await eventually(lambda: file.stat().st_size) > 0
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.stat().st_nlink == 0
        assert folder.stat().st_mode & 0o777 == 0o700
        assert list(folder.iterdir()) == []
        process.kill()
        await process.wait()
        assert list(folder.iterdir()) == []
