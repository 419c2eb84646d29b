"""A process that decodes for a tiler: it reads streams off the bus and draws their pictures into shared cells.

Run as `python -m ingest.decoder_process FD` by ingest.decoders; FD is its end of the channel (ingest.decoder_channel).
It ends with its tiler: whatever became of that, the channel ends then.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import structlog

from ingest.accelerators import decoders
from ingest.bus import Bus
from ingest.decoder_channel import Channel, address_from_json
from ingest.ending import end_tasks
from ingest.heartbeat import resident_bytes
from ingest.inputs import Inputs
from ingest.mosaic import MosaicSpec, Need
from ingest.painter import Painter
from ingest.shared_cells import SharedCells, cell_sizes
from ingest.worker import Stop, run_worker, unless_stopped

# So often it says how it does, which is also how soon a tiler knows that a stream was left out.
BEAT_SECONDS = 0.25
# A stream that is read for no longer than this may have its first picture soon; one that has none by then has none.
COMES_SECONDS = 0.5

log = structlog.get_logger(__name__)


async def run_decoder(end: socket.socket, stop: Stop) -> None:
    """Decode until `stop` is set, the tiler at the other `end` is gone, or the bus has refused us for good."""
    channel = Channel(end)
    begin = await channel.receive()
    if begin is None:
        return
    _, value, _ = begin
    beat = asyncio.create_task(_say_starting(channel))
    try:
        # At each start anew: an engine that brought a decoder down may no longer be one.
        engines = await asyncio.to_thread(decoders)
        if engines:
            log.info("decoding by an engine", engines=list(engines.values()))
        bus = await unless_stopped(stop, Bus.connect(address_from_json(value["address"]), "tiler", value["worker"]))
    finally:
        await end_tasks(beat)
    if bus is None:
        return
    inputs = Inputs(bus, engines)
    decoding = _Decoding(inputs, channel)
    tasks = [asyncio.create_task(work) for work in (decoding.listen(), decoding.beat(), bus.until(stop))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        decoding.close()
        await bus.close()
        await inputs.close()
    for each in ended:
        if isinstance(each, Exception) and not isinstance(each, OSError):  # OSError: the tiler has gone
            raise each


async def _say_starting(channel: Channel) -> None:
    while True:
        channel.send("figures", {})
        await asyncio.sleep(BEAT_SECONDS)


class _Decoding:
    """What it was told to show, by number."""

    def __init__(self, inputs: Inputs, channel: Channel) -> None:
        self._inputs = inputs
        self._channel = channel
        self._shown: dict[int, _Shown] = {}
        self._loop = asyncio.get_running_loop()

    async def listen(self) -> None:
        """Do what the tiler says, until it ends."""
        while (message := await self._channel.receive()) is not None:
            kind, value, fd = message
            if kind == "show" and fd is not None:
                self._show(value["number"], MosaicSpec.from_json(value["mosaic"]), value["cells"], fd)
            elif kind == "hide":
                self._hide(value["number"])

    async def beat(self) -> None:
        """Say how it goes, for ever."""
        while True:
            for shown in self._shown.values():
                for painter in shown.painters:
                    painter.say()
            inputs = self._inputs
            self._channel.send(
                "figures",
                {
                    "tempo_divisor": inputs.tempo_divisor,
                    "behind_ms": inputs.behind_ms,
                    "dropped": inputs.dropped,
                    "cpu_s": time.process_time(),
                    "rss_bytes": resident_bytes(),
                },
            )
            await asyncio.sleep(BEAT_SECONDS)

    def close(self) -> None:
        """Show nothing."""
        for number in list(self._shown):
            self._hide(number)

    def _show(self, number: int, spec: MosaicSpec, cells: Sequence[int], fd: int) -> None:
        """And say it once each cell has a picture, but for those of streams that have been read for a while without
        one. A new stream may have none either, and is waited for in vain: it is for the tiler to say for how long.
        """
        shared = SharedCells.attach(fd, cell_sizes(spec))
        streams = {place: spec.cells[place].stream for place in cells}
        inputs = spec.inputs
        needs = {stream: inputs[stream] for stream in streams.values()}
        entries = {stream: self._inputs.hold(stream, need) for stream, need in needs.items()}
        now = time.monotonic()
        coming = {s for s, entry in entries.items() if entry.picture is None and now - entry.began_s < COMES_SECONDS}
        waits_for = {place for place, stream in streams.items() if stream in coming}
        painters = [
            Painter(entries[stream], spec.cells[place], shared, place, partial(self._has_first, number, place))
            for place, stream in streams.items()
        ]
        self._shown[number] = _Shown(painters, needs, waits_for)
        for painter in painters:
            painter.begin()
        self._say_if_drawn(number)

    def _has_first(self, number: int, place: int) -> None:
        """A cell has its first picture. In the thread that drew it."""
        self._loop.call_soon_threadsafe(self._waits_no_more, number, place)

    def _waits_no_more(self, number: int, place: int) -> None:
        shown = self._shown.get(number)
        if shown is not None and place in shown.waits_for:
            shown.waits_for.discard(place)
            self._say_if_drawn(number)

    def _say_if_drawn(self, number: int) -> None:
        if not self._shown[number].waits_for:
            with contextlib.suppress(OSError):  # the tiler has gone
                self._channel.send("drawn", {"number": number})

    def _hide(self, number: int) -> None:
        shown = self._shown.pop(number, None)
        if shown is not None:
            for painter in shown.painters:
                painter.end()
            for stream, need in shown.needs.items():
                self._inputs.release(stream, need)


class _Shown(NamedTuple):
    painters: Sequence[Painter]
    needs: Mapping[str, Need]
    waits_for: set[int]


def _main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as end:
        run_worker(lambda stop: run_decoder(end, stop))


if __name__ == "__main__":
    _main()
