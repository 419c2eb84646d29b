"""Walls and commands for hypothesis."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from layouts import commands as of
from layouts.commands import CellAddress, Command, Step
from layouts.contents import (
    EMPTY,
    CameraContent,
    ClockPanel,
    Content,
    ImagePanel,
    StatesPanel,
    TextPanel,
    TourContent,
    WebPanel,
    Zoom,
)
from layouts.geometry import Rect
from layouts.presets import PRESETS
from layouts.tours import Selector, Tour
from layouts.wall import Cell, Display, Fit, Layout, Wall

# For what is drawn of walls: a few seconds, also where the machine has others to serve.
ENOUGH = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

words = st.sampled_from(("", "Simpang Lima", "“Ω” 🎥", "x" * 120))
fits: st.SearchStrategy[Fit] = st.sampled_from(("contain", "cover"))
# All kinds of them, ready made: what they may hold is tested where they are.
contents: st.SearchStrategy[Content] = st.sampled_from(
    (
        EMPTY,
        CameraContent("cam-1"),
        CameraContent("cam_2"),
        TourContent("t0"),
        TourContent("t1"),
        ClockPanel("Asia/Makassar"),
        TextPanel("Siaga\n1"),
        ImagePanel("https://example.org/arms.png"),
        WebPanel("http://example.org:8080/?a=b#c"),
        StatesPanel(Selector("Wajo", risk="red")),
    )
)
zooms = st.sampled_from((Zoom(), Zoom(0, 0, 5000, 5000), Zoom(9900, 9900, 100, 100)))
_ids = st.sampled_from(("t0", "t1", "t2"))


tours = st.sampled_from(
    (
        Tour("t0", "", ("cam-1",)),
        Tour("t0", "Kota", selector=Selector("Wajo"), dwell_s=30, order="random"),
        Tour("t1", "", ("cam-1", "cam_2"), order="risk", red_every_minutes=5),
        Tour("t2", "", selector=Selector(state="frozen")),
    )
)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Any layout: rectangles are drawn, and kept where nothing stands yet."""
    columns, rows = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    rects: list[Rect] = []
    for _ in range(draw(st.integers(0, 6))):
        x, y = draw(st.integers(0, columns - 1)), draw(st.integers(0, rows - 1))
        rect = Rect(x, y, draw(st.integers(1, columns - x)), draw(st.integers(1, rows - y)))
        if not any(rect.overlaps(other) for other in rects):
            rects.append(rect)
    cells = tuple(
        Cell(
            f"c{number}",
            rect,
            draw(fits),
            draw(contents),
            draw(zooms),
            draw(st.none() | words),
            draw(st.booleans()),
        )
        for number, rect in enumerate(rects)
    )
    return Layout(columns, rows, cells)


@st.composite
def with_holes(draw: st.DrawFn) -> Layout:
    """A preset without some of its cells, so that there is room for others."""
    layout = PRESETS[draw(st.sampled_from(("1", "2x2", "3x3", "1+5", "2+8")))]
    kept = (cell for cell in layout.cells if draw(st.booleans()))
    return replace(layout, cells=tuple(replace(cell, content=draw(contents)) for cell in kept))


@st.composite
def walls(draw: st.DrawFn, of_layouts: st.SearchStrategy[Layout] | None = None) -> Wall:
    """Any wall of up to three displays in two columns, with two tours."""
    displays = tuple(
        Display(
            f"d{n}",
            draw(words),
            *draw(st.sampled_from(((2, 2), (1920, 1080), (3840, 2160), (2160, 3840)))),
            draw(layouts() if of_layouts is None else of_layouts),
            column=n % 2,
            row=n // 2,
        )
        for n in range(draw(st.integers(1, 3)))
    )
    known = Tour("t0", "", ("cam-1",)), Tour("t1", "", selector=Selector())
    bezel = draw(st.sampled_from((0, 40)))
    return Wall("wall", draw(words), displays, draw(st.integers(1, 10**9)), 2, 2, bezel, bezel, known)


