"""One mosaic: at each tick its cells are composed, the canvas encoded once, the access unit published."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from ingest.access_unit import TICKS_PER_SECOND, AccessUnit, Codec
from ingest.boot import boot_id
from ingest.bus import Bus, Subscription
from ingest.compositor import Compositor
from ingest.encoder import Encoder
from ingest.errors import BusError
from ingest.gop import GopCache
from ingest.inputs import Inputs
from ingest.lease import Lease
from ingest.mosaic import MosaicSpec, Need
from ingest.stream_input import StreamInput
from ingest.tick_phase import TickPhase

# However many displays ask at once, they cost one IDR.
KEYFRAME_SECONDS = 0.5
_SERVE_AGAIN_SECONDS = 1.0

log = structlog.get_logger(__name__)


class MosaicWorker:
    """Makes one composed stream while its lease is ours. `put` gives it its specification, at first and anew.

    A thread of its own keeps the tick: a schedule that moves to where pictures wait least (TickPhase), and in which a
    late tick is skipped and counted, never queued.
    """

    def __init__(
        self, bus: Bus, inputs: Inputs, lease: Lease, causes: Callable[[str], str], changed: Callable[[], None]
    ) -> None:
        self.late = 0
        self.made = 0
        self._bus = bus
        self._inputs = inputs
        self._lease = lease
        self._causes = causes
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._gop = GopCache()
        self._held: dict[str, Need] = {}
        self._turn = threading.Lock()  # of an era: what is kept and published is of the one that is wanted
        self._wanted: tuple[MosaicSpec, Mapping[str, StreamInput]] | None = None
        self._keyframe = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._services: list[Subscription] = []
        self._serving = asyncio.create_task(self._serve(), name=f"serve {lease.stream}")

    @property
    def spec(self) -> MosaicSpec | None:
        """What it was last told to make."""
        return self._wanted[0] if self._wanted else None

    def put(self, spec: MosaicSpec) -> None:
        """Make this from the next picture on; cells move without a new stream.

        In another era nothing that was composed before is published or handed to who joins, not even what is being
        composed right now.
        """
        before = self.spec
        if spec == before:
            return
        released, self._held = self._held, spec.inputs
        inputs = {stream: self._inputs.hold(stream, need) for stream, need in self._held.items()}
        with self._turn:
            self._wanted = (spec, inputs)
            if before is not None and before.era != spec.era:
                self._gop.clear()
        for stream, need in released.items():
            self._inputs.release(stream, need)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._lease.stream, daemon=True)
            self._thread.start()

    async def stop(self) -> None:
        """End the thread, let go of the inputs."""
        self._stop.set()
        self._serving.cancel()
        await asyncio.gather(self._serving, return_exceptions=True)
        for service in self._services:
            await service.close()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 1.0)
        for stream, need in self._held.items():
            self._inputs.release(stream, need)
        self._held = {}
        self._changed()

    async def _serve(self) -> None:
        stream = self._lease.stream
        while not self._services:
            try:
                self._services = [
                    await self._bus.serve_gop(stream, self._gop.units),
                    await self._bus.serve_keyframe(stream, self._keyframe.set),
                ]
            except BusError:
                await asyncio.sleep(_SERVE_AGAIN_SECONDS)

    def _run(self) -> None:
        """In the mosaic's thread."""
        maker: _Maker | None = None
        phase = TickPhase()
        due = time.monotonic()
        while not self._stop.is_set():
            assert self._wanted is not None  # noqa: S101 - put() came before the thread
            spec, inputs = self._wanted
            if maker is None or not maker.fits(spec):
                maker = _Maker(spec)
            unit = maker.make(spec, inputs, self._lease, self.made, self._keyframe, self._causes)
            self._publish(unit, spec.era)
            interval = self._inputs.tempo_divisor / spec.fps
            due += interval + phase.step(maker.waited_s, interval)
            if (behind := time.monotonic() - due) > 0:
                skipped = int(behind / interval) + 1
                self.late += skipped
                due += skipped * interval
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _publish(self, unit: AccessUnit, era: int) -> None:
        with self._turn:
            if self.spec is None or self.spec.era != era:
                return  # something in it was withdrawn while it was made; the next one is a keyframe
            self.made += 1
            self._gop.add(unit)  # first, so that whoever joins finds no hole behind it
            if self._lease.valid:
                self._bus.publish_threadsafe(unit)


class _Maker:
    """Canvas and encoder of one size and rate; all in the mosaic's thread."""

    def __init__(self, spec: MosaicSpec) -> None:
        self._key = (spec.width, spec.height, spec.fps, spec.bitrate_kbps)
        self._compositor = Compositor(spec.width, spec.height)
        self._encoder = Encoder(spec.width, spec.height, spec.fps, spec.bitrate_kbps)
        self._first = True
        self._era: int | None = None
        self._keyframe_at = 0.0

    def fits(self, spec: MosaicSpec) -> bool:
        """Whether this one can make it."""
        return self._key == (spec.width, spec.height, spec.fps, spec.bitrate_kbps)

    @property
    def waited_s(self) -> list[float]:
        """How long each picture that was new in the last one had been there (seconds)."""
        return self._compositor.waited_s

    def make(
        self,
        spec: MosaicSpec,
        inputs: Mapping[str, StreamInput],
        lease: Lease,
        sequence: int,
        keyframe: threading.Event,
        causes: Callable[[str], str],
    ) -> AccessUnit:
        """Compose and encode what there is now."""
        mono, wall = time.monotonic_ns(), time.time_ns()
        table = self._compositor.compose(spec, inputs, mono / 1e9, causes)
        asked = keyframe.is_set() and mono / 1e9 - self._keyframe_at >= KEYFRAME_SECONDS
        # An era begins with a keyframe, however short ago the last one was: nothing before it may be decoded.
        force = asked or spec.era != self._era
        self._era = spec.era
        if force:
            keyframe.clear()
        timestamp = mono * TICKS_PER_SECOND // 1_000_000_000
        data, is_keyframe = self._encoder.encode(self._compositor.canvas, timestamp, force_keyframe=force)
        if is_keyframe:
            self._keyframe_at = mono / 1e9
        self._first, first = False, self._first
        return AccessUnit(
            stream=lease.stream,
            epoch=lease.epoch,
            sequence=sequence,
            codec=Codec.H264,
            width=spec.width,
            height=spec.height,
            timestamp=timestamp,
            arrived_wall_ns=wall,
            arrived_mono_ns=mono,
            boot_id=boot_id(),
            keyframe=is_keyframe,
            discontinuity=first,
            damaged=False,
            held=False,
            data=data,
            cells=table,
        )


def status_of(worker: MosaicWorker) -> dict[str, Any]:
    """What its tiler says of it in the heartbeat."""
    return {"pictures": worker.made, "late": worker.late}
