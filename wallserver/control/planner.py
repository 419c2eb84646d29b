"""The planner: what a display has to show → how each cell is delivered, why, and what that costs. Pure.

Each cell gets the cheapest picture that looks right in it: the sub stream where that has pixels enough, else the main
one, passed through as long as the display bears it; a place in the display's mosaic; a still where even that is too
much (`ways`, `choice`). What a browser cannot play, and what must not be passed on, goes through the mosaic, always.

It gets lighter at once and heavier only after calm: a cell that shows what it showed before keeps its way until the
plan has stood for CALM_S. What a person asks for (another camera, a larger cell) is never held back. And what stands
stays where another plan is hardly any better (`standing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ingest.zoom import Zoom
from layouts.contents import WHOLE, WHOLE_SIDE
from layouts.geometry import even_pixels
from layouts.wall import Cell, Display, Fit
from wallserver.config import MosaicSettings
from wallserver.control.choice import Budget, Choice, Question, choose
from wallserver.control.costs import Cost
from wallserver.control.display_load import NO_LOAD, Load
from wallserver.control.mosaics import Mosaic, MosaicCell, PixelRect, Place, canvas_for, whep_mosaic
from wallserver.control.settling import settled
from wallserver.control.standing import Standing
from wallserver.control.ways import (
    ENOUGH,
    CameraFacts,
    Spot,
    Way,
    Why,
    is_enough,
    magnified,
    open_ways,
    why_not_passed,
)

# The first slots are for mosaics, one and its successor; the others for cameras, with some more than are passed through
# at a time, so that the old pictures stay until the new ones are there. The display's offer has them so.
MOSAIC_SLOTS = 2
SPARE_SLOTS = 4
MOST_SLOTS = 64  # that a gateway gives to one display
# What is enough for a small cell: a usual sub stream.
_SMALL = (640, 360)

type Slots = tuple[str | None, ...]


def no_slots(settings: MosaicSettings) -> Slots:
    """As many slots as each display has, carrying nothing."""
    cameras = settings.passthrough_cells
    return (None,) * (MOSAIC_SLOTS + cameras + (SPARE_SLOTS if cameras else 0))


@dataclass(frozen=True, slots=True)
class Via:
    """How a cell's picture comes: the slot, and the cell's place on that slot's canvas (pixels; mosaics only).

    `still`: as pictures now and then, without a slot.
    """

    slot: int | None
    kind: str  # "mosaic", "camera" or "still"
    rect: PixelRect | None = None


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell of the display (fractions of it, 0 to 1), what it shows, how that comes, and why so.

    `size`: its device pixels. Without a way there is nothing to show.
    """

    id: str
    x: float
    y: float
    w: float
    h: float
    fit: Fit
    camera: str | None
    name: str
    via: Via | None
    way: Way | None = None
    why: Why | None = field(default=None, compare=False)
    size: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Bearing:
    """What a display bears. `screen`: its device pixels, where it has said so. `load`: how it has fared, its times by
    the calendar (Unix seconds), as the next control is to know it.
    """

    budget: Budget
    screen: tuple[int, int] | None = None
    load: Load = NO_LOAD

    @property
    def eased(self) -> bool:
        """Whether it got more than it bears."""
        return self.load.ceiling is not None


@dataclass(frozen=True, slots=True)
class DisplayPlan:
    """How one display gets everything it shows.

    `whep` is the whole display as one stream for players, with the cards of dead cameras burned in; it costs
    nothing while nobody watches it. `streams`: what the slots carry, what the mosaic is made of, and what stills
    are taken of. `light`: the display gets the lighter version of its mosaic. `eased`: it is lighter than it could be.
    """

    cells: tuple[PlannedCell, ...]
    slots: Slots
    mosaic: Mosaic | None
    whep: Mosaic
    streams: frozenset[str]
    cost: Cost = field(compare=False)
    light: bool = False
    eased: bool = False

    @property
    def beside_mosaic(self) -> list[Place]:
        """Where it shows cameras otherwise than in its mosaic."""
        apart = (cell for cell in self.cells if cell.via is not None and cell.via.kind != "mosaic")
        return [(cell.x, cell.y, cell.w, cell.h) for cell in apart]


