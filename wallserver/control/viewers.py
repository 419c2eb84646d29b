"""Whether those who watch still may: gateways ask every few seconds, of displays and players alike.

Control keeps nothing of who watches. A gateway knows each viewer by the words that it was told when it was asked to
send to it; so no restart of control ends what is watched, and whoever loses a right loses the picture.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from ingest.bus import Bus
from wallserver.catalogue.camera import camera_of
from wallserver.catalogue.database import DATABASE_AWAY, to_its_end
from wallserver.control.masked import MaskedCameras
from wallserver.control.objects import ControlObjects
from wallserver.control.plans import Plans
from wallserver.control.player_streams import PlayerStreams
from wallserver.control.sessions import SessionError
from wallserver.control.transcodes import Transcodes, transcode_of
from wallserver.people import People
from wallserver.people.rights import ANONYMOUS, Action, DisplayToken, Person, PlayerToken, Principal, authorize

_SESSION, _TOKEN = "session", "token"
_RIGHTS_CHANGED = "evt.rights"
# Where rights change all the time, as they do with every tour, gateways ask no more often than this.
_SAY_EVERY_S = 1.0
# With what it takes to say so, and to ask, the last picture leaves within 2 s.
_NOTICE_EVERY_S = 0.5
# By then a display's page has come back to a control that has just started: it tries every 8 s at least.
_RETURN_S = 15.0


class _Watched(BaseModel):
    """What a gateway asks: of each viewer who it is, what it asked for, and the streams that it gets.

    A display asks for nothing: it gets what it is told to show.
    """

    watched: Annotated[list[tuple[str, str, Annotated[list[str], Field(max_length=64)]]], Field(max_length=20_000)]


class Viewers:
    """Confirms viewers to gateways."""

    def __init__(
        self,
        people: People,
        streams: PlayerStreams,
        transcodes: Transcodes,
        objects: ControlObjects,
        plans: Plans,
        masked: MaskedCameras,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is monotonic, in seconds."""
        self._people = people
        self._plans = plans
        self._masked = masked
        self._clock = clock
        self._trusts_until: float | None = None
        self._streams = streams
        self._transcodes = transcodes
        self._objects = objects
        self._changed = asyncio.Event()

    async def attach(self, bus: Bus) -> None:
        """The bus is there: answer gateways."""
        await bus.serve("req.viewers.confirm", self._confirm)

    def masks_changed(self) -> None:
        """Some camera has other masks than when control started."""
        self._trusts_until = self._clock()
        self.rights_changed()

    def rights_changed(self) -> None:
        """Somebody may have lost a right, or a stream may show what somebody may not see: gateways are to ask."""
        self._changed.set()

    async def run(self, bus: Bus) -> None:
        """Tell gateways, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await bus.tell(_RIGHTS_CHANGED, {})
            await asyncio.sleep(_SAY_EVERY_S)

    async def notice_others(self) -> None:
        """For ever: what is changed beside us, by the command line, or while we were away, stands in the audit, and may
        have taken a right. Of what is changed by us gateways have heard already (audited.py).
        """
        while True:
            await asyncio.sleep(_NOTICE_EVERY_S)
            with contextlib.suppress(*DATABASE_AWAY):  # then the next time
                if await to_its_end(self._people.audit.others_wrote()):
                    self._people.forget()
                    self.rights_changed()

    async def _confirm(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        try:
            watched = _Watched.model_validate(payload).watched
        except ValidationError:
            return {"error": "not understood"}
        try:
            known = await self._principals({words for words, _, _ in watched})
        except DATABASE_AWAY:
            return {"error": "the database cannot be reached"}
        return {
            "allowed": [self._may(known.get(words, ANONYMOUS), asked, streams) for words, asked, streams in watched]
        }

    def _may(self, viewer: Principal, asked: str, streams: list[str]) -> list[str] | None:
        """The streams that a viewer may go on with; None where it may not watch at all."""
        if isinstance(viewer, DisplayToken):
            if not authorize(viewer, Action.DISPLAY_SHOW, self._objects.display(viewer.display)):
                return None
            return [stream for stream in streams if self._shows(viewer.display, stream)]
        if not authorize(viewer, Action.STREAM_WATCH, self._objects.stream(asked)):
            return None
        return [stream for stream in streams if self._is_behind(asked, stream)]

    def _shows(self, display: str, stream: str) -> bool:
        """Whether a display's slots are to carry a stream now.

        A control that has just started may not know all that the one before it had on its displays: what they got of
        that one they keep until their pages are back, but nothing bare of a camera that is masked, and nothing composed
        once somebody has drawn masks, of which its tiler is not told.
        """
        shown = self._plans.displays.get(display)
        if shown is None or stream in shown.attached:
            return shown is not None
        named = camera_of(stream)
        return self._trusts() and (named is None or named[0] not in self._masked)

    def _trusts(self) -> bool:
        if self._trusts_until is None and self._plans.resumed:
            self._trusts_until = self._clock() + _RETURN_S
        return self._trusts_until is None or self._clock() < self._trusts_until

    def _is_behind(self, asked: str, stream: str) -> bool:
        """Whether a viewer of one gets the other: transcoded, or as it is where that does no harm.

        Who gets what turned out to be of no use to it, or to have masks, comes back for the transcode.
        """
        if asked.startswith("replay."):  # a control that has just started knows none, and they are over soon
            return asked == stream and not self._streams.denies(asked)
        behind = self._streams.behind(asked)
        if behind is None:
            return False
        return stream == transcode_of(behind) or (stream == behind and not self._transcodes.needed(behind))

    async def _principals(self, viewers: Iterable[str]) -> dict[str, Principal]:
        """Those who are still known, by the words for them."""
        named: dict[str, set[str]] = {_SESSION: set(), _TOKEN: set()}
        for words in viewers:
            kind, _, name = words.partition(":")
            named.setdefault(kind, set()).add(name)
        found: dict[str, Principal] = {}
        if named[_SESSION]:
            people = await self._people.sessions.by_names(named[_SESSION])
            found |= {f"{_SESSION}:{name}": person for name, person in people.items()}
        if named[_TOKEN]:
            tokens = await self._people.tokens.by_ids(named[_TOKEN])
            found |= {f"{_TOKEN}:{name}": token for name, token in tokens.items()}
        return found


def words_for(viewer: Principal) -> str:
    """Who a viewer is, for the gateway: no secret. SessionError for who watches nothing.

    A person watches by a session of theirs, and no longer than that.
    """
    match viewer:
        case Person(session=name):
            return f"{_SESSION}:{name}"
        case PlayerToken(token=name) | DisplayToken(token=name):
            return f"{_TOKEN}:{name}"
    raise SessionError(403, "You may not do this.")
