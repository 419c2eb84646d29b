"""Instant replay as people ask for it: what there is of a camera, and a stream `replay.<id>` that plays it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest import causes
from ingest.bus import Bus
from ingest.errors import BusError
from ingest.replay_settings import START_S
from wallserver.catalogue.camera import Camera
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras

_REQUEST_S = 1.0
# Its last picture is on its way, and what tells of its end.
_SLACK_S = 5.0
# Replays whose end is remembered, to be said to whoever still looks.
_KNOWN = 1000
# Of two streams that reach back about as far, the better picture.
_AS_FAR_MS = 2000
_MASKED = "A part of what this camera shows is masked, and of what was kept nothing is: it cannot be played again."
_NOT_PLAYABLE = "Browsers cannot play what this camera sends (H.265, Motion JPEG, or B-frames)."


class NoReplayError(Exception):
    """There is nothing to play; its words say why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What its puller has of a stream. Unix milliseconds."""

    stream: str
    from_ms: int
    until_ms: int


@dataclass(slots=True)
class Replay:
    """A replay that was begun. `ended`: why it did, in Indonesian and in English; None while it plays."""

    id: str
    camera: str
    kept: Kept
    ended: tuple[str, str] | None = None
    # By the monotonic clock: what has not said its end by then has died with its puller.
    over_at: float = 0.0

    @property
    def stream(self) -> str:
        """Its name on the bus, and for WHEP."""
        return f"replay.{self.id}"


class Replays:
    """The replays that this control asked for; a control that starts anew knows none, and they are over soon."""

    def __init__(self, live: Live, masked: MaskedCameras) -> None:
        self._live = live
        self._masked = masked
        self._bus: Bus | None = None
        self._known: dict[str, Replay] = {}

    async def attach(self, bus: Bus) -> None:
        """The bus is there: hear how replays end."""
        await bus.serve("evt.replay.*", self._heard)
        self._bus = bus

    async def kept(self, camera: Camera) -> list[Kept]:
        """What there is of each of a camera's streams."""
        answers = await asyncio.gather(*(self._look(stream) for stream in camera.streams))
        return [kept for kept in answers if kept is not None]

    async def begin(self, camera: Camera, stream: str | None, from_ms: int | None) -> Replay:
        """Play a stream, or the one that reaches back furthest, from `from_ms` on. Raises NoReplayError."""
        if camera.id in self._masked:
            raise NoReplayError(_MASKED)
        if stream is None:
            stream = self._best(await self.kept(camera))
        elif stream not in camera.streams:
            raise NoReplayError(f"{camera.id} has no stream {stream}.")
        elif not self._live.plays(stream):
            raise NoReplayError(_NOT_PLAYABLE)
        answer = await self._ask(stream, {"from_ms": from_ms})
        kept = Kept(stream, int(answer["from_ms"]), int(answer["until_ms"]))
        replay = self._known[answer["id"]] = Replay(str(answer["id"]), camera.id, kept)
        replay.over_at = time.monotonic() + START_S + (kept.until_ms - kept.from_ms) / 1000 + _SLACK_S
        while len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]
        return replay

    def find(self, name: str) -> Replay | None:
        """The replay of this id."""
        replay = self._known.get(name)
        if replay is not None and replay.ended is None and time.monotonic() > replay.over_at:
            replay.ended = causes.REPLAY_LOST.indonesian, causes.REPLAY_LOST.english
        return replay

    def _best(self, kept: list[Kept]) -> str:
        if not kept:
            raise NoReplayError("Nothing is kept of this camera: it is not being pulled, or only just now.")
        playable = [one for one in kept if self._live.plays(one.stream)]
        if not playable:
            raise NoReplayError(_NOT_PLAYABLE)
        oldest_ms = min(one.from_ms for one in playable)
        return next(one.stream for one in playable if one.from_ms <= oldest_ms + _AS_FAR_MS)  # main comes before sub

    async def _look(self, stream: str) -> Kept | None:
        try:
            answer = await self._ask(stream, {"look": True})
        except NoReplayError:
            return None
        return Kept(stream, int(answer["from_ms"]), int(answer["until_ms"]))

    async def _ask(self, stream: str, what: Mapping[str, Any]) -> dict[str, Any]:
        if self._bus is None:
            raise NoReplayError("The bus is away. Try again in a few seconds.")
        try:
            answer = await self._bus.request(f"req.replay.{stream}", what, _REQUEST_S)
        except BusError as error:
            raise NoReplayError("Nobody keeps this stream: it is not being pulled, or replay is off.") from error
        if "error" in answer:
            raise NoReplayError(f"The puller says: {answer['error']}.")
        return answer

    async def _heard(self, subject: str, event: dict[str, Any]) -> dict[str, Any]:
        replay = self._known.get(subject.removeprefix("evt.replay."))
        if replay is not None:
            replay.ended = str(event.get("cause_id", "")), str(event.get("cause_en", ""))
        return {}
