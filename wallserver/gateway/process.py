"""The gateway's process: answers control's requests, keeps the sessions, says how it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from aiortc import RTCPeerConnection
from pydantic import BaseModel, ValidationError

from ingest.bus import Bus, BusAddress
from ingest.demand import DemandLease
from ingest.heartbeat import Heartbeat
from ingest.worker import Stop
from wallserver.gateway.addresses import use_addresses, use_short_consent
from wallserver.gateway.errors import GatewayError, SessionExists, SessionUnknown
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.requests import (
    CandidateRequest,
    CloseDisplayRequest,
    CloseRequest,
    OfferRequest,
    SlotsRequest,
)
from wallserver.gateway.sdp import read_offer
from wallserver.gateway.sender import check_private_names, prepare_aiortc
from wallserver.gateway.session import Session, State

log = structlog.get_logger(__name__)

ROLE = "gateway"


class Gateway:
    """All sessions of one gateway process, by id."""

    def __init__(self, bus: Bus, fan_out: FanOut) -> None:
        self._bus = bus
        self._fan_out = fan_out
        self._sessions: dict[str, Session] = {}
        self._tasks: set[asyncio.Future[None]] = set()
        self._dropped_before = 0
        self._requests_before = 0

    async def offer(self, request: OfferRequest) -> dict[str, Any]:
        """Open a session and answer its offer."""
        offer = read_offer(request.sdp)
        if request.session in self._sessions:
            raise SessionExists(f"there is a session {request.session} already")
        session = Session(request.session, request.kind, request.display, self._fan_out, self._state_changed)
        self._sessions[session.id] = session
        try:
            sdp = await session.answer(offer, request.slots)
        except BaseException:
            await self._end(session)
            raise
        return {"sdp": sdp}

    async def slots(self, request: SlotsRequest) -> dict[str, Any]:
        """Change what stands behind a session's slots; an older plan than the present one changes nothing."""
        session = self._find(request.session, request.display)
        if request.plan >= session.plan:
            session.show(request.slots[: len(session.slots)])
            session.plan = request.plan
        return {"ok": True}

    async def candidate(self, request: CandidateRequest) -> dict[str, Any]:
        """Take trickled candidates."""
        await self._find(request.session, request.display).add_candidates(request.candidate)
        return {"ok": True}

    async def close(self, request: CloseRequest) -> dict[str, Any]:
        """End a session."""
        await self._end(self._find(request.session, request.display))
        return {"ok": True}

    async def close_display(self, request: CloseDisplayRequest) -> dict[str, Any]:
        """End every session of a display."""
        sessions = [session for session in self._sessions.values() if session.display == request.display]
        await asyncio.gather(*map(self._end, sessions))
        return {"ok": True}

    async def close_all(self) -> None:
        """End every session."""
        await asyncio.gather(*(self._end(session) for session in tuple(self._sessions.values())))
        await asyncio.gather(*self._tasks)

    def figures(self) -> dict[str, Any]:
        """What the heartbeat says of this gateway. Counts are since its start, `dropped` in access units."""
        slots = [slot for session in self._sessions.values() for slot in session.slots]
        return {
            "sessions": len(self._sessions),
            "connected": sum(session.state == "connected" for session in self._sessions.values()),
            "streams": len(self._fan_out.streams),
            "dropped": self._dropped_before + self._fan_out.dropped + sum(slot.dropped for slot in slots),
            "keyframe_requests": self._requests_before + sum(slot.keyframe_requests for slot in slots),
        }

    def _find(self, name: str, display: str | None) -> Session:
        session = self._sessions.get(name)
        if session is None or session.display != display:
            raise SessionUnknown("there is no such session")
        return session

    async def _end(self, session: Session) -> None:
        if self._sessions.pop(session.id, None) is None:
            return
        self._dropped_before += sum(slot.dropped for slot in session.slots)
        self._requests_before += sum(slot.keyframe_requests for slot in session.slots)
        await session.close()

    def _state_changed(self, session: Session, state: State) -> None:
        log.info("session", session=session.id[:8], kind=session.kind, display=session.display, state=state)
        self._later(self._bus.tell(f"evt.session.{session.id}", {"state": state}))
        if state in ("failed", "closed"):
            self._later(self._end(session))

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a session's event failed", exc_info=error)


type Handler = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]


def handler[R: BaseModel](model: type[R], work: Callable[[R], Awaitable[dict[str, Any]]]) -> Handler:
    """Check a request, do it, and answer what went wrong as control hands it on.

    {"error": {"code", "message"}}.
    """

    async def answer(_subject: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await work(model.model_validate(payload))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            return _refusal(400, f"{place}: {first['msg']}")
        except GatewayError as error:
            return _refusal(error.code, str(error))

    return answer


def _refusal(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


async def prepare(addresses: Sequence[str]) -> None:
    """Set up aiortc and aioice for this process.

    GatewayError if these versions of them, or an address, will not do.
    """
    probe = RTCPeerConnection()
    check_private_names(probe.addTransceiver("video").sender)
    await probe.close()
    prepare_aiortc()
    use_addresses(addresses)
    use_short_consent()


async def run_gateway(address: BusAddress, worker_id: str, addresses: Sequence[str], stop: Stop) -> None:
    """Run a gateway until `stop` is set.

    `addresses`: where browsers reach this host; none = all but loopback.
    """
    await prepare(addresses)
    bus = await Bus.connect(address, ROLE, worker_id)
    try:
        fan_out = FanOut(bus, DemandLease(bus))
        gateway = Gateway(bus, fan_out)
        verbs = {
            "offer": handler(OfferRequest, gateway.offer),
            "slots": handler(SlotsRequest, gateway.slots),
            "candidate": handler(CandidateRequest, gateway.candidate),
            "close": handler(CloseRequest, gateway.close),
            "close_display": handler(CloseDisplayRequest, gateway.close_display),
        }
        served = [await bus.serve(f"req.gateway.{worker_id}.{verb}", work) for verb, work in verbs.items()]
        heartbeat = Heartbeat(bus, ROLE, worker_id, gateway.figures)
        try:
            await bus.until(stop)
        finally:
            await heartbeat.close()
            for subscription in served:
                await subscription.close()
            await gateway.close_all()
            await fan_out.close()
    finally:
        await bus.close()