_displays = st.sampled_from(("d0", "d1", "d2"))
_cells = st.integers(1, 6).map(lambda n: f"c{n}")
_units = st.sampled_from((0, 120, 180, 240, 360, 480, 540, 720))
_sides = st.sampled_from((120, 180, 240, 360, 720))
_small = st.integers(1, 3)
_names = st.sampled_from(("s0", "s1"))
_addresses = st.builds(CellAddress, _displays, _cells)
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(of.Place, _displays, _units, _units, _sides, _sides, contents),
    st.builds(of.Move, _displays, _cells, _units, _units, st.none() | _displays),
    st.builds(of.Resize, _displays, _cells, _units, _units, _sides, _sides),
    st.builds(of.Split, _displays, _cells, _small, _small),
    st.builds(of.Merge, st.lists(_addresses, min_size=2, max_size=3).map(tuple)),
    st.builds(of.Panorama, st.lists(_displays, min_size=2, max_size=3).map(tuple)),
    st.builds(of.ApplyPreset, _displays, st.sampled_from(tuple(PRESETS))),
    st.builds(of.Remove, _displays, _cells),
    st.builds(of.Assign, _displays, _cells, *(st.none() | some for some in (contents, fits, zooms, words))),
    st.builds(of.Clear, _displays, _cells),
    st.builds(of.Swap, _displays, _cells, _displays, _cells),
    tours.map(of.SetTour),
    _ids.map(of.RemoveTour),
    _names.map(of.RecallScene),
    _names.map(of.DeleteScene),
    st.builds(of.Lock, _displays, st.none() | _cells),
    st.builds(of.Unlock, _displays, st.none() | _cells),
    st.builds(of.AddDisplay, _displays, words, st.just(1920), st.just(1080), st.integers(0, 2), st.integers(0, 2)),
    st.builds(of.ChangeDisplay, _displays, st.none() | words, st.none() | st.just(3840), column=st.none() | _small),
    st.builds(of.RemoveDisplay, _displays),
    st.builds(of.SetGeometry, _small, _small, st.just(20), st.just(30)),
    st.builds(of.Restore, st.integers(1, 9)),
)
commands: st.SearchStrategy[Command] = st.one_of(
    steps,
    st.just(of.Undo()),
    st.just(of.Redo()),
    st.builds(of.SaveScene, _names, words, st.none() | st.integers(0, 9), st.lists(_displays, max_size=2).map(tuple)),
    st.lists(steps, min_size=1, max_size=3).map(lambda several: of.Several(tuple(several))),
)


_kinds = st.sampled_from(("place", "move", "resize", "split", "merge", "swap", "assign", "scene", "back", "step"))
_back: st.SearchStrategy[Command | None] = st.sampled_from((of.Undo(), of.Redo(), None))


@st.composite
def commands_for(draw: st.DrawFn, wall: Wall) -> Command:  # noqa: C901 - a list of cases
    """Any command of which much can be done on this wall: on displays, cells, scenes and revisions that it has."""
    addresses = [CellAddress(display.id, cell.id) for display, cell in wall.cells]
    if not addresses or draw(st.integers(0, 4)) == 0:
        return draw(commands)
    at, other = draw(st.sampled_from(addresses)), draw(st.sampled_from(addresses))
    rect = wall.cell(at.display, at.cell).rect
    left, top = rect.x + draw(st.sampled_from((-120, 0, 0, 60))), rect.y + draw(st.sampled_from((-120, 0, 0, 60)))
    width, height = (max(1, side * draw(st.sampled_from((1, 2, 3))) // 2) for side in (rect.w, rect.h))
    display = draw(st.sampled_from(wall.displays)).id
    match draw(_kinds):
        case "place":
            return of.Place(display, draw(_units), draw(_units), 120, 120, draw(contents))
        case "move":
            return of.Move(at.display, at.cell, left, top, display)
        case "resize":
            return of.Resize(at.display, at.cell, rect.x, rect.y, width, height)
        case "split":
            return of.Split(at.display, at.cell, draw(_small), draw(_small))
        case "merge":
            return of.Merge((at, other))
        case "swap":
            return of.Swap(at.display, at.cell, other.display, other.cell)
        case "assign":
            return of.Assign(at.display, at.cell, draw(contents), None, draw(st.none() | zooms))
        case "scene" if wall.scenes:
            return of.RecallScene(draw(st.sampled_from(wall.scenes)).id)
        case "scene":
            return of.SaveScene(draw(_names), draw(words), displays=draw(st.sampled_from(((), (display,)))))
        case "back" if wall.past:
            return draw(_back) or of.Restore(draw(st.sampled_from(wall.past)))
        case _:
            return draw(commands)


@st.composite
def with_locks(draw: st.DrawFn, of_walls: st.SearchStrategy[Wall]) -> Wall:
    """A wall with some of its cells, and perhaps a display, locked."""
    wall = draw(of_walls)
    at: list[tuple[str, str | None]] = [(display.id, cell.id) for display, cell in wall.cells]
    at += [(display.id, None) for display in wall.displays]
    for where in draw(st.lists(st.sampled_from(at), min_size=1, max_size=4, unique=True)):
        wall = of.Lock(*where).on(wall)
    return wall


@st.composite
def locks_around(draw: st.DrawFn, wall: Wall) -> Command:
    """What is locked is unlocked, something is done, to it for the most part, and it is locked again, or not."""
    locked: list[tuple[str, str | None]] = [(display.id, None) for display in wall.displays if display.locked]
    locked += [(display.id, cell.id) for display, cell in wall.cells if cell.locked]
    if not locked:
        return draw(commands_for(wall))
    display, cell = at = draw(st.sampled_from(locked))
    name = cell or next((one.id for one in wall.display(display).layout.cells), "c1")
    assigned = st.builds(of.Assign, st.just(display), st.just(name), contents)
    others: tuple[Step, ...] = of.Clear(display, name), of.Remove(display, name), of.ApplyPreset(display, "2x2")
    done: Step = draw(st.one_of(assigned, st.sampled_from(others), steps))
    return of.Several((of.Unlock(*at), done, of.Lock(*at)) if draw(st.booleans()) else (of.Unlock(*at), done))
