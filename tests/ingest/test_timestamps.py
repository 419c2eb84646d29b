from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.timestamps import TimestampMap

SECOND_NS = 1_000_000_000


def test_distances_are_the_sources_whatever_the_arrivals_are() -> None:
    stamps = TimestampMap()
    arrivals = [1.0, 1.07, 1.4, 1.41, 1.42]
    mapped = [stamps.map(500_000 + 6000 * n, int(at * SECOND_NS)) for n, at in enumerate(arrivals)]
    assert mapped == [0, 6000, 12000, 18000, 24000]


def test_a_clock_that_was_set_does_not_move_the_line() -> None:
    stamps = TimestampMap()
    stamps.map(90_000, 1 * SECOND_NS)
    assert stamps.map(90_000 + 3600 * 90_000, 2 * SECOND_NS) == 90_000
    assert stamps.map(0, 3 * SECOND_NS) == 180_000
    assert stamps.map(6000, 4 * SECOND_NS) == 186_000


def test_after_a_new_connection_the_arrival_counts() -> None:
    stamps = TimestampMap()
    stamps.map(1_000, 1 * SECOND_NS)
    stamps.reconnected()
    assert stamps.map(7_000, 3 * SECOND_NS) == 180_000


def test_with_b_frames_arrivals_count() -> None:
    stamps = TimestampMap()
    arrivals = [(0, 1), (18000, 2), (6000, 3), (12000, 4)]
    mapped = [stamps.map(shown, tenths * SECOND_NS // 10, reordered=True) for shown, tenths in arrivals]
    assert mapped == [0, 9000, 18000, 27000]


@given(st.lists(st.tuples(st.none() | st.integers(-(2**40), 2**40), st.integers(0, 10**10), st.booleans()), min_size=1))
def test_the_line_always_rises(units: list[tuple[int | None, int, bool]]) -> None:
    stamps, now, last = TimestampMap(), 1, -1
    for source, later, reordered in units:
        now += later
        mapped = stamps.map(source, now, reordered=reordered)
        assert mapped > last
        last = mapped
