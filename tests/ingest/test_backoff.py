from __future__ import annotations

import pytest

from ingest.backoff import Backoff, Importance

SHOWN = Importance.SHOWN


@pytest.mark.parametrize(
    ("importance", "ceilings"),
    [
        (Importance.SHOWN, [0.5, 1, 2, 4, 5, 5, 5, 5, 5]),
        (Importance.DEMANDED, [0.5, 1, 2, 4, 8, 15, 15, 15, 15]),
        (Importance.REST, [0.5, 1, 2, 4, 8, 16, 32, 60, 60]),
    ],
)
def test_ceiling_doubles_up_to_a_cap_that_depends_on_who_wants_it(
    importance: Importance, ceilings: list[float]
) -> None:
    backoff = Backoff(draw=lambda: 1.0)
    assert [backoff.next(0, importance) for _ in ceilings] == ceilings


def test_jitter_is_full() -> None:
    draws = iter([0.0, 0.5, 0.999])
    backoff = Backoff(draw=lambda: next(draws))
    assert [backoff.next(0, SHOWN) for _ in range(3)] == pytest.approx([0.0, 0.5, 1.998])


def test_only_health_that_lasted_is_rewarded() -> None:
    backoff = Backoff(draw=lambda: 1.0)
    for _ in range(4):
        backoff.next(0, SHOWN)
    assert backoff.next(3.0, SHOWN) == 5.0
    assert backoff.next(31.0, SHOWN) == 0.5
