"""Walls → plans, and the two phases of a change.

A new plan is attached beside the old one: what its slots carried stays until the displays have drawn the new (or
ten seconds have passed, or nobody is looking). A published plan is demand, whether or not a browser is attached: for
its cameras always, for its mosaic while the budget of standing mosaics lasts. The other mosaics are only specified;
the gateways demand them while they have viewers, so that they outlive control.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from layouts.wall import Display, Wall
from wallserver.catalogue import Catalogue
from wallserver.catalogue.camera import Camera, camera_of
from wallserver.config import MosaicSettings
from wallserver.control.camera_facts import facts_of
from wallserver.control.camera_views import CameraView, not_in_catalogue, not_pulled, worst
from wallserver.control.costs import StreamFacts
from wallserver.control.kept_plans import Kept, kept_in, to_keep
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras
from wallserver.control.mosaics import PixelRect, named, standing_mosaics
from wallserver.control.plan_inputs import PlanInputs, beyond_recorders
from wallserver.control.planner import Bearing, DisplayPlan, PlannedCell, Slots, no_slots, plan_display, renamed
from wallserver.control.shown_display import ShownDisplay
from wallserver.control.standing import Standing
from wallserver.control.switched_off import SwitchedOffCameras
from wallserver.control.ways import CameraFacts

if TYPE_CHECKING:
    from wallserver.control.tours import Tours

type Json = dict[str, Any]


class Plans:
    """All walls and their displays' plans.

    `listeners` are told the displays whose plan changed or that are gone; `on_wanted` is called whenever the bus
    has to be told something else; `on_tours` when the tours of a display may bring other cameras than before.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        settings: MosaicSettings,
        live: Live,
        off: SwitchedOffCameras,
        masked: MaskedCameras,
        now_ms: Callable[[], int],
        recorders: Mapping[str, int] = MappingProxyType({}),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`recorders`: how many streams each sends at a time, by its host. `clock` is monotonic, in seconds."""
        self.cameras: dict[str, Camera] = {}
        self.walls: dict[str, Wall] = {}
        self.displays: dict[str, ShownDisplay] = {}
        self.listeners: list[Callable[[list[str]], None]] = []
        self.on_wanted: list[Callable[[], None]] = []
        self.on_tours: list[Callable[[], None]] = []
        self.tours: Tours | None = None  # without: tours show nothing
        self.tour_cameras: Mapping[str, frozenset[str]] = MappingProxyType({})
        """By display, the cameras that its tours may come to show, whosever turn it is."""
        self._catalogue = catalogue
        self._settings = settings
        self._live = live
        self._off = off
        self._masked = masked
        off.on_change.append(self.replan)
        masked.on_change.append(self.replan)
        self._now_ms = now_ms
        self._clock = clock
        self._began_ms = now_ms()
        self._not_pulled = not_pulled(self._began_ms)
        self._version: tuple[int, int] | None = None
        self._limits = {host.lower(): limit for host, limit in recorders.items()}
        self._recorder_of: dict[str, str] = {}
        self._bearings: dict[str, Bearing] = {}
        self.resumed = False
        """Whether it is known what the control before us had on the displays: until then they are told nothing."""
        self._kept: Mapping[str, Kept] = {}
        self._stream_facts: dict[str, StreamFacts] = {}
        # By display: what its last plan was made of, and the plan.
        self._made: dict[str, tuple[object, DisplayPlan]] = {}

    @property
    def version(self) -> str:
        """Another one whenever the cameras are others."""
        return "-".join(map(str, self._version or ()))

    async def load(self) -> None:
        """Read cameras and walls, and plan."""
        await self.refresh_cameras()
        self.walls = {wall.id: wall for wall in await self._catalogue.walls.list()}
        if self.tours is not None:
            await self.tours.resume(self._catalogue.flight, self.walls.values())
        self.replan()

    async def refresh_cameras(self) -> bool:
        """Read the cameras, and plan anew, if an import (the command line's too) changed them; whether it did."""
        version = await self._catalogue.cameras.version()
        if version == self._version:
            return False
        cameras = {camera.id: camera for camera in await self._catalogue.cameras.list()}
        recorder_of = await self._catalogue.cameras.fronted_by(self._limits.keys()) if self._limits else {}
        # In one step: whoever keeps something by the version would have it of other cameras than there are.
        self.cameras, self._recorder_of, self._version = cameras, recorder_of, version
        streams = {stream for camera in cameras.values() for stream in camera.streams}
        self._stream_facts = {name: facts for name, facts in self._stream_facts.items() if name in streams}
        self.replan()
        return True

    def put_wall(self, wall: Wall) -> None:
        """A wall has a new revision, or is new. An older one than the present changes nothing."""
        present = self.walls.get(wall.id)
        if present is None or present.revision < wall.revision:
            self.walls[wall.id] = wall
            self.replan()

    def bears(self, display_id: str, bearing: Bearing, *, anew: bool = False) -> None:
        """A display was seen to bear less, or more again; `anew`: it says so itself, of another machine than before."""
        if anew and (shown := self.displays.get(display_id)) is not None:
            shown.heard = False  # its plan was made for another one, and holds nothing back
        if self._bearings.get(display_id) != bearing:
            self._bearings[display_id] = bearing
            self.replan()
            self._wanted()  # the next control is to know it, be the plan the same

    def resume(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        """Go on with what the control before us had on the displays, as the bucket `plans` has it: to begin anew would
        be seen on them."""
        there = {display.id for wall in self.walls.values() for display in wall.displays}
        of_ours = {name: entry for name, entry in entries.items() if name in there}
        self._kept = kept_in(of_ours, len(no_slots(self._settings)), self._masked.of)
        self._bearings = {name: kept.bearing for name, kept in self._kept.items() if kept.bearing is not None}
        self.displays.clear()
        self.resumed = True
        self.replan()
        self._kept = {}

    def to_keep(self, display: str) -> dict[str, Any]:
        """What `resume` is to know of a display."""
        return to_keep(self.displays[display], self._bearings.get(display))

    def bearing(self, display: str) -> Bearing | None:
        """What a display bears, as far as it has said so."""
        return self._bearings.get(display)

    def replan(self) -> None:
        """Plan every display anew; those whose plan is another begin their change. Costs little where nothing is."""
        walls = [self.tours.on_screen(wall) if self.tours else wall for wall in self.walls.values()]
        there = {display.id: (wall, display) for wall in walls for display in wall.displays}
        changed = list(self.displays.keys() - there.keys())
        for gone in changed:
            del self.displays[gone]
            self._made.pop(gone, None)
            self._bearings.pop(gone, None)
        now, inputs = self._clock(), self.inputs(display for _, display in there.values())
        patterns = self._patterns((display for _, display in there.values()), now)
        plans = self._with_shared_mosaics(
            {
                name: self._plan(display, inputs, now, patterns.get(self._kind(display)))
                for name, (_, display) in there.items()
            }
        )
        for display_id, (wall, display) in there.items():
            before, plan = self.displays.get(display_id), plans[display_id]
            if before and (before.plan, before.display) == (plan, display):
                before.wall, before.plan, before.heard = wall, plan, display_id in self._bearings
                if before.mask_leaving(self._masked.of):
                    changed.append(display_id)
                continue
            self.displays[display_id] = self._begun(wall, display, plan, before, now)
            changed.append(display_id)
        tour_cameras = self.tours.cameras_by_display() if self.tours else {}
        of_others, self.tour_cameras = tour_cameras != self.tour_cameras, tour_cameras
        if changed:
            for listener in self.listeners:
                listener(changed)
            self._wanted()
        if of_others:
            for callback in self.on_tours:
                callback()

    def inputs(self, displays: Iterable[Display]) -> PlanInputs:
        """What plans of these displays are made of, as it is now."""
        displays = tuple(displays)
        shown = {cell.camera for display in displays for cell in display.layout.cells if cell.camera}
        facts = {name: self._facts(self.cameras[name]) for name in shown & self.cameras.keys()}
        full = beyond_recorders(displays, facts, self._limits)
        return PlanInputs(facts, dict(self._bearings), self._settings, full, self._limits)

    def _kind(self, display: Display) -> object:
        """The same for displays that show the same and bear as much."""
        bearing = self._bearings.get(display.id)
        return display.layout, display.width, display.height, bearing and (bearing.budget, bearing.screen)

    def _patterns(self, displays: Iterable[Display], now: float) -> dict[object, Standing]:
        """By kind, what has stood longest on such displays: each for itself would settle on another plan."""
        found: dict[object, Standing] = {}
        for display in displays:
            standing, kind = self._standing(display.id, now), self._kind(display)
            if standing is not None and (kind not in found or found[kind].stood_s < standing.stood_s):
                found[kind] = standing
        return found

    def _standing(self, display: str, now: float) -> Standing | None:
        if (shown := self.displays.get(display)) is not None:
            return shown.standing(now)
        return self._kept[display].standing if display in self._kept else None

    def _plan(self, display: Display, inputs: PlanInputs, now: float, pattern: Standing | None) -> DisplayPlan:
        """The plan, unless the last one was made of the same."""
        before, bearing = self.displays.get(display.id), inputs.bearings.get(display.id)
        standing = self._standing(display.id, now)
        attached = self._attached(display.id)
        cameras = {
            name: facts for cell in display.layout.cells if (facts := inputs.facts.get(name := cell.camera or ""))
        }
        full = inputs.full & cameras.keys()
        own, seen = before.own_slots if before else {}, self._seen(display.id)
        stands = standing.holding if standing else None, pattern.ways if pattern else None
        made_of = (display, cameras, bearing, stands, attached, full, seen)
        known = self._made.get(display.id)
        if known is not None and known[0] == made_of:
            return known[1]
        plan = plan_display(
            display,
            cameras,
            self._settings,
            attached,
            bearing=bearing,
            standing=standing,
            pattern=pattern,
            full=full,
            own_slots=own,
            seen=seen,
        )
        self._made[display.id] = made_of, plan
        return plan

    def _with_shared_mosaics(self, plans: Mapping[str, DisplayPlan]) -> dict[str, DisplayPlan]:
        """Displays that show the same mosaic look at one."""
        wanted = {name: plan.mosaic for name, plan in plans.items() if plan.mosaic}
        before = {name: kept.mosaic for name, kept in self._kept.items() if kept.mosaic} | {
            name: shown.plan.mosaic for name, shown in self.displays.items() if shown.plan.mosaic
        }
        leaving = {name: kept.mosaics for name, kept in self._kept.items()} | {
            name: {mosaic.id for mosaic in shown.leaving} for name, shown in self.displays.items()
        }
        ids = named(wanted, before, leaving, {name: plan.beside_mosaic for name, plan in plans.items()})
        empty = no_slots(self._settings)
        return {
            name: renamed(plan, ids[name], self._attached(name) or empty, self._seen(name)) if name in ids else plan
            for name, plan in plans.items()
        }

    def _attached(self, display: str) -> Slots | None:
        """What its slots carry; None where nobody knows."""
        if (shown := self.displays.get(display)) is not None:
            return shown.attached
        return self._kept[display].slots if display in self._kept else None

    def _seen(self, display: str) -> int | None:
        """The slot of the mosaic that it is known to show."""
        if (shown := self.displays.get(display)) is not None:
            return shown.seen
        return self._kept[display].seen if display in self._kept else None

    def finish(self, display_id: str, number: int) -> bool:
        """Plan `number` is drawn: let go of what only the one before it needed. Whether there was something."""
        shown = self.displays.get(display_id)
        if shown is None or shown.number != number or not shown.in_change:
            return False
        shown.let_go(range(len(shown.attached)))
        shown.returning = False
        self._wanted()
        return True

    def mosaic_drawn(self, display_id: str) -> None:
        """The browsers of this display have drawn every cell of its plan's mosaic."""
        shown = self.displays[display_id]
        shown.seen = shown.mosaic_slot

    def let_go(self, display_id: str) -> bool:
        """Let go of what this display has needed no more for long enough. Whether there was something."""
        shown, now = self.displays.get(display_id), self._clock()
        if shown is None or not shown.let_go({slot for slot, due in shown.dues.items() if due <= now}):
            return False
        shown.returning &= shown.in_change
        self._wanted()
        return True

    def lets_go_in(self, display_id: str) -> float | None:
        """In how many seconds `let_go` has something to do; None: nothing is left that is needed no more."""
        shown = self.displays.get(display_id)
        return max(0.0, min(shown.dues.values()) - self._clock()) if shown and shown.dues else None

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
        mosaics = (mosaic for display in in_order for mosaic in self.displays[display].looked_at)
        standing = standing_mosaics(mosaics, self._settings.standing_cells)
        return {
            name: frozenset(stream for stream in shown.streams if camera_of(stream) or stream in standing)
            | self._ahead.get(name, frozenset())
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
        ahead = any(stream in streams for streams in self._ahead.values())
        return ahead or any(shown.shows(stream) for shown in self.displays.values())

    def needs(self, stream: str) -> bool:
        """Whether anybody does."""
        return stream in self._live.demanded or self.shows(stream)

    def demanded_cameras(self) -> dict[str, frozenset[str]]:
        """Every camera that somebody needs, displays and players alike, with its streams that are needed."""
        streams = {stream for shown in self.displays.values() for stream in shown.plan.streams}.union(
            *self._ahead.values()
        )
        found: dict[str, set[str]] = {}
        for stream in streams | self._live.demanded:
            if (named := camera_of(stream)) is not None:
                found.setdefault(named[0], set()).add(stream)
        return {camera: frozenset(streams) for camera, streams in found.items()}

    def site_view(self, name: str) -> CameraView:
        """The state of one camera of the catalogue, as `site_views` has it."""
        camera = self.cameras[name]
        return self._site_view(camera, [stream for stream in camera.streams if self.needs(stream)])

    def site_views(self, cameras: Iterable[Camera] | None = None) -> dict[str, CameraView]:
        """The state of each of these cameras, of all of the catalogue where none are given: over all its streams that
        are needed, else as last visited."""
        demanded, asked = self.demanded_cameras(), self.cameras.values() if cameras is None else cameras
        return {camera.id: self._site_view(camera, demanded.get(camera.id, ())) for camera in asked}

    def stream_alike(self, display: str, cell: str, camera: Camera) -> str:
        """The stream of `camera` by which this cell is likely to show it: the one like that which it shows now."""
        shown = self.displays.get(display)
        planned = next((one for one in shown.plan.cells if one.id == cell), None) if shown else None
        if shown is None or planned is None or planned.via is None or planned.via.slot is None:
            return camera.sub_stream
        named = camera_of(shown.plan.slots[planned.via.slot] or "")
        return camera.main_stream if named is not None and named[1] == "main" else camera.sub_stream

    def display_views(self, display_id: str) -> dict[str, Json]:
        """The state of each camera on a display, of the very streams that it shows them by."""
        shown = self.displays[display_id]
        composed = {cell.rect: cell.stream for cell in shown.plan.mosaic.cells} if shown.plan.mosaic else {}
        views: dict[str, list[CameraView]] = {}
        for cell in shown.plan.cells:
            if cell.camera is not None:
                views.setdefault(cell.camera, []).extend(self._views_of(cell, shown, composed))
        return {
            camera: (self._off.view(camera) or worst(found) or not_in_catalogue(self._began_ms)).to_json()
            for camera, found in views.items()
        }

    @property
    def _ahead(self) -> Mapping[str, frozenset[str]]:
        """Streams that a tour's next turn needs, by display."""
        return self.tours.ahead if self.tours is not None else {}

    def _site_view(self, camera: Camera, needed: Collection[str]) -> CameraView:
        return (
            self._off.view(camera.id)
            or (worst(self._live.view(stream) for stream in needed) if needed else None)
            or self._live.visited(camera.streams)
            or self._not_pulled
        )

    def _views_of(self, cell: PlannedCell, shown: ShownDisplay, composed: Mapping[PixelRect, str]) -> list[CameraView]:
        """How the stream is that a cell is shown by; of a still that nobody pulls, how it was found at a visit."""
        if cell.via is None:
            return []
        stream = composed[cell.via.rect] if cell.via.rect else None
        if cell.via.slot is not None and cell.via.rect is None:
            stream = shown.plan.slots[cell.via.slot]
        camera = self.cameras.get(cell.camera or "")
        if stream is None and camera is not None:
            if camera.sub_stream not in shown.plan.streams:
                return [self._live.visited(camera.streams) or self._not_pulled]
            stream = camera.sub_stream
        return [self._live.view(stream)] if stream else []

    def _begun(
        self, wall: Wall, display: Display, plan: DisplayPlan, before: ShownDisplay | None, now: float
    ) -> ShownDisplay:
        number, kept = self._now_ms(), self._kept.get(display.id)
        there = self._attached(display.id) or plan.slots
        attached = tuple(new or old for new, old in zip(plan.slots, there, strict=True))
        own = plan.mosaic.id if plan.mosaic else None
        looked_at = before.looked_at if before else kept.looked_at if kept else ()
        shown = ShownDisplay(
            wall,
            display,
            plan,
            max(before.number + 1, number) if before else number,
            attached,
            leaving=tuple(one for one in looked_at if one.id != own and one.stream in attached),
            begun=now,
            left=_left(attached, plan.slots, before, now),
            since=_since(plan, before, now),
            heard=display.id in self._bearings,
            returning=before.returning if before else kept is not None,
            seen=self._seen(display.id),
        )
        shown.mask_leaving(self._masked.of)
        return shown

    def _facts(self, camera: Camera) -> CameraFacts:
        facts = facts_of(
            camera,
            self._live.status,
            off=camera.id in self._off,
            recorder=self._recorder_of.get(camera.id),
            masks=self._masked.of(camera.id),
            before=self._stream_facts,
        )
        self._stream_facts |= {facts.main.stream: facts.main, facts.sub.stream: facts.sub}
        return facts

    def _wanted(self) -> None:
        for callback in self.on_wanted:
            callback()


def _left(attached: Slots, planned: Slots, before: ShownDisplay | None, now: float) -> dict[int, float]:
    """Since when each slot has carried what is needed no more."""
    leaving = [slot for slot, stream in enumerate(attached) if stream != planned[slot]]
    if before is None:
        return dict.fromkeys(leaving, now)
    stayed = {slot: since for slot, since in before.left.items() if before.attached[slot] == attached[slot]}
    return {slot: stayed.get(slot, now) for slot in leaving}


def _since(plan: DisplayPlan, before: ShownDisplay | None, now: float) -> dict[str, float]:
    """When each cell came to be shown as it is."""
    if before is None:
        return dict.fromkeys(("", *(cell.id for cell in plan.cells)), now)
    old = {cell.id: cell for cell in before.plan.cells}

    def is_as_before(cell: PlannedCell) -> bool:
        one = old.get(cell.id)
        return one is not None and (one.size, one.way) == (cell.size, cell.way)

    since = {cell.id: before.since.get(cell.id, now) if is_as_before(cell) else now for cell in plan.cells}
    since[""] = before.since.get("", now) if plan.light and before.plan.light else now
    return since
