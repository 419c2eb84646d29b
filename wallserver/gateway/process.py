"""The gateway's process: answers control's requests, keeps the sessions, says how it is."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import structlog
from aiortc import RTCPeerConnection
from pydantic import BaseModel, ValidationError

from ingest.bus import Bus, BusAddress
from ingest.demand import DemandLease
from ingest.heartbeat import Heartbeat
from ingest.open_files import allow_many_files
from ingest.worker import Stop
from wallserver.gateway import confirmation, release, sender
from wallserver.gateway.addresses import check_addresses
from wallserver.gateway.dtls import accept_rsa
from wallserver.gateway.errors import GatewayError, GatewayFull, SessionExists, SessionUnknown
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.hls.server import base, listen, serving
from wallserver.gateway.hls.streams import HlsStreams
from wallserver.gateway.ice_session import Network, check_private_ice_names
from wallserver.gateway.relay import Relay
from wallserver.gateway.requests import (
    AliveRequest,
    CloseDisplayRequest,
    CloseRequest,
    HlsRequest,
    OfferRequest,
    PatchRequest,
    SessionsRequest,
    SlotsRequest,
)
from wallserver.gateway.sdp import read_offer
from wallserver.gateway.sending import Sending
from wallserver.gateway.session import Session, State
from wallserver.gateway.session_figures import GatewayFigures
from wallserver.gateway.settings import GatewaySettings, HlsSettings, port_range
from wallserver.gateway.udp_port import UdpPort

log = structlog.get_logger(__name__)

ROLE = "gateway"

# Answering takes the loop 10 ms and more at a stretch: no more than these come between a picture and the next.
ANSWERED_AT_A_TIME = 2
# Far more than a core can send to (docs/benchmarks.md, push).
MOST_SESSIONS = 1000


class Gateway:
    """All sessions of one gateway process, by id."""

    def __init__(self, bus: Bus, fan_out: FanOut, network: Network, sending: Sending) -> None:
        self._bus = bus
        self._fan_out = fan_out
        self._network = network
        self._sending = sending
        self._sessions: dict[str, Session] = {}
        self._tasks: set[asyncio.Future[None]] = set()
        self._figures = GatewayFigures()
        self._answering = asyncio.Semaphore(ANSWERED_AT_A_TIME)
        self.rounds = confirmation.Rounds()

    async def offer(self, request: OfferRequest) -> dict[str, Any]:
        """Open a session and answer its offer."""
        if request.session in self._sessions:
            raise SessionExists(f"there is a session {request.session} already")
        if len(self._sessions) >= MOST_SESSIONS:
            raise GatewayFull("the gateway has as many sessions as it can hold")
        session = Session(
            request.session,
            request.kind,
            request.display,
            self._fan_out,
            self._network,
            self._sending,
            self._state_changed,
            request.viewer,
            request.asked,
        )
        session.offered = frozenset(filter(None, request.slots))
        self._sessions[session.id] = session
        try:
            async with self._answering:
                self._check_there(session)
                sdp = await session.answer(read_offer(request.sdp), request.slots, request.lighter)
            sdp = await session.name_level(sdp)
        except BaseException:
            await self._end(session)
            raise
        self._check_there(session)
        return {"sdp": sdp, "tag": session.tag}

    async def slots(self, request: SlotsRequest) -> dict[str, Any]:
        """Change what stands behind a session's slots; an older plan than the present one, whose number is answered,
        changes nothing.
        """
        session = self._find(request)
        if request.plan < session.plan:
            return {"stale": session.plan}
        slots = request.slots[: len(session.slots)]
        session.show(slots, request.lighter, overloaded=request.overloaded)
        session.plan = request.plan
        return {"ok": True}

    async def patch(self, request: PatchRequest) -> dict[str, Any]:
        """Take trickled candidates; of an ICE restart `fragment` is our side, and `tag` names what begins with it."""
        session = self._find(request)
        fragment = await session.patch(request.fragment, request.if_match)
        return {"ok": True} if fragment is None else {"fragment": fragment, "tag": session.tag}

    async def watch_viewers(self) -> None:
        """For ever: see once a second which viewers keep up."""
        while True:
            await asyncio.sleep(1.0)
            for session in tuple(self._sessions.values()):
                if session.id in self._sessions:
                    session.look(time.monotonic())
                await asyncio.sleep(0)  # two hundred displays in one piece would stop their pictures

    async def confirm_viewers(self) -> None:
        """For ever: end the sessions of those who may not watch any more, and take off a display's slots what they
        should not carry. While control is away all goes on.
        """
        while True:
            await self.rounds.next()
            asked = [(session, session.plan, session.watched) for session in self._sessions.values()]
            allowed = await self.rounds.ask(self._bus, [watched for _, _, watched in asked])
            if allowed is None:
                continue
            ending = []
            for (session, plan, (_, _, streams)), may in zip(asked, allowed, strict=True):
                if may is None or (session.kind == "whep" and not may):
                    ending.append(session)
                elif session.plan == plan:  # of a later one nothing was said
                    session.take_off(frozenset(streams) - may)
            await self._end_all(ending)

    async def alive(self, _request: AliveRequest) -> dict[str, Any]:
        """Say so."""
        return {"ok": True}

    async def close(self, request: CloseRequest) -> dict[str, Any]:
        """End a session."""
        await self._end(self._find(request))
        return {"ok": True}

    async def close_display(self, request: CloseDisplayRequest) -> dict[str, Any]:
        """End every session of a display."""
        await self._end_all(session for session in self._sessions.values() if session.display == request.display)
        return {"ok": True}

    async def close_all(self) -> None:
        """End every session."""
        await self._end_all(self._sessions.values())
        await asyncio.gather(*self._tasks)

    async def sessions(self, _: SessionsRequest) -> dict[str, Any]:
        """Every session with its figures, and how many tasks the event loop has, which have to end with sessions."""
        sessions = []
        for session in tuple(self._sessions.values()):
            sessions.append(session.to_json())
            await asyncio.sleep(0)
        return {"sessions": sessions, "tasks": len(asyncio.all_tasks())}

    def figures(self) -> dict[str, Any]:
        """What the heartbeat says of this gateway, once a second. Counts are since its start, `dropped` in access
        units.
        """
        sent = self._figures.sample(session.figures for session in self._sessions.values())
        return {
            **sent,
            "sessions": len(self._sessions),
            "connected": sum(session.state == "connected" for session in self._sessions.values()),
            "streams": len(self._fan_out.streams),
            "dropped": sent["dropped"] + self._fan_out.dropped,
            "unsent": sent["unsent"] + self._network.port.unsent,
            "udp_port": self._network.port.number,
            "strangers": self._network.port.strangers,
        }

    def _find(self, request: SlotsRequest | PatchRequest | CloseRequest) -> Session:
        session = self._sessions.get(request.session)
        if session is None or not session.is_of(request.display, request.viewer, request.asked):
            raise SessionUnknown("there is no such session")
        return session

    def _check_there(self, session: Session) -> None:
        if session.id not in self._sessions:
            raise SessionUnknown("the session was closed while its offer was answered")

    async def _end_all(self, sessions: Iterable[Session]) -> None:
        """That one of them cannot be ended well keeps none of the others."""
        for result in await asyncio.gather(*map(self._end, tuple(sessions)), return_exceptions=True):
            if isinstance(result, Exception):
                log.error("a session did not end well", exc_info=result)

    async def _end(self, session: Session) -> None:
        if self._sessions.pop(session.id, None) is None:
            return
        self._figures.ended(session.figures)
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


async def prepare(settings: GatewaySettings, *, believes: bool = True) -> tuple[Network, Sending]:
    """Set up aiortc for this process and open its UDP port; how it can send. `believes`: as in Network.

    GatewayError if these versions of aiortc and aioice, an address or the port will not do.
    """
    connection = RTCPeerConnection()
    transceiver = connection.addTransceiver("video")
    check_private_ice_names(transceiver.sender.transport)
    release.check_private_names(transceiver)
    sending = sender.prepare(transceiver.sender, settings.sending())
    accept_rsa()
    await connection.close()
    port = UdpPort(port_range(settings.udp_ports), check_addresses([str(address) for address in settings.addresses]))
    port.open()
    network = Network(
        port,
        tuple(str(address) for address in settings.announced_addresses),
        settings.announce_own_addresses,
        Relay(settings.turn) if settings.turn.url is not None else None,
        believes,
    )
    return network, sending


async def run_gateway(address: BusAddress, worker_id: str, settings: GatewaySettings, stop: Stop) -> None:
    """Run a gateway until `stop` is set. Raises GatewayError where it cannot."""
    allow_many_files()  # each player of HLS is a connection
    network, sending = await prepare(settings)
    with contextlib.closing(network.port), contextlib.closing(listen(settings.hls)) as listener:
        bus = await Bus.connect(address, ROLE, worker_id)
        try:
            await _serve(bus, worker_id, network, sending, settings.hls, listener, stop)
        finally:
            await bus.close()


async def _serve(
    bus: Bus, worker_id: str, network: Network, sending: Sending, hls: HlsSettings, listener: socket.socket, stop: Stop
) -> None:
    fan_out = FanOut(bus, DemandLease(bus))
    gateway = Gateway(bus, fan_out, network, sending)
    streams = HlsStreams(bus, fan_out, base(hls, listener))
    verbs = {
        "offer": handler(OfferRequest, gateway.offer),
        "slots": handler(SlotsRequest, gateway.slots),
        "patch": handler(PatchRequest, gateway.patch),
        "close": handler(CloseRequest, gateway.close),
        "close_display": handler(CloseDisplayRequest, gateway.close_display),
        "alive": handler(AliveRequest, gateway.alive),
        "sessions": handler(SessionsRequest, gateway.sessions),
        "hls": handler(HlsRequest, streams.open),
    }
    served = [await bus.serve(f"req.gateway.{worker_id}.{verb}", work) for verb, work in verbs.items()]
    rounds = (gateway.rounds, streams.rounds)
    served += [await bus.serve(confirmation.RIGHTS_CHANGED, one.heard) for one in rounds]
    heartbeat = Heartbeat(bus, ROLE, worker_id, lambda: gateway.figures() | streams.figures())
    watching = [
        bus.essential(gateway.watch_viewers(), "watch viewers"),
        bus.essential(gateway.confirm_viewers(), "confirm viewers"),
    ]
    try:
        async with serving(streams, listener):
            await bus.until(stop)
    finally:
        for task in watching:
            task.cancel()
        await heartbeat.close()
        for subscription in served:
            await subscription.close()
        await gateway.close_all()
        await fan_out.close()
