"""How a display fares with what it gets, as it reports: less at once when it drops pictures, more after calm. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from wallserver.control.choice import Budget
from wallserver.control.costs import Cost

# A display that drops this share of its pictures has more than it bears.
MUCH_DROPPED = 0.05
# Fewer pictures say nothing.
_LEAST_PICTURES = 50
# What every machine bears that shows anything at all: one stream, of a light mosaic's size (960×540, 15 a second). Less
# than that would be a still in place of a live picture.
LEAST = Budget(1, 8e6)
# It gets this share of what was too much, and so much more again after calm.
_LESS = 0.7
CALM_S = 30.0
# The calm is twice as long each time that it was too early.
MOST_CALM_S = 600.0
# A report counts that speaks of one plan alone; the page reports every 10 s.
SETTLED_S = 11.0


@dataclass(frozen=True, slots=True)
class Load:
    """`ceiling`: what it gets at most, None for all that it declared; `had`: what was too much. Monotonic seconds."""

    ceiling: Budget | None = None
    had: Budget | None = None
    eased_at: float | None = None
    raised_at: float | None = None
    calm_s: float = CALM_S

    def allowed(self, declared: Budget) -> Budget:
        """What it may be given."""
        if self.ceiling is None:
            return declared
        return Budget(
            min(self.ceiling.decoders, declared.decoders), min(self.ceiling.pixels_s, declared.pixels_s), declared.mbps
        )


def after_report(load: Load, frames: int, dropped: int, used: Cost, stood_s: float, now: float) -> Load:
    """What a display says of its last 10 s, in which it got `used`; `stood_s`: how long the plan has stood.

    It never gets less than LEAST.
    """
    if used.decoders <= LEAST.decoders and used.pixels_s <= LEAST.pixels_s:
        return load
    if frames < _LEAST_PICTURES or stood_s < SETTLED_S or dropped / frames < MUCH_DROPPED:
        return load
    too_early = load.raised_at is not None and now - load.raised_at < load.calm_s
    before = load.had or Budget(0, 0.0)
    return Load(
        had=Budget(max(before.decoders, used.decoders), max(before.pixels_s, used.pixels_s)),
        ceiling=Budget(max(LEAST.decoders, int(used.decoders * _LESS)), max(LEAST.pixels_s, used.pixels_s * _LESS)),
        eased_at=now,
        calm_s=min(2 * load.calm_s, MOST_CALM_S) if too_early else load.calm_s if load.ceiling else CALM_S,
    )


def eased_before(allowed: Budget, now: float) -> Load:
    """Of a display that the control before us had eased to this."""
    had = Budget(ceil(allowed.decoders / _LESS), allowed.pixels_s / _LESS)
    return Load(ceiling=allowed, had=had, eased_at=now)


def after_calm(load: Load, now: float) -> Load:
    """Time has passed: a little more, once it has been calm for long enough, and at last all again."""
    if load.ceiling is None or load.had is None:
        return load
    since = max(one for one in (load.eased_at, load.raised_at) if one is not None)
    if now - since < load.calm_s:
        return load
    decoders, pixels_s = ceil(load.ceiling.decoders / _LESS), load.ceiling.pixels_s / _LESS
    if decoders >= load.had.decoders and pixels_s >= 0.999 * load.had.pixels_s:
        return replace(load, ceiling=None, had=None, raised_at=now)
    return replace(load, ceiling=Budget(decoders, pixels_s), raised_at=now)
