"""Sessions of browsers and players: control chooses a gateway, hands it the offer, and tells it what slots carry.

A session's name is `<gateway>.<uuid>`: whoever has it can go on with it after a restart of control, which keeps no
list of its own anywhere. The uuid, 122 bits of chance, is what the gateway knows it by.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
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
# What a gateway could not be told is told again this often, for so long: by then it has ended, and its sessions.
_AGAIN_S = 1.0
_GIVE_UP_S = 60.0
_NAME = re.compile(r"(?P<gateway>[A-Za-z0-9_-]{1,128})\.(?P<id>[0-9a-f-]{36})")

type Kind = Literal["display", "whep"]


class SessionError(Exception):
    """A session that cannot be; `status` is for HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class GatewayAwayError(SessionError):
    """The session's gateway cannot be asked, or not just now: nothing is said of the session itself."""


@dataclass(frozen=True, slots=True)
class MediaSession:
    """One peer connection at a gateway. `display`: whose it is; None for a player's, which has `viewer`, who watches
    (viewers.words_for), and `asked`, the stream that it asked for.
    """

    gateway: str
    id: str
    display: str | None
    viewer: str = ""
    asked: str = ""

    @property
    def name(self) -> str:
        """As browsers know it."""
        return f"{self.gateway}.{self.id}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway answered to an offer. `tag` names the ICE session (WHEP's entity tag, without its quotes)."""

    session: MediaSession
    sdp: str
    tag: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """What a gateway answered to an ICE restart: its side of it, and the name of the new ICE session."""

    fragment: str
    tag: str


