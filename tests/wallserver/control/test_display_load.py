"""Less at once for a display that drops pictures, more after calm."""

from __future__ import annotations

import pytest

from wallserver.control.choice import Budget
from wallserver.control.costs import Cost
from wallserver.control.display_load import (
    CALM_S,
    HEARD_S,
    LEAST,
    SETTLED_S,
    Decoding,
    Load,
    after_calm,
    after_report,
    after_restart,
)

DECLARED = Budget(40, 140e6, 80)
USED = Cost(decoders=20, pixels_s=70e6)


def test_a_display_that_drops_pictures_gets_less_than_what_it_had_at_once() -> None:
    load = after_report(Load(), 1000, 60, USED, SETTLED_S, now=100.0)
    allowed = load.allowed(DECLARED)
    assert (allowed.decoders, allowed.mbps) == (14, 80)
    assert allowed.pixels_s == pytest.approx(49e6)
    again = after_report(load, 1000, 60, Cost(14, 49e6), SETTLED_S, now=112.0)
    assert again.allowed(DECLARED).decoders == 9


@pytest.mark.parametrize(
    ("frames", "dropped", "stood_s"),
    [
        (1000, 49, 60.0),  # a few
        (40, 30, 60.0),  # of too few to say
        (0, 0, 60.0),
        (1000, 500, SETTLED_S - 1),  # of a plan that has only begun
    ],
)
def test_what_says_nothing_changes_nothing(frames: int, dropped: int, stood_s: float) -> None:
    assert after_report(Load(), frames, dropped, USED, stood_s, now=100.0) == Load()


def test_it_gets_a_little_more_after_each_calm_until_it_has_all_again() -> None:
    load = after_report(Load(), 1000, 100, USED, 60.0, now=0.0)
    load = after_report(load, 1000, 100, Cost(14, 49e6), 60.0, now=20.0)
    assert after_calm(load, 20 + CALM_S - 0.1) == load
    decoders, now = [load.allowed(DECLARED).decoders], 20.0
    while load.ceiling is not None:
        now += CALM_S
        load = after_calm(load, now)
        decoders.append(load.allowed(DECLARED).decoders)
    assert decoders == sorted(set(decoders))
    assert (decoders[0], decoders[-1], len(decoders)) == (9, 40, 4)


def test_the_calm_is_twice_as_long_each_time_that_it_was_too_early() -> None:
    load = after_report(Load(), 1000, 100, USED, 60.0, now=0.0)
    more = after_calm(load, CALM_S)
    assert more.allowed(DECLARED) == DECLARED
    early = after_report(more, 1000, 100, USED, 12.0, now=CALM_S + 12)
    assert after_calm(early, 2 * CALM_S + 12) == early
    assert after_calm(early, 3 * CALM_S + 13) != early
    late = after_report(more, 1000, 100, USED, 60.0, now=10 * CALM_S)
    assert after_calm(late, 11 * CALM_S) != late


def test_a_mosaic_alone_that_is_too_much_leaves_room_for_a_lighter_one() -> None:
    load = after_report(Load(), 150, 20, Cost(decoders=1, pixels_s=31e6), 60.0, now=0.0)
    allowed = load.allowed(DECLARED)
    assert allowed.decoders == 1
    assert 31e6 / 4 < allowed.pixels_s < 31e6


def test_no_machine_is_too_weak_for_one_light_stream() -> None:
    small = Cost(decoders=1, pixels_s=640 * 360 * 15)
    assert after_report(Load(), 1000, 900, small, 60.0, now=0.0) == Load()
    load = after_report(Load(), 1000, 900, Cost(decoders=1, pixels_s=9e6), 60.0, now=0.0)
    assert load.allowed(DECLARED) == Budget(LEAST.decoders, LEAST.pixels_s, DECLARED.mbps)


def test_a_restart_of_control_loses_neither_what_was_too_much_nor_the_calm_so_far() -> None:
    load = Load(Decoding(9, 34e6), Decoding(20, 70e6), eased_at=100.0, calm_s=240.0)
    again = after_restart(load.by_clock(-90.0), 110.0)
    assert again == load.by_clock(-90.0)
    assert after_calm(again, 249.9) == again
    more = after_calm(again, 250.0)
    assert (more.allowed(DECLARED).decoders, more.had) == (13, load.had)


@pytest.mark.parametrize(("now", "at"), [(10_000.0, 10_000 + HEARD_S), (50.0, 290.0)], ids=["long after", "set back"])
def test_after_a_restart_it_has_to_say_first_how_it_fares(now: float, at: float) -> None:
    load = after_restart(Load(Decoding(9, 34e6), Decoding(20, 70e6), eased_at=100.0, calm_s=240.0), now)
    assert after_calm(load, at - 0.1) == load
    assert after_calm(load, at + 0.1).allowed(DECLARED).decoders == 13
