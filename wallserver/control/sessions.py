"""Sessions of browsers and players: control chooses a gateway, hands it the offer, and tells it what slots carry.

A session's name is `<gateway>.<uuid>`: whoever has it can go on with it after a restart of control, which keeps no
list of its own anywhere. The uuid, 122 bits of chance, is what the gateway knows it by.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from ingest.bus import Bus
from ingest.errors import BusError
from wallserver.control.live import Live
from wallserver.control.planner import Slots

_log = structlog.get_logger(__name__)

OFFER_S = 5.0
_REQUEST_S = 2.0
_NAME = re.compile(r"(?P<gateway>[A-Za-z0-9_-]{1,128})\.(?P<id>[0-9a-f-]{36})")

type Kind = Literal["display", "whep"]


class SessionError(Exception):
    """A session that cannot be; `status` is for HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class MediaSession:
    """One peer connection at a gateway. `display`: whose it is; None for a player's."""

    gateway: str
    id: str
    display: str | None

    @property
    def name(self) -> str:
        """As browsers know it."""
        return f"{self.gateway}.{self.id}"


class Sessions:
    """The sessions that this control opened, or was told of by their displays."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._bus: Bus | None = None
        self._open: dict[str, MediaSession] = {}

    async def attach(self, bus: Bus) -> None:
        """The bus is there: hear how sessions fare."""
        await bus.serve("evt.session.>", self._heard)
        self._bus = bus

    async def open(self, kind: Kind, sdp: str, slots: Slots, display: str | None = None) -> tuple[MediaSession, str]:
        """A session for this offer, and the answer. Raises SessionError."""
        bus = self._need_bus()
        for gateway in self._gateways():
            session = MediaSession(gateway, str(uuid.uuid4()), display)
            offer = {"session": session.id, "kind": kind, "sdp": sdp, "slots": list(slots)}
            try:
                answer = await bus.request(f"req.gateway.{gateway}.offer", offer, timeout=OFFER_S)
            except BusError as error:
                _log.warning("gateway did not answer an offer", gateway=gateway, reason=str(error))
                continue
            _raise_refusal(answer)
            self._open[session.id] = session
            return session, str(answer["sdp"])
        raise SessionError(503, "No gateway is there to send pictures. Try again in a few seconds.")

    def find(self, name: str, display: str | None = None) -> MediaSession:
        """The session of this name, which a control before us may have opened. SessionError if it is no name."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise SessionError(404, "There is no such session.")
        known = self._open.get(match["id"])
        if known is not None and known.display != display:
            raise SessionError(404, "There is no such session.")
        return known or MediaSession(match["gateway"], match["id"], display)

    def adopt(self, name: str, display: str) -> None:
        """A display says that it has this session; so that its slots change with its plans after our restart."""
        try:
            session = self.find(name, display)
        except SessionError:
            return
        self._open[session.id] = session

    async def close(self, session: MediaSession) -> None:
        """End it. SessionError (404) if its gateway does not know it (any more)."""
        self._open.pop(session.id, None)
        await self._request(session, "close", {})

    async def close_display(self, display: str) -> None:
        """End every session of a display that lost its token."""
        for session in self._of(display):
            try:
                await self.close(session)
            except SessionError:
                continue  # it ended by itself

    async def candidate(self, session: MediaSession, fragment: str) -> None:
        """Hand over trickled candidates. SessionError."""
        await self._request(session, "candidate", {"candidate": fragment})

    async def set_slots(self, display: str, plan: int, slots: Slots) -> None:
        """Put these streams behind the slots of every session of a display."""
        sessions = self._of(display)
        changes = (self._request(one, "slots", {"plan": plan, "slots": list(slots)}) for one in sessions)
        results = await asyncio.gather(*changes, return_exceptions=True)
        for session, result in zip(sessions, results, strict=True):
            if isinstance(result, SessionError):
                # Its display notices and comes back with a new offer.
                self._open.pop(session.id, None)
                _log.info("session is gone", session=session.id, display=display, reason=str(result))
            elif result is not None:
                raise result

    def _of(self, display: str) -> list[MediaSession]:
        return [session for session in self._open.values() if session.display == display]

    def _gateways(self) -> list[str]:
        """Live gateways, the one with the fewest sessions of ours first."""
        load = Counter(session.gateway for session in self._open.values())
        return sorted(self._live.workers("gateway"), key=lambda gateway: (load[gateway], gateway))

    async def _request(self, session: MediaSession, verb: str, payload: dict[str, Any]) -> None:
        if session.gateway not in self._live.workers("gateway"):
            raise SessionError(404, "There is no such session.")
        subject = f"req.gateway.{session.gateway}.{verb}"
        try:
            answer = await self._need_bus().request(subject, {"session": session.id} | payload, timeout=_REQUEST_S)
        except BusError as error:
            raise SessionError(503, "The gateway of this session does not answer.") from error
        _raise_refusal(answer)

    def _need_bus(self) -> Bus:
        if self._bus is None or not self._bus.connected:
            raise SessionError(503, "The bus is away. Try again in a few seconds.")
        return self._bus

    async def _heard(self, subject: str, event: dict[str, Any]) -> dict[str, Any]:
        if event.get("state") in {"failed", "closed"}:
            self._open.pop(subject.removeprefix("evt.session."), None)
        return {}


def _raise_refusal(answer: dict[str, Any]) -> None:
    error = answer.get("error")
    if isinstance(error, dict):
        raise SessionError(int(error.get("code", 502)), str(error.get("message", "The gateway refused.")))
    if error is not None:
        raise SessionError(502, str(error))
