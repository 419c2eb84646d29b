"""Walls → plans, and the two phases of a change.

A new plan is attached beside the old one: what its slots carried stays until the displays have drawn the new (or
ten seconds have passed, or nobody is looking). A published plan is demand, whether or not a browser is attached: for
its cameras always, for its mosaic while the budget of standing mosaics lasts. The other mosaics are only specified;
the gateways demand them while they have viewers, so that they outlive control.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.camera_state import State
from layouts.wall import Display, Wall
from wallserver.catalogue import Catalogue
from wallserver.catalogue.camera import Camera, camera_of
from wallserver.config import MosaicSettings
from wallserver.control.camera_views import CameraView, not_in_catalogue, not_pulled, worst
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras
from wallserver.control.planner import (
    MOSAIC_SLOT,
    CameraFacts,
    DisplayPlan,
    Mosaic,
    PlannedCell,
    Slots,
    plan_display,
    standing_mosaics,
)
from wallserver.control.switched_off import SwitchedOffCameras

type Json = dict[str, Any]


@dataclass(slots=True)
class ShownDisplay:
    """A display, its plan, and what its slots carry: more than the plan needs, during a change.

    `number` is the plan's; it rises over restarts of control too. `leaving` is a mosaic that the plan no longer
    has and that is still looked at.
    """

    wall: Wall
    display: Display
    plan: DisplayPlan
    number: int
    attached: Slots
    leaving: Mosaic | None

    @property
    def in_change(self) -> bool:
        """Whether its slots still carry what the plan no longer needs."""
        return self.attached != self.plan.slots

    @property
    def streams(self) -> frozenset[str]:
        """All that it shows now, and what that is made of."""
        inputs = {cell.stream for cell in self.leaving.cells} if self.leaving else set()
        return self.plan.streams | {stream for stream in self.attached if stream} | inputs

    @property
    def mosaic(self) -> Mosaic | None:
        """The composed stream that its browsers look at."""
        return self.plan.mosaic or self.leaving

    @property
    def mosaics(self) -> Iterator[Mosaic]:
        """The composed streams that can be had of it."""
        for mosaic in filter(None, (self.plan.whep, self.mosaic)):
            yield mosaic
            yield mosaic.lighter()

    def to_json(self) -> Json:
        """The message `plan` of the WebSocket."""
        display, mosaic = self.display, self.plan.mosaic
        canvases = [{"slot": MOSAIC_SLOT, "width": mosaic.canvas[0], "height": mosaic.canvas[1]}] if mosaic else []
        return {
            "t": "plan",
            "plan": self.number,
            "revision": self.wall.revision,
            "wall": self.wall.id,
            "display": {
                "id": display.id,
                "name": display.name,
                "width": display.width,
                "height": display.height,
            },
            "cells": [_cell_to_json(cell) for cell in self.plan.cells],
            "slots": list(self.plan.slots),
            "canvases": canvases,
        }


class Plans:
    """All walls and their displays' plans.

    `listeners` are told the displays whose plan changed or that are gone; `on_wanted` is called whenever the bus
    has to be told something else.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        settings: MosaicSettings,
        live: Live,
        off: SwitchedOffCameras,
        masked: MaskedCameras,
        now_ms: Callable[[], int],
    ) -> None:
        self.cameras: dict[str, Camera] = {}
        self.walls: dict[str, Wall] = {}
        self.displays: dict[str, ShownDisplay] = {}
        self.listeners: list[Callable[[list[str]], None]] = []
        self.on_wanted: list[Callable[[], None]] = []
        self._catalogue = catalogue
        self._settings = settings
        self._live = live
        self._off = off
        self._masked = masked
        off.on_change.append(self.replan)
        masked.on_change.append(self.replan)
        self._now_ms = now_ms
        self._began_ms = now_ms()
        self._version: tuple[int, int] | None = None

    @property
    def version(self) -> str:
        """Another one whenever the cameras are others."""
        return "-".join(map(str, self._version or ()))

    async def load(self) -> None:
        """Read cameras and walls, and plan."""
        await self.refresh_cameras()
        self.walls = {wall.id: wall for wall in await self._catalogue.walls.list()}
        self.replan()

    async def refresh_cameras(self) -> None:
        """Read the cameras, and plan anew, if an import (the command line's too) changed them."""
        version = await self._catalogue.cameras.version()
        if version != self._version:
            self.cameras = {camera.id: camera for camera in await self._catalogue.cameras.list()}
            self._version = version
            self.replan()

    def put_wall(self, wall: Wall) -> None:
        """A wall has a new revision, or is new. An older one than the present changes nothing."""
        present = self.walls.get(wall.id)
        if present is None or present.revision < wall.revision:
            self.walls[wall.id] = wall
            self.replan()

    def replan(self) -> None:
        """Plan every display anew; those whose plan is another begin their change."""
        shown_cameras = {camera for wall in self.walls.values() for camera in wall.cameras}
        facts = {name: self._facts(self.cameras[name]) for name in shown_cameras & self.cameras.keys()}
        there = {display.id: (wall, display) for wall in self.walls.values() for display in wall.displays}
        changed = list(self.displays.keys() - there.keys())
        for gone in changed:
            del self.displays[gone]
        for display_id, (wall, display) in there.items():
            before = self.displays.get(display_id)
            plan = plan_display(display, facts, self._settings, before.attached if before else None)
            if before and (before.plan, before.display) == (plan, display):
                before.wall = wall
                continue
            self.displays[display_id] = self._begun(wall, display, plan, before)
            changed.append(display_id)
        if changed:
            for listener in self.listeners:
                listener(changed)
            self._wanted()

    def finish(self, display_id: str, number: int) -> bool:
        """Plan `number` is drawn: let go of what only the one before it needed. Whether there was something."""
        shown = self.displays.get(display_id)
        if shown is None or shown.number != number or not shown.in_change:
            return False
        shown.attached = shown.plan.slots
        shown.leaving = None
        self._wanted()
        return True

    def number_above(self, display_id: str, number: int) -> None:
        """Give a display's plan, which is the same, a number above this one."""
        shown = self.displays.get(display_id)
        if shown is not None and shown.number <= number:
            shown.number = number + 1
            for listener in self.listeners:
                listener([display_id])

    def demand(self) -> dict[str, frozenset[str]]:
        """What must be there for each display, whether or not anybody looks: its cameras, and its standing mosaic."""
        in_order = (display.id for _, wall in sorted(self.walls.items()) for display in wall.displays)
        mosaics = (mosaic for display in in_order if (mosaic := self.displays[display].mosaic))
        standing = standing_mosaics(mosaics, self._settings.standing_cells)
        return {
            name: frozenset(stream for stream in shown.streams if camera_of(stream) or stream in standing)
            for name, shown in self.displays.items()
        }

    def lighter(self, streams: Iterable[str | None]) -> dict[str, str]:
        """Of these, the ones that have a lighter version: a camera's sub stream, a mosaic of half the size."""
        found: dict[str, str] = {}
        for stream in filter(None, streams):
            if (named := camera_of(stream)) is None:
                if stream.startswith("mosaic."):
                    found[stream] = f"{stream}_light"
            elif named[1] == "main" and (camera := self.cameras.get(named[0])) and "sub" in camera.qualities:
                found[stream] = f"cam.{camera.id}.sub"
        return found

    def shows(self, stream: str) -> bool:
        """Whether a display needs this stream."""
        return any(stream in shown.streams for shown in self.displays.values())

    def needs(self, stream: str) -> bool:
        """Whether anybody does."""
        return stream in self._live.demanded or self.shows(stream)

    def demanded_cameras(self) -> dict[str, frozenset[str]]:
        """Every camera that somebody needs, displays and players alike, with its streams that are needed."""
        streams = {stream for shown in self.displays.values() for stream in shown.plan.streams}
        found: dict[str, set[str]] = {}
        for stream in streams | self._live.demanded:
            if (named := camera_of(stream)) is not None:
                found.setdefault(named[0], set()).add(stream)
        return {camera: frozenset(streams) for camera, streams in found.items()}

    def site_views(self) -> dict[str, CameraView]:
        """The state of every camera of the catalogue: over all its streams that are needed, else as last visited."""
        demanded = self.demanded_cameras()
        off = not_pulled(self._began_ms)
        return {
            name: self._off.view(name)
            or worst(self._live.view(stream) for stream in demanded.get(name, ()))
            or self._live.visited(camera.streams)
            or off
            for name, camera in self.cameras.items()
        }

    def display_views(self, display_id: str) -> dict[str, Json]:
        """The state of each camera on a display, of the very streams that it shows them by."""
        shown = self.displays[display_id]
        composed = {cell.rect: cell.stream for cell in shown.plan.mosaic.cells} if shown.plan.mosaic else {}
        streams: dict[str, set[str]] = {}
        for cell in shown.plan.cells:
            if cell.camera is None:
                continue
            found = streams.setdefault(cell.camera, set())
            if cell.via is not None:
                stream = composed[cell.via.rect] if cell.via.rect else shown.plan.slots[cell.via.slot]
                found.update([stream] if stream else [])
        return {
            camera: (
                self._off.view(camera) or worst(map(self._live.view, sorted(found))) or not_in_catalogue(self._began_ms)
            ).to_json()
            for camera, found in streams.items()
        }

    def _begun(self, wall: Wall, display: Display, plan: DisplayPlan, before: ShownDisplay | None) -> ShownDisplay:
        now = self._now_ms()
        if before is None:
            return ShownDisplay(wall, display, plan, now, plan.slots, None)
        attached = tuple(
            new or (None if self._is_bare(old) else old) for new, old in zip(plan.slots, before.attached, strict=True)
        )
        leaving = None if plan.mosaic else before.plan.mosaic or before.leaving
        return ShownDisplay(wall, display, plan, max(before.number + 1, now), attached, leaving)

    def _is_bare(self, stream: str | None) -> bool:
        """Whether it is the own stream of a camera that has masks by now: that stays on no screen, whatever follows."""
        named = camera_of(stream) if stream is not None else None
        return named is not None and named[0] in self._masked

    def _facts(self, camera: Camera) -> CameraFacts:
        status = self._live.status(camera.main_stream)
        unsupported = status is not None and status.state is State.UNSUPPORTED
        masks = self._masked.of(camera.id)
        return CameraFacts(
            id=camera.id,
            name=camera.name,
            main_stream=camera.main_stream,
            sub_stream=camera.sub_stream,
            playable=self._live.plays(camera.main_stream) and not unsupported and not masks,
            off=camera.id in self._off,
            masks=masks,
        )

    def _wanted(self) -> None:
        for callback in self.on_wanted:
            callback()


def _cell_to_json(cell: PlannedCell) -> Json:
    via = cell.via
    return {
        "id": cell.id,
        "x": cell.x,
        "y": cell.y,
        "w": cell.w,
        "h": cell.h,
        "camera": cell.camera,
        "name": cell.name,
        "fit": cell.fit,
        "via": via and {"slot": via.slot, "kind": via.kind, "rect": list(via.rect) if via.rect else None},
    }
