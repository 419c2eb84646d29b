"""The choice of ways, against every choice that there is."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from layouts.geometry import Rect
from layouts.presets import wall_showing
from layouts.wall import Display, Layout
from tests.support.plan_questions import SETTINGS, best_of_all, random_question
from wallserver.control import choice
from wallserver.control.choice import Budget, Canvas, Choice, Question, choose, weighed
from wallserver.control.costs import StreamFacts
from wallserver.control.ways import CameraFacts, Spot, Way, open_ways


@pytest.mark.parametrize("block", range(2))
def test_it_is_within_a_tenth_of_the_cheapest_that_looks_as_good(block: int) -> None:
    for seed in range(60 * block, 60 * block + 60):
        question = random_question(seed)
        if not question.spots:
            continue
        found, best = choose(question), best_of_all(question)
        assert question.rank(found)[:4] == question.rank(best)[:4], seed
        assert found.cost.server_cores <= 1.1 * best.cost.server_cores, seed


def display(columns: int, rows: int) -> Display:
    shown = wall_showing("w", "W", []).displays[0]
    return replace(shown, layout=Layout(columns, rows))


def question(columns: int, rows: int, budget: Budget, sub: tuple[int, int] = (640, 360)) -> Question:
    """A grid of cells, each with a camera of its own."""
    shown = display(columns, rows)
    size = shown.width / columns, shown.height / rows
    spots = []
    for row, column in itertools.product(range(rows), range(columns)):
        name = f"c{row}-{column}"
        main = StreamFacts(f"cam.{name}.main", 1920, 1080, 25, 3000)
        camera = CameraFacts(name, name, main, StreamFacts(f"cam.{name}.sub", *sub, 15, 400))
        ways = open_ways(camera, size, "contain")
        spots.append(Spot(name, Rect(column, row, 1, 1), size, "contain", camera, ways))
    return Question(shown, SETTINGS, budget, 62, tuple(spots))


def test_a_mosaic_leaves_out_the_rows_that_are_passed_through() -> None:
    choice = choose(question(8, 8, Budget(33, 1e9, 500)))
    assert choice.ways == (Way.SUB,) * 32 + (Way.MOSAIC,) * 32
    assert choice.canvas is not None
    assert choice.canvas.grid == Rect(0, 4, 8, 4)
    assert choice.canvas.size == (1920, 540)


def test_a_canvas_is_a_little_smaller_where_that_makes_scaling_nearly_free() -> None:
    five = weighed(asked := question(5, 5, Budget(1)), [Way.MOSAIC] * 25)
    assert five.canvas is not None
    assert five.canvas.size == (1600, 900)
    assert {rect[2:] for rect in five.canvas.rects} == {(320, 180)}
    # 480×270 cells would have to lose a third of their size: that is seen.
    four = weighed(question(4, 4, Budget(1)), [Way.MOSAIC] * 16)
    assert four.canvas is not None
    assert four.canvas.size == (1920, 1080)
    # An odd stream is halved by no canvas that is large enough.
    odd = weighed(question(5, 5, Budget(1), sub=(352, 288)), [Way.MOSAIC] * 25)
    assert odd.canvas is not None
    assert odd.canvas.size == (1920, 1080)
    assert asked.rank(five) < (True,), "it fits"


def test_a_large_display_of_few_composed_cells_shows_them_sharper() -> None:
    asked = question(4, 4, Budget(64))
    large = replace(asked, display=replace(asked.display, width=3840, height=2160))
    whole = weighed(large, [Way.MOSAIC] * 16)
    corner = weighed(large, [*[Way.SUB] * 12, *[Way.MOSAIC] * 4])
    assert whole.canvas is not None
    assert corner.canvas is not None
    assert whole.canvas.size == (1920, 1080)
    assert corner.canvas.size == (3840, 540)
    assert corner.canvas.rects[0][2:] == (960, 540)


def test_nothing_to_show_costs_nothing() -> None:
    empty = replace(question(2, 2, Budget(1)), spots=())
    assert choose(empty).cost.server_cores == 0
    assert choose(empty).cost.decoders == 0


def test_64_cells_are_planned_fast_enough_to_be_planned_at_every_change() -> None:
    began = time.process_time()
    choose(question(8, 8, Budget(20, 1e9, 500)))
    assert time.process_time() - began < 0.5  # 0.1 s on a machine that has nothing else to do


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_weighed_twice(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall's next revision waits for it: half of all that is tried has been before."""
    weighed, laid_out = Counter[object](), Counter[object]()
    weigh, lay_out = choice._weighed, choice._laid_out

    def weighing(question: Question, ways: tuple[Way, ...], *, light: bool) -> Choice:
        weighed[ways, light] += 1
        return weigh(question, ways, light=light)

    def laying_out(question: Question, spots: Sequence[Spot]) -> Canvas:
        laid_out[tuple(spot.cell for spot in spots)] += 1
        return lay_out(question, spots)

    monkeypatch.setattr(choice, "_weighed", weighing)
    monkeypatch.setattr(choice, "_laid_out", laying_out)
    choose(random_question(seed))
    assert set(weighed.values()) == {1}
    assert set(laid_out.values()) <= {1}
