"""Asking cameras that speak ONVIF for a keyframe, beside their streams: never waited for, seldom, and politely."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from ingest import causes
from ingest.camera_state import State, camera_of
from ingest.ending import end_tasks
from ingest.onvif.client import Client
from ingest.onvif.device import media_services
from ingest.onvif.errors import OnvifError, PasswordError
from ingest.refusals import Refusals
from ingest.source import SourceError, SourceSpec

# A camera that makes keyframes all the time has no bits left for its pictures.
EVERY_S = 5.0
# Where it went wrong it is left alone: what cannot do it today cannot do it in five seconds.
REST_S = 600.0
MOST_S = 8.0
AT_ONCE = 8
# What is parsed here is parsed while all other streams of the process wait: 16 kB take 10 ms at worst.
MOST_BYTES = 16_000

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Camera:
    """What is known of one: until when it is left alone (the loop's time), and whether its failure was said."""

    rests_until: float = 0.0
    failed: bool = False
    is_asked: bool = False


class Keyframes:
    """SetSynchronizationPoint for the cameras of a process; `asked` and `failed` count. Needs a running event loop."""

    def __init__(self, refusals: Refusals) -> None:
        self.asked = 0
        self.failed = 0
        self._refusals = refusals
        self._cameras: dict[str, _Camera] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()  # one for each camera at most

    def ask(self, spec: SourceSpec, address: str) -> None:
        """Ask for a keyframe of this stream soon, unless its camera was asked a moment ago; returns at once.

        `address`: where the camera's host was found; it is connected to nowhere else. Nothing happens where the
        catalogue does not know the camera's ONVIF service and the stream's profile there.
        """
        if not (spec.onvif_url and spec.profile):
            return
        camera = self._cameras.setdefault(camera_of(spec.stream), _Camera())
        now = asyncio.get_running_loop().time()
        if now < camera.rests_until or camera.is_asked:
            return
        camera.rests_until, camera.is_asked = now + EVERY_S, True
        task = asyncio.create_task(self._ask(spec, address, camera), name=f"keyframe of {spec.stream}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Give up what is under way."""
        await end_tasks(*self._tasks)

    async def _ask(self, spec: SourceSpec, address: str, camera: _Camera) -> None:
        self.asked += 1
        try:
            async with asyncio.timeout(MOST_S), self._places:  # what waits for a place for so long comes too late
                await self._synchronise(spec, address)
        except (SourceError, OnvifError, TimeoutError) as error:
            self.failed += 1
            camera.rests_until = asyncio.get_running_loop().time() + REST_S
            if not camera.failed:
                log.debug("the camera cannot be asked for a keyframe", stream=spec.stream, reason=str(error))
            camera.failed = True
        else:
            camera.failed = False
        finally:
            camera.is_asked = False

    async def _synchronise(self, spec: SourceSpec, address: str) -> None:
        """Raises SourceError for a refused password, which then is not tried again here for a while; OnvifError."""
        async with (
            self._refusals.login(spec, "onvif") as accepted,
            Client(spec.onvif_url, address, spec.username, spec.password, most_bytes=MOST_BYTES) as client,
        ):
            try:
                await client.learn_clock()
                media, *_ = await media_services(client)
                await media.synchronise(spec.profile)
            except PasswordError:
                raise SourceError(State.REFUSED, causes.WRONG_PASSWORD) from None
            accepted()
