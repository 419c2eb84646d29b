"""Steering cameras that can be turned, beside their streams: by the puller, which has their passwords and reaches them.

A dead man's switch in two places: each move ends in the camera by itself, and here, for cameras that take no notice of
that, the moment nobody has said it again. So a camera stands still soon after its operator's browser, the network or
control is gone; after this process is gone too, but for one that takes no notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest import causes
from ingest.camera_state import State, camera_of
from ingest.ending import end_tasks
from ingest.errors import SteeringError
from ingest.onvif.client import Client
from ingest.onvif.errors import ForbiddenError, OnvifError, PasswordError, UnknownOperationError
from ingest.onvif.ptz import MAX_TOKEN, Preset, Ptz, Velocity, ptz_of
from ingest.refusals import Refusals
from ingest.source import SourceError, SourceSpec

# A move lasts so long, unless it is said again: whole seconds, as some cameras know no parts of one.
MOVE_S = 1
# What is known of a camera is asked for again after so long; its places sooner, as people save them at the camera; and
# one that could not be asked is left alone for the last.
KNOWN_S, PRESETS_S, FAILED_S = 300.0, 20.0, 20.0
MOST_S = 4.0
# Before each further try to stop a camera.
_STOP_PAUSES_S = (0.5, 1.0, 2.0)
# 256 places of a camera are 80 kB. Parsed while all other streams of the process wait, and only where a person asks.
MOST_BYTES = 128_000

_NOT_IN_TIME = "the camera does not answer in time"

log = structlog.get_logger(__name__)

type Axis = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
"""Of how fast a camera can: right, up and nearer are positive."""


class Asked(BaseModel):
    """What control asks for with `req.steer.<stream>`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    do: Literal["look", "move", "stop", "goto"]
    pan: Axis = 0.0
    tilt: Axis = 0.0
    zoom: Axis = 0.0
    preset: Annotated[str, Field(max_length=MAX_TOKEN)] = ""


class _RefusedError(SteeringError):
    """The camera does not let us: nothing was done."""


@dataclass(slots=True)
class _Camera:
    """What is known of one, by the loop's time. `turn` grows with each word: an older one that still waits is void.

    Questions go one after the other, and so do words, so that no question keeps a Stop waiting, nor a move.
    """

    spec: SourceSpec  # of the stream by which it was asked last
    address: str
    questions: asyncio.Lock = field(default_factory=asyncio.Lock)
    words: asyncio.Lock = field(default_factory=asyncio.Lock)
    ptz: Ptz | None = None  # with its connection, until the next one is known
    known_until: float = 0.0
    failed: str = ""
    presets: list[Preset] | None = None
    presets_until: float = 0.0
    presets_failed: str = ""
    turn: int = 0
    moves: bool = False  # it was told to, and has not heard anything else since
    stops: asyncio.TimerHandle | None = None  # when nobody says the move again
    is_left: bool = False

    def is_that_of(self, spec: SourceSpec, address: str) -> bool:
        """Its streams have a profile each, and all of them turn the same camera."""
        if self.address != address or _door(self.spec) != _door(spec):
            return False
        return self.spec.profile == spec.profile or (self.spec.stream != spec.stream and self.ptz is not None)


