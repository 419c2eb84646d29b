"""Whether those who watch still may: gateways ask every few seconds, of displays and players alike.

Control keeps nothing of who watches. A gateway knows each viewer by the words that it was told when it was asked to
send to it; so no restart of control ends what is watched, and whoever loses a right loses the picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from ingest.bus import Bus
from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.control.objects import ControlObjects
from wallserver.control.player_streams import PlayerStreams
from wallserver.control.sessions import SessionError
from wallserver.control.transcodes import Transcodes, transcode_of
from wallserver.people import People
from wallserver.people.rights import ANONYMOUS, Action, DisplayToken, Person, PlayerToken, Principal, authorize

_SESSION, _TOKEN = "session", "token"
_RIGHTS_CHANGED = "evt.rights"
# Where rights change all the time, as they do with every tour, gateways ask no more often than this.
_SAY_EVERY_S = 1.0


class _Watched(BaseModel):
    """What a gateway asks: of each viewer who it is, what it asked for, and the stream that it gets.

    A display asks for nothing: it gets what it is told to show.
    """

    watched: Annotated[list[tuple[str, str, str]], Field(max_length=20_000)]


class Viewers:
    """Confirms viewers to gateways."""

    def __init__(self, people: People, streams: PlayerStreams, transcodes: Transcodes, objects: ControlObjects) -> None:
        self._people = people
        self._streams = streams
        self._transcodes = transcodes
        self._objects = objects
        self._changed = asyncio.Event()

    async def attach(self, bus: Bus) -> None:
        """The bus is there: answer gateways."""
        await bus.serve("req.viewers.confirm", self._confirm)

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

    async def _confirm(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        try:
            watched = _Watched.model_validate(payload).watched
        except ValidationError:
            return {"error": "not understood"}
        try:
            known = await self._principals({words for words, _, _ in watched})
        except DATABASE_AWAY:
            return {"error": "the database cannot be reached"}
        return {"allowed": [self._may(known.get(words, ANONYMOUS), asked, stream) for words, asked, stream in watched]}

    def _may(self, viewer: Principal, asked: str, stream: str) -> bool:
        if isinstance(viewer, DisplayToken):
            return authorize(viewer, Action.DISPLAY_SHOW, self._objects.display(viewer.display))
        return authorize(viewer, Action.STREAM_WATCH, self._objects.stream(asked)) and self._is_behind(asked, stream)

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