class Sessions:
    """The sessions that this control opened, or was told of by their displays.

    `unanswering`: gateways that do not answer just now; they get new sessions last.
    """

    def __init__(self, live: Live, lighter: Callable[[Slots], dict[str, str]]) -> None:
        """`lighter` answers which streams have a lighter version, for viewers who cannot keep up."""
        self.unanswering: frozenset[str] = frozenset()
        self._live = live
        self._lighter = lighter
        self._bus: Bus | None = None
        self._open: dict[str, MediaSession] = {}
        self._untold_since: dict[str, float] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def attach(self, bus: Bus) -> None:
        """The bus is there: hear how sessions fare."""
        await bus.serve("evt.session.>", self._heard)
        self._bus = bus

    async def open(
        self,
        kind: Kind,
        sdp: str,
        slots: Slots,
        display: str | None = None,
        *,
        still_may: Callable[[], Awaitable[None]],
        viewer: str = "",
        asked: str = "",
    ) -> Answer:
        """A session for this offer. Raises SessionError, and what `still_may` raises.

        `still_may`: asks once more for the right to it, where a gateway was waited for in vain. `viewer`, `asked`: who
        watches (viewers.words_for), and the stream that a player asked for. A gateway hands them back to be confirmed:
        nobody's session ends within seconds.
        """
        bus = self._need_bus()
        for gateway in self._gateways():
            players = {"viewer": viewer, "asked": asked} if display is None else {}
            session = MediaSession(gateway, str(uuid.uuid4()), display, **players)
            offer = {"session": session.id, "kind": kind, "sdp": sdp, "display": display}
            offer |= {"viewer": viewer, "asked": asked}
            shown = {"slots": list(slots), "lighter": self._lighter(slots)}
            try:
                answer = await bus.request(f"req.gateway.{gateway}.offer", offer | shown, timeout=OFFER_S)
            except BusError as error:
                _log.warning("gateway did not answer an offer", gateway=gateway, reason=str(error))
                await still_may()  # that took seconds, and a word that somebody may not is said but once
                continue
            _raise_refusal(answer)
            self._open[session.id] = session
            return Answer(session, str(answer["sdp"]), str(answer["tag"]))
        raise SessionError(503, "No gateway is there to send pictures. Try again in a few seconds.")

    def find(self, name: str, display: str | None = None, *, viewer: str = "", asked: str = "") -> MediaSession:
        """The session of this name, which a control before us may have opened: then it is its gateway that knows whose
        it is. SessionError if it is no name, or somebody else's.
        """
        match = _NAME.fullmatch(name)
        if match is None:
            raise SessionError(404, "There is no such session.")
        session = MediaSession(match["gateway"], match["id"], display, viewer, asked)
        if self._open.get(session.id, session) != session:
            raise SessionError(404, "There is no such session.")
        return session

    def adopt(self, name: str, display: str) -> None:
        """A display says that it has this session; so that its slots change with its plans after our restart."""
        try:
            session = self.find(name, display)
        except SessionError:
            return
        self._open[session.id] = session

    async def close(self, session: MediaSession) -> None:
        """End it. SessionError (404) if its gateway does not know it (any more)."""
        try:
            await self._request(session, "close", {})
        except SessionError as error:
            if not isinstance(error, GatewayAwayError):
                self._forget(session)
            raise
        self._forget(session)

    async def close_display(self, display: str) -> None:
        """End every session of a display that lost its token, also those of a control before us.

        A gateway that cannot be told just now is told again until it can be.
        """
        gateways = set(self._live.workers("gateway"))
        for session in self.of(display):
            gateways.add(session.gateway)
            self._forget(session)
        if untold := await self._end_display(display, gateways):
            task = asyncio.create_task(self._end_display_later(display, untold), name=f"end display {display}")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def patch(self, session: MediaSession, fragment: str, if_match: str | None) -> Restarted | None:
        """Hand over trickled candidates, or an ICE restart, whose answer is returned.

        SessionError; 412 and 428 where `if_match` does not name the present ICE session.
        """
        answer = await self._request(session, "patch", {"fragment": fragment, "if_match": if_match})
        return Restarted(str(answer["fragment"]), str(answer["tag"])) if "fragment" in answer else None

    async def figures(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Every session of every live gateway, with its figures and its gateway; and the gateways that said nothing.

        Whoever opened them, and only the beginnings of their names: who has a whole one can close it. SessionError.
        """
        bus = self._need_bus()
        gateways = sorted(self._live.workers("gateway"))
        asking = (bus.request(f"req.gateway.{gateway}.sessions", {}, timeout=_REQUEST_S) for gateway in gateways)
        answers = await asyncio.gather(*asking, return_exceptions=True)
        found: list[dict[str, Any]] = []
        silent: list[str] = []
        for gateway, answer in zip(gateways, answers, strict=True):
            if isinstance(answer, BusError):
                silent.append(gateway)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found += [session | {"gateway": gateway} for session in answer["sessions"]]
        return found, silent

    async def set_slots(self, display: str, plan: int, slots: Slots, *, overloaded: bool = False) -> int | None:
        """Put these streams behind the slots of every session of a display. None: done. Else it has to be said again,
        under a number that is higher than the one returned: a session has that already, of a control whose clock was
        ahead of ours.

        `overloaded`: its browser cannot decode them all, and is to get lighter versions.
        """
        sessions = self.of(display)
        change = {"plan": plan, "slots": list(slots), "lighter": self._lighter(slots), "overloaded": overloaded}
        changes = (self._set_slots(one, change) for one in sessions)
        return max((known for known in await asyncio.gather(*changes) if known is not None), default=None)

    async def _set_slots(self, session: MediaSession, change: dict[str, Any]) -> int | None:
        try:
            answer = await self._request(session, "slots", change)
        except SessionError as error:
            since = self._untold_since.setdefault(session.id, time.monotonic())
            if isinstance(error, GatewayAwayError) and time.monotonic() - since < _GIVE_UP_S:
                return -1
            # Its display notices and comes back with a new offer.
            self._forget(session)
            _log.info("session is gone", session=session.id[:8], display=session.display, reason=str(error))
            return None
        self._untold_since.pop(session.id, None)
        return int(answer["stale"]) if "stale" in answer else None

    async def _end_display_later(self, display: str, untold: set[str]) -> None:
        until = time.monotonic() + _GIVE_UP_S
        while untold and time.monotonic() < until:
            await asyncio.sleep(_AGAIN_S)
            untold = await self._end_display(display, untold)

    async def _end_display(self, display: str, gateways: set[str]) -> set[str]:
        """Tell these gateways; the ones that did not hear it."""
        ordered = sorted(gateways)
        asking = (self._ask(gateway, "close_display", {"display": display}) for gateway in ordered)
        results = await asyncio.gather(*asking, return_exceptions=True)
        return {gateway for gateway, result in zip(ordered, results, strict=True) if isinstance(result, SessionError)}

    def _forget(self, session: MediaSession) -> None:
        self._open.pop(session.id, None)
        self._untold_since.pop(session.id, None)

    def of(self, display: str) -> list[MediaSession]:
        """The sessions of a display, as far as this control knows."""
        return [session for session in self._open.values() if session.display == display]

    @property
    def gateways(self) -> frozenset[str]:
        """The gateways that have sessions, as far as this control knows."""
        return frozenset(session.gateway for session in self._open.values())

    def leave(self, gateway: str) -> list[MediaSession]:
        """Forget the sessions of a gateway that is gone; they are returned."""
        lost = [session for session in self._open.values() if session.gateway == gateway]
        for session in lost:
            self._forget(session)
        return lost

    def _gateways(self) -> list[str]:
        """Live gateways, those that answer first, and of them the one with the fewest sessions.

        What we opened counts at once; what another control opened is in the gateway's heartbeat.
        """
        ours = Counter(session.gateway for session in self._open.values())
        load = {
            gateway: max(ours[gateway], int(said.get("sessions", 0)))
            for gateway, said in self._live.workers("gateway").items()
        }
        return sorted(load, key=lambda gateway: (gateway in self.unanswering, load[gateway], gateway))

    async def _request(self, session: MediaSession, verb: str, payload: dict[str, Any]) -> dict[str, Any]:
        whose = {"display": session.display}
        if session.display is None:
            whose |= {"viewer": session.viewer, "asked": session.asked}
        return await self._ask(session.gateway, verb, {"session": session.id} | whose | payload)

    async def _ask(self, gateway: str, verb: str, payload: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._need_bus().request(f"req.gateway.{gateway}.{verb}", payload, timeout=_REQUEST_S)
        except BusError as error:
            if gateway in self._live.workers("gateway"):
                raise GatewayAwayError(503, "The gateway of this session does not answer.") from error
            raise GatewayAwayError(404, "There is no such session.") from error
        _raise_refusal(answer)
        return answer

    def _need_bus(self) -> Bus:
        if self._bus is None or not self._bus.connected:
            raise GatewayAwayError(503, "The bus is away. Try again in a few seconds.")
        return self._bus

    async def _heard(self, subject: str, event: dict[str, Any]) -> dict[str, Any]:
        if event.get("state") in {"failed", "closed"}:
            session = self._open.get(subject.removeprefix("evt.session."))
            if session is not None:
                self._forget(session)
        return {}


def _raise_refusal(answer: dict[str, Any]) -> None:
    error = answer.get("error")
    if isinstance(error, dict):
        raise SessionError(int(error.get("code", 502)), str(error.get("message", "The gateway refused.")))
    if error is not None:
        raise SessionError(502, str(error))
