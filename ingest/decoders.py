"""The decoder processes of a tiler, which draw the cells of its mosaics into memory that they share with it.

A tiler composes and encodes; its tick must not wait for a decoder's turn with Python's lock. One process decodes some
40 sub streams, each stream once, however many cells and mosaics show it; what is more is spread over more of them, up
to one for each core. One that dies, or hangs, costs its cells a moment: their last pictures stay, grow old and say so,
until it has been started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import structlog

from ingest.bus_address import BusAddress
from ingest.decoder_channel import Channel, address_to_json, channel_pair
from ingest.ending import end_tasks
from ingest.mosaic import MosaicSpec, Need
from ingest.shared_cells import SharedCells, cell_sizes
from ingest.supervisor import FIRST_WAIT, HEALTHY_AFTER, LONGEST_WAIT, exit_cause
from ingest.tether import tethered

# Sub streams for one process: 640×360 at 15 pictures a second is 0.9–1.2 % of a core with its scaling, and up to twice
# that where others slow the machine down; so 40 are half a core on a good day and hardly more than one on a bad one.
LOAD_EACH = 40.0
# What other streams weigh against these: 1080p takes eight times as long to decode, keyframes alone a fifth.
_MAIN_LOAD, _THUMBNAIL_LOAD = 8.0, 0.2
# How long a process may say nothing: until it has started, on a machine that has much to do, and then. It speaks four
# times a second.
START_S, PATIENCE_S = 30.0, 5.0
_LEAVE_S = 0.5
# Figures that go on counting where a process ends.
_TOTALS = ("cpu_s", "dropped")

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Shown:
    """Cells that are being drawn. `drawn` is set once all that there was to draw at first has been, or will not be."""

    number: int
    spec: MosaicSpec
    shared: SharedCells
    drawn: asyncio.Event = field(default_factory=asyncio.Event)
    waits_for: set[DecoderProcess] = field(default_factory=set)
    hidden: bool = False


class Decoders:
    """Needs a running event loop. `most`: how many processes there may be, one for each core if None. Close it."""

    def __init__(self, address: BusAddress, worker: str, most: int | None = None) -> None:
        self._address = address
        self._worker = worker
        self._most = most or len(os.sched_getaffinity(0))
        self._numbers = 0
        self._shown: dict[int, Shown] = {}
        self._shows = 0
        self._loads: dict[str, dict[int, float]] = {}  # of each stream, by the number of what shows it
        self._where: dict[str, DecoderProcess] = {}
        self._ended = dict.fromkeys(_TOTALS, 0.0)
        self._ending: set[asyncio.Task[None]] = set()
        self.processes: tuple[DecoderProcess, ...] = ()
        self._grow(0.0)

    @property
    def streams(self) -> frozenset[str]:
        """What is read."""
        return frozenset(self._where)

    @property
    def tempo_divisor(self) -> int:
        """At every how many ticks a mosaic is made, so that decoding keeps up. Read by any thread."""
        return max((process.figures.get("tempo_divisor", 1) for process in self.processes), default=1)

    @property
    def behind_ms(self) -> int:
        """How long the oldest access unit waits for a decoding thread."""
        return max((process.figures.get("behind_ms", 0) for process in self.processes), default=0)

    @property
    def dropped(self) -> int:
        """Access units that were not decoded because decoding was behind, so far."""
        return round(self._total("dropped"))

    @property
    def cpu_s(self) -> float:
        """CPU seconds of all processes, so far."""
        return self._total("cpu_s")

    @property
    def rss_bytes(self) -> int:
        """Their memory."""
        return sum(process.figures.get("rss_bytes", 0) for process in self.processes)

    def show(self, spec: MosaicSpec) -> Shown:
        """Draw the cells of this mosaic from now on, until `hide`. Raises OSError where they cannot be had."""
        self._shows += 1
        shown = Shown(self._shows, spec, SharedCells.create(cell_sizes(spec)))
        self._shown[shown.number] = shown
        for stream, need in spec.inputs.items():
            self._loads.setdefault(stream, {})[shown.number] = _load(stream, need)
        self._rate(spec.inputs.keys() & self._where.keys())
        loads = {stream: max(self._loads[stream].values()) for stream in spec.inputs.keys() - self._where.keys()}
        self._grow(sum(loads.values()))
        for stream in sorted(loads, key=lambda stream: (-loads[stream], stream)):
            process = min(self.processes, key=lambda process: process.load)
            self._where[stream] = process
            process.loads[stream] = loads[stream]
        shown.waits_for = {process for process in self.processes if self._show(process, shown)}
        if not shown.waits_for:
            shown.drawn.set()
        return shown

    def hide(self, shown: Shown) -> None:
        """Draw them no longer. Who still reads them may go on doing so."""
        del self._shown[shown.number]
        shown.hidden = True
        shown.drawn.set()
        shown.shared.close()
        inputs = shown.spec.inputs.keys()
        for stream in inputs:
            del self._loads[stream][shown.number]
            if not self._loads[stream]:
                del self._loads[stream]
                del self._where.pop(stream).loads[stream]
        self._rate(inputs & self._where.keys())
        for process in self.processes:
            process.send("hide", {"number": shown.number})
        self._shrink()

    async def close(self) -> None:
        """End the processes."""
        for shown in list(self._shown.values()):
            self.hide(shown)
        processes, self.processes = self.processes, ()
        await asyncio.gather(*(process.close() for process in processes), *self._ending)

    def _rate(self, streams: Iterable[str]) -> None:
        """Count each of these as what needs most of it has it: keyframes for one mosaic may be motion for another."""
        for stream in streams:
            self._where[stream].loads[stream] = max(self._loads[stream].values())

    def _total(self, figure: str) -> float:
        return float(self._ended[figure] + sum(process.total(figure) for process in self.processes))

    def _show(self, process: DecoderProcess, shown: Shown) -> bool:
        """Tell a process of its part of it; whether there is one."""
        part = [place for place, cell in enumerate(shown.spec.cells) if cell.stream in process.loads]
        if part:
            value = {"number": shown.number, "mosaic": shown.spec.to_json(), "cells": part}
            process.send("show", value, shown.shared.fd)
        return bool(part)

    def _begin(self, process: DecoderProcess) -> None:
        """A process has been started, at first or again."""
        worker = f"{self._worker}-decoder-{process.number}"
        process.send("begin", {"address": address_to_json(self._address), "worker": worker})
        for shown in self._shown.values():
            self._show(process, shown)

    def _drawn(self, process: DecoderProcess, number: int) -> None:
        shown = self._shown.get(number)
        if shown is not None:
            shown.waits_for.discard(process)
            if not shown.waits_for:
                shown.drawn.set()

    def _grow(self, more: float) -> None:
        """Have processes for this load beside that which there is."""
        load = more + sum(process.load for process in self.processes)
        while len(self.processes) < max(1, min(self._most, ceil(load / LOAD_EACH))):
            self._numbers += 1
            self.processes = (*self.processes, DecoderProcess(self._numbers, self._begin, self._drawn))

    def _shrink(self) -> None:
        """End processes that have nothing to do, but not the last: what comes next is to find one there."""
        for process in [process for process in self.processes if not process.loads]:
            if len(self.processes) == 1:
                break
            self.processes = tuple(each for each in self.processes if each is not process)
            for figure in _TOTALS:
                self._ended[figure] += process.total(figure)
            task = asyncio.create_task(process.close(), name=f"end decoder {process.number}")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)


class DecoderProcess:
    """One process, started again whenever it ends. `loads`: what it decodes; `figures`: what it said last."""

    def __init__(
        self,
        number: int,
        begun: Callable[[DecoderProcess], None],
        drawn: Callable[[DecoderProcess, int], None],
    ) -> None:
        self.number = number
        self.loads: dict[str, float] = {}
        self.figures: dict[str, Any] = {}
        self._begun = begun
        self._drawn = drawn
        self._channel: Channel | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._before = dict.fromkeys(_TOTALS, 0.0)
        self._task = asyncio.create_task(self._keep(), name=f"keep decoder {number}")

    @property
    def load(self) -> float:
        """Of all that it decodes, in sub streams."""
        return sum(self.loads.values())

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process is not None else None

    def total(self, figure: str) -> float:
        """One of _TOTALS so far, those of the processes before it included."""
        return float(self._before[figure] + self.figures.get(figure, 0))

    def send(self, kind: str, value: dict[str, Any], fd: int | None = None) -> None:
        """Tell it; one that is not there is told all when it begins."""
        if self._channel is None or self._process is None:
            return
        try:
            self._channel.send(kind, value, fd)
        except OSError:  # it has died, or does not read what it is told
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        """End it."""
        await end_tasks(self._task)

    async def _keep(self) -> None:
        loop, wait = asyncio.get_running_loop(), FIRST_WAIT
        while True:
            started = loop.time()
            cause = await self._run_once()
            log.error("a decoder died", decoder=self.number, cause=cause, streams=len(self.loads))
            if loop.time() - started > HEALTHY_AFTER:
                wait = FIRST_WAIT
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _run_once(self) -> str:
        """Run it to its end; why it ended."""
        ours, theirs = channel_pair()
        command = tethered([sys.executable, "-I", "-m", "ingest.decoder_process", str(theirs.fileno())])
        with ours:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command, stdin=asyncio.subprocess.DEVNULL, pass_fds=(theirs.fileno(),)
                )
            except OSError as error:
                return f"it cannot be started: {error}"
            finally:
                theirs.close()
            self._process, self._channel = process, channel = process, Channel(ours)
            try:
                self._begun(self)
                await self._listen(channel)
                with contextlib.suppress(TimeoutError):  # one that hangs does not end by itself
                    async with asyncio.timeout(_LEAVE_S):
                        await process.wait()
                return "it hangs" if process.returncode is None else exit_cause(process.returncode)
            finally:
                self._process = self._channel = None
                for figure in _TOTALS:
                    self._before[figure] = self.total(figure)
                self.figures = {}
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _listen(self, channel: Channel) -> None:
        """Hear it until it ends, or says nothing any more."""
        patience = START_S
        with contextlib.suppress(ConnectionError, TimeoutError):
            while True:
                async with asyncio.timeout(patience):
                    message = await channel.receive()
                if message is None:
                    break
                kind, value, _ = message
                if kind == "figures":
                    self.figures = value
                elif kind == "drawn":
                    self._drawn(self, value["number"])
                patience = PATIENCE_S


def _load(stream: str, need: Need) -> float:
    if not need.motion:
        return _THUMBNAIL_LOAD
    return _MAIN_LOAD if stream.endswith(".main") else 1.0
