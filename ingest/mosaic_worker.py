"""One mosaic: at each tick its cells are composed, the canvas encoded once, the access unit published."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any

import structlog

from ingest.access_unit import TICKS_PER_SECOND, AccessUnit, Codec
from ingest.boot import boot_id
from ingest.bus import Bus, Subscription
from ingest.compositor import Compositor
from ingest.decoders import Decoders, Shown
from ingest.encoder import Encoder
from ingest.ending import end_tasks
from ingest.errors import BusError
from ingest.gop import GopCache
from ingest.lease import Lease
from ingest.mosaic import MosaicSpec
from ingest.shared_cells import SharedCells
from ingest.tick_phase import TickPhase

# However many displays ask at once, they cost one IDR.
KEYFRAME_SECONDS = 0.5
# After what failed, a bus or a picture.
_AGAIN_SECONDS = 1.0
# Cells that change stay as they are until all are drawn as they are to be, and a new mosaic begins when it has a
# picture in each of its cells: displays show it in place of what they had from its first one on. A picture that may
# never come is waited for so long; that of a camera which lives, and is new here, so long: decoding may be busy, and
# displays say after 5 s that there is none. That time is one for all changes that follow each other, and those that
# come at its end wait for their drawing alone, then for nothing: one slow camera stops no tour. While another era keeps
# all cells back they are waited for no longer than that these are not called old (2 s).
_MOVE_SECONDS = 0.5
_LIVE_SECONDS = 4.0
_PAUSED_SECONDS = 1.5
_LOOK_SECONDS = 0.01
# So many ticks tell how punctual they are: a minute's at 15 a second.
_TICKS = 900

log = structlog.get_logger(__name__)


class MosaicWorker:
    """Makes one composed stream while its lease is ours. `put` gives it its specification, at first and anew.

    `causes` and `lives` say of a camera's stream why it has no picture, and whether its owner says that it has one.
    A thread of its own keeps the tick: a schedule that moves to where pictures wait least (TickPhase), and in which a
    late tick is skipped and counted, never queued. It never waits for a decoder: those are other processes (Decoders).
    """

    def __init__(
        self,
        bus: Bus,
        decoders: Decoders,
        lease: Lease,
        causes: Callable[[str], str],
        lives: Callable[[str], bool],
        changed: Callable[[], None],
    ) -> None:
        self.late = 0
        self.made = 0
        self.spec: MosaicSpec | None = None
        """What it was last told to make."""
        self._failed = False
        self._bus = bus
        self._decoders = decoders
        self._lease = lease
        self._causes = causes
        self._lives = lives
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._gop = GopCache()
        self._turn = threading.Lock()  # of an era: what is kept and published is of the one that is wanted
        self._kept_back: deque[tuple[int, AccessUnit]] = deque()  # each with when it is due, in monotonic ns
        self._wanted: tuple[MosaicSpec, Shown] | None = None
        self._move: tuple[Shown, asyncio.Task[None]] | None = None
        self._moving_since: float | None = None  # monotonic s: over all moves of which none has come to its end
        self._paused_since: float | None = None  # monotonic s: until the cells have moved, nothing is published
        self._beginning: asyncio.Task[None] | None = None
        self._lateness_s: deque[float] = deque(maxlen=_TICKS)
        self._keyframe = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._services: list[Subscription] = []
        self._serving = asyncio.create_task(self._serve(), name=f"serve {lease.stream}")

    @property
    def lateness_ms(self) -> float:
        """How late ticks are, of the last minute: the 95th percentile, in ms."""
        ranked = sorted(self._lateness_s.copy())
        return round(1000 * ranked[len(ranked) * 95 // 100], 2) if ranked else 0.0

    def put(self, spec: MosaicSpec) -> None:
        """Make this, from the next picture on or as soon as its cells are drawn; cells move without a new stream.

        In another era nothing that was composed before is published or handed to who joins, not even what is being
        composed right now: the stream pauses until the cells are drawn. Raises OSError where they cannot be had: then
        it is as it was, or pauses, until it is told once more.
        """
        before = self.spec
        if spec == before and not self._failed:
            return
        self._failed = True
        with self._turn:
            self.spec = spec
            if before is not None and before.era != spec.era:
                self._gop.clear()
                self._kept_back.clear()
        pending, self._move = self._move, None
        try:
            self._go_to(spec)
        except OSError:
            self._moving_since = None
            raise
        finally:
            self._forget(pending)  # only now, so that what both show is decoded without a break
        self._failed = False

    def withdraw(self) -> None:
        """Nobody may see any of it any more: what is kept goes, and nothing but an empty canvas follows."""
        if self.spec is not None and self.spec.cells:
            self.put(replace(self.spec, cells=(), era=self.spec.era + 1))

    async def stop(self) -> None:
        """End the thread, let go of the cells."""
        self._stop.set()
        tasks = [task for task in (self._serving, self._beginning) if task is not None]
        await end_tasks(*tasks)
        for service in self._services:
            await service.close()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 1.0)
        pending, self._move = self._move, None
        self._forget(pending)
        if self._wanted is not None:
            self._decoders.hide(self._wanted[1])
            self._wanted = None
        self._changed()

    def _go_to(self, spec: MosaicSpec) -> None:
        if self._wanted is None:
            self._wanted = (spec, self._decoders.show(spec))
            self._beginning = asyncio.create_task(self._begin(self._wanted[1]), name=f"begin {self._lease.stream}")
        elif self._wanted[1].spec.cells == spec.cells:
            self._wanted, self._moving_since, self._paused_since = (spec, self._wanted[1]), None, None
        else:
            shown = self._decoders.show(spec)
            self._move = shown, asyncio.create_task(self._move_to(spec, shown), name=f"move {self._lease.stream}")

    async def _begin(self, shown: Shown) -> None:
        await self._until_drawn(shown, (), time.monotonic() + _LIVE_SECONDS)
        self._thread = threading.Thread(target=self._run, name=self._lease.stream, daemon=True)
        self._thread.start()

    async def _move_to(self, spec: MosaicSpec, shown: Shown) -> None:
        assert self._wanted is not None  # noqa: S101 - there is something to move from
        shows, before = self._wanted
        known = before.spec.inputs.keys() if self._thread is not None else ()
        now = time.monotonic()
        self._moving_since = self._moving_since or now
        until = self._moving_since + _LIVE_SECONDS
        if now > until - _MOVE_SECONDS:
            known, until = spec.inputs.keys(), max(now, until + _MOVE_SECONDS)
        if shows.era != spec.era:
            self._paused_since = self._paused_since or now
            until = self._paused_since + _PAUSED_SECONDS
        await self._until_drawn(shown, known, until)
        self._wanted, self._move, self._moving_since, self._paused_since = (spec, shown), None, None, None
        self._decoders.hide(before)

    def _forget(self, move: tuple[Shown, asyncio.Task[None]] | None) -> None:
        """Where cells were about to go is no longer where they are to be."""
        if move is not None:
            shown, task = move
            task.cancel()
            self._decoders.hide(shown)

    async def _serve(self) -> None:
        stream = self._lease.stream
        while not self._services:
            try:
                self._services = [
                    await self._bus.serve_gop(stream, self._gop.units),
                    await self._bus.serve_keyframe(stream, self._keyframe.set),
                ]
            except BusError:
                await asyncio.sleep(_AGAIN_SECONDS)

    def _run(self) -> None:
        """In the mosaic's thread."""
        maker: _Maker | None = None
        phase = TickPhase()
        failing = False
        due = time.monotonic()
        while not self._stop.is_set():
            if (wanted := self._wanted) is None:
                break
            spec, shown = wanted
            interval = self._decoders.tempo_divisor / spec.fps
            try:
                if maker is None or not maker.fits(spec):
                    maker = _Maker(spec)
                self._keep_back(
                    maker.make(spec, shown.shared, self._lease, self.made, self._keyframe, self._causes), spec
                )
                due += interval + phase.step(maker.waited_s, interval)
                failing = False
            except Exception:  # what nobody has foreseen costs some pictures, never all that would follow
                if not failing:  # said once until one could be made again
                    log.exception("a mosaic's picture cannot be made", stream=self._lease.stream)
                failing, maker = True, None
                due += _AGAIN_SECONDS
            if (behind := time.monotonic() - due) > 0:
                skipped = int(behind / interval) + 1
                self.late += skipped
                due += skipped * interval
            self._stop.wait(max(0.0, due - time.monotonic()))
            self._lateness_s.append(time.monotonic() - due)

    async def _until_drawn(self, shown: Shown, known: Container[str], until: float) -> None:
        """So that displays never see cells half drawn, nor a card for a camera that lives and is not `known`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(_MOVE_SECONDS, until - time.monotonic())):
                await shown.drawn.wait()
        while time.monotonic() < until and self._awaits(shown, known):  # noqa: ASYNC110 - others write the memory
            await asyncio.sleep(_LOOK_SECONDS)

    def _awaits(self, shown: Shown, known: Container[str]) -> bool:
        if shown.hidden:
            return False
        cells = enumerate(shown.spec.cells)
        new = (place for place, cell in cells if cell.stream not in known and self._lives(cell.stream))
        return any(shown.shared.newest(place) is None for place in new)

    def _keep_back(self, unit: AccessUnit, spec: MosaicSpec) -> None:
        """Publish what its delay is over of; without one that is the picture just made."""
        now_ns = time.monotonic_ns()
        with self._turn:
            if self.spec is None or self.spec.era != spec.era:
                return  # something in it was withdrawn while it was made; the next one is a keyframe
            self.made += 1
            self._kept_back.append((now_ns + spec.delay_ms * 1_000_000, unit))
            while self._kept_back and self._kept_back[0][0] <= now_ns:
                due = self._kept_back.popleft()[1]
                # For its readers it is as young as one that was not kept back: only the clock on the wall tells.
                self._publish(replace(due, arrived_mono_ns=now_ns) if spec.delay_ms else due)

    def _publish(self, unit: AccessUnit) -> None:
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
        shared: SharedCells,
        lease: Lease,
        sequence: int,
        keyframe: threading.Event,
        causes: Callable[[str], str],
    ) -> AccessUnit:
        """Compose and encode what there is now."""
        mono, wall = time.monotonic_ns(), time.time_ns()
        table = self._compositor.compose(spec, shared, mono / 1e9, causes)
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
    return {"pictures": worker.made, "late": worker.late, "lateness_ms": worker.lateness_ms}
