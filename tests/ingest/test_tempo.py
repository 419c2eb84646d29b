from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ingest.tempo import BEHIND_S, CALM_S, MOST_CALM_S, MOST_DIVISOR, PATIENCE_S, RELIEF_S, SETTLE_S, Tempo

STEP_S = 0.01


class Machine:
    """Access units every 10 ms."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.tempo = Tempo()

    def run(self, seconds: float, waited: float) -> list[int]:
        """All wait as long; the tempo after each."""
        divisors = []
        for _ in range(round(seconds / STEP_S)):
            self.now += STEP_S
            self.tempo.waited(waited, self.now)
            divisors.append(self.tempo.divisor)
        return divisors


def test_a_spike_changes_nothing_however_often_it_comes_back() -> None:
    machine = Machine()
    for _ in range(20):
        machine.run(PATIENCE_S * 0.8, waited=1.0)
        machine.run(PATIENCE_S, waited=0.0)
    assert machine.tempo.divisor == 1


def test_a_delay_with_better_moments_counts_too() -> None:
    machine = Machine()
    for _ in range(20):
        machine.run(0.3, waited=0.4)
        machine.run(0.1, waited=0.1)
    assert machine.tempo.divisor > 1


def test_lasting_delay_makes_it_lighter_step_by_step_with_time_to_take_effect() -> None:
    machine = Machine()
    divisors = machine.run(10.0, waited=BEHIND_S * 1.1)
    changes = [number * STEP_S for number in range(1, len(divisors)) if divisors[number] != divisors[number - 1]]
    assert changes == [pytest.approx(PATIENCE_S, abs=0.05), pytest.approx(PATIENCE_S + SETTLE_S, abs=0.05)]
    assert divisors[-1] == MOST_DIVISOR


def test_heavier_only_after_calm_one_step_at_a_time() -> None:
    machine = Machine()
    machine.run(10.0, waited=1.0)
    assert set(machine.run(CALM_S, waited=0.0)) == {MOST_DIVISOR}
    assert machine.run(2.0, waited=0.0)[-1] == MOST_DIVISOR - 1
    assert machine.run(CALM_S - 3, waited=0.0)[-1] == MOST_DIVISOR - 1
    assert machine.run(4.0, waited=0.0)[-1] == MOST_DIVISOR - 2


def test_a_spike_does_not_trouble_the_calm_and_a_longer_delay_does() -> None:
    machines = Machine(), Machine()
    for machine, delay in zip(machines, (0.4, 0.7), strict=True):
        machine.run(2.0, waited=1.0)
        assert machine.tempo.divisor == 2
        machine.run(20, waited=0.0)
        machine.run(delay, waited=0.3)
        machine.run(14, waited=0.0)
    assert [machine.tempo.divisor for machine in machines] == [1, 2]


def test_what_was_too_much_is_tried_again_later_each_time_and_soon_again_once_it_has_stood() -> None:
    """A machine that carries every second tick and not every one, then is relieved."""
    machine, tempo, tries, before = Machine(), Tempo(), [], 1
    machine.tempo = tempo
    while machine.now < 1000 + 6 * MOST_CALM_S:
        machine.run(STEP_S, waited=1.0 if tempo.divisor == 1 else 0.0)
        if (before, tempo.divisor) == (2, 1):
            tries.append(machine.now)
        before = tempo.divisor
    waits = [after - earlier for earlier, after in pairwise(tries)]
    assert waits[0] == pytest.approx(2 * CALM_S, abs=5)
    for shorter, longer in pairwise(waits):
        assert longer == pytest.approx(min(2 * shorter, MOST_CALM_S), abs=5)
    assert waits[-1] == pytest.approx(MOST_CALM_S, abs=5)

    machine.run(2 * MOST_CALM_S, waited=0.0)
    machine.run(2.0, waited=1.0)
    assert tempo.divisor == 2
    assert machine.run(CALM_S + 5, waited=0.0)[-1] == 1


def test_each_change_is_said_once() -> None:
    machine = Machine()
    with capture_logs() as lines:
        machine.run(10.0, waited=1.0)
        machine.run(100.0, waited=0.0)
    assert [(line["log_level"], line["every_tick"]) for line in lines] == [
        ("warning", 2),
        ("warning", 3),
        ("info", 2),
        ("info", 1),
    ]


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.001, 20)), max_size=200))
def test_whatever_comes_it_keeps_its_steps_and_its_pauses(waits: list[tuple[float, float]]) -> None:
    tempo, now, before, changed = Tempo(), 1000.0, 1, 0.0
    for waited, passed in waits:
        now += passed
        tempo.waited(waited, now)
        assert 1 <= tempo.divisor <= MOST_DIVISOR
        if tempo.divisor > before:
            assert waited > BEHIND_S
        elif tempo.divisor < before:
            assert waited <= BEHIND_S
            assert now - changed >= CALM_S
        if tempo.divisor != before:
            assert abs(tempo.divisor - before) == 1
            before, changed = tempo.divisor, now


@pytest.mark.parametrize(("streams", "expected"), [(60, MOST_DIVISOR), (36, 1)])
def test_much_fewer_streams_are_tried_at_once_and_a_few_less_are_not(streams: int, expected: int) -> None:
    machine = Machine()
    machine.tempo.decodes(64, machine.now)
    machine.run(10.0, waited=1.0)
    machine.tempo.decodes(streams, machine.now)
    assert machine.run(2 * RELIEF_S + 1, waited=0.0)[-1] == expected


def test_fewer_streams_that_are_too_many_too_are_waited_for_as_any() -> None:
    machine = Machine()
    machine.tempo.decodes(64, machine.now)
    machine.run(10.0, waited=1.0)
    machine.tempo.decodes(36, machine.now)
    machine.run(2 * RELIEF_S + 1, waited=0.0)
    machine.run(10.0, waited=1.0)
    assert machine.tempo.divisor == MOST_DIVISOR
    assert set(machine.run(CALM_S, waited=0.0)) == {MOST_DIVISOR}


def test_another_layout_of_as_many_streams_is_no_relief() -> None:
    """For a moment those of both are decoded."""
    machine = Machine()
    machine.tempo.decodes(36, machine.now)
    machine.run(2.0, waited=1.0)
    assert machine.tempo.divisor == 2
    machine.tempo.decodes(72, machine.now)
    machine.run(2.0, waited=1.0)
    assert machine.tempo.divisor == MOST_DIVISOR
    machine.tempo.decodes(36, machine.now)
    assert set(machine.run(CALM_S - 3, waited=0.0)) == {MOST_DIVISOR}


def test_streams_that_come_back_at_once_were_no_relief() -> None:
    machine = Machine()
    machine.tempo.decodes(5, machine.now)
    machine.run(2.0, waited=1.0)
    for _ in range(8):
        machine.tempo.decodes(3, machine.now)
        machine.run(RELIEF_S / 2, waited=0.0)
        machine.tempo.decodes(5, machine.now)
        machine.run(RELIEF_S / 2, waited=0.0)
    assert machine.tempo.divisor == 2
