"""Questions to the planner that are small enough to try every answer."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

from ingest.masks import Mask
from layouts.geometry import Rect
from layouts.presets import wall_showing
from layouts.wall import Layout
from wallserver.config import MosaicSettings
from wallserver.control.choice import Budget, Choice, Question, weighed
from wallserver.control.costs import StreamFacts
from wallserver.control.ways import CameraFacts, Spot, open_ways

SETTINGS = MosaicSettings()
MASKS = (Mask(((0, 0), (9000, 0), (0, 9000))),)
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
        camera = CameraFacts(f"c{number}", "C", main, sub, masks=() if dice.random() < 0.9 else MASKS)
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
