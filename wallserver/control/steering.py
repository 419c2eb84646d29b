"""Turning cameras, as people ask for it: who steers, one at a time; what is done the camera's puller does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ingest.bus import Bus
from ingest.errors import BusError
from wallserver.catalogue.camera import Camera
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras
from wallserver.control.public_cameras import PublicCameras
from wallserver.people.rights import Person

# Whoever has moved a camera has it for so long after: time to look, and to move it on.
HOLD_MS = 8_000
_REQUEST_S = 5.0
_MASKED = "A part of what this camera shows is masked: turned, the mask would cover something else."
_PUBLIC = "The public sees this camera: whoever turned it would choose what that sees. Cut it off first."
_NOT_PULLED = "Nobody sees this camera just now: it can be steered while its live picture is shown."

type Reason = Literal["masked", "public", "unseen", "silent", "camera"]


class NotSteeredError(Exception):
    """The camera cannot be steered; its words say why, and for pages in other languages `reason`."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class HeldError(Exception):
    """Somebody else steers it."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(f"{hold.name} steers this camera.")
        self.hold = hold


@dataclass(frozen=True, slots=True)
class Hold:
    """Who steers a camera, by which of its streams, and until when if they do nothing more (Unix milliseconds)."""

    person: str
    name: str
    stream: str
    until_ms: int


class Steering:
    """Who steers what. Kept in memory: after a restart of control nobody steers anything."""

    def __init__(self, live: Live, masked: MaskedCameras, public: PublicCameras, now_ms: Callable[[], int]) -> None:
        self._live = live
        self._masked = masked
        self._public = public
        self._now_ms = now_ms
        self._bus: Bus | None = None
        self._holds: dict[str, Hold] = {}
        # By camera and person who begin to steer it, and have done nothing yet: whose it was before.
        self._beginning: dict[tuple[str, str], Hold | None] = {}

    def attach(self, bus: Bus) -> None:
        """The bus is there."""
        self._bus = bus

    def hold(self, camera: Camera) -> Hold | None:
        """Who steers it now."""
        hold = self._holds.get(camera.id)
        return hold if hold is not None and hold.until_ms > self._now_ms() else None

    async def look(self, camera: Camera) -> dict[str, Any]:
        """What it can do: {"can": false}, or {"can": true, "pan", "tilt", "zoom", "presets"}.

        Raises NotSteeredError.
        """
        self._check(camera)
        return await self._ask(self._stream(camera), {"do": "look"})

    async def move(
        self, camera: Camera, who: Person, velocity: Mapping[str, float], *, over: bool
    ) -> tuple[Hold, bool]:
        """Move for a second, unless it is said again; and whether somebody begins to steer. `over`: whoever does.

        `velocity`: pan, tilt and zoom, -1 to 1. Raises HeldError, NotSteeredError.
        """
        hold = self._take(camera, who, over=over)
        _, begins = await self._do(camera, {"do": "move", **velocity}, hold)
        return hold, begins

    async def stop(self, camera: Camera, who: Person) -> None:
        """Stand still, whatever it shows, and where it shows nothing too. Raises HeldError, NotSteeredError."""
        held = self.hold(camera)
        if held is not None and held.person != who.id:
            raise HeldError(held)
        streams = self._streams(camera)
        for stream in streams:
            try:
                await self._ask(stream, {"do": "stop"})
            except NotSteeredError as error:
                if error.reason != "silent" or stream == streams[-1]:
                    raise
            else:
                return

    async def go_to(self, camera: Camera, who: Person, preset: str, *, over: bool) -> tuple[Hold, str]:
        """Go to a saved place; and what that is called. Raises HeldError, NotSteeredError."""
        hold = self._take(camera, who, over=over)
        answer, _ = await self._do(camera, {"do": "goto", "preset": preset}, hold)
        return hold, str(answer.get("name", ""))

    def _take(self, camera: Camera, who: Person, *, over: bool) -> Hold:
        """Theirs it is, or is still. What holds nothing any more is forgotten."""
        held = self.hold(camera)
        if held is not None and held.person != who.id and not over:
            raise HeldError(held)
        self._check(camera)
        stream = self._stream(camera)
        now = self._now_ms()
        self._holds = {name: hold for name, hold in self._holds.items() if hold.until_ms > now}
        self._beginning = {key: before for key, before in self._beginning.items() if key[0] in self._holds}
        if held is None or held.person != who.id:
            self._beginning[camera.id, who.id] = held
        hold = self._holds[camera.id] = Hold(who.id, who.name, stream, now + HOLD_MS)
        return hold

    async def _do(self, camera: Camera, what: Mapping[str, Any], hold: Hold) -> tuple[dict[str, Any], bool]:
        """And whether it is the first that they do. Whoever could not even begin, by any of several quick words, has
        not got it: whose it was before has it still.
        """
        key = camera.id, hold.person
        try:
            answer = await self._ask(hold.stream, what)
        except NotSteeredError:
            if key in self._beginning and self._holds.get(camera.id) is hold:
                del self._holds[camera.id]
                if (before := self._beginning.pop(key)) is not None:
                    self._holds[camera.id] = before
            raise
        begins = key in self._beginning
        self._beginning.pop(key, None)
        return answer, begins

    def _check(self, camera: Camera) -> None:
        """Whether anybody may turn it just now. Raises NotSteeredError."""
        if camera.id in self._masked:
            raise NotSteeredError("masked", _MASKED)
        if self._public.shows(camera.id):
            raise NotSteeredError("public", _PUBLIC)

    def _stream(self, camera: Camera) -> str:
        """The stream by which it is asked. Raises NotSteeredError."""
        stream = self._streams(camera)[0]
        if not self._live.runs(stream):
            raise NotSteeredError("unseen", _NOT_PULLED)
        return stream

    def _streams(self, camera: Camera) -> list[str]:
        """Its streams, the one first by which it is asked: one that runs, and of these that by which somebody holds it,
        as another may have another puller, whose last word would end the moves of this one.
        """
        held = self.hold(camera)
        streams = ([held.stream] if held is not None else []) + list(camera.streams)
        return sorted(dict.fromkeys(streams), key=lambda stream: not self._live.runs(stream))

    async def _ask(self, stream: str, what: Mapping[str, Any]) -> dict[str, Any]:
        if self._bus is None:
            raise NotSteeredError("unseen", _NOT_PULLED)
        try:
            answer = await self._bus.request(f"req.steer.{stream}", what, _REQUEST_S)
        except BusError as error:
            raise NotSteeredError("silent", "The camera's puller does not answer.") from error
        if "error" in answer:
            raise NotSteeredError("camera", f"The puller says: {answer['error']}.")
        return answer
