"""Control's parts, put together: what routes work on, and what runs behind them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry

from ingest.bus import Bus
from ingest.bus_address import BusAddress
from ingest.camera_state import State
from ingest.causes import Cause
from ingest.errors import BusError
from ingest.masks import masks_to_json
from ingest.source import NO_SUCH_CAMERA, RECORDER_FULL, SWITCHED_OFF
from layouts.presets import wall_showing
from wallserver.catalogue import Catalogue, now_ms, open_catalogue
from wallserver.catalogue.camera import Camera, CameraSource, camera_of
from wallserver.catalogue.camera_file import read_camera_file
from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.catalogue.errors import KeyFileError
from wallserver.config import Settings
from wallserver.control.camera_rows import CameraRows
from wallserver.control.camera_search import CameraSearch
from wallserver.control.discovery import Discovery
from wallserver.control.display_hub import DisplayHub
from wallserver.control.display_machines import DisplayMachines
from wallserver.control.drafts import DraftEdits
from wallserver.control.flight_recorder import FlightRecorder
from wallserver.control.gateway_watch import GatewayWatch
from wallserver.control.historian import Historian
from wallserver.control.hls import Hls
from wallserver.control.judges import Judges
from wallserver.control.leases import Leases
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras
from wallserver.control.metrics import metrics_of
from wallserver.control.night import NightlyReload
from wallserver.control.objects import ControlObjects
from wallserver.control.offer_limits import OfferLimits
from wallserver.control.plans import Plans
from wallserver.control.player_streams import PlayerStreams
from wallserver.control.public_cameras import PublicCameras
from wallserver.control.publisher import publish
from wallserver.control.recorders import Recorders
from wallserver.control.replays import Replays
from wallserver.control.sessions import Sessions
from wallserver.control.state_news import StateNews
from wallserver.control.steering import Steering
from wallserver.control.switched_off import SwitchedOffCameras
from wallserver.control.tours import Tours
from wallserver.control.transcodes import Transcodes
from wallserver.control.trends import Trends
from wallserver.control.unwritten_cut_offs import UnwrittenCutOffs
from wallserver.control.viewers import Viewers
from wallserver.control.wall_clock import WallClock
from wallserver.control.wall_edits import WallEdits
from wallserver.control.watching import Watching
from wallserver.people import People, open_people
from wallserver.short_memory import ShortMemory

if TYPE_CHECKING:
    from wallserver.people.oidc import Oidc

_log = structlog.get_logger(__name__)

_CATALOGUE_S = 2.0  # how soon an import by the command line is noticed
_LOOK_S = 2.0
_FIRST_WALL_CELLS = 36
_FORGET_S = 3600.0
# Lists of all cameras, in JSON: no older than the states of which pages are told (StateNews); a city's has 4 MB.
_LIST_S, _MOST_LISTS = 2.0, 4
_DAY_MS = 24 * 3600 * 1000
_AT_RISK = ("red", "yellow")  # every other camera is green
_WATCHERS = ("puller", "judge")  # without either, nobody sees how cameras are
# What a database that is away raises: SQLAlchemy's errors, and the operating system's for a refused connection.

type Json = dict[str, Any]


@dataclass(slots=True)
class Control:
    """Everything that routes work on. `bus` is None until the bus has been reached once."""

    settings: Settings
    catalogue: Catalogue
    people: People
    objects: ControlObjects
    live: Live
    judges: Judges
    plans: Plans
    search: CameraSearch
    discovery: Discovery
    off: SwitchedOffCameras
    masked: MaskedCameras
    public: PublicCameras
    sessions: Sessions
    replays: Replays
    steering: Steering
    player_streams: PlayerStreams
    transcodes: Transcodes
    viewers: Viewers
    hls: Hls
    hub: DisplayHub
    historian: Historian
    watching: Watching
    trends: Trends
    states: StateNews
    flight: FlightRecorder
    leases: Leases
    edits: WallEdits
    drafts: DraftEdits
    clock: WallClock
    tours: Tours
    recorders: Recorders
    offers: OfferLimits
    oidc: Oidc | None
    camera_rows: CameraRows
    camera_lists: ShortMemory[Hashable, bytes]
    now_ms: Callable[[], int]
    began_ms: int
    first_password: str | None
    bus: Bus | None = None
    sources: dict[str, tuple[Camera, CameraSource]] = field(default_factory=dict, repr=False)
    metrics: CollectorRegistry = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """The figures are read off all the others."""
        self.metrics = metrics_of(self)

    async def run(self, address: BusAddress | None) -> None:
        """What goes on behind the routes, until cancelled. Without an address: no bus, for tests of routes."""
        if address is None:
            self.plans.resume({})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.hub.run(), name="displays")
            tasks.create_task(self._notice_imports(), name="notice imports")
            tasks.create_task(self._write_late(), name="write down what could not be")
            tasks.create_task(self.viewers.notice_others(), name="notice changes of others")
            tasks.create_task(self._follow_states(), name="follow states")
            tasks.create_task(self.historian.run(), name="write history")
            tasks.create_task(self.watching.run(), name="whether cameras are watched")
            tasks.create_task(self.trends.run(self), name="figures of the last hours")
            night = NightlyReload(self.hub, self.plans, self.settings.display, self.settings.timezone, self.now_ms)
            tasks.create_task(night.run(), name="nightly reload")
            tasks.create_task(self.flight.run(), name="write what was drawn")
            tasks.create_task(self.tours.run(), name="tours")
            tasks.create_task(self.clock.run(), name="scenes by the clock")
            tasks.create_task(self.discovery.run(), name="search for cameras")
            tasks.create_task(self._forget_changes(), name="forget old changes")
            if address is not None:
                tasks.create_task(self._on_the_bus(address), name="bus")

    async def source(self, subject: str, _: Json) -> Json:
        """Answer a puller's `req.source.<stream>`: where the camera is and how to get in."""
        stream = subject.removeprefix("req.source.")
        named = camera_of(stream)
        if named is None:
            return _refusal(NO_SUCH_CAMERA, "this is no camera's stream")
        try:
            found = await self.catalogue.cameras.source(named[0])
        except (KeyFileError, *DATABASE_AWAY) as error:
            # A database that is away for a while must not cost a picture: what was last read still holds.
            found = self.sources.get(named[0])
            if found is None:
                _log.error("a camera's address cannot be read", camera=named[0], reason=type(error).__name__)
                return _refusal(503, "the catalogue cannot be read")
        if found is None:
            self.sources.pop(named[0], None)
            return _refusal(NO_SUCH_CAMERA, "this camera is not in the catalogue")
        self.sources[named[0]] = found
        if named[0] in self.off:
            return _refusal(SWITCHED_OFF, "a person has switched this camera off")
        camera, source = found
        if named[1] not in camera.qualities:
            return _refusal(NO_SUCH_CAMERA, "this camera does not send this stream")
        url = source.url(named[1])
        if not self.recorders.admits(urlsplit(url).hostname or "", stream):
            return _refusal(RECORDER_FULL, "its recorder sends no more streams at a time")
        return {
            "url": url,
            "username": source.username or "",
            "password": source.password or "",
            "transport": camera.transport,
            "kind": camera.kind,
            "credential": self.catalogue.cameras.credential(source),
            "onvif_url": source.onvif_url or "",
            "profile": source.profile(named[1]) or "",
        }

    async def sweep(self, _subject: str, known: Json) -> Json:
        """Answer a judge's `req.sweep.cameras`: by which stream to visit each camera, unless it knows, and how.

        Nothing secret: where a camera is it asks for at each visit, by `req.source.<stream>`.
        """
        cameras = [camera for camera in self.plans.cameras.values() if camera.id not in self.off]
        version = f"{self.began_ms}-{self.plans.version}-{self.off.changes}-{self.masked.changes}"
        if known.get("version") == version:
            return {"version": version}
        return {
            "version": version,
            "settings": self.settings.judge.model_dump(),
            "cameras": {camera.id: camera.sub_stream for camera in cameras},
            "masks": {
                camera.id: masks_to_json(self.masked.of(camera.id)) for camera in cameras if camera.id in self.masked
            },
            **{risk: [camera.id for camera in cameras if camera.risk == risk] for risk in _AT_RISK},
        }

    async def _on_the_bus(self, address: BusAddress) -> None:
        bus = await Bus.connect(address, "control", f"{socket.gethostname().split('.')[0]}-control")
        try:
            await bus.serve("req.source.>", self.source)
            await bus.serve("req.sweep.cameras", self.sweep)
            await self.sessions.attach(bus)
            await self.replays.attach(bus)
            self.steering.attach(bus)
            await self.viewers.attach(bus)
            self.judges.attach(bus)
            await self.public.attach(bus)
            self.hls.attach(bus)
            self.bus = bus
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.live.watch(bus), name="watch the bus")
                tasks.create_task(_until_failed(bus), name="watch the connection")
                watch = GatewayWatch(self.live, self.sessions, self.hub.session_lost)
                tasks.create_task(watch.run(bus), name="watch gateways")
                tasks.create_task(self._publish(bus), name="publish plans")
                tasks.create_task(self.viewers.run(bus), name="tell gateways of rights")
                tasks.create_task(self.public.run(bus), name="tell public gateways")
        finally:
            await bus.close()

    async def _publish(self, bus: Bus) -> None:
        # With less than all that is known, plans would be others for a moment, and seen on the displays.
        await self.live.known.wait()
        self.plans.resume(await bus.bucket("plans").entries())
        await publish(bus, self.plans, self.transcodes, self.public, self.masked, self.settings.mosaic, self.now_ms)

    async def _notice_imports(self) -> None:
        away = False
        while True:
            await asyncio.sleep(_CATALOGUE_S)
            try:
                if await self.plans.refresh_cameras():
                    self.viewers.rights_changed()  # a camera may be in another group
                await self.off.refresh()
                await self.masked.refresh()
                await self.public.refresh()
                await self.edits.settle()
            except DATABASE_AWAY as error:
                if not away:
                    _log.error("the database cannot be reached", reason=type(error).__name__)
                away = True
            else:
                if away:
                    _log.info("the database is back")
                away = False

    async def _write_late(self) -> None:
        """Until cancelled, and then once more: an end in good order loses only what the database does not take."""
        try:
            while True:
                await asyncio.sleep(_CATALOGUE_S)
                with contextlib.suppress(*DATABASE_AWAY):  # then the next time
                    await self.people.audit.write_late()
        finally:
            with contextlib.suppress(*DATABASE_AWAY):
                await self.people.audit.write_late()

    async def _forget_changes(self) -> None:
        while True:
            await asyncio.sleep(_FORGET_S)
            with contextlib.suppress(*DATABASE_AWAY):  # then the next time
                await self.people.audit.forget(self.now_ms() - self.settings.audit.days * _DAY_MS)

    async def _follow_states(self) -> None:
        """A stream that changed may be a cell's state, or a camera that turned out to have B-frames."""
        changed = asyncio.Event()
        self.live.listeners.append(changed.set)
        while True:
            await changed.wait()
            changed.clear()
            self.plans.replan()
            self.hub.states_changed()
            await asyncio.sleep(0.05)  # hundreds of cameras come back at once: told in a few messages


