"""Whether a display goes on with what stands on it, rather than with the best plan of this moment. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, partial

from wallserver.control.choice import Choice, Question, choose, weighed
from wallserver.control.ways import Spot, Way, is_enough

# What costs the site so much more than the best is left as it is, and so much more than the display is thought to
# bear: twice as much as streams swing from look to look.
_HARDLY = 1.1


def settled(question: Question, best: Choice, standings: Iterable[tuple[Sequence[Way | None], bool]]) -> Choice:
    """Of what stands, the first that is about as good as the `best`; else that.

    `standings`: the way of each spot (None: nothing stands there), and whether the mosaic is the lighter one. A cell of
    which nothing stands has its way of the best, or else its place in the mosaic: no other one makes room for it. Where
    all that is not as good, the cells that the best mends have its ways, and the others theirs.
    """
    sure = cache(partial(choose, replace(question, budget=question.budget.times(1 / _HARDLY))))
    in_mosaic = [
        Way.MOSAIC if Way.MOSAIC in spot.ways else way for spot, way in zip(question.spots, best.ways, strict=True)
    ]
    for kept, light in standings:
        mended = [
            None if way is None or _mends(spot, way, of_best) else way
            for spot, way, of_best in zip(question.spots, kept, best.ways, strict=True)
        ]
        for stays, others in ((kept, best.ways), (kept, in_mosaic), (mended, best.ways), (mended, in_mosaic)):
            ways = [way or other for way, other in zip(stays, others, strict=True)]
            for as_light in sorted({light or question.light, question.light}, reverse=True):
                choice = weighed(question, ways, light=as_light)
                if _is_as_good(question, choice, best, sure):
                    return choice
    return best


def _is_as_good(question: Question, choice: Choice, best: Choice, sure: Callable[[], Choice]) -> bool:
    """Whether a choice is hardly worse than the best, were streams to send a little less, or a little more.

    What is better only as long as they do not is no reason to change; nor is a bit more than the display is thought to
    bear. `sure`: the best with a tenth of the budget to spare, which costs as much as a plan and is seldom needed.
    """
    over, *looks, cores = replace(question, budget=question.budget.times(_HARDLY)).rank(choice)
    best_over, *best_looks, least = question.rank(best)
    if over > best_over:
        return False
    if looks > best_looks:
        sure_over, *sure_looks, sure_cores = question.rank(sure())
        if looks > sure_looks and not sure_over:
            return False
        least = max(least, sure_cores)
    return looks < best_looks or cores <= _HARDLY * least


def _mends(spot: Spot, way: Way, other: Way) -> bool:
    """Whether the other way shows more of this cell, or sharper where this one is visibly too small."""
    if way is Way.STILL or other is Way.STILL:
        return way is Way.STILL and other is not Way.STILL
    too_small = way.passed_through and not is_enough(spot.camera.stream(way), spot.size, spot.fit)
    return too_small and way is not other