def assumed(settings: MosaicSettings) -> Bearing:
    """What a display bears that has said nothing yet: its mosaic, and cells that need more than that."""
    return Bearing(Budget(1 + settings.passthrough_cells))


def plan_display(
    display: Display,
    cameras: Mapping[str, CameraFacts],
    settings: MosaicSettings,
    attached: Slots | None = None,
    *,
    bearing: Bearing | None = None,
    standing: Standing | None = None,
    pattern: Standing | None = None,
    full: frozenset[str] = frozenset(),
    own_slots: Mapping[str, int] = MappingProxyType({}),
    seen: int | None = None,
) -> DisplayPlan:
    """The plan of `display`. `attached` is what its slots carry now: a stream stays in its slot, and a new one
    takes a slot that carries nothing, so that the old picture stays until the new one is there. Where there is none
    it takes the one in which its own cell was shown (`own_slots`, by cell), rather than another cell's; and a mosaic
    never the one that is `seen`, rather the other one's, which nobody has seen yet or nobody sees any more.

    `bearing`: what the display says that it bears; without, small cells are all composed. `standing`: the plan before,
    on which it settles where that is hardly worse than the best; `pattern`: what it settles on rather, so that displays
    that are alike share a mosaic. `full`: cameras that their
    recorder cannot send. The mosaic's id is the display's; `renamed` gives it another one.
    """
    shown = _shown(display, cameras)
    heard = bearing or assumed(settings)
    sizes = {cell.id: _device_pixels(cell, display, heard.screen) for cell in display.layout.cells}
    spots = tuple(
        _spot(cell, facts, sizes[cell.id], standing, full, heard=bearing is not None) for cell, facts in shown
    )
    light = standing is not None and standing.is_light
    filled = {cell.id for cell, _ in shown}
    empty = tuple(cell.rect for cell in display.layout.cells if cell.id not in filled)
    question = Question(display, settings, heard.budget, settings.passthrough_cells, spots, light, empty)
    choice = choose(question)
    stands = [one for one in (pattern, standing) if one is not None]
    kept = [([one.way_of(spot, sizes[spot.cell]) for spot in spots], one.light_s is not None) for one in stands]
    choice = settled(question, choice, kept)
    mosaic = _mosaic(display, spots, choice)
    attached = attached or no_slots(settings)
    vias, slots = _placed(spots, choice, mosaic, attached, own_slots, seen)
    cells = tuple(
        _planned(cell, display, cameras.get(cell.camera or ""), sizes[cell.id]) for cell in display.layout.cells
    )
    by_cell = {spot.cell: (spot, way) for spot, way in zip(spots, choice.ways, strict=True)}
    planned = tuple(
        _told(cell, *by_cell[cell.id], vias[cell.id], standing, full) if cell.id in by_cell else cell for cell in cells
    )
    still = {
        spot.camera.sub.stream
        for spot, way in zip(spots, choice.ways, strict=True)
        if way is Way.STILL and spot.camera.id not in full
    }
    plan = DisplayPlan(
        cells=planned,
        slots=slots,
        mosaic=mosaic,
        whep=_whep(display, shown, settings),
        streams=frozenset(still | {stream for stream in slots if stream}),
        cost=choice.cost,
        light=choice.light,
        eased=heard.eased,
    )
    return plan if mosaic is None else replace(plan, streams=plan.streams | mosaic.inputs)


def renamed(plan: DisplayPlan, mosaic_id: str, attached: Slots, seen: int | None = None) -> DisplayPlan:
    """The same plan with its mosaic under this id, in the slot that carries it already, or in a free one, or in the
    one that is not `seen`."""
    if plan.mosaic is None or (plan.mosaic.id == mosaic_id and plan.mosaic.stream in attached[:MOSAIC_SLOTS]):
        return plan
    mosaic = replace(plan.mosaic, id=mosaic_id)
    slot = _mosaic_slot(mosaic.stream, attached, seen)
    slots = (None,) * MOSAIC_SLOTS + plan.slots[MOSAIC_SLOTS:]
    cells = tuple(
        replace(cell, via=replace(cell.via, slot=slot)) if cell.via and cell.via.kind == "mosaic" else cell
        for cell in plan.cells
    )
    return replace(
        plan,
        mosaic=mosaic,
        cells=cells,
        slots=(*slots[:slot], mosaic.stream, *slots[slot + 1 :]),
        streams=plan.streams - {plan.mosaic.stream} | {mosaic.stream},
    )


