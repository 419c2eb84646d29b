"""Decoder processes over a real bus: who decodes what, and what becomes of cells when one dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from ingest import decoder_process, mosaic_worker
from ingest import decoders as module
from ingest.access_unit import Codec
from ingest.bus import Bus
from ingest.bus_address import BusAddress, TlsFiles
from ingest.cell_table import CellTable
from ingest.decoder import Decoder
from ingest.decoder_channel import Channel, address_from_json, address_to_json, channel_pair
from ingest.decoders import Decoders
from ingest.lease import Lease, Term
from ingest.masks import MOST_MASKS, MOST_POINTS, Mask
from ingest.mosaic import MAX_CELLS, MosaicCell, MosaicSpec
from ingest.mosaic_worker import MosaicWorker
from ingest.shared_cells import SharedCells, cell_sizes
from ingest.zoom import WHOLE, Zoom
from tests.support.camera_units import CameraUnits, i420
from tests.support.nats import BusServer
from tests.support.waiting import PATIENCE_S, eventually

ADDRESS = BusAddress("nats://127.0.0.1:1", "tiler", "secret")


def mosaic(name: str, *streams: str, thumbnail: bool = False) -> MosaicSpec:
    """A row of cells."""
    cells = tuple(
        MosaicCell(stream, stream, 64 * place, 0, 64, 36, thumbnail=thumbnail) for place, stream in enumerate(streams)
    )
    return MosaicSpec(name, 64 * len(streams), 36, 15, 500, 1, cells)


def subs(first: int, end: int) -> list[str]:
    return [f"cam.c{number}.sub" for number in range(first, end)]


@contextlib.asynccontextmanager
async def decoding(most: int, address: BusAddress = ADDRESS) -> AsyncIterator[Decoders]:
    decoders = Decoders(address, "t1", most)
    try:
        yield decoders
    finally:
        await decoders.close()


async def test_forty_sub_streams_are_one_process_and_more_are_spread() -> None:
    async with decoding(most=3) as decoders:
        loads: Callable[[], list[float]] = lambda: [process.load for process in decoders.processes]  # noqa: E731
        assert loads() == [0]
        few = decoders.show(mosaic("few", *subs(0, 40)))
        assert loads() == [40]
        same = decoders.show(mosaic("same", *subs(10, 30)))  # each stream is decoded once
        assert loads() == [40]
        many = decoders.show(mosaic("many", *subs(20, 60), *subs(60, 63)))
        assert loads() == [40, 23]
        large = decoders.show(mosaic("large", "cam.a.main", "cam.b.main", "cam.c.main"))
        assert sorted(loads()) == [23, 24, 40]
        small = decoders.show(mosaic("small", *subs(100, 120), thumbnail=True))
        assert sum(loads()) == pytest.approx(87 + 20 * 0.2)
        full = decoders.show(mosaic("full", *subs(200, 264)))
        assert max(loads()) - min(loads()) < 2  # as many as there are cores are all there are
        assert len(decoders.streams) == 63 + 3 + 20 + 64
        for shown in (few, large, small, full):
            decoders.hide(shown)
        assert decoders.streams == {*subs(10, 63)}
        decoders.hide(many)
        assert decoders.streams == {*subs(10, 30)}
        assert len(decoders.processes) == 1
        decoders.hide(same)
        assert [process.load for process in decoders.processes] == [0]


async def test_a_stream_counts_as_what_needs_most_of_it_and_no_longer_than_that_is_shown() -> None:
    async with decoding(most=2) as decoders:
        small = decoders.show(mosaic("small", *subs(0, 40), thumbnail=True))
        large = decoders.show(mosaic("large", *subs(0, 30)))
        assert [process.load for process in decoders.processes] == [pytest.approx(30 + 10 * 0.2)]
        more = decoders.show(mosaic("more", *subs(50, 60)))  # a second process, as the first has enough
        assert [len(process.loads) for process in decoders.processes] == [40, 10]
        decoders.hide(large)
        assert decoders.processes[0].load == pytest.approx(40 * 0.2)
        for shown in (small, more):
            decoders.hide(shown)


@pytest.mark.parametrize("tls", [None, TlsFiles(ca=Path("/ca.pem"), key=Path("/key.pem"))])
def test_a_decoder_is_told_where_the_bus_is_as_its_tiler_knows_it(tls: TlsFiles | None) -> None:
    address = BusAddress("tls://bus.example:4222", "tiler", "secret", tls)
    assert address_from_json(address_to_json(address)) == address


async def test_a_mosaic_with_all_the_masks_that_there_may_be_reaches_its_decoder() -> None:
    ours, theirs = channel_pair()
    outline = tuple((WHOLE - number, number) for number in range(MOST_POINTS))
    cell = MosaicCell("a", "cam.a.sub", 0, 0, 16, 16, masks=(Mask(outline),) * MOST_MASKS, zoom=Zoom(1, 2, 300, 400))
    spec = MosaicSpec("m", 4096, 16, 15, 500, 1, tuple(replace(cell, x=16 * place) for place in range(MAX_CELLS)))
    shared = SharedCells.create(cell_sizes(spec))
    with ours, theirs:
        tiler, decoder = Channel(ours), Channel(theirs)
        said = spec.to_json()
        for _ in range(3):
            tiler.send("show", said, shared.fd)
        tiler.send("hide", {"number": 1})
        for _ in range(3):
            message = await decoder.receive()
            assert message is not None
            kind, value, fd = message
            assert kind == "show"
            assert fd is not None
            SharedCells.attach(fd, cell_sizes(spec))
        assert MosaicSpec.from_json(value) == spec
        assert await decoder.receive() == ("hide", {"number": 1}, None)
    shared.close()


async def test_a_decoder_tries_the_engines_that_it_finds_and_goes_on_without(
    bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder_process, "decoders", lambda: {Codec.H264: "h264"})  # works here, as no engine does
    puller, camera, stop = (
        await bus_server.connect("puller"),
        CameraUnits(1, "cam.c1.sub", (128, 72), gop=1),
        asyncio.Event(),
    )
    spec = mosaic("m", camera.stream)
    shared = SharedCells.create(cell_sizes(spec))
    ours, theirs = channel_pair()
    with ours, theirs, capture_logs() as logs:
        tiler = Channel(ours)
        tiler.send("begin", {"address": address_to_json(bus_server.address("tiler")), "worker": "t1-decoder-1"})
        tiler.send("show", {"number": 1, "mosaic": spec.to_json(), "cells": [0]}, shared.fd)
        running = asyncio.create_task(decoder_process.run_decoder(theirs, stop))

        def failed() -> list[str]:
            return [line["engine"] for line in logs if line["event"] == "an engine failed"]

        def shown() -> bool:
            unit = camera.next()
            puller.publish(unit if failed() else replace(unit, data=b"\0\0\0\1\x65" + b"\xff" * 40))
            return shared.newest(0) is not None

        await eventually(shown)
        async with asyncio.timeout(PATIENCE_S):
            while (said := await tiler.receive()) is not None and said[0] == "figures":
                pass
        assert said == ("drawn", {"number": 1}, None)
        stop.set()
        await running
    shared.close()
    assert failed() == ["h264"]


async def test_a_second_mosaic_waits_for_the_first_picture_of_a_stream_too(
    bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder_process, "COMES_SECONDS", 60.0)
    puller, stop = await bus_server.connect("puller"), asyncio.Event()
    camera = CameraUnits(1, "cam.c1.sub", (128, 72), gop=1)
    spec = mosaic("m", camera.stream)
    drawn: list[int] = []
    beats = 0

    async def listen(tiler: Channel) -> None:
        nonlocal beats
        while (said := await tiler.receive()) is not None:
            beats += said[0] == "figures" and "behind_ms" in said[1]
            if said[0] == "drawn":
                drawn.append(said[1]["number"])

    def both_are_drawn() -> bool:
        puller.publish(camera.next())
        return sorted(drawn) == [1, 2]

    cells = [SharedCells.create(cell_sizes(spec)) for _ in range(2)]
    ours, theirs = channel_pair()
    with ours, theirs:
        tiler = Channel(ours)
        tiler.send("begin", {"address": address_to_json(bus_server.address("tiler")), "worker": "t1-decoder-1"})
        for number, shared in enumerate(cells, 1):
            tiler.send("show", {"number": number, "mosaic": spec.to_json(), "cells": [0]}, shared.fd)
        listening = asyncio.create_task(listen(tiler))
        running = asyncio.create_task(decoder_process.run_decoder(theirs, stop))
        await eventually(lambda: beats >= 2, within=10)
        assert drawn == []
        await eventually(both_are_drawn, within=10)
        stop.set()
        await running
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    for shared in cells:
        shared.close()


class House:
    """Four cameras, a tiler of three decoders, and who looks at its mosaic."""

    def __init__(self, tiler: Bus, puller: Bus, gateway: Bus, address: BusAddress) -> None:
        self.cameras = [CameraUnits(number, f"cam.c{number}.sub", (128, 72), gop=5) for number in range(4)]
        self.puller = puller
        self.reader = gateway.subscribe("mosaic.m")
        self.decoder = Decoder()
        self.decoders = Decoders(address, "t1", 3)
        term = Term(time.monotonic)
        term.renewed = math.inf
        lease = Lease("mosaic.m", term)
        self.worker = MosaicWorker(tiler, self.decoders, lease, lambda _: "", lambda _: False, lambda: None)
        self._playing = asyncio.create_task(self._play())

    async def _play(self) -> None:
        while True:
            for camera in self.cameras:
                self.puller.publish(camera.next())
            await asyncio.sleep(1 / 15)

    async def until(self, good: Callable[[Seen], bool]) -> None:
        """See every picture up to the first that is."""
        async with asyncio.timeout(PATIENCE_S):
            async for unit in self.reader:
                assert unit.cells is not None
                frame = self.decoder.decode(unit)
                if good(Seen(unit.sequence, unit.cells, None if frame is None else i420(frame)[: frame.height])):
                    return
        raise AssertionError("the stream ended")

    async def close(self) -> None:
        self._playing.cancel()
        await asyncio.gather(self._playing, return_exceptions=True)
        await self.reader.close()
        await self.worker.stop()
        await self.decoders.close()


class Seen(NamedTuple):
    """A picture of the mosaic: `luma` (height, width) is None where it could not be decoded."""

    sequence: int
    table: CellTable
    luma: NDArray[np.uint8] | None

    @property
    def all_live(self) -> bool:
        return all(cell.live for cell in self.table.cells)

    def levels(self) -> list[float]:
        """How bright each of the cells is in the mean."""
        assert self.luma is not None
        return [self.luma[y : y + h, x : x + w].mean() for x, y, w, h in (cell.rect for cell in self.table.cells)]


@contextlib.asynccontextmanager
async def house(server: BusServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(module, "LOAD_EACH", 1.4)
    tiler, puller, gateway = [await server.connect(role) for role in ("tiler", "puller", "gateway")]
    house = House(tiler, puller, gateway, server.address("tiler"))
    try:
        house.worker.put(mosaic("m", *[camera.stream for camera in house.cameras]))
        assert [len(process.loads) for process in house.decoders.processes] == [2, 1, 1]
        await house.until(lambda seen: seen.all_live)
        yield house
    finally:
        await house.close()


@pytest.mark.timeout(90)
async def test_decoders_that_die_or_hang_cost_their_own_cells_a_moment_and_no_tick(
    bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 2.0)
    async with house(bus_server, monkeypatch) as there:
        killed, hung, _ = there.decoders.processes
        old: Counter[str] = Counter(dict.fromkeys([*killed.loads, *hung.loads], 0))
        assert len(old) == 3
        sequences, others = list[int](), 0

        def back(seen: Seen) -> bool:
            nonlocal others
            sequences.append(seen.sequence)
            gone = any(not cell.live for cell in seen.table.cells if cell.camera in old)
            for cell in seen.table.cells:
                if cell.camera not in old:
                    others += cell.live and gone
                elif cell.age_ms is None or cell.age_ms > 300:
                    old[cell.camera] += 1
                    assert not cell.live or (cell.age_ms or 1000) <= 900  # never a lie
            return min(old.values()) > 3 and seen.all_live

        before = [killed.pid, hung.pid]
        for pid, how in zip(before, (signal.SIGKILL, signal.SIGSTOP), strict=True):
            assert pid is not None
            os.kill(pid, how)
        await there.until(back)
        await eventually(lambda: not {killed.pid, hung.pid} & {None, *before})
        assert others > 3  # theirs went on meanwhile
        assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
        assert there.decoders.cpu_s > 0


def take_the_time_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the wall cells that are not drawn within half a second are shown as they are."""
    monkeypatch.setattr(mosaic_worker, "_MOVE_SECONDS", PATIENCE_S)


