"""Tours on a real bus: what displays are planned, what is demanded ahead, what is written down. The clock is ours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

import pytest

from ingest.bus import Bus
from ingest.camera_state import State
from ingest.masks import Mask
from layouts.commands import Assign, Clear, Command, SetTour, Several, Undo
from layouts.contents import CameraContent, TourContent
from layouts.tours import Selector, Tour
from tests.support.clock import Ticking
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import CAMERAS
from tests.wallserver.control.test_site import here, status
from wallserver.catalogue import now_ms
from wallserver.config import Settings
from wallserver.control.revision_words import SCHEDULE
from wallserver.control.site import Control, open_control
from wallserver.control.tours import selects

ROUND = Tour("round", "Keliling", ("cam-2", "cam-3", "cam-4"))


@dataclass
class Room:
    """A control whose clock is ours, and that hears of streams what we say."""

    control: Control
    puller: Bus
    clock: Ticking

    @property
    def shown(self) -> str | None:
        """The camera in the first cell."""
        return self.control.plans.displays["city-1"].plan.cells[0].camera

    async def do(self, *commands: Command) -> None:
        await self.control.edits.do("city", Several(commands), "ani", SCHEDULE)  # type: ignore[arg-type]

    async def say(self, cameras: Iterable[str], state: State = State.LIVE) -> None:
        """The owner of these cameras' sub streams says how they are."""
        await here(self.puller, "puller", "p1")
        for camera in cameras:
            stream = f"cam.{camera}.sub"
            await self.puller.bucket("status").put(stream, status(stream, state, updated_ms=self.clock.now))

            def heard(stream: str = stream) -> bool:
                said = self.control.live.status(stream)
                return said is not None and said.updated_ms == self.clock.now and said.state is state

            await eventually(heard)
        await eventually(lambda: self.control.live.workers("puller"))

    def after(self, seconds: float) -> str | None:
        """What the first cell shows so much later."""
        self.clock.now += int(seconds * 1000)
        self.control.tours.tick()
        return self.shown


@contextlib.asynccontextmanager
async def opened(settings: Settings, bus_server: BusServer, clock: Ticking) -> AsyncIterator[Room]:
    async with open_control(settings, clock) as control:
        bus = await bus_server.connect("control")
        watching = asyncio.create_task(control.live.watch(bus))
        try:
            yield Room(control, await bus_server.connect("puller"), clock)
        finally:
            watching.cancel()
            await asyncio.wait({watching})
            await control.flight.write()


@pytest.fixture
async def room(settings: Settings, bus_server: BusServer) -> AsyncIterator[Room]:
    async with opened(settings, bus_server, Ticking(now_ms())) as room:
        yield room


async def test_a_tour_takes_its_turns_without_a_revision_and_asks_for_the_next_one_ahead(room: Room) -> None:
    await room.say(["cam-2", "cam-3", "cam-4"])
    await room.do(SetTour(ROUND), Assign("city-1", "c1", TourContent("round")))
    plans, number = room.control.plans, room.control.plans.displays["city-1"].number
    assert room.after(0) == "cam-2"
    assert plans.displays["city-1"].wall.revision == 2
    assert "cam.cam-3.sub" in plans.demand()["city-1"]
    assert plans.shows("cam.cam-3.sub")
    await room.say(["cam-3"])
    assert room.after(9.9) == "cam-2"
    assert room.after(0.1) == "cam-3"
    shown = plans.displays["city-1"]
    assert (shown.wall.revision, plans.walls["city"].revision) == (2, 2)
    assert shown.number > number
    assert "cam.cam-4.sub" in plans.demand()["city-1"]


async def test_a_tour_that_goes_on_begins_no_era_and_who_may_see_all_its_cameras_may_see_it(
    room: Room, bus_server: BusServer
) -> None:
    await room.say(["cam-2", "cam-3", "cam-4"])
    await room.do(SetTour(ROUND), Assign("city-1", "c1", TourContent("round")), Clear("city-1", "c2"))
    control, bus = room.control, await bus_server.connect("control", "publisher")
    publishing = asyncio.create_task(control._publish(bus))

    async def first_cell() -> tuple[str, int]:
        entry = await bus.bucket("mosaics").get("city-1_whep")
        assert entry is None or entry.value is not None
        return (entry.value["cells"][0]["camera"], entry.value["era"]) if entry and entry.value else ("", 0)

    async def shows(camera: str) -> int:
        async def there() -> int:
            shown, era = await first_cell()
            return era if shown == camera else 0

        return await eventually(there)

    def seen() -> set[str]:
        return {camera.id for camera in control.objects.stream("mosaic.city-1").cameras or ()}

    control.objects._left.clear()  # as seconds later
    assert seen() == {f"cam-{number}" for number in range(2, 7)}
    began = await shows("cam-2")
    await room.say(["cam-3"])
    assert room.after(10) == "cam-3"
    assert await shows("cam-3") == began
    half = Mask(((0, 0), (5000, 0), (5000, 10_000)))
    await control.masked.put("cam-2", (half,), "ani", None)  # it has just had its turn
    await eventually(lambda: _later(first_cell, began))
    _, masked = await first_cell()
    await room.do(SetTour(replace(ROUND, cameras=("cam-3", "cam-4"))))
    assert seen() == {f"cam-{number}" for number in range(2, 7)}  # a moment ago it might have been there
    control.objects._left.clear()
    assert seen() == {f"cam-{number}" for number in range(3, 7)}
    assert await shows("cam-3") == masked  # cam-2 had no turn since
    publishing.cancel()
    await asyncio.wait({publishing})


