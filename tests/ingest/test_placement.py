"""Placement: a preference that all share and that moves little."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.placement import preferred

STREAMS = [f"cam.c{number}.sub" for number in range(600)]


def test_nobody_is_preferred_where_nobody_is() -> None:
    assert preferred("cam.a.sub", {}) is None
    assert preferred("cam.a.sub", {"full": 0}) is None


def test_shares_are_like_capacities() -> None:
    shares = Counter(preferred(stream, {"a": 1, "b": 1, "c": 2}) for stream in STREAMS)
    assert 100 < shares["a"] < 200
    assert 100 < shares["b"] < 200
    assert 240 < shares["c"] < 360


@settings(deadline=None)
@given(st.sets(st.text("abcdef", min_size=1, max_size=4), min_size=2, max_size=6))
def test_only_the_streams_of_who_leaves_move(names: set[str]) -> None:
    workers = dict.fromkeys(names, 1.0)
    leaver = max(names)
    rest = {name: 1.0 for name in names if name != leaver}
    for stream in STREAMS[:50]:
        before = preferred(stream, workers)
        assert preferred(stream, dict(reversed(workers.items()))) == before
        if before != leaver:
            assert preferred(stream, rest) == before


def test_the_streams_of_a_camera_have_one_worker() -> None:
    workers = {f"w{number}": 1.0 for number in range(5)}
    for number in range(50):
        assert preferred(f"cam.c{number}.main", workers) == preferred(f"cam.c{number}.sub", workers)


def test_the_versions_of_a_mosaic_have_one_worker_and_displays_are_spread() -> None:
    workers = {f"w{number}": 1.0 for number in range(5)}
    owners = set()
    for number in range(50):
        owner = preferred(f"mosaic.wall-{number}", workers)
        assert preferred(f"mosaic.wall-{number}_light", workers) == owner
        assert preferred(f"mosaic.wall-{number}_whep", workers) == owner
        owners.add(owner)
    assert owners == set(workers)
