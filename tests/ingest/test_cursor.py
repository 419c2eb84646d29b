"""What a reader is given, without a bus: order, holes, joins, overruns, owners."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.access_unit import AccessUnit
from ingest.stream_reader import Cursor
from tests.support.units import gop, unit


def taken(cursor: Cursor) -> list[AccessUnit]:
    """All that the cursor has now."""
    out = []
    while (au := cursor.take()) is not None:
        out.append(au)
    return out


def sequences(cursor: Cursor) -> list[int]:
    """The sequences of all that the cursor has now; a discontinuity is negative."""
    return [-au.sequence if au.discontinuity else au.sequence for au in taken(cursor)]


def live(cursor: Cursor, *units: AccessUnit) -> None:
    for au in units:
        cursor.live(au)


def test_cached_then_live_without_hole_or_double() -> None:
    cursor = Cursor()
    assert cursor.wants_gop
    cursor.begin_join()
    live(cursor, *gop(1, 9)[6:])
    for au in gop(1, 8):
        cursor.cached(au)
    assert cursor.take() is None
    cursor.end_join()
    live(cursor, unit(10))
    assert sequences(cursor) == [-1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert not cursor.wants_gop


def test_without_an_answer_it_begins_at_the_next_keyframe() -> None:
    cursor = Cursor()
    cursor.begin_join()
    live(cursor, unit(5), unit(6))
    cursor.end_join()
    live(cursor, unit(7), unit(8, keyframe=True), unit(9))
    assert sequences(cursor) == [-8, 9]


def test_a_long_gop_is_its_held_keyframe_then_the_next_one() -> None:
    cursor = Cursor()
    cursor.begin_join()
    cursor.cached(unit(1, keyframe=True, held=True))
    cursor.end_join()
    live(cursor, unit(80), unit(81))
    assert not cursor.wants_gop, "the owner has nothing else to give"
    live(cursor, unit(82, keyframe=True), unit(83))
    assert sequences(cursor) == [-1, -82, 83]


def test_a_hole_is_filled_from_the_cache() -> None:
    cursor = Cursor(with_gop=True)
    live(cursor, *gop(1, 3))
    live(cursor, unit(6))
    assert cursor.wants_gop
    cursor.begin_join()
    live(cursor, unit(7))
    for au in gop(1, 7):
        cursor.cached(au)
    cursor.end_join()
    assert sequences(cursor) == [-1, 2, 3, 4, 5, 6, 7]


def test_a_hole_without_a_cache_waits_for_a_keyframe() -> None:
    cursor = Cursor(with_gop=False)
    live(cursor, *gop(1, 3), unit(5), unit(6), *gop(7, 2))
    assert sequences(cursor) == [-1, 2, 3, -7, 8]
    assert cursor.dropped == 2
    assert not cursor.wants_gop


def test_a_stalled_old_owner_is_not_heard() -> None:
    cursor = Cursor(with_gop=False)
    live(cursor, *gop(1, 2), *gop(1, 2, epoch=9), unit(3), *gop(4, 2), unit(3, epoch=9))
    assert [(au.epoch, au.sequence, au.discontinuity) for au in taken(cursor)] == [
        (1, 1, True),
        (1, 2, False),
        (9, 1, True),
        (9, 2, False),
        (9, 3, False),
    ]
    assert cursor.stale == 3


def test_the_epoch_changes_at_a_keyframe_only() -> None:
    cursor = Cursor()
    live(cursor, *gop(1, 2), unit(3, epoch=2))
    assert cursor.wants_gop, "an owner that took its lease again goes on within its GOP"
    cursor.begin_join()
    for au in gop(1, 3, epoch=2):
        cursor.cached(au)
    cursor.end_join()
    live(cursor, unit(4, epoch=2))
    assert [(au.epoch, au.discontinuity) for au in taken(cursor)] == [
        (1, True),
        (1, False),
        (2, True),
        (2, False),
        (2, False),
        (2, False),
    ]


def test_a_slow_reader_goes_on_at_the_newest_keyframe() -> None:
    cursor = Cursor(with_gop=False, max_units=6)
    live(cursor, *gop(1, 3), *gop(4, 4))
    assert sequences(cursor) == [-4, 5, 6, 7]
    assert cursor.dropped == 3


def test_a_slow_reader_of_one_long_gop_waits_for_the_next() -> None:
    cursor = Cursor(max_units=4)
    live(cursor, *gop(1, 7))
    assert not cursor.wants_gop, "more to read is the last thing that helps"
    live(cursor, *gop(8, 2))
    assert sequences(cursor) == [-8, 9]
    assert cursor.dropped == 7


def test_too_much_while_joining_ends_the_join() -> None:
    cursor = Cursor(max_units=3)
    cursor.begin_join()
    live(cursor, *gop(1, 4))
    cursor.cached(unit(1, keyframe=True))
    assert sequences(cursor) == []  # overrun: there is one keyframe, and it is too far back
    live(cursor, *gop(5, 2))
    assert sequences(cursor) == [-5, 6]


happenings = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.booleans(), st.booleans()),  # keyframe?, lost?
        st.tuples(st.just("take"), st.booleans(), st.booleans()),
        st.tuples(st.just("join"), st.booleans(), st.booleans()),
        st.tuples(st.just("owner"), st.booleans(), st.booleans()),
    ),
    max_size=120,
)


@given(happenings)
def test_whatever_happens_there_is_no_hole_unsaid(story: list[tuple[str, bool, bool]]) -> None:
    """Every flagged access unit is a keyframe; every other one follows the one before."""
    cursor = Cursor(max_units=5)
    epoch, sequence, cache, given_out = 1, 0, list[AccessUnit](), list[AccessUnit]()
    for what, yes, other in story:
        match what:
            case "publish":
                sequence += 1
                au = unit(sequence, epoch=epoch, keyframe=yes)
                cache = [au] if yes else [*cache, au] if cache else []
                if not other:
                    cursor.live(au)
            case "take":
                given_out += taken(cursor)
            case "join":
                cursor.begin_join()
                for au in cache:
                    cursor.cached(au)
                cursor.end_join()
            case _:
                epoch, sequence, cache = epoch + 1, 0, []
    given_out += taken(cursor)
    before: AccessUnit | None = None
    for au in given_out:
        if au.discontinuity:
            assert au.keyframe
            assert before is None or (au.epoch, au.sequence) > (before.epoch, before.sequence)
        else:
            assert before is not None
            assert (au.epoch, au.sequence) == (before.epoch, before.sequence + 1)
        before = au
