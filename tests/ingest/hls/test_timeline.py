from __future__ import annotations

from itertools import pairwise

from ingest.hls.timeline import MAX_STEP, Timeline


def steps(*times: int | None) -> list[int]:
    timeline = Timeline()
    return [b - a for a, b in pairwise([timeline.map(time) for time in times])]


def test_distances_are_the_sources() -> None:
    assert steps(100, 6100, 9100) == [6000, 3000]


def test_a_wrap_is_none() -> None:
    assert steps((1 << 33) - 6000, 0, 6000) == [6000, 6000]
    assert steps(-6000, 0, 6000) == [6000, 6000]  # as FFmpeg counts before a wrap


def test_a_jump_is_as_long_as_the_step_before() -> None:
    assert steps(0, 6000, 3000, 9000) == [6000, 6000, 6000]
    assert steps(0, 6000, 6001 + MAX_STEP, None, 5) == [6000, 6000, 6000, 6000]


def test_what_follows_on_a_hole_follows_at_once() -> None:
    timeline = Timeline()
    timeline.map(0)
    before = timeline.map(6000)
    timeline.anew()
    assert timeline.map(186_000) - before == 6000
