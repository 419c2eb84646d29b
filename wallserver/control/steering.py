"""Turning cameras, as people ask for it: who steers, one at a time; what is done the camera's puller does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.bus import Bus
from ingest.errors import BusError
from wallserver.catalogue.camera import Camera
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras
from wallserver.people.rights import Person

# Whoever has moved a camera has it for so long after: time to look, and to move it on.
HOLD_MS = 8_000
_REQUEST_S = 5.0
_MASKED = "A part of what this camera shows is masked: turned, the mask would cover something else."
_NOT_PULLED = "Nobody sees this camera just now: it can be steered while its live picture is shown."


class NotSteeredError(Exception):
    """The camera cannot be steered; its words say why."""


class HeldError(Exception):
    """Somebody else steers it."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(f"{hold.name} steers this camera.")
        self.hold = hold


@dataclass(frozen=True, slots=True)
class Hold:
    """Who steers a camera, and until when if they do nothing more (Unix milliseconds)."""

    person: str
    name: str
    until_ms: int


class Steering:
    """Who steers what. Kept in memory: after a restart of control nobody steers anything."""

    def __init__(self, live: Live, masked: MaskedCameras, now_ms: Callable[[], int]) -> None:
        self._live = live
        self._masked = masked
        self._now_ms = now_ms
        self._bus: Bus | None = None
        self._holds: dict[str, Hold] = {}

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
        return await self._ask(camera, {"do": "look"})

    async def move(
        self, camera: Camera, who: Person, velocity: Mapping[str, float], *, over: bool
    ) -> tuple[Hold, bool]:
        """Move for a second, unless it is said again; and whether somebody begins to steer. `over`: whoever does.

        `velocity`: pan, tilt and zoom, -1 to 1. Raises HeldError, NotSteeredError.
        """
        hold, begins = self._take(camera, who, over=over)
        await self._do(camera, {"do": "move", **velocity}, hold, begins=begins)
        return hold, begins

    async def stop(self, camera: Camera, who: Person) -> None:
        """Stand still. Raises HeldError, NotSteeredError."""
        held = self.hold(camera)
        if held is not None and held.person != who.id:
            raise HeldError(held)
        await self._ask(camera, {"do": "stop"})

    async def go_to(self, camera: Camera, who: Person, preset: str, *, over: bool) -> tuple[Hold, str]:
        """Go to a saved place; and what that is called. Raises HeldError, NotSteeredError."""
        hold, begins = self._take(camera, who, over=over)
        answer = await self._do(camera, {"do": "goto", "preset": preset}, hold, begins=begins)
        return hold, str(answer.get("name", ""))

    def _take(self, camera: Camera, who: Person, *, over: bool) -> tuple[Hold, bool]:
        """And whether it was not theirs before. What holds nothing any more is forgotten."""
        held = self.hold(camera)
        if held is not None and held.person != who.id and not over:
            raise HeldError(held)
        now = self._now_ms()
        self._holds = {name: hold for name, hold in self._holds.items() if hold.until_ms > now}
        hold = self._holds[camera.id] = Hold(who.id, who.name, now + HOLD_MS)
        return hold, held is None or held.person != who.id

    async def _do(self, camera: Camera, what: Mapping[str, Any], hold: Hold, *, begins: bool) -> dict[str, Any]:
        """Whoever could not even begin has not got it."""
        try:
            return await self._ask(camera, what)
        except NotSteeredError:
            if begins and self._holds.get(camera.id) is hold:
                del self._holds[camera.id]
            raise

    async def _ask(self, camera: Camera, what: Mapping[str, Any]) -> dict[str, Any]:
        if camera.id in self._masked:
            raise NotSteeredError(_MASKED)
        stream = next((stream for stream in camera.streams if self._live.runs(stream)), None)
        if self._bus is None or stream is None:
            raise NotSteeredError(_NOT_PULLED)
        try:
            answer = await self._bus.request(f"req.steer.{stream}", what, _REQUEST_S)
        except BusError as error:
            raise NotSteeredError("The camera's puller does not answer.") from error
        if "error" in answer:
            raise NotSteeredError(f"The puller says: {answer['error']}.")
        return answer
