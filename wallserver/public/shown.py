"""What the public may see now, as control tells it: the only thing that this process knows of the site."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from pydantic import BaseModel, Field, ValidationError

from ingest.access_unit import AccessUnit
from ingest.bus import Bus
from ingest.errors import BusError
from ingest.mosaic import PUBLIC

# What is asked of control, and what it tells as soon as something is another.
ASKED, TOLD = "req.public.site", "evt.public"
# How soon what control told us and we did not hear is found out.
ASK_S = 1.0
_ANSWER_S = 2.0

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
    cameras: dict[Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")], _Camera]


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

    def __init__(self) -> None:
        self.known = False
        self.on_withdrawn: list[Callable[[frozenset[str]], None]] = []
        self.on_change: list[Callable[[], None]] = []
        self._cameras: Mapping[str, PublicCamera] = {}

    @property
    def cameras(self) -> Mapping[str, PublicCamera]:
        """By id."""
        return self._cameras

    def accepts(self, unit: AccessUnit) -> bool:
        """Whether a picture may be shown: of a camera that is watchable, composed as that is to be shown now."""
        camera = self._cameras.get(unit.stream.removeprefix(PUBLIC))
        return camera is not None and camera.watchable and unit.cells is not None and unit.cells.era == camera.era

    def take(self, said: Mapping[str, Any]) -> None:
        """This is how it is now. What is not understood changes nothing."""
        try:
            site = _Site.model_validate(said)
        except ValidationError as error:
            log.error("what control says of the public page is not understood", errors=error.error_count())
            return
        before, self._cameras = self._cameras, {name: _camera(name, one) for name, one in site.cameras.items()}
        news = not self.known or before != self._cameras
        self.known = True
        withdrawn = frozenset(name for name, camera in before.items() if self._is_withdrawn(camera))
        if withdrawn:
            log.info("withdrawn from the public", cameras=len(withdrawn))
            for tell in self.on_withdrawn:
                tell(withdrawn)
        if news:
            for call in self.on_change:
                call()

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
            await asyncio.sleep(ASK_S)

    def _is_withdrawn(self, before: PublicCamera) -> bool:
        after = self._cameras.get(before.id)
        return before.watchable and (after is None or not after.watchable or after.era != before.era)


def _camera(name: str, said: _Camera) -> PublicCamera:
    cut = None if said.cut is None else (said.cut.text, said.cut.until_ms)
    return PublicCamera(name, said.name, said.group, said.position, said.available, cut, said.era)
