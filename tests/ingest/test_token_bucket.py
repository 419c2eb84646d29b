"""A token bucket keeps its word in every window, also where processes share it."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from ingest.token_bucket import TokenBucket

PAUSES = st.lists(st.floats(0, 0.5), min_size=1, max_size=200)


def taken(bucket: TokenBucket, times: list[float], cost: int = 1) -> list[float]:
    """When somebody got a token who asked at these times, and did not wait."""
    got = []
    for now in times:
        if bucket.ready_at(cost) <= now:
            bucket.take(now, cost)
            got.append(now)
    return got


def most_within(times: list[float], seconds: float) -> int:
    """The most of these times, which rise, in any window."""
    return max((bisect_right(times, at + seconds) - number for number, at in enumerate(times)), default=0)


@given(PAUSES, st.sampled_from([0.1, 0.5, 2.0]))
def test_no_window_has_more_than_burst_and_rate(pauses: list[float], window: float) -> None:
    got = taken(TokenBucket(20, 5), list(accumulate(pauses)))
    assert most_within(got, window) <= 5 + 20 * window + 1e-6


@given(PAUSES, st.integers(1, 5))
def test_those_who_share_have_together_no_more_than_one_alone(pauses: list[float], processes: int) -> None:
    buckets = [TokenBucket(20, 5) for _ in range(processes)]
    times = list(accumulate(pauses))
    got = sorted(at for bucket in buckets for at in taken(bucket, times, processes))
    assert most_within(got, 0.5) <= 5 + 20 * 0.5 + 1e-6


def test_a_burst_then_the_rate_then_after_a_pause_a_burst_again() -> None:
    bucket = TokenBucket(8, 3)
    assert taken(bucket, [1.0] * 5) == [1.0] * 3
    assert bucket.ready_at() == 1.125
    assert not bucket.full(1.25)
    assert taken(bucket, [1.125, 1.2, 1.25]) == [1.125, 1.25]
    assert bucket.full(2.0)
    assert taken(bucket, [2.0] * 5) == [2.0] * 3


def test_more_processes_than_its_burst_have_one_token_each() -> None:
    bucket = TokenBucket(8, 3)
    assert taken(bucket, [1.0] * 5, cost=16) == [1.0]
    assert bucket.ready_at(16) == 3.0


def test_a_debt_is_paid_before_there_is_more() -> None:
    bucket = TokenBucket(8, 4)
    bucket.take(1.0, 12)
    assert bucket.ready_at() == 1.0 + (12 - 4 + 1) / 8
