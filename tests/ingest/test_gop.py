"""The GOP cache: begins with a keyframe, stays within its bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.gop import GopCache
from tests.support.units import gop, unit


def test_holds_the_newest_gop() -> None:
    cache = GopCache()
    assert cache.units() == ()
    cache.add(unit(1))
    assert cache.units() == ()
    for au in [*gop(2, 5), *gop(7, 3)]:
        cache.add(au)
    assert cache.units() == tuple(gop(7, 3))
    cache.clear()
    assert cache.units() == ()


def test_beyond_its_time_only_the_keyframe_is_left_and_marked() -> None:
    cache = GopCache()
    for au in gop(1, 31):  # 30 intervals of 1/15 s: just 2 s
        cache.add(au)
    assert len(cache.units()) == 31
    cache.add(unit(32))
    assert cache.units() == (unit(1, keyframe=True, held=True),)
    cache.add(unit(33))
    assert len(cache.units()) == 1
    cache.add(unit(34, keyframe=True))
    assert cache.units() == (unit(34, keyframe=True),)


def test_beyond_its_bytes_too() -> None:
    cache = GopCache(max_bytes=1000)
    cache.add(unit(1, keyframe=True, data=bytes(900)))
    cache.add(unit(2, data=bytes(101)))
    assert [au.held for au in cache.units()] == [True]


def test_is_handed_out_under_the_newest_epoch() -> None:
    cache = GopCache()
    for au in (*gop(1, 2), unit(3, epoch=5)):
        cache.add(au)
    assert cache.units() == tuple(gop(1, 3, epoch=5))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=80))
def test_always_begins_on_a_keyframe_and_keeps_its_bounds(pictures: list[tuple[bool, int]]) -> None:
    cache = GopCache(max_seconds=1.0, max_bytes=1000)
    for number, (keyframe, size) in enumerate(pictures):
        cache.add(unit(number, keyframe=keyframe, data=bytes(size)))
        units = cache.units()
        assert [au.keyframe for au in units] == [True] * bool(units) + [False] * (len(units) - 1)
        assert len(units) <= 16
        assert len(units) < 2 or sum(len(au.data) for au in units) <= 1000
