from __future__ import annotations

import pytest

from ingest.backoff import Backoff


def test_ceiling_doubles_up_to_five_seconds() -> None:
    backoff = Backoff(draw=lambda: 1.0)
    assert [backoff.next(0) for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_jitter_is_full() -> None:
    draws = iter([0.0, 0.5, 0.999])
    backoff = Backoff(first_s=4.0, draw=lambda: next(draws))
    assert [backoff.next(0) for _ in range(3)] == pytest.approx([0.0, 2.5, 4.995])


def test_only_health_that_lasted_is_rewarded() -> None:
    backoff = Backoff(draw=lambda: 1.0)
    for _ in range(4):
        backoff.next(0)
    assert backoff.next(3.0) == 5.0
    assert backoff.next(31.0) == 0.5
