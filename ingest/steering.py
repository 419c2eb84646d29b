"""Steering cameras that can be turned, beside their streams: by the puller, which has their passwords and reaches them.

A dead man's switch in two places: each move ends in the camera by itself, and here, for cameras that take no notice of
that, the moment nobody has said it again. So a camera stands still soon after its operator's browser, the network,
control, or this process is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest import causes
from ingest.camera_state import State
from ingest.errors import SteeringError
from ingest.onvif.client import Client
from ingest.onvif.errors import OnvifError, PasswordError, UnknownOperationError
from ingest.onvif.ptz import MAX_TOKEN, Preset, Ptz, Velocity, ptz_of
from ingest.refusals import Refusals
from ingest.source import SourceError, SourceSpec

# A move lasts so long, unless it is said again: whole seconds, as some cameras know no parts of one.
MOVE_S = 1
# What is known of a camera is asked for again after so long; its places sooner, as people save them at the camera; and
# one that could not be asked is left alone for the last.
KNOWN_S, PRESETS_S, FAILED_S = 300.0, 20.0, 20.0
MOST_S = 4.0
_STOP_TRIES = 3
# 256 places of a camera are 80 kB. Parsed while all other streams of the process wait, and only where a person asks.
MOST_BYTES = 128_000

_NOT_IN_TIME = "the camera does not answer in time"

log = structlog.get_logger(__name__)

type _Axis = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class Asked(BaseModel):
    """What control asks for with `req.steer.<stream>`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    do: Literal["look", "move", "stop", "goto"]
    pan: _Axis = 0.0
    tilt: _Axis = 0.0
    zoom: _Axis = 0.0
    preset: Annotated[str, Field(max_length=MAX_TOKEN)] = ""


@dataclass(slots=True)
class _Camera:
    """What is known of one, by the loop's time. `turn` grows with each word: an older one that still waits is void."""

    spec: SourceSpec
    address: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    client: Client | None = None
    ptz: Ptz | None = None
    known_until: float = 0.0
    failed: str = ""
    presets: list[Preset] = field(default_factory=list)
    presets_until: float = 0.0
    turn: int = 0
    stops: asyncio.TimerHandle | None = None  # while it moves


