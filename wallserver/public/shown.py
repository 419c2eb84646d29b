"""What the public may see now, as control tells it: the only thing that this process knows of the site."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError

from ingest.access_unit import AccessUnit
from ingest.bus import Bus
from ingest.errors import BusError
from ingest.mosaic import PUBLIC

# What is asked of control, and what it tells as soon as something is another.
ASKED, TOLD = "req.public.site", "evt.public"
# How soon what control told us and we did not hear is found out.
ASK_S = 1.0
_ANSWER_S = 2.0
_ID = re.compile(r"[0-9a-f]{16}")
# A picture that is older is no live one. What sends one now and then is no live one between them either: its pictures
# have to have been younger for some time.
_OLD_MS, _YOUNG_MS = 5_000, 2_500
_STEADY_S = 3.0
# A stream of which nothing has come for so long has ended.
_ENDED_S = 10.0

type Json = dict[str, Any]

log = structlog.get_logger(__name__)


class _Cut(BaseModel):
    text: str
    until_ms: int | None


class _Camera(BaseModel):
    name: str
    group: str
    position: tuple[float, float] | None
    available: bool
    cut: _Cut | None
    era: int


class _Site(BaseModel):
    cameras: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Dark:
    """A stream that shows no picture, or an old one: until when at least, and when it came last (monotonic seconds)."""

    until: float
    came: float


@dataclass(frozen=True, slots=True)
class PublicCamera:
    """A published camera. `cut`: what the public reads in place of its picture, and until when that is so (Unix
    milliseconds; None: until further notice). Without `available` there is no picture to be had either.

    Pictures of another `era` are shown to nobody.
    """

    id: str
    name: str
    group: str
    position: tuple[float, float] | None
    available: bool
    cut: tuple[str, int | None] | None
    era: int

    @property
    def stream(self) -> str:
        """On the bus."""
        return PUBLIC + self.id

    @property
    def watchable(self) -> bool:
        """Whether somebody may have its pictures now."""
        return self.available and self.cut is None

    def to_json(self) -> Json:
        """As the public is told it."""
        text, until_ms = self.cut or (None, None)
        return {
            "id": self.id,
            "name": self.name,
            "group": self.group,
            "position": self.position,
            "state": "cut_off" if self.cut else "available" if self.available else "away",
            "text": text,
            "until_ms": until_ms,
        }


class Shown:
    """All published cameras. `on_withdrawn` is called with the ids whose pictures nobody may have any more, or only
    newer ones than there were; `on_change` after that, when anything is another.

    `known` is False until control has been heard: then nothing is shown, as nobody knows what may be.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.known = False
        self.on_withdrawn: list[Callable[[frozenset[str]], None]] = []
        self.on_change: list[Callable[[], None]] = []
        self._now = now
        self._cameras: Mapping[str, PublicCamera] = {}
        self._dark: dict[str, _Dark] = {}
        self._not_understood: frozenset[str] = frozenset()

    @property
    def cameras(self) -> Mapping[str, PublicCamera]:
        """By id."""
        return self._cameras

    def is_dark(self, camera: str) -> bool:
        """Whether its stream, for as long as there is one, shows no picture of it, or an old one."""
        return camera in self._dark

    def accepts(self, unit: AccessUnit) -> bool:
        """Whether a picture may be shown: of a camera that is watchable, composed as that is to be shown now."""
        camera = self._cameras.get(unit.stream.removeprefix(PUBLIC))
        if camera is None or not camera.watchable or unit.cells is None or unit.cells.era != camera.era:
            return False
        self._see(camera.id, [cell.age_ms for cell in unit.cells.cells])
        return True

    def take(self, said: Mapping[str, Any]) -> None:
        """This is how it is now. A camera that is not understood is none; where nothing is, nothing changes."""
        try:
            site = _Site.model_validate(said)
        except ValidationError as error:
            log.error("what control says of the public page is not understood", errors=error.error_count())
            return
        understood = {name: camera for name, one in site.cameras.items() if (camera := _camera(name, one)) is not None}
        self._say_what_is_not_understood(site.cameras.keys() - understood.keys())
        before, self._cameras = self._cameras, understood
        self._dark = {name: dark for name, dark in self._dark.items() if name in understood}
        news = not self.known or before != self._cameras
        self.known = True
        withdrawn = frozenset(name for name, camera in before.items() if self._is_withdrawn(camera))
        if withdrawn:
            log.info("withdrawn from the public", cameras=len(withdrawn))
            for tell in self.on_withdrawn:
                tell(withdrawn)
        if news:
            self._tell()

    async def follow(self, bus: Bus) -> None:
        """Hear control, and ask it again and again in case that was lost, for ever. While it is away all stays."""

        async def heard(_subject: str, said: Json) -> Json:
            self.take(said)
            return {}

        await bus.serve(TOLD, heard)
        while True:
            try:
                answer = await bus.request(ASKED, {}, _ANSWER_S)
            except BusError:
                pass
            else:
                self.take(answer)
            self.forget_ended()
            await asyncio.sleep(ASK_S)

    def forget_ended(self) -> None:
        """What a stream showed that is no more says nothing of its camera."""
        since = self._now() - _ENDED_S
        if ended := [name for name, dark in self._dark.items() if dark.came < since]:
            for name in ended:
                del self._dark[name]
            self._tell()

    def _see(self, camera: str, ages_ms: Sequence[float | None]) -> None:
        """Pages are told where it is dark now and was not, or the other way round: not at each picture of a camera
        that is at the edge. One that had no picture at all is no longer dark with its first.
        """
        now, before = self._now(), self._dark.get(camera)
        known = [age for age in ages_ms if age is not None]
        if not known or len(known) < len(ages_ms):
            after: _Dark | None = _Dark(now, now)
        elif max(known) > (_OLD_MS if before is None else _YOUNG_MS):
            after = _Dark(now + _STEADY_S, now)
        elif before is not None and now < before.until:
            after = _Dark(before.until, now)
        else:
            after = None
        if after is not None:
            self._dark[camera] = after
        elif before is not None:
            del self._dark[camera]
        if (before is None) != (after is None):
            self._tell()

    def _is_withdrawn(self, before: PublicCamera) -> bool:
        after = self._cameras.get(before.id)
        return before.watchable and (after is None or not after.watchable or after.era != before.era)

    def _tell(self) -> None:
        for call in self.on_change:
            call()

    def _say_what_is_not_understood(self, names: AbstractSet[str]) -> None:
        if names and names != self._not_understood:  # not each second
            log.error("what control says of some cameras is not understood", cameras=len(names))
        self._not_understood = frozenset(names)


def _camera(name: str, said: Any) -> PublicCamera | None:
    """None where it is not understood, or has no name that there is."""
    if _ID.fullmatch(name) is None:
        return None
    try:
        camera = _Camera.model_validate(said)
    except ValidationError:
        return None
    cut = None if camera.cut is None else (camera.cut.text, camera.cut.until_ms)
    return PublicCamera(name, camera.name, camera.group, camera.position, camera.available, cut, camera.era)
