"""The task of one camera stream: connects, publishes, waits, connects again. Retries are here and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from ingest import causes
from ingest.access_unit import AccessUnit
from ingest.admission import Admission, Rest
from ingest.backoff import CAP_S, Backoff, Importance
from ingest.boot import boot_id
from ingest.camera_connection import Pulled, pull
from ingest.camera_state import CameraState, State, StreamStatus, camera_of
from ingest.ending import end_tasks
from ingest.errors import SteeringError
from ingest.ffmpeg import Ffmpeg
from ingest.figures import Figures
from ingest.onvif.keyframes import Keyframes
from ingest.refusals import REFUSED_RETRY_S, Refusals
from ingest.resolver import Resolver
from ingest.source import Opened, SourceError, SourceSpec
from ingest.steering import Steering
from ingest.timestamps import TimestampMap

log = structlog.get_logger(__name__)

REFUSED_LOOK_S = 10.0
# How often a stream that runs is looked up in the catalogue.
LOOK_S = 20.0


@dataclass(slots=True)
class Shared:
    """What all streams of a process share, so that together they do cameras and networks no harm."""

    resolver: Resolver = field(default_factory=Resolver)
    admission: Admission = field(default_factory=Admission)
    refusals: Refusals = field(default_factory=Refusals)
    ffmpeg: Ffmpeg = field(default_factory=Ffmpeg)
    keyframes: Keyframes = field(init=False)
    steering: Steering = field(init=False)

    def __post_init__(self) -> None:
        self.keyframes = Keyframes(self.refusals)
        self.steering = Steering(self.refusals)

    async def aclose(self) -> None:
        """Once no stream needs it any more."""
        await self.keyframes.aclose()
        await self.steering.aclose()
        await self.ffmpeg.aclose()


class SourcePuller:
    """One stream: connects, publishes, waits, connects again, until stopped. Needs a running event loop.

    `epoch` answers that of the lease just now; `fetch` where the camera is (asked before each attempt, raises
    SourceError); `publish` takes each access unit; `changed` is told of each change of state, `another_camera` when the
    catalogue has another address for it; `importance` answers how much the stream is wanted just now.
    """

    def __init__(
        self,
        stream: str,
        *,
        epoch: Callable[[], int],
        fetch: Callable[[], Awaitable[SourceSpec]],
        publish: Callable[[AccessUnit], None],
        shared: Shared,
        changed: Callable[[], None] = lambda: None,
        another_camera: Callable[[], None] = lambda: None,
        importance: Callable[[], Importance] = lambda: Importance.SHOWN,
        backoff: Backoff | None = None,
    ) -> None:
        self.stream = stream
        self._epoch = epoch
        self._fetch = fetch
        self._publish = publish
        self._changed = changed
        self._another_camera = another_camera
        self._url: str | None = None
        self._importance = importance
        self._shared = shared
        self._backoff = backoff or Backoff()
        self._address: str | None = None
        self._rest: Rest | None = None
        self._playing: tuple[SourceSpec, str] | None = None  # and where its host was found
        self._played: tuple[SourceSpec, str] | None = None  # the same of what played last
        self._pictures_since: int | None = None  # on this connection, ns of the monotonic clock
        self._state = CameraState(time.monotonic)
        self._figures = Figures()
        self._newest: AccessUnit | None = None
        self._b_frames = False
        self._whole = False
        self._timestamps = TimestampMap()
        self._sequence = 0
        self._task = asyncio.create_task(self._run(), name=f"pull {stream}")

    async def stop(self) -> None:
        """End; the session with the camera is torn down."""
        await end_tasks(self._task)
        self._figures.begin_again()
        self._shared.steering.forget(self.stream)

    @property
    def state(self) -> State:
        """The state that people see."""
        return self._state.state

    def tick(self) -> bool:
        """See whether the stream has become stale, or wanted more; call twice a second. Whether its state changed."""
        if self._rest is not None:
            self._rest.shorten(CAP_S[self._importance()])
        changed = self._state.tick()
        if changed:
            self._tell()
        return changed

    def keyframe_wanted(self) -> None:
        """Somebody has nothing to begin with: ask the camera for a keyframe, if it is one that can be asked."""
        if self._playing is not None:
            self._shared.keyframes.ask(*self._playing)

    async def steer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do with the camera what is asked: see `Steering.answer`. Raises SteeringError."""
        camera = self._playing
        if camera is None:
            if asked.get("do") != "stop":  # nobody steers what they do not see, but what moves can always be stopped
                raise SteeringError("it sends no pictures just now")
            camera = self._played or await self._reached()
        return await self._shared.steering.answer(*camera, asked)

    async def _reached(self) -> tuple[SourceSpec, str]:
        """Where the camera should be that has not played here yet: another puller may have turned it."""
        try:
            spec = await self._fetch()
            return spec, await self._shared.resolver.address(spec.host)
        except SourceError as error:
            raise SteeringError("nobody knows where the camera is") from error

    def status(self, worker: str) -> StreamStatus:
        """What to tell everybody."""
        now_ms = time.time_ns() // 1_000_000
        newest, state = self._newest, self._state
        return StreamStatus(
            stream=self.stream,
            camera=camera_of(self.stream),
            state=state.state,
            since_ms=now_ms - round((time.monotonic() - state.since) * 1000),
            last_picture_ms=newest.arrived_wall_ns // 1_000_000 if newest else None,
            cause_id=state.cause.indonesian,
            cause_en=state.cause.english,
            codec=newest.codec.name.lower() if newest else "",
            width=newest.width if newest else 0,
            height=newest.height if newest else 0,
            fps=self._figures.fps,
            gop_s=self._figures.gop_s,
            b_frames=self._b_frames,
            bitrate_kbps=self._figures.bitrate_kbps,
            worker=worker,
            epoch=self._epoch(),
            updated_ms=now_ms,
        )

    def switched_off(self, worker: str) -> StreamStatus:
        """The last word on a stream that nobody needs any more."""
        now_ms = time.time_ns() // 1_000_000
        cause = causes.NOT_NEEDED
        return replace(
            self.status(worker),
            state=State.OFF,
            since_ms=now_ms,
            cause_id=cause.indonesian,
            cause_en=cause.english,
            fps=0.0,
            bitrate_kbps=0,
        )

    async def _run(self) -> None:
        while True:
            began = asyncio.get_running_loop().time()
            self._address = self._pictures_since = None
            spec: SourceSpec | None = None
            try:
                spec = await self._fetch()
                self._notice_address(spec.url)
                await self._pull_until_changed(spec)
            except SourceError as error:
                self._failed(error)
            except Exception:
                log.exception("pulling failed in an unforeseen way", stream=self.stream)
                self._failed(SourceError(State.UNREACHABLE, causes.FAILED))
            if self._state.state is State.REFUSED and spec is not None:
                await self._wait_while_refused(spec)
            else:
                await self._wait(self._backoff.next(self._healthy_s(), self._importance()), began)

    def _notice_address(self, url: str) -> None:
        """Pictures of what was at another address are not to be shown under this name any more."""
        if self._url is not None and self._url != url:
            self._newest = self._played = None
            self._another_camera()
        self._url = url

    async def _wait(self, seconds: float, began: float) -> None:
        with self._shared.admission.resting(self._address, seconds, began) as self._rest:
            try:
                await self._rest.over()
            finally:
                self._rest = None

    def _healthy_s(self) -> float:
        """How long pictures came on the connection that has ended."""
        if self._newest is None or self._pictures_since is None:
            return 0.0
        return (self._newest.arrived_mono_ns - self._pictures_since) / 1e9

    async def _pull_until_changed(self, spec: SourceSpec) -> None:
        """One connection, ended too when the catalogue says something else: a name over another device is a lie."""
        pulling = asyncio.create_task(self._pull_once(spec), name=f"connection {self.stream}")
        watching = asyncio.create_task(self._until_changed(spec, LOOK_S), name=f"address {self.stream}")
        try:
            await asyncio.wait((pulling, watching), return_when=asyncio.FIRST_COMPLETED)
            if pulling.done():
                pulling.result()
            else:
                log.info("the camera's address has changed", stream=self.stream)
        finally:
            self._playing = None
            await end_tasks(pulling, watching)

    async def _pull_once(self, spec: SourceSpec) -> None:
        """Publish one connection's access units."""
        self._timestamps.reconnected()
        self._figures.begin_again()
        first = True
        shared = self._shared
        self._address = address = await shared.resolver.address(spec.host)
        async with shared.refusals.login(spec) as accepted:

            def opened(source: Opened) -> None:
                self._state.opened(source.least_bound_s)
                shared.admission.succeeded(address)
                accepted()
                self._playing = self._played = spec, address

            def late() -> None:
                self._state.keyframe_late()
                self.keyframe_wanted()

            await shared.admission.admit(address, self._importance())
            async with aclosing(pull(spec, shared.ffmpeg, opened, address, late)) as units:
                async for pulled in units:
                    au = self._access_unit(pulled, discontinuity=first)
                    first = False
                    self._publish(au)
                    self._note(au, pulled)

    def _access_unit(self, pulled: Pulled, *, discontinuity: bool) -> AccessUnit:
        unit = pulled.unit
        timestamp = self._timestamps.map(pulled.source_ticks, pulled.arrived_mono_ns, reordered=pulled.reordered)
        self._sequence += 1
        return AccessUnit(
            stream=self.stream,
            epoch=self._epoch(),
            sequence=self._sequence,
            codec=pulled.codec,
            width=unit.width,
            height=unit.height,
            timestamp=timestamp,
            arrived_wall_ns=pulled.arrived_wall_ns,
            arrived_mono_ns=pulled.arrived_mono_ns,
            boot_id=boot_id(),
            keyframe=unit.keyframe,
            discontinuity=discontinuity,
            damaged=unit.damaged,
            held=False,
            data=unit.data,
        )

    def _note(self, au: AccessUnit, pulled: Pulled) -> None:
        self._newest = au
        changed = self._b_frames != pulled.unit.b_frames
        self._b_frames = pulled.unit.b_frames
        self._figures.add(au.arrived_mono_ns / 1e9, au.timestamp, len(au.data), keyframe=au.keyframe)
        if au.discontinuity:
            self._pictures_since = au.arrived_mono_ns
            self._state.picture_decoded()  # what `pull` begins with is a keyframe that it has decoded
        # After a loss nothing is shown until the next keyframe: a stream that only comes damaged is not live.
        self._whole = not au.damaged and (au.keyframe or self._whole)
        if self._whole and self._state.access_unit():
            self._tell()
        elif changed:
            self._changed()

    def _failed(self, error: SourceError) -> None:
        if self._state.failed(error.state, error.cause):
            self._tell()

    def _tell(self) -> None:
        log.info("camera", stream=self.stream, state=self._state.state.value, cause=self._state.cause.english)
        self._changed()

    async def _wait_while_refused(self, refused: SourceSpec) -> None:
        """Twenty minutes, or until the catalogue says something else."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REFUSED_RETRY_S):
                await self._until_changed(refused, REFUSED_LOOK_S)

    async def _until_changed(self, known: SourceSpec, every_s: float) -> None:
        """Return when the catalogue says something else of this stream."""
        while True:
            await asyncio.sleep(every_s * random.uniform(0.8, 1.2))  # noqa: S311 - so that not all ask at once
            try:
                if await self._fetch() != known:
                    return
            except SourceError as error:
                if error.state is not State.CONNECTING:  # that only says that nobody knows just now
                    return
