"""Ticks go to where pictures wait least, and stay where there is no such place."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from statistics import mean

import pytest

from ingest.tick_phase import LOOK_TICKS, PLACES, TickPhase

INTERVAL = 1 / 15


def mosaic(offsets: Sequence[float], ticks: int, jitter_s: float = 0.0) -> tuple[list[float], list[float]]:
    """Cameras of 15 pictures a second, each so long after the first tick: mean waits, and when the ticks were."""
    chance, phase = random.Random(4), TickPhase()
    now, waits, times = 10.0, [], []
    came = [[now - INTERVAL + offset + n * INTERVAL for n in range(2 * ticks)] for offset in offsets]
    came = [sorted(at + chance.random() * jitter_s for at in pictures) for pictures in came]
    shown = [0] * len(offsets)
    for _ in range(ticks):
        new = []
        for camera, pictures in enumerate(came):
            count = sum(at <= now for at in pictures)
            if count > shown[camera]:
                shown[camera] = count
                new.append(now - pictures[count - 1])
        waits.append(mean(new) if new else 0.0)
        times.append(now)
        now += INTERVAL + phase.step(new, INTERVAL)
    return waits, times


@pytest.mark.parametrize("offset", [0.001, 0.02, 0.04, 0.06])
def test_one_camera_waits_for_next_to_nothing(offset: float) -> None:
    waits, _ = mosaic([offset], 120)
    assert mean(waits[-30:]) < 3 * INTERVAL / PLACES


def test_pictures_that_jitter_are_waited_for() -> None:
    waits, _ = mosaic([0.03], 200, jitter_s=0.012)
    assert mean(waits[-60:]) < 0.015


def test_cameras_of_one_pace_wait_less_than_by_chance() -> None:
    offsets = [0.01, 0.012, 0.03, 0.031, 0.033, 0.035]
    waits, _ = mosaic(offsets, 200)
    assert mean(waits[-30:]) < mean(waits[:LOOK_TICKS]) - 0.01


def test_where_no_place_is_better_it_stays() -> None:
    _, times = mosaic([n * INTERVAL / 64 for n in range(64)], 100)
    assert times[-1] - times[0] == pytest.approx(99 * INTERVAL)


def test_it_moves_by_steps_that_nobody_sees_and_then_keeps_the_pace() -> None:
    _, times = mosaic([0.03], 200)
    steps = [after - before for before, after in itertools.pairwise(times)]
    assert max(abs(step - INTERVAL) for step in steps) < 1.01 * INTERVAL / PLACES
    assert steps[-30:] == pytest.approx([INTERVAL] * 30)


def test_without_new_pictures_it_keeps_the_pace() -> None:
    phase = TickPhase()
    assert [phase.step([], INTERVAL) for _ in range(3 * LOOK_TICKS)] == [0.0] * 3 * LOOK_TICKS
