"""The tours of all walls: they take their turns by themselves, without a revision, and what they show is planned.

A tour ends where a person puts something else in its cell, and begins again where it is put back.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ingest.camera_state import State
from layouts.contents import EMPTY, CameraContent, TourContent
from layouts.tours import Selector, Tour
from layouts.wall import Cell, Wall
from wallserver.catalogue.camera import Camera
from wallserver.catalogue.flight import CellOf, Flight, Step
from wallserver.control.flight_recorder import FlightRecorder
from wallserver.control.live import Live
from wallserver.control.turns import Cameras, Place, Turn, Turns, advanced, load, resumed, wakes_at

if TYPE_CHECKING:
    from wallserver.control.plans import Plans

# A camera in one of these states has no picture that is worth a turn.
DEAD = frozenset(
    {
        State.REFUSED,
        State.NOT_FOUND,
        State.UNREACHABLE,
        State.UNSUPPORTED,
        State.STALE,
        State.FROZEN,
        State.BLACK,
        State.OFF,
    }
)
_DEAD_NAMES = frozenset(state.value for state in DEAD)
_SEEMS_MS = 5_000
_REMEMBERED_MS = 24 * 3_600_000
_MOST_WAIT_S = 1.0

type Json = dict[str, Any]
type _Places = dict[str, dict[Place, list[CellOf]]]  # by tour


class Tours:
    """The turns of every tour that is in a cell. `plans` asks it what walls show; it writes down each step.

    `ahead`: streams that somebody's next turn needs, by display.
    """

    def __init__(
        self,
        plans: Plans,
        live: Live,
        off: Container[str],
        recorder: FlightRecorder,
        now_ms: Callable[[], int],
    ) -> None:
        self.ahead: Mapping[str, frozenset[str]] = MappingProxyType({})
        self._plans = plans
        self._live = live
        self._off = off
        self._recorder = recorder
        self._now_ms = now_ms
        self._turns: dict[tuple[str, str], Turns] = {}
        self._known: dict[tuple[str, str], tuple[object, Cameras]] = {}
        self._seemed: dict[str, tuple[int, bool]] = {}
        self._on_screen: dict[str, tuple[Wall, Mapping[CellOf, str | None], Wall]] = {}
        self._there: dict[str, tuple[Wall, _Places]] = {}
        self._reach: dict[str, tuple[Wall, str, Mapping[str, frozenset[str]]]] = {}
        self._wake = asyncio.Event()

    async def resume(self, flight: Flight, walls: Iterable[Wall]) -> None:
        """Go on where the tours of these walls were before control was started."""
        now_ms = self._now_ms()
        for wall in walls:
            if not wall.tours:
                continue
            there = self._tours_of(wall)
            last = await flight.last_turns(wall.id, now_ms - _REMEMBERED_MS)
            first_cells = [cells[0] for places in there.values() for cells in places.values()]
            shown = await flight.orders_at(wall.id, first_cells, now_ms)
            for tour, places in there.items():
                dwell_ms, last_ms = wall.tour(tour).dwell_s * 1000, last.get(tour, {})
                turns = {
                    place: Turn(order.camera, order.since_ms, order.since_ms + dwell_ms, order.step)
                    for place, cells in places.items()
                    if (order := shown.get(cells[0])) is not None and order.step is not None
                }
                self._turns[wall.id, tour] = resumed(wall.tour(tour), turns, last_ms, now_ms)

    def on_screen(self, wall: Wall) -> Wall:
        """The wall as its displays have to show it now: in the place of each tour the camera whose turn it is."""
        if not wall.tours:
            return wall
        self._advance(wall)
        cameras = {
            cell: self._turns[wall.id, tour].places[place].camera
            for tour, places in self._tours_of(wall).items()
            for place, cells in places.items()
            for cell in cells
        }
        known = self._on_screen.get(wall.id)
        if known is None or known[0] is not wall or known[1] != cameras:
            self._on_screen[wall.id] = known = wall, cameras, _resolved(wall, cameras)
        return known[2]

    def as_if(self, wall: Wall) -> Wall:
        """A wall that might be as its displays would show it: in the place of each tour the camera whose turn it is
        there now, else another one of the tour's. Nobody's turn comes by it."""
        cameras: dict[CellOf, str | None] = {}
        for name, places in _tours_of(wall).items():
            turns = self._turns.get((wall.id, name))
            now = {place: turn.camera for place, turn in turns.places.items()} if turns else {}
            others = iter(sorted(self._may_show(wall.tour(name)) - {camera for camera in now.values() if camera}))
            for place, cells in places.items():
                cameras |= dict.fromkeys(cells, now.get(place) or next(others, None))
        return _resolved(wall, cameras)

    def cameras_by_display(self) -> dict[str, frozenset[str]]:
        """The cameras that the tours on each display may come to show, whosever turn it is and however they are."""
        found: dict[str, frozenset[str]] = {}
        for wall in self._plans.walls.values():
            if wall.tours:
                found |= self._reach_of(wall)
        return found

    async def run(self) -> None:
        """Take turns when they are due, until cancelled."""
        self._live.listeners.append(self._wake.set)  # a picture that was waited for may be there
        try:
            while True:
                self.tick()
                wait_s = min(_MOST_WAIT_S, max(0.05, (self._next_ms() - self._now_ms()) / 1000))
                self._wake.clear()
                try:
                    async with asyncio.timeout(wait_s):
                        await self._wake.wait()
                        await asyncio.sleep(0.05)  # hundreds of cameras come back at once
                except TimeoutError:
                    pass
        finally:
            self._live.listeners.remove(self._wake.set)

    def tick(self) -> None:
        """Take the turns that are due, and ask for the streams of those to come."""
        changed = [self._advance(wall) for wall in self._plans.walls.values() if wall.tours]
        if any(changed):
            self._plans.replan()
        ahead = self._streams_ahead()
        if ahead != self.ahead:
            self.ahead = ahead
            for callback in self._plans.on_wanted:
                callback()

    def to_json(self, wall: Wall) -> list[Json]:
        """Each tour that is in a cell: how many cameras it has, and whose turn it is where, until when, who follows.

        `load`: of the order by risk; above 1 there are more cameras than its cells can show in time.
        """
        self._advance(wall)
        return [
            {
                "tour": name,
                "cameras": len(cameras.risks),
                "load": load(tour, cameras.risks, len(places)) if tour.order == "risk" else None,
                "places": [
                    {
                        "cells": [{"display": display, "cell": cell} for display, cell in cells],
                        "camera": turn.camera,
                        "since_ms": turn.since_ms,
                        "until_ms": turn.until_ms,
                        "following": turn.following,
                        "step": turn.step,
                    }
                    for place, cells in places.items()
                    for turn in (self._turns[wall.id, name].places[place],)
                ],
            }
            for name, places in self._tours_of(wall).items()
            for tour in (wall.tour(name),)
            for cameras in (self._cameras(wall.id, tour),)
        ]

    def _advance(self, wall: Wall) -> bool:
        """Whether something else is shown now."""
        now_ms, there = self._now_ms(), self._tours_of(wall)
        for key in [key for key in self._turns if key[0] == wall.id and key[1] not in there]:
            del self._turns[key]
            self._known.pop(key, None)
        changed = False
        for name, places in there.items():
            tour = wall.tour(name)
            before = self._turns.get((wall.id, name)) or Turns(now_ms)
            after = advanced(before, tour, list(places), self._cameras(wall.id, tour), now_ms)
            self._turns[wall.id, name] = after
            for place, cells in places.items():
                turn, earlier = after.places[place], before.places.get(place)
                if earlier is None or earlier.step != turn.step:
                    changed = True
                    self._recorder.stepped(
                        Step(wall.id, display, cell, turn.since_ms, name, turn.camera, turn.step)
                        for display, cell in cells
                    )
        return changed

    def _tours_of(self, wall: Wall) -> _Places:
        known = self._there.get(wall.id)
        if known is None or known[0] is not wall:
            self._there[wall.id] = known = wall, _tours_of(wall)
        return known[1]

    def _reach_of(self, wall: Wall) -> Mapping[str, frozenset[str]]:
        known, version = self._reach.get(wall.id), self._plans.version
        if known is None or known[0] is not wall or known[1] != version:
            found: dict[str, frozenset[str]] = {}
            for name, places in self._tours_of(wall).items():
                cameras = self._may_show(wall.tour(name))
                for display in {display for cells in places.values() for display, _ in cells}:
                    found[display] = found.get(display, frozenset()) | cameras
            self._reach[wall.id] = known = wall, version, found
        return known[2]

    def _may_show(self, tour: Tour) -> frozenset[str]:
        there = self._plans.cameras
        if tour.selector is None:
            return frozenset(tour.cameras) & there.keys()
        selector = replace(tour.selector, state=None)
        return frozenset(camera.id for camera in there.values() if selects(selector, camera, None))

    def _cameras(self, wall: str, tour: Tour) -> Cameras:
        """The tour's cameras as they are now."""
        plans, selector = self._plans, tour.selector
        second = self._now_ms() // 1000 if selector is not None and selector.state is not None else 0
        made_of = (plans.version, tour, second)
        known = self._known.get((wall, tour.id))
        if known is not None and known[0] == made_of:
            return known[1]
        if selector is None:
            chosen = [plans.cameras[name] for name in dict.fromkeys(tour.cameras) if name in plans.cameras]
        else:
            states = {name: view.state for name, view in plans.site_views().items()} if selector.state else {}
            chosen = [one for one in plans.cameras.values() if selects(selector, one, states.get(one.id))]
        risks = {camera.id: camera.risk for camera in chosen}
        if selector is not None and selector.state in _DEAD_NAMES:
            # Whoever wants to see cameras in such a state wants to see why.
            cameras = Cameras(risks, _never, _always, _never)
        else:
            cameras = Cameras(risks, self._is_dead, self._is_ready, self._seems_dead)
        self._known[wall, tour.id] = made_of, cameras
        return cameras

    def _seems_dead(self, camera: str) -> bool:
        at_ms, dead = self._seemed.get(camera, (0, False))
        if abs(self._now_ms() - at_ms) >= _SEEMS_MS:
            dead = self._is_dead(camera)
            self._seemed[camera] = self._now_ms(), dead
        return dead

    def _is_dead(self, camera: str) -> bool:
        view = self._plans.site_view(camera)
        # One that nobody has pulled or visited yet may well be alive.
        unknown = view.state is State.OFF and not view.visited and camera not in self._off
        return view.state in DEAD and not unknown

    def _is_ready(self, camera: str) -> bool:
        live = self._live
        streams = self._plans.cameras[camera].streams
        return any(live.status(stream) and live.view(stream).state is State.LIVE for stream in streams)

    def _next_ms(self) -> int:
        now_ms = self._now_ms()
        wakes = [wakes_at(turns, now_ms) for turns in self._turns.values()]
        return min((at for at in wakes if at is not None), default=now_ms + 60_000)

    def _streams_ahead(self) -> dict[str, frozenset[str]]:
        now_ms = self._now_ms()
        found: dict[str, set[str]] = defaultdict(set)
        for wall in self._plans.walls.values():
            for tour, places in self._tours_of(wall).items():
                for place, cells in places.items():
                    turn = self._turns[wall.id, tour].places[place]
                    camera = self._plans.cameras.get(turn.following or "")
                    if camera is None or now_ms < turn.ahead_ms:
                        continue
                    for display, cell in cells:
                        found[display].add(self._plans.stream_alike(display, cell, camera))
        return {display: frozenset(streams) for display, streams in found.items()}