class Steering:
    """The steered cameras of a process. Needs a running event loop."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._cameras: dict[str, _Camera] = {}
        self._ending: set[asyncio.Task[None]] = set()

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
        camera.turn += asked.do != "look"
        try:
            async with asyncio.timeout(MOST_S):
                return await self._do(camera, asked, camera.turn)
        except TimeoutError:
            raise SteeringError(_NOT_IN_TIME) from None

    def forget(self, stream: str) -> None:
        """It is not pulled here any more: a camera that was asked by it is stopped if it moves, and left."""
        camera = self._cameras.get(camera_of(stream))
        if camera is not None and camera.spec.stream == stream:
            del self._cameras[camera_of(stream)]
            self._leave(camera)

    async def aclose(self) -> None:
        """Whatever moves is stopped, as far as that can be done in a moment."""
        for camera in self._cameras.values():
            self._leave(camera)
        self._cameras.clear()
        if self._ending:
            await asyncio.wait(self._ending, timeout=MOVE_S)
        await end_tasks(*self._ending)

    def _camera(self, spec: SourceSpec, address: str) -> _Camera:
        """The camera as it is known; anew where the catalogue says something else of it."""
        name = camera_of(spec.stream)
        known = self._cameras.get(name)
        if known is not None:
            if known.is_that_of(spec, address):
                known.spec = spec
                return known
            self._leave(known)
        made = self._cameras[name] = _Camera(spec, address)
        return made

    async def _do(self, camera: _Camera, asked: Asked, turn: int) -> dict[str, Any]:
        ptz = _known_for(camera, asked) or await self._ptz(camera)
        if ptz is None:
            return _cannot(asked)
        if asked.do == "look":
            reach, places = ptz.reach, await self._presets(camera, ptz)
            can = {"can": True, "pan": reach.pan > 0, "tilt": reach.tilt > 0, "zoom": reach.zoom > 0}
            return can | {"presets": [{"token": one.token, "name": one.name} for one in places]}
        place = None
        if asked.do == "goto":
            place = next((one for one in await self._presets(camera, ptz) if one.token == asked.preset), None)
            if place is None:
                raise SteeringError("the camera has no such place")
        async with camera.words:
            if turn == camera.turn and camera.ptz is not None:  # which another look may have found meanwhile
                await self._tell(camera, camera.ptz, asked, place)
            elif place is not None:
                raise SteeringError("the camera was told something else meanwhile")
        return {"name": place.name} if place is not None else {}

    async def _tell(self, camera: _Camera, ptz: Ptz, asked: Asked, place: Preset | None) -> None:
        """One word. Where none comes back it moves still, as far as anybody knows, and is stopped in its time."""
        if place is not None:
            await self._say(camera, ptz.go_to(place.token))
            self._ended(camera)
        elif asked.do == "stop":
            await _stop(ptz)
            self._ended(camera)
        else:
            moved = camera.moves
            self._begin(camera)  # first: what comes too late to be heard of may have been done all the same
            try:
                await self._say(camera, ptz.move(Velocity(asked.pan, asked.tilt, asked.zoom), MOVE_S))
            except _RefusedError:
                if not moved:
                    self._ended(camera)
                raise

    async def _ptz(self, camera: _Camera) -> Ptz | None:
        """What it can do, asked now and then, but never while it moves. Raises SteeringError."""
        async with camera.questions:
            now = asyncio.get_running_loop().time()
            if now >= camera.known_until and not camera.moves and not camera.is_left:
                camera.known_until, camera.failed = now + FAILED_S, "" if camera.ptz is not None else _NOT_IN_TIME
                await self._look(camera)
            if camera.failed:
                raise SteeringError(camera.failed)
            return camera.ptz

    async def _look(self, camera: _Camera) -> None:
        """What was known before serves until more is, unless the camera refuses us."""
        spec = camera.spec
        client = Client(spec.onvif_url, camera.address, spec.username, spec.password, most_bytes=MOST_BYTES)
        left = [client]
        try:
            found = await self._say(camera, _asked_of(client, spec.profile))
            async with camera.words:
                if not camera.is_left:
                    camera.known_until, camera.failed = asyncio.get_running_loop().time() + KNOWN_S, ""
                    before, camera.ptz = camera.ptz, found
                    left = [client] if found is None else []
                    left += [before.client] if before is not None else []
        except SteeringError as error:
            if camera.ptz is None or isinstance(error, _RefusedError):
                camera.failed = str(error)
            log.debug("a camera cannot be asked whether it turns", stream=spec.stream, reason=str(error))
        finally:
            for one in left:
                await one.aclose()

    async def _presets(self, camera: _Camera, ptz: Ptz) -> list[Preset]:
        """Those that were known before serve until more are. Raises SteeringError where there never were any."""
        async with camera.questions:
            now = asyncio.get_running_loop().time()
            if now >= camera.presets_until:
                camera.presets_until, camera.presets_failed = now + FAILED_S, _NOT_IN_TIME
                try:
                    camera.presets = await self._say(camera, _presets_of(ptz))
                    camera.presets_until = asyncio.get_running_loop().time() + PRESETS_S
                except SteeringError as error:
                    camera.presets_failed = str(error)
            if camera.presets is None:
                raise SteeringError(camera.presets_failed)
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
            raise _RefusedError("the camera refuses our name or password") from None
        except ForbiddenError as error:
            raise _RefusedError(f"the camera {error}") from None
        except OnvifError as error:
            raise SteeringError(f"the camera {error}") from None
        finally:
            question.close()  # where it was not even asked

    def _begin(self, camera: _Camera) -> None:
        self._ended(camera)
        camera.moves = True
        camera.stops = asyncio.get_running_loop().call_later(MOVE_S, self._stop_soon, camera)

    def _ended(self, camera: _Camera) -> None:
        camera.moves = False
        if camera.stops is not None:
            camera.stops.cancel()
            camera.stops = None

    def _stop_soon(self, camera: _Camera) -> None:
        """Nobody has said the move again."""
        camera.stops = None
        self._end(self._stand_still(camera), f"stop {camera.spec.stream}")

    def _leave(self, camera: _Camera) -> None:
        """It is nobody's any more: what waits is void."""
        camera.turn += 1
        camera.is_left = True
        if camera.stops is not None:
            camera.stops.cancel()
            camera.stops = None
        self._end(self._last_words(camera), f"leave {camera.spec.stream}")

    def _end(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _last_words(self, camera: _Camera) -> None:
        try:
            await self._stand_still(camera)
        finally:
            if camera.ptz is not None:
                await camera.ptz.client.aclose()

    async def _stand_still(self, camera: _Camera) -> None:
        """Say Stop to it until it has heard, or somebody moves it again, or sends it somewhere."""
        for pause_s in (0.0, *_STOP_PAUSES_S):
            await asyncio.sleep(pause_s)
            try:
                async with asyncio.timeout(MOST_S), camera.words:
                    if camera.moves and camera.stops is None and camera.ptz is not None:
                        await _stop(camera.ptz)
                        self._ended(camera)
                    return
            except (SteeringError, TimeoutError) as error:
                reason = str(error) or _NOT_IN_TIME
                log.warning("a camera could not be stopped", stream=camera.spec.stream, reason=reason)
            except Exception:
                log.exception("stopping a camera failed in an unforeseen way", stream=camera.spec.stream)
        if camera.stops is None:
            camera.moves = False  # nobody knows


def _known_for(camera: _Camera, asked: Asked) -> Ptz | None:
    """What a word goes by that is not kept waiting by questions: Stop always, a move as long as that is fresh."""
    is_fresh = camera.moves or (not camera.failed and asyncio.get_running_loop().time() < camera.known_until)
    return camera.ptz if asked.do == "stop" or (asked.do == "move" and is_fresh) else None


def _door(spec: SourceSpec) -> tuple[str, str, str]:
    return spec.onvif_url, spec.username, spec.password


async def _asked_of(client: Client, profile: str) -> Ptz | None:
    await client.learn_clock()
    return await ptz_of(client, profile)


async def _presets_of(ptz: Ptz) -> list[Preset]:
    try:
        return await ptz.presets()
    except (UnknownOperationError, ForbiddenError):
        return []


async def _stop(ptz: Ptz) -> None:
    """Also where the password is in doubt: this connection has tried it once at most. Raises SteeringError."""
    try:
        await ptz.stop()
    except OnvifError as error:
        raise SteeringError(f"the camera {error}") from None


def _cannot(asked: Asked) -> dict[str, Any]:
    if asked.do == "look":
        return {"can": False}
    raise SteeringError("this camera cannot be turned")