def _refusal(code: int, message: str) -> Json:
    return {"error": {"code": code, "message": message}}


async def _until_failed(bus: Bus) -> None:
    """Raises BusError when the bus will not have us back (other passwords): a new process may be let in."""
    while True:
        if bus.failed:
            raise BusError("the bus closed our connection for good")
        await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def open_control(settings: Settings, clock: Callable[[], int] = now_ms) -> AsyncIterator[Control]:
    """Control on the site's database. Raises CatalogueError where that or the settings' cameras cannot be used."""
    async with open_catalogue(settings, clock) as catalogue:
        people = open_people(catalogue.database, clock)
        if settings.cameras is not None:
            report = await catalogue.cameras.put(read_camera_file(settings.cameras))
            _log.info("cameras taken in", added=report.added, changed=report.changed)
        await _first_wall(catalogue)
        live = Live(clock)
        control: Control | None = None

        def can_see() -> bool:
            on_the_bus = control is not None and control.bus is not None and control.bus.connected
            return on_the_bus and all(live.workers(role) for role in _WATCHERS)

        watching = Watching(catalogue.availability, can_see, settings.history.days, clock)
        historian = Historian(catalogue.history, watching, settings.history.days, clock)

        def write_down(camera: str, state: State, cause: Cause) -> None:
            for stream in plans.cameras[camera].streams if camera in plans.cameras else ():
                historian.done(stream, camera, state, cause.indonesian, cause.english)

        historian.off = off = SwitchedOffCameras(catalogue.switches, write_down, settings.timezone, clock)
        masked = MaskedCameras(catalogue.masks)
        plans = Plans(catalogue, settings.mosaic, live, off, masked, clock, settings.recorders)
        sessions = Sessions(live, plans.lighter)
        replays = Replays(live, masked)
        player_streams = PlayerStreams(plans, off, masked, replays)
        objects = ControlObjects(plans, replays)
        transcodes = Transcodes(live, masked, settings.mosaic)
        viewers = Viewers(people, player_streams, transcodes, objects, plans, masked)
        plans.listeners.append(lambda _: viewers.rights_changed())
        plans.on_tours.append(viewers.rights_changed)
        machines = DisplayMachines(plans, settings.gateway.pacing_mbps, clock)
        flight = FlightRecorder(catalogue.flight, settings.history.days, clock)
        edits = WallEdits(catalogue, plans, objects, settings.display.panel_sites)
        wall_clock = WallClock(catalogue, plans, edits, settings.timezone, clock)
        edits.on_ended.append(wall_clock.load)
        plans.tours = tours = Tours(plans, live, off, flight, clock)
        hub = DisplayHub(plans, sessions, people, machines, flight, clock, settings.display.panel_sites)
        live.status_listeners.append(historian.said)
        recorders = Recorders(settings.recorders, shown=plans.shows, needed=plans.needs, runs=live.runs)
        await masked.refresh()  # first: nothing is ever planned without
        masked.on_change.append(viewers.masks_changed)
        await plans.load()
        await off.refresh()
        await wall_clock.load()
        unwritten = UnwrittenCutOffs(settings.state_dir / "cut_off.json")
        public = PublicCameras(
            catalogue.publications, unwritten, lambda: plans.cameras, off, masked, settings.public, clock
        )
        await public.refresh()
        control = Control(
            settings=settings,
            catalogue=catalogue,
            people=people,
            objects=objects,
            live=live,
            judges=Judges(live, masked, off),
            plans=plans,
            search=CameraSearch(plans),
            discovery=Discovery(catalogue),
            off=off,
            masked=masked,
            public=public,
            sessions=sessions,
            replays=replays,
            steering=Steering(live, masked, public, clock),
            player_streams=player_streams,
            transcodes=transcodes,
            viewers=viewers,
            hls=Hls(live, transcodes),
            hub=hub,
            historian=historian,
            watching=watching,
            trends=Trends(clock),
            states=StateNews(plans, clock),
            flight=flight,
            leases=Leases(clock),
            edits=edits,
            drafts=DraftEdits(catalogue, plans, edits),
            clock=wall_clock,
            tours=tours,
            recorders=recorders,
            offers=OfferLimits(),
            oidc=_oidc(settings),
            camera_rows=CameraRows(),
            camera_lists=ShortMemory(_LIST_S, _MOST_LISTS),
            now_ms=clock,
            began_ms=clock(),
            first_password=await people.accounts.first_administrator(),
        )
        try:
            yield control
        finally:
            await public.close()


async def _first_wall(catalogue: Catalogue) -> None:
    """A new site has something to look at: one display, with the first cameras if there are any."""
    if not await catalogue.walls.list():
        cameras = [camera.id for camera in (await catalogue.cameras.list())[:_FIRST_WALL_CELLS]]
        await catalogue.walls.add(wall_showing("wall", "Dinding", cameras), made_by="wallserver")


def _oidc(settings: Settings) -> Oidc | None:
    if settings.oidc.issuer is None:
        return None
    from wallserver.people.oidc import Oidc  # its library takes 0.3 s of the start

    return Oidc(settings.oidc)