def _shown(display: Display, cameras: Mapping[str, CameraFacts]) -> list[tuple[Cell, CameraFacts]]:
    there = ((cell, cameras.get(cell.camera or "")) for cell in display.layout.cells)
    return [(cell, facts) for cell, facts in there if facts is not None and not facts.off]


def _device_pixels(cell: Cell, display: Display, screen: tuple[int, int] | None) -> tuple[float, float]:
    """Of the display, or of the screen that it says to have, on which its shape is kept."""
    scale = min(screen[0] / display.width, screen[1] / display.height) if screen else 1.0
    width, height = display.width * scale, display.height * scale
    return cell.rect.w * width / display.layout.columns, cell.rect.h * height / display.layout.rows


def _spot(
    cell: Cell,
    facts: CameraFacts,
    size: tuple[float, float],
    standing: Standing | None,
    full: frozenset[str],
    *,
    heard: bool,
) -> Spot:
    cropped = cell.zoom != WHOLE or cell.part is not None
    whole = _whole_size(cell, size)
    ways = open_ways(facts, whole, cell.fit)
    if facts.id in full and Way.STILL in ways:
        ways = (Way.STILL,)
    elif cropped:
        # The page cuts what it shows out of a video of its own: a mosaic has the whole picture, in the cell alone.
        ways = tuple(way for way in ways if way.passed_through) or ways
    elif not heard and magnified(_SMALL, size, cell.fit) <= ENOUGH:
        ways = tuple(way for way in ways if not way.passed_through)
    held = standing.held(cell.id, facts.id, size) if standing else None
    if held is not None and not cropped:
        ways = tuple(way for way in ways if way.weight <= held.weight) or ways
    return Spot(cell.id, cell.rect, whole, cell.fit, facts, ways, visited=ways == (Way.STILL,))


def _zoom(cell: Cell) -> Zoom | None:
    """The part of the picture that a tiler is to show."""
    zoom = cell.zoom
    return None if zoom == WHOLE else Zoom(zoom.x, zoom.y, zoom.w, zoom.h)


def _whole_size(cell: Cell, size: tuple[float, float]) -> tuple[float, float]:
    """The device pixels that the camera's whole picture would have, of which a zoom or a span shows a part here."""
    width, height = size
    if (part := cell.part) is not None:
        width, height = width * part.width / part.rect.w, height * part.height / part.rect.h
    return width * WHOLE_SIDE / cell.zoom.w, height * WHOLE_SIDE / cell.zoom.h


def _mosaic(display: Display, spots: Sequence[Spot], choice: Choice) -> Mosaic | None:
    canvas = choice.canvas
    if canvas is None:
        return None
    composed = [spot for spot, way in zip(spots, choice.ways, strict=True) if way is Way.MOSAIC]
    zooms = {cell.id: _zoom(cell) for cell in display.layout.cells}
    cells = tuple(
        MosaicCell(
            spot.camera.id,
            spot.composed_of((rect[2], rect[3])).stream,
            rect,
            fit=spot.fit,
            label=spot.camera.name,
            masks=spot.camera.masks,
            zoom=zooms[spot.cell],
        )
        for spot, rect in zip(composed, canvas.rects, strict=True)
    )
    columns, rows = display.layout.columns, display.layout.rows
    part = canvas.grid
    place = part.x / columns, part.y / rows, part.w / columns, part.h / rows
    return Mosaic(display.id, canvas.size, burn_in=False, cells=cells, place=place)


