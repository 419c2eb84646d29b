"""Timestamps out of a slot are one unbroken line, whatever stands behind it."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from wallserver.gateway.slot_clock import MARKS, MAX_LATE, STEP, SlotClock

FRAME = 6000  # 15 pictures a second


def test_keeps_the_spacing_of_its_source() -> None:
    clock = SlotClock()
    late = (0, 300, 1200, 50, 0, 700)
    stamps = [clock.stamp(77_000 + n * FRAME, 1_000_000 + n * FRAME + late[n]) for n in range(6)]
    assert [b - a for a, b in itertools.pairwise(stamps)] == [FRAME] * 5


def test_a_burst_is_compressed_and_ends_now() -> None:
    clock = SlotClock()
    stamps = [clock.stamp(n * FRAME, 1_000_000) for n in range(30)]
    assert [b - a for a, b in itertools.pairwise(stamps)] == [STEP] * 29
    live = [clock.stamp((30 + n) * FRAME, 1_000_000 + (n + 1) * FRAME) for n in range(3)]
    assert live == [1_000_000 + FRAME, 1_000_000 + 2 * FRAME, 1_000_000 + 3 * FRAME]


def test_a_switch_goes_on_at_the_present() -> None:
    clock = SlotClock()
    before = clock.stamp(5_000_000_000, 1_000_000)
    clock.restart()
    after = clock.stamp(12, 1_004_500)
    assert (before, after) == (1_000_000, 1_004_500)


def test_a_clock_set_back_or_far_behind_is_tied_anew() -> None:
    clock = SlotClock()
    clock.stamp(900_000_000, 10_000_000)
    assert clock.stamp(5, 10_006_000) == 10_006_000
    assert clock.stamp(5 + FRAME, 10_006_000 + FRAME + MAX_LATE + 1) == 10_006_000 + FRAME + MAX_LATE + 1


def test_a_clock_set_forward_does_not_run_ahead() -> None:
    clock = SlotClock()
    clock.stamp(0, 1_000_000)
    assert clock.stamp(90_000 * 3600, 1_006_000) == 1_006_000


def test_layouts_in_a_row_are_told_apart_by_their_timestamps_alone() -> None:
    clock = SlotClock()
    marks = []
    for begun in range(0, 900_000, 90_000):
        clock.restart()
        clock.tell_apart()
        sources = [*range(12), 0, 0, 0]
        stamps = [clock.stamp(n * FRAME, begun + at * FRAME) for at, n in enumerate(sources)]
        assert all(b - a >= STEP for a, b in itertools.pairwise(stamps))
        (mark,) = {stamp % MARKS for stamp in stamps}
        marks.append(mark)
    assert all(len(set(marks[at : at + MARKS])) == len(marks[at : at + MARKS]) for at in range(len(marks)))


@given(
    st.lists(
        st.tuples(st.integers(-(2**40), 2**40), st.integers(0, 2_000_000), st.booleans()), min_size=1, max_size=200
    )
)
def test_rises_always_and_never_runs_away(steps: list[tuple[int, int, bool]]) -> None:
    clock = SlotClock()
    now, last = 5_000_000, None
    for number, (source, waited, restarted) in enumerate(steps):
        now += waited
        if restarted:
            clock.restart()
        stamp = clock.stamp(source, now)
        assert last is None or stamp > last
        assert stamp <= now + STEP * (number + 1)
        assert clock.last == stamp
        last = stamp