def _never(_: str) -> bool:
    return False


def _always(_: str) -> bool:
    return True


def selects(selector: Selector, camera: Camera, state: State | None) -> bool:
    """Whether a camera has all that a selector asks for."""
    asked = (selector.district, selector.kind, selector.risk, selector.state)
    has = (camera.district, "lorong" if camera.lorong else "road", camera.risk, state and state.value)
    return all(want in {None, found} for want, found in zip(asked, has, strict=True))


def _resolved(wall: Wall, cameras: Mapping[CellOf, str | None]) -> Wall:
    """The wall with these cameras in these cells."""

    def shown(display: str, cell: Cell) -> Cell:
        if (display, cell.id) not in cameras:
            return cell
        camera = cameras[display, cell.id]
        return replace(cell, content=CameraContent(camera) if camera else EMPTY)

    displays = (
        replace(one, layout=replace(one.layout, cells=tuple(shown(one.id, cell) for cell in one.layout.cells)))
        for one in wall.displays
    )
    return replace(wall, displays=tuple(displays))


def _tours_of(wall: Wall) -> _Places:
    """The tours that are in cells, with their places in the wall's order."""
    found: _Places = {}
    for display, cell in wall.cells:
        if isinstance(cell.content, TourContent):
            place = f"span {cell.part.span}" if cell.part else f"{display.id} {cell.id}"
            found.setdefault(cell.content.tour, {}).setdefault(place, []).append((display.id, cell.id))
    return found