class Steering:
    """The steered cameras of a process. Needs a running event loop."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._cameras: dict[str, _Camera] = {}  # by stream
        self._stopping: set[asyncio.Task[None]] = set()

    async def answer(self, spec: SourceSpec, address: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked of the camera of this stream, whose host was found at `address`. Raises SteeringError.

        look → {"can": false}, or {"can": true, "pan", "tilt", "zoom": whether, "presets": [{"token", "name"}]}.
        move, stop → {}. goto → {"name"} of the place that it goes to.
        """
        try:
            asked = Asked.model_validate(payload)
        except ValidationError:
            raise SteeringError("what was asked is not understood") from None
        if not (spec.onvif_url and spec.profile):
            return _cannot(asked)
        camera = self._camera(spec, address)
        camera.turn += asked.do in {"move", "stop"}
        turn = camera.turn
        try:
            async with asyncio.timeout(MOST_S), camera.lock:
                return await self._do(camera, asked, turn)
        except TimeoutError:
            raise SteeringError(_NOT_IN_TIME) from None

    async def aclose(self) -> None:
        """Whatever moves is stopped, as far as that can be done in a moment."""
        moving = [camera for camera in self._cameras.values() if camera.stops is not None]
        for camera in moving:
            self._stop_soon(camera)
        if self._stopping:
            await asyncio.wait(self._stopping, timeout=MOVE_S)
        for task in self._stopping:
            task.cancel()
        await asyncio.gather(*self._stopping, return_exceptions=True)
        for camera in self._cameras.values():
            await _leave(camera)
        self._cameras.clear()

    def _camera(self, spec: SourceSpec, address: str) -> _Camera:
        """The camera as it is known; anew where the catalogue says something else of it."""
        known = self._cameras.get(spec.stream)
        if known is not None:
            if (known.spec, known.address) == (spec, address):
                return known
            self._stop_soon(known)
        made = self._cameras[spec.stream] = _Camera(spec, address)
        return made

    async def _do(self, camera: _Camera, asked: Asked, turn: int) -> dict[str, Any]:
        ptz = await self._ptz(camera)
        if ptz is None:
            return _cannot(asked)
        match asked.do:
            case "look":
                places = await self._presets(camera, ptz)
                reach = ptz.reach
                can = {"can": True, "pan": reach.pan > 0, "tilt": reach.tilt > 0, "zoom": reach.zoom > 0}
                return can | {"presets": [{"token": one.token, "name": one.name} for one in places]}
            case "move" if turn == camera.turn:
                self._begin(camera)  # first: what comes too late to be heard of may have been done all the same
                await self._say(camera, ptz.move(Velocity(asked.pan, asked.tilt, asked.zoom), MOVE_S))
            case "stop" if turn == camera.turn:
                await self._say(camera, ptz.stop())
                self._ended(camera)
            case "goto":
                place = next((one for one in await self._presets(camera, ptz) if one.token == asked.preset), None)
                if place is None:
                    raise SteeringError("the camera has no such place")
                await self._say(camera, ptz.go_to(place.token))
                return {"name": place.name}
        return {}

    async def _ptz(self, camera: _Camera) -> Ptz | None:
        """What it can do, asked now and then. Raises SteeringError."""
        now = asyncio.get_running_loop().time()
        if now >= camera.known_until:
            camera.known_until, camera.failed = now + FAILED_S, _NOT_IN_TIME
            await _leave(camera)
            spec = camera.spec
            client = Client(spec.onvif_url, camera.address, spec.username, spec.password, most_bytes=MOST_BYTES)
            camera.client = client
            try:
                camera.ptz = await self._say(camera, _asked_of(client, spec.profile))
            except SteeringError as error:
                camera.failed = str(error)
                log.debug("a camera cannot be asked whether it turns", stream=spec.stream, reason=camera.failed)
            else:
                camera.known_until, camera.failed = now + KNOWN_S, ""
        if camera.failed:
            raise SteeringError(camera.failed)
        return camera.ptz

    async def _presets(self, camera: _Camera, ptz: Ptz) -> list[Preset]:
        now = asyncio.get_running_loop().time()
        if now >= camera.presets_until:
            camera.presets_until = now + PRESETS_S
            camera.presets = await self._say(camera, _presets_of(ptz))
        return camera.presets

    async def _say[T](self, camera: _Camera, question: Coroutine[Any, Any, T]) -> T:
        """With the password, which is not tried where the camera has refused it. Raises SteeringError."""
        try:
            async with self._refusals.login(camera.spec, "onvif") as accepted:
                try:
                    answer = await question
                except PasswordError:
                    raise SourceError(State.REFUSED, causes.WRONG_PASSWORD) from None
                accepted()
                return answer
        except SourceError:
            raise SteeringError("the camera refuses our name or password") from None
        except OnvifError as error:
            raise SteeringError(f"the camera {error}") from None
        finally:
            question.close()  # where it was not even asked

    def _begin(self, camera: _Camera) -> None:
        self._ended(camera)
        camera.stops = asyncio.get_running_loop().call_later(MOVE_S, self._stop_soon, camera)

    def _ended(self, camera: _Camera) -> None:
        if camera.stops is not None:
            camera.stops.cancel()
            camera.stops = None

    def _stop_soon(self, camera: _Camera) -> None:
        self._ended(camera)
        task = asyncio.create_task(self._stop(camera), name=f"stop {camera.spec.stream}")
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _stop(self, camera: _Camera) -> None:
        """Nobody has said the move again: say so to the camera, until it has heard, or somebody moves it again."""
        for _ in range(_STOP_TRIES):
            try:
                async with asyncio.timeout(MOST_S), camera.lock:
                    if camera.stops is None and camera.ptz is not None:
                        await self._say(camera, camera.ptz.stop())
                    break
            except (SteeringError, TimeoutError) as error:
                reason = str(error) or _NOT_IN_TIME
                log.warning("a camera could not be stopped", stream=camera.spec.stream, reason=reason)
        if self._cameras.get(camera.spec.stream) is not camera:  # another has its place by now
            await _leave(camera)


async def _asked_of(client: Client, profile: str) -> Ptz | None:
    await client.learn_clock()
    return await ptz_of(client, profile)


async def _presets_of(ptz: Ptz) -> list[Preset]:
    try:
        return await ptz.presets()
    except UnknownOperationError:
        return []


async def _leave(camera: _Camera) -> None:
    if camera.client is not None:
        await camera.client.aclose()
        camera.client = None


def _cannot(asked: Asked) -> dict[str, Any]:
    if asked.do == "look":
        return {"can": False}
    raise SteeringError("this camera cannot be turned")