async def _later(first_cell: Callable[[], Awaitable[tuple[str, int]]], era: int) -> bool:
    return (await first_cell())[1] > era


async def test_every_step_is_written_down_for_the_one_who_put_the_tour_there(room: Room) -> None:
    await room.say(["cam-2", "cam-3"])
    await room.do(SetTour(ROUND), Assign("city-1", "c1", TourContent("round")))
    began = room.clock.now
    room.after(10)
    await room.control.flight.write()
    place = ("city-1", "c1")
    for at_ms, camera, step in ((began, "cam-2", 1), (began + 9_999, "cam-2", 1), (began + 10_000, "cam-3", 2)):
        order = (await room.control.catalogue.flight.orders_at("city", [place], at_ms))[place]
        assert (order.camera, order.step, order.revision, order.made_by) == (camera, step, 2, "ani")


async def test_the_old_picture_stays_while_the_next_one_is_not_there_and_a_dead_one_is_passed_over(room: Room) -> None:
    await room.say(["cam-2"])
    await room.say(["cam-3"], State.CONNECTING)
    await room.do(SetTour(ROUND), Assign("city-1", "c1", TourContent("round")))
    assert room.after(14) == "cam-2"
    await room.say(["cam-3"], State.UNREACHABLE)
    await room.say(["cam-4"], State.LIVE)
    assert room.after(0) == "cam-4"


async def test_what_a_person_puts_there_stays_until_the_tour_is_put_back(room: Room) -> None:
    await room.say(["cam-2", "cam-3", "cam-4"])
    await room.do(SetTour(ROUND), Assign("city-1", "c1", TourContent("round")))
    await room.do(Assign("city-1", "c1", CameraContent("cam-6")))
    assert room.after(60) == "cam-6"
    assert room.control.tours.ahead == {}
    assert room.control.tours.to_json(room.control.plans.walls["city"]) == []
    await room.control.edits.do("city", Undo(), "ani", SCHEDULE)
    await room.say(["cam-2", "cam-3", "cam-4"])
    assert room.after(0) in ROUND.cameras


async def test_a_selector_finds_its_cameras_and_two_cells_share_one_tour(room: Room) -> None:
    red = [camera.model_copy(update={"risk": "red"}) for camera in CAMERAS[3:]]
    await room.control.catalogue.cameras.put(red)
    await room.control.plans.refresh_cameras()
    await room.say(["cam-4", "cam-5", "cam-6"])
    tour = Tour("merah", "Merah", selector=Selector(risk="red"), order="risk", red_every_minutes=5)
    cells = [Assign("city-1", cell, TourContent("merah")) for cell in ("c1", "c2")]
    await room.do(SetTour(tour), *cells)
    first, second = (cell.camera for cell in room.control.plans.displays["city-1"].plan.cells[:2])
    assert {first, second} < {"cam-4", "cam-5", "cam-6"}
    (told,) = room.control.tours.to_json(room.control.plans.walls["city"])
    assert (told["tour"], told["cameras"], told["load"]) == ("merah", 3, pytest.approx(3 * 10 / 300 / 2))
    assert [place["camera"] for place in told["places"]] == [first, second]
    assert told["places"][0]["cells"] == [{"display": "city-1", "cell": "c1"}]


async def test_a_restart_of_control_goes_on_where_it_was(settings: Settings, bus_server: BusServer) -> None:
    clock = Ticking(now_ms())
    async with opened(settings, bus_server, clock) as room:
        await room.say(["cam-2", "cam-3", "cam-4"])
        await room.do(SetTour(ROUND), Assign("city-1", "c1", TourContent("round")))
        assert room.after(10) == "cam-3"
    clock.now += 4_000
    async with opened(settings, bus_server, clock) as room:
        assert room.shown == "cam-3"
        await room.say(["cam-2", "cam-3", "cam-4"])
        assert room.after(5.9) == "cam-3"
        assert room.after(0.1) == "cam-4"
        (told,) = room.control.tours.to_json(room.control.plans.walls["city"])
        assert told["places"][0]["step"] == 3


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        (Selector(), True),
        (Selector(district="Mariso", kind="lorong", risk="green", state="live"), True),
        (Selector(district="Wajo"), False),
        (Selector(kind="road"), False),
        (Selector(risk="red"), False),
        (Selector(state="stale"), False),
    ],
)
def test_a_selector_asks_for_all_that_it_names(selector: Selector, found: bool) -> None:
    assert selects(selector, CAMERAS[0].camera(), State.LIVE) is found


async def test_of_a_tour_that_is_shown_no_more_no_cameras_are_remembered(settings: Settings) -> None:
    """Of each that ever was, with all of a city's: half a megabyte."""
    async with open_control(settings, Ticking(now_ms())) as control:
        room = Room(control, None, control.now_ms)  # type: ignore[arg-type]
        other = replace(ROUND, id="other")
        await room.do(SetTour(ROUND), SetTour(other), Assign("city-1", "c1", TourContent("round")))
        await room.do(Assign("city-1", "c1", TourContent("other")))
        assert list(control.tours._known) == [("city", "other")]


async def test_a_tour_whose_cell_is_cleared_is_over(room: Room) -> None:
    await room.do(SetTour(ROUND), Assign("city-1", "c1", TourContent("round")))
    await room.do(Clear("city-1", "c1"))
    assert room.after(30) is None
