"""Walls and commands for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from layouts.commands import ApplyPreset, Assign, Clear, Command, Swap
from layouts.geometry import Rect
from layouts.presets import PRESETS
from layouts.wall import EMPTY, CameraContent, Cell, Display, Layout, Wall

cameras = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
contents = st.one_of(st.just(EMPTY), cameras.map(CameraContent))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Any layout: rectangles are drawn, and kept where nothing stands yet."""
    columns, rows = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    rects: list[Rect] = []
    for _ in range(draw(st.integers(0, 10))):
        x, y = draw(st.integers(0, columns - 1)), draw(st.integers(0, rows - 1))
        rect = Rect(x, y, draw(st.integers(1, columns - x)), draw(st.integers(1, rows - y)))
        if not any(rect.overlaps(other) for other in rects):
            rects.append(rect)
    cells = tuple(
        Cell(f"c{number}", rect, draw(st.sampled_from(("contain", "cover"))), draw(contents))
        for number, rect in enumerate(rects)
    )
    return Layout(columns, rows, cells)


@st.composite
def walls(draw: st.DrawFn) -> Wall:
    """Any wall of up to three displays."""
    displays = tuple(
        Display(
            f"d{n}",
            draw(st.text(max_size=12)),
            draw(st.integers(2, 7680)),
            draw(st.integers(2, 4320)),
            draw(layouts()),
        )
        for n in range(draw(st.integers(1, 3)))
    )
    return Wall("wall", draw(st.text(max_size=12)), displays, draw(st.integers(1, 10**9)))


_displays = st.sampled_from(("d0", "d1", "d2"))
_cells = st.integers(0, 12).map(lambda n: f"c{n}")
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Assign, _displays, _cells, cameras, st.one_of(st.none(), st.sampled_from(("contain", "cover")))),
    st.builds(Clear, _displays, _cells),
    st.builds(ApplyPreset, _displays, st.sampled_from(tuple(PRESETS))),
    st.builds(Swap, _displays, _cells, _displays, _cells),
)
