"""The WebSockets of displays: plans and states go out, what was drawn comes in.

A display that does not read fast enough is let go (it comes back by itself): it must never slow down the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ingest.token_bucket import TokenBucket
from layouts.contents import StatesPanel
from layouts.names import LONGEST_NAME
from wallserver.control.camera_views import changes
from wallserver.control.display_machines import DisplayMachines, Machine
from wallserver.control.flight_recorder import CellFrames, FlightRecorder, Proof
from wallserver.control.panels import state_lists, with_views
from wallserver.control.plans import Plans
from wallserver.control.sessions import MediaSession, Sessions
from wallserver.people import People
from wallserver.people.guard import check_messages
from wallserver.people.objects import Display
from wallserver.people.rights import ANONYMOUS, Action, DisplayToken, authorize

_log = structlog.get_logger(__name__)

REFUSED = 4401  # the token is not good (any more): the display forgets it and asks to be paired
# RFC 6455, 7.4.1, and its registry: the display keeps its token and tries again.
_NOT_UNDERSTOOD = 1003
_TRY_AGAIN_LATER = 1013
_LEAVING = 1001
_HELLO_S = 10.0
_HEARTBEAT_S = 2.0
_AGAIN_S = 1.0
_MOST_WAITING = 64  # messages
IDENTIFY_MS = 8000  # long enough to walk along a wall
_MOST_ASKED = 4096
# A second, and at once: a page says a word for each cell of a plan that it has drawn, and makes a report every 10 s, of
# so many characters for a word. Who says much more takes the time of all others, and the room in the flight recorder.
_SAYS, _SAYS_AT_ONCE = 50.0, 500.0
_WORD = 1024

type _CellId = Annotated[str, Field(max_length=LONGEST_NAME)]
type _Count = Annotated[int, Field(ge=0, le=1_000_000_000)]

type Json = dict[str, Any]

_REMOVED: Json = {"t": "removed"}


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)  # a newer page may say more


class Hello(_Message):
    """The first message; `session` where the display has one already, `machine`: what it says of its machine."""

    t: Literal["hello"]
    token: Annotated[str, Field(max_length=200)]
    session: Annotated[str, Field(max_length=200)] | None = None
    machine: Machine | None = None


class Drawn(_Message):
    """Cells of a plan whose first picture is on the screen."""

    t: Literal["drawn"]
    plan: int
    cells: Annotated[list[_CellId], Field(max_length=4096)]


class Pictures(_Message):
    """Pictures of a camera drawn in a cell since the last report, the first and the last of them so many ms ago;
    without any, the cell was there from the one to the other."""

    id: _CellId
    camera: Annotated[str, Field(max_length=63)]
    frames: Annotated[int, Field(ge=0, le=100_000)]
    first_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    last_ms: Annotated[int, Field(ge=0, le=600_000)] = 0


class Report(_Message):
    """What the display says of itself, every 10 s: counts since the last report.

    `decode_ms`: how long its decoders took for one picture. `plan` and `cells` are for the flight recorder: what it
    drew in each cell, in the order in which that began; `sent_ms`: when it says so, by the time in the heartbeats that
    it hears (Unix milliseconds).
    """

    t: Literal["report"]
    frames: _Count = 0
    dropped: _Count = 0
    heap_mb: Annotated[float, Field(ge=0, lt=1e9)] | None = None
    decoded: _Count | None = None
    decode_ms: Annotated[float, Field(ge=0, lt=1e9)] | None = None
    plan: Annotated[int, Field(ge=0, lt=2**53)] = 0
    cells: Annotated[list[Pictures], Field(max_length=1024)] = []
    sent_ms: Annotated[int, Field(ge=0, lt=2**53)] | None = None


_incoming: TypeAdapter[Hello | Drawn | Report] = TypeAdapter(
    Annotated[Hello | Drawn | Report, Field(discriminator="t")]
)


@dataclass(slots=True, eq=False)
class _Connection:
    """One open WebSocket of a display."""

    principal: DisplayToken
    proof: Proof
    outbox: asyncio.Queue[Json] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))
    end: int | None = None
    drawn: set[str] = field(default_factory=set)
    drawn_plan: int = 0
    states: dict[str, Json] = field(default_factory=dict)
    report: Report | None = None
    lists: dict[str, Json] = field(default_factory=dict)
    # What it was asked to show since its last report, a cell and a camera each, and in the time before that, of which
    # a picture may have stayed until the next one came: nothing else can it prove.
    asked: set[tuple[str, str]] = field(default_factory=set)
    asked_before: set[tuple[str, str]] = field(default_factory=set)
    says: TokenBucket = field(default_factory=lambda: TokenBucket(_SAYS, _SAYS_AT_ONCE))

    @property
    def display(self) -> str:
        """The display that it is paired as."""
        return self.principal.display

    def send(self, message: Json) -> None:
        """Put a message in line."""
        try:
            self.outbox.put_nowait(message)
        except asyncio.QueueFull:
            self.end = _TRY_AGAIN_LATER

    def has_drawn(self, plan: int, cells: Iterable[str], there: Iterable[str]) -> None:
        """It says that it has drawn these cells of a plan that has those: of others nothing is kept."""
        if plan != self.drawn_plan:
            self.drawn_plan, self.drawn = plan, set()
        self.drawn.update(set(there).intersection(cells))

    def talks_too_much(self, now: float, length: int) -> bool:
        """It has said so many characters at `now` (monotonic seconds): whether that was too much."""
        too_soon = now < self.says.ready_at()
        self.says.take(now, 1 + length / _WORD)
        return too_soon

    def close(self, code: int, last_words: Json) -> None:
        """Say one thing more, and close."""
        self.send(last_words)
        self.end = code


class DisplayHub:
    """All displays that are connected. `run` keeps them and the gateways up to date."""

    def __init__(
        self,
        plans: Plans,
        sessions: Sessions,
        people: People,
        machines: DisplayMachines,
        flight: FlightRecorder,
        now_ms: Callable[[], int],
        panel_sites: Sequence[str] = (),
    ) -> None:
        self._plans = plans
        self._machines = machines
        self._panel_sites = panel_sites
        self._sessions = sessions
        self._people = people
        self._flight = flight
        self._now_ms = now_ms
        self._connections: set[_Connection] = set()
        self._attach: set[str] = set()
        self._telling: set[str] = set()
        self._work = asyncio.Event()
        self._deadlines: dict[str, asyncio.TimerHandle] = {}
        self.messages: dict[str, tuple[Action, Callable[[_Connection, Any], None]]] = {
            "drawn": (Action.DISPLAY_SHOW, self._drawn),
            "report": (Action.DISPLAY_SHOW, self._reported),
        }
        check_messages("/ws/display", self.messages)
        plans.listeners.append(self._plans_changed)

    def connected(self, display: str) -> int:
        """How many browsers show it now."""
        return sum(connection.display == display for connection in self._connections)

    def report(self, display: str) -> Json | None:
        """What the display said of itself last."""
        reports = [one.report for one in self._connections if one.display == display and one.report]
        return reports[-1].model_dump(exclude={"t", "plan", "cells", "sent_ms"}) if reports else None

    def gone(self, display: str) -> None:
        """The display lost its token."""
        for connection in self._of(display):
            connection.close(REFUSED, {"t": "gone"})

    def identify(self, displays: Sequence[str]) -> int:
        """Have these displays show their number, from 1, for some seconds; how many browsers were told."""
        told = 0
        for number, display in enumerate(displays, start=1):
            for connection in self._of(display):
                connection.send({"t": "identify", "number": number, "ms": IDENTIFY_MS})
                told += 1
        return told

    def reload(self, display: str) -> bool:
        """Have a display begin its page anew; whether any browser was told."""
        connections = self._of(display)
        for connection in connections:
            connection.send({"t": "reload"})
        return bool(connections)

    def session_lost(self, session: MediaSession) -> None:
        """The gateway of a session is gone: its display need not wait for pictures to find that out."""
        for connection in self._of(session.display or ""):
            connection.send({"t": "lost", "session": session.name})

    def states_changed(self) -> None:
        """Tell each display what changed of its cameras."""
        for connection in self._connections:
            self._send_states(connection)

    async def run(self) -> None:
        """Heartbeats to displays, slots to gateways; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._heartbeats(), name="displays' heartbeats")
            tasks.create_task(self._keep_slots(), name="gateways' slots")

    def close(self) -> None:
        """Let every display go."""
        for connection in self._connections:
            connection.close(_LEAVING, self._heartbeat())
        for deadline in self._deadlines.values():
            deadline.cancel()

    async def serve(self, socket: WebSocket) -> None:
        """One WebSocket, from its opening to its end."""
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            connection = await self._greeted(socket)
            if isinstance(connection, int):
                await socket.close(connection)
                return
            self._connections.add(connection)
            _log.info("display connected", display=connection.display)
            try:
                self._send_plan(connection)
                await self._talk(socket, connection)
            finally:
                self._connections.discard(connection)
                _log.info("display disconnected", display=connection.display)
                self._finish_if_drawn(connection.display)

    async def _greeted(self, socket: WebSocket) -> _Connection | int:
        """The display that says hello, or the code to close with: only a token that is nobody's is refused for good."""
        try:
            async with asyncio.timeout(_HELLO_S):
                hello = _incoming.validate_json(await socket.receive_text())
        except (TimeoutError, ValidationError):
            return _NOT_UNDERSTOOD
        if not isinstance(hello, Hello):
            return _NOT_UNDERSTOOD
        principal = await self._people.tokens.principal(hello.token) or ANONYMOUS
        if not isinstance(principal, DisplayToken):
            return REFUSED
        if not authorize(principal, Action.DISPLAY_SHOW, Display(principal.display)):
            return REFUSED
        shown = self._plans.displays.get(principal.display)
        if not self._plans.resumed:
            return _TRY_AGAIN_LATER
        if shown is None:
            await socket.send_json(_REMOVED)
            return _TRY_AGAIN_LATER
        if hello.machine is not None and not self._machines.may_be(principal.display, hello.machine):
            return _TRY_AGAIN_LATER
        if hello.session is not None:  # first: whoever looks at something keeps it until the next is drawn
            self._sessions.adopt(hello.session, principal.display)
            self.slots_changed(principal.display)
        shown.returning = False
        if hello.machine is not None:
            self._machines.said(principal.display, hello.machine)
        return _Connection(principal, self._flight.proof(principal.display))

    async def _talk(self, socket: WebSocket, connection: _Connection) -> None:
        """Read and write until either ends."""
        reading = asyncio.create_task(self._read(socket, connection), name=f"read {connection.display}")
        writing = asyncio.create_task(_write(socket, connection), name=f"write {connection.display}")
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, writing):
                task.cancel()
            results = await asyncio.gather(reading, writing, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect | RuntimeError):
                raise result

    async def _read(self, socket: WebSocket, connection: _Connection) -> None:
        while True:
            text = await socket.receive_text()
            if connection.talks_too_much(time.monotonic(), len(text)):
                _log.warning("a display says more than a page does", display=connection.display)
                await socket.close(_TRY_AGAIN_LATER)
                return
            try:
                message = _incoming.validate_json(text)
            except ValidationError:
                await socket.close(_NOT_UNDERSTOOD)
                return
            action, handle = self.messages.get(message.t, (None, None))
            if action is None or handle is None:  # a second hello
                continue
            if authorize(connection.principal, action, Display(connection.display)):
                handle(connection, message)

    def _drawn(self, connection: _Connection, message: Drawn) -> None:
        shown = self._plans.displays.get(connection.display)
        if shown is None or message.plan != shown.number:
            return  # of a plan that was
        connection.has_drawn(message.plan, message.cells, (cell.id for cell in shown.plan.cells))
        self._finish_if_drawn(connection.display)

    def _reported(self, connection: _Connection, message: Report) -> None:
        connection.report = message
        self._record(connection, message)
        self._machines.reported(connection.display, message.frames, message.dropped)

    def _record(self, connection: _Connection, message: Report) -> None:
        asked = connection.asked | connection.asked_before
        drawn = [
            CellFrames(told.id, told.camera, told.frames, told.first_ms, told.last_ms)
            for told in message.cells
            if (told.id, told.camera) in asked
        ]
        self._flight.said(connection.proof, message.plan, drawn, message.sent_ms)
        connection.asked_before, connection.asked = connection.asked, self._asked_of(connection.display)

    def _asked_of(self, display: str) -> set[tuple[str, str]]:
        shown = self._plans.displays.get(display)
        return {(cell.id, cell.camera) for cell in shown.plan.cells if cell.camera} if shown else set()

    def _plans_changed(self, displays: list[str]) -> None:
        for display in displays:
            if display not in self._plans.displays:
                self._removed(display)
                continue
            self.slots_changed(display)
            for connection in self._of(display):
                self._send_plan(connection)
            self._await_change(display)
            self._finish_if_drawn(display)

    def _removed(self, display: str) -> None:
        """It is on no wall. An undo may put it back: then its screen shows it again without being paired anew."""
        for connection in self._of(display):
            connection.close(_LEAVING, _REMOVED)
        self._forget_deadline(display)

    def _await_change(self, display: str) -> None:
        """Be there when what the display needs no more has been there for long enough, drawn or not."""
        self._forget_deadline(display)
        if (wait_s := self._plans.lets_go_in(display)) is not None:
            self._deadlines[display] = asyncio.get_running_loop().call_later(wait_s, self._overdue, display)

    def _overdue(self, display: str) -> None:
        if self._plans.let_go(display):
            self.slots_changed(display)
        self._await_change(display)

    def _forget_deadline(self, display: str) -> None:
        if (deadline := self._deadlines.pop(display, None)) is not None:
            deadline.cancel()

    def _finish_if_drawn(self, display: str) -> None:
        """The second phase, once every browser of the display has drawn every cell that has a picture to come.

        Where one has lost its socket, and shows its pictures still, the deadline decides.
        """
        shown = self._plans.displays.get(display)
        if shown is None:
            return
        browsers = self._of(display)
        if not browsers and (shown.returning or self._sessions.of(display)):
            return
        cells = {cell.id: cell.via.kind for cell in shown.plan.cells if cell.via is not None}
        drawn = [one.drawn if one.drawn_plan == shown.number else set() for one in browsers]
        composed = {cell for cell, kind in cells.items() if kind == "mosaic"}
        if composed and drawn and all(composed <= one for one in drawn):
            self._plans.mosaic_drawn(display)
        if shown.in_change and all(cells.keys() <= one for one in drawn):
            self._finish(display, shown.number)

    def _finish(self, display: str, number: int) -> None:
        self._forget_deadline(display)
        if self._plans.finish(display, number):
            self.slots_changed(display)

    def slots_changed(self, display: str) -> None:
        """Tell the gateways of this display's sessions what its slots carry."""
        self._attach.add(display)
        self._work.set()

    async def _keep_slots(self) -> None:
        """Each display by itself, and one thing after the other: a gateway that is silent keeps no other display."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._work.wait()
                self._work.clear()
                for display in self._attach - self._telling:
                    self._attach.discard(display)
                    self._telling.add(display)
                    tasks.create_task(self._tell_gateways(display), name=f"slots of {display}")

    async def _tell_gateways(self, display: str) -> None:
        try:
            shown = self._plans.displays.get(display)
            if shown is None:
                return
            number = shown.number
            known = await self._sessions.set_slots(display, number, shown.attached, overloaded=shown.plan.light)
            if known is None:
                return
            if known > number:
                self._plans.number_above(display, known)
            else:
                asyncio.get_running_loop().call_later(_AGAIN_S, self.slots_changed, display)
        finally:
            self._telling.discard(display)
            if display in self._attach:
                self._work.set()

    async def _heartbeats(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            self._machines.look()
            for connection in self._connections:
                connection.send(self._heartbeat())
                self._send_lists(connection)

    def _heartbeat(self) -> Json:
        return {"t": "server", "time_ms": self._now_ms()}

    def _send_plan(self, connection: _Connection) -> None:
        shown = self._plans.displays[connection.display]
        connection.send(with_views(shown.to_json(), shown.display, self._panel_sites))
        asked = self._asked_of(connection.display)
        connection.proof.asks(asked, self._now_ms())
        # One that never reports need not be remembered without end.
        connection.asked = asked | connection.asked if len(connection.asked) < _MOST_ASKED else asked
        self._send_states(connection)
        self._send_lists(connection)

    def _send_states(self, connection: _Connection) -> None:
        if connection.display not in self._plans.displays:
            return
        now = self._plans.display_views(connection.display)
        if told := changes(connection.states, now):
            connection.send({"t": "states", "cameras": told})
        connection.states = now

    def _send_lists(self, connection: _Connection) -> None:
        """What its panels that list cameras say, where that changed. Once a heartbeat is soon enough for a list."""
        shown = self._plans.displays.get(connection.display)
        if shown is None or not any(isinstance(cell.content, StatesPanel) for cell in shown.display.layout.cells):
            return
        lists = state_lists(shown.display, self._plans.cameras, self._plans.site_views())
        if lists != connection.lists:
            connection.send({"t": "lists", "cells": lists})
        connection.lists = lists

    def _of(self, display: str) -> list[_Connection]:
        return [connection for connection in self._connections if connection.display == display]


async def _write(socket: WebSocket, connection: _Connection) -> None:
    while connection.end is None or not (connection.end == _TRY_AGAIN_LATER or connection.outbox.empty()):
        message = await connection.outbox.get()
        await socket.send_text(json.dumps(message, separators=(",", ":")))
    if socket.client_state is WebSocketState.CONNECTED:
        await socket.close(connection.end)