async def test_cells_that_change_are_drawn_as_they_are_to_be_before_they_are_seen_so(
    bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(bus_server, monkeypatch) as there:
        take_the_time_to_draw(monkeypatch)
        spec = mosaic("m", *[camera.stream for camera in reversed(there.cameras)])
        for epoch in (2, 3):  # what was only asked for is forgotten
            there.worker.put(replace(spec, width=256, layout_epoch=epoch, cells=spec.cells[: epoch + 1]))
        blank: list[int] = []

        def moved(seen: Seen) -> bool:
            blank.append(sum(cell.age_ms is None for cell in seen.table.cells))
            return seen.table.layout_epoch == 3 and seen.luma is not None and min(seen.levels()) > 60

        await there.until(moved)
        assert set(blank) == {0}
        assert len(_shared_memory()) == 1
        everything = Mask(((0, 0), (WHOLE, 0), (WHOLE, WHOLE), (0, WHOLE)))
        masked = tuple(replace(cell, masks=(everything,)) for cell in spec.cells)
        there.worker.put(replace(spec, layout_epoch=4, cells=masked))

        def hidden(seen: Seen) -> bool:
            if seen.table.layout_epoch != 4:
                return False
            assert max(seen.levels()) < 50  # from the first picture on
            return seen.all_live and min(seen.levels()) > 30

        await there.until(hidden)


async def test_a_camera_that_is_new_in_a_mosaic_takes_its_cell_with_its_first_picture(
    bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(bus_server, monkeypatch) as there:
        take_the_time_to_draw(monkeypatch)
        new = CameraUnits(4, "cam.c4.sub", (128, 72), gop=3)
        there.cameras.append(new)
        spec = mosaic("m", *[camera.stream for camera in (new, *there.cameras[1:4])])
        there.worker.put(replace(spec, layout_epoch=2))
        blank: set[int] = set()

        def there_now(seen: Seen) -> bool:
            blank.add(sum(cell.age_ms is None for cell in seen.table.cells))
            return seen.table.layout_epoch == 2 and seen.all_live

        await there.until(there_now)
        assert blank == {0}


async def test_a_tiler_that_is_killed_takes_its_decoders_and_their_memory_with_it() -> None:
    script = (
        "import asyncio, json, sys\n"
        "from ingest.bus_address import BusAddress\n"
        "from ingest.decoders import Decoders\n"
        "from ingest.mosaic import MosaicSpec\n"
        "from tests.support.waiting import eventually\n"
        "async def main():\n"
        "    decoders = Decoders(BusAddress('nats://127.0.0.1:1', 'tiler', 'secret'), 't1', 2)\n"
        "    decoders.show(MosaicSpec.from_json(json.loads(sys.argv[1])))\n"
        "    await eventually(lambda: all(process.pid for process in decoders.processes))\n"
        "    print(*[process.pid for process in decoders.processes], flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    shown = json.dumps(mosaic("m", *subs(0, 60)).to_json())
    tiler = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, shown, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert tiler.stdout is not None
    pids = [int(pid) for pid in (await tiler.stdout.readline()).split()]
    assert len(pids) == 2
    assert all(psutil.pid_exists(pid) for pid in pids)
    tiler.kill()
    await tiler.wait()
    await eventually(lambda: not any(psutil.pid_exists(pid) for pid in pids))


def _shared_memory() -> set[str]:
    """The inodes of what this process has mapped."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    return {line.split()[4] for line in maps if "memfd:wallserver-cells" in line}