def _placed(
    spots: Sequence[Spot],
    choice: Choice,
    mosaic: Mosaic | None,
    attached: Slots,
    own_slots: Mapping[str, int],
    seen: int | None,
) -> tuple[dict[str, Via], Slots]:
    """Each spot's way to the screen, and what the slots carry for it."""
    slots: list[str | None] = [None] * len(attached)
    vias: dict[str, Via] = {}
    passed = [
        (spot, spot.camera.stream(way).stream)
        for spot, way in zip(spots, choice.ways, strict=True)
        if way.passed_through
    ]
    before = [own_slots.get(spot.cell) for spot, _ in passed]
    own = _slots_for([stream for _, stream in passed], attached, range(MOSAIC_SLOTS, len(attached)), before)
    for (spot, stream), slot in zip(passed, own, strict=True):
        slots[slot] = stream
        vias[spot.cell] = Via(slot, "camera")
    if mosaic is not None:
        shared = _mosaic_slot(mosaic.stream, attached, seen)
        slots[shared] = mosaic.stream
    rects = iter(choice.canvas.rects if choice.canvas else ())
    for spot, way in zip(spots, choice.ways, strict=True):
        if way is Way.MOSAIC:
            vias[spot.cell] = Via(shared, "mosaic", next(rects))
        elif way is Way.STILL:
            vias[spot.cell] = Via(None, "still")
    return vias, tuple(slots)


def _mosaic_slot(stream: str, attached: Slots, seen: int | None) -> int:
    """The slot that carries it already, else one that carries nothing, else one whose picture nobody sees."""
    carried = attached[:MOSAIC_SLOTS]
    if stream in carried:
        return carried.index(stream)
    return min(range(MOSAIC_SLOTS), key=lambda slot: (carried[slot] is not None, slot == seen))


def _slots_for(streams: Sequence[str], attached: Slots, among: range, before: Sequence[int | None]) -> list[int]:
    """A slot for each stream: the one that carries it already, else one that carries nothing, else the one that was
    its own `before`, else any, the others' own last."""
    taken: dict[int, int] = {}
    for index, stream in enumerate(streams):
        for slot in among:
            if attached[slot] == stream and slot not in taken.values():
                taken[index] = slot
                break
    for index in range(len(streams)):
        if index not in taken:
            free = [slot for slot in among if slot not in taken.values()]
            own = before[index]
            taken[index] = min(free, key=lambda slot: (attached[slot] is not None, slot != own, slot in before))
    return [taken[index] for index in range(len(streams))]


def _planned(cell: Cell, display: Display, facts: CameraFacts | None, size: tuple[float, float]) -> PlannedCell:
    columns, rows = display.layout.columns, display.layout.rows
    return PlannedCell(
        id=cell.id,
        x=cell.rect.x / columns,
        y=cell.rect.y / rows,
        w=cell.rect.w / columns,
        h=cell.rect.h / rows,
        fit=cell.fit,
        camera=cell.camera,
        name=facts.name if facts else cell.camera or "",
        via=None,
        size=size,
    )


def _told(
    cell: PlannedCell, spot: Spot, way: Way, via: Via, standing: Standing | None, full: frozenset[str]
) -> PlannedCell:
    """With its way, and why it is so."""
    camera = spot.camera
    best = open_ways(camera, spot.size, spot.fit)[0]
    if way is Way.MOSAIC:
        needs_main = camera.main != camera.sub and not is_enough(camera.sub, spot.size, spot.fit)
        why = why_not_passed(camera, camera.main if needs_main else camera.sub)
        way = Way.MOSAIC if why is Why.TOGETHER else Way.TRANSCODE
    elif way is Way.STILL:
        why = Why.RECORDER_FULL if camera.id in full else Why.OVER_BUDGET
    elif way is Way.MAIN:
        why = Why.LARGE
    else:
        why = Why.ENOUGH if is_enough(camera.sub, spot.size, spot.fit) else Why.SMALL
    held = standing.held(cell.id, camera.id, spot.size) if standing else None
    if held is not None and way.weight < best.weight and why in {Why.TOGETHER, Why.SMALL}:
        why = Why.CALM
    return replace(cell, via=via, way=way, why=why)


def _whep(display: Display, shown: Sequence[tuple[Cell, CameraFacts]], settings: MosaicSettings) -> Mosaic:
    canvas, grid = canvas_for(display, settings), (display.layout.columns, display.layout.rows)
    cells = []
    for cell, facts in shown:
        rect = even_pixels(cell.rect, grid, canvas)
        enough = is_enough(facts.sub, (rect[2], rect[3]), cell.fit)
        stream = facts.sub if enough else facts.main
        seen = facts.masks, _zoom(cell)
        cells.append(MosaicCell(facts.id, stream.stream, rect, cell.fit, facts.name, *seen))
    return Mosaic(whep_mosaic(display.id), canvas, burn_in=True, cells=tuple(cells))
