"""What judges are asked for: pictures, and to take what a camera shows now for what it should show."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from ingest.bus import Bus
from ingest.errors import BusError
from ingest.masks import Mask, masks_to_json
from ingest.placement import preferred
from wallserver.catalogue.camera import Camera, camera_of
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras
from wallserver.control.sessions import SessionError
from wallserver.control.switched_off import SwitchedOffCameras
from wallserver.short_memory import ShortMemory

_REQUEST_S = 3.0
# A room full of consoles asks for the same pictures all the time.
_KEEP_S = 1.0
_MOST_KEPT = 1000  # of some 15 kB

type Json = dict[str, Any]
type Still = tuple[bytes, int]
"""A JPEG, and when its picture was taken (Unix milliseconds)."""


class Judges:
    """Asks them. Whether whoever wants a picture may see it is for others to find out, each time."""

    def __init__(
        self, live: Live, masked: MaskedCameras, off: SwitchedOffCameras, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is monotonic, in seconds."""
        self._live = live
        self._masked = masked
        self._bus: Bus | None = None
        # By the masks too: nobody is shown what was made with others than hold now.
        self._newest = ShortMemory[tuple[str, str, tuple[Mask, ...]], Still | None](_KEEP_S, _MOST_KEPT, clock)
        off.on_change.append(self._newest.forget)

    def attach(self, bus: Bus) -> None:
        """The bus is there."""
        self._bus = bus

    async def newest_still(self, camera: Camera) -> Still | None:
        """The newest picture of a camera, as of a second ago at most; None if nobody has one."""
        judge, masks = self._live.judge_of(camera.streams), self._masked.of(camera.id)
        if judge is None:
            return None

        async def ask() -> Still | None:
            return _still_in(await self._ask(judge, "still", camera.id, {"masks": masks_to_json(masks)}))

        return await self._newest.get((camera.id, judge, masks), ask)

    async def still_of(self, stream: str, width: int) -> Still | None:
        """A picture of what a stream shows now, at most so wide; None where nobody has one.

        Raises SessionError (429) where too many ask.
        """
        judge = preferred(stream, dict.fromkeys(self._live.workers("judge"), 1.0))
        named = camera_of(stream)
        masks = self._masked.of(named[0]) if named is not None else ()
        asked = {"stream": stream, "width": width, "masks": masks_to_json(masks)}
        answer = await self._ask(judge, "still", stream.split(".")[1], asked)
        if answer is not None and answer.get("busy"):
            raise SessionError(429, "Too many stills are asked for at once. Try again in a second.")
        return _still_in(answer)

    def stream_for(self, camera: Camera, width: int) -> str:
        """Which of a camera's streams a still of that width is best made of: the smallest that runs and has it."""
        running = {
            stream: status.width
            for stream in camera.streams
            if (status := self._live.status(stream)) is not None and self._live.runs(stream)
        }
        enough = {stream: wide for stream, wide in running.items() if wide >= width}
        if enough:
            return min(enough, key=enough.__getitem__)
        return max(running, key=running.__getitem__, default=camera.main_stream)

    async def accept_view(self, camera: Camera) -> bool:
        """Tell the camera's judge that what it shows now is what it should show; False where it cannot be told."""
        return await self._ask(self._live.judge_of(camera.streams), "view", camera.id, {}) is not None

    async def _ask(self, judge: str | None, what: str, of: str, asked: Json) -> Json | None:
        if self._bus is None or judge is None:
            return None
        try:
            return await self._bus.request(f"req.{what}.{judge}.{of}", asked, _REQUEST_S)
        except BusError:
            return None


def _still_in(answer: Json | None) -> Still | None:
    return (base64.b64decode(answer["jpeg"]), int(answer["taken_ms"])) if answer and "jpeg" in answer else None
