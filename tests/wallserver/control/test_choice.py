"""The choice of ways, against every choice that there is."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import replace

import pytest

from layouts.geometry import Rect
from layouts.presets import wall_showing
from layouts.wall import Display, Layout
from wallserver.config import MosaicSettings
from wallserver.control.choice import Budget, Choice, Question, choose, weighed
from wallserver.control.costs import StreamFacts
from wallserver.control.ways import CameraFacts, Spot, Way, open_ways

SETTINGS = MosaicSettings()
_SUBS = ((640, 360, 15, 400), (704, 576, 12, 500), (320, 180, 10, 150), (1280, 720, 25, 1500))
_MAINS = ((1920, 1080, 25, 3000), (2560, 1440, 20, 5000), (3840, 2160, 15, 8000), (1280, 720, 25, 1500))


def random_question(seed: int) -> Question:
    """A display of one to six cells of any shape, with cameras of every kind, and a budget that may be short."""
    dice = random.Random(seed)
    columns, rows = dice.choice([(2, 2), (3, 2), (3, 1), (6, 1), (1, 4)])
    width, height = dice.choice([(1920, 1080), (3840, 2160), (1280, 720)])
    display = replace(wall_showing("w", "W", []).displays[0], width=width, height=height, layout=Layout(columns, rows))
    spots = []
    for number, (column, row) in enumerate(itertools.product(range(columns), range(rows))):
        if dice.random() < 0.15:
            continue
        sub = StreamFacts(f"cam.c{number}.sub", *dice.choice(_SUBS), dice.choice(["h264", "h264", "h264", "h265"]))
        main = StreamFacts(
            f"cam.c{number}.main", *dice.choice(_MAINS), dice.choice(["h264", "h265"]), dice.random() < 0.2
        )
        camera = CameraFacts(f"c{number}", "C", main, sub, passable=dice.random() < 0.9)
        size = width / columns, height / rows
        spots.append(
            Spot(f"c{number}", Rect(column, row, 1, 1), size, "contain", camera, open_ways(camera, size, "contain"))
        )
    budget = Budget(dice.randint(1, 8), dice.choice([1e7, 4e7, 9e7, 2e8, 1e9]), dice.choice([3, 8, 20, 200]))
    return Question(display, SETTINGS, budget, dice.choice([2, 16]), tuple(spots))


def best_of_all(question: Question) -> Choice:
    """By trying everything."""
    every = itertools.product(*(spot.ways for spot in question.spots))
    return min((weighed(question, ways, light=light) for ways in every for light in (False, True)), key=question.rank)


@pytest.mark.parametrize("block", range(2))
def test_it_is_within_a_tenth_of_the_cheapest_that_looks_as_good(block: int) -> None:
    for seed in range(60 * block, 60 * block + 60):
        question = random_question(seed)
        if not question.spots:
            continue
        found, best = choose(question), best_of_all(question)
        assert question.rank(found)[:3] == question.rank(best)[:3], seed
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
    assert set(rect[2:] for rect in five.canvas.rects) == {(320, 180)}
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
