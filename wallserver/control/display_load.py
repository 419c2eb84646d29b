"""How a display fares with what it gets, as it reports: less at once when it drops pictures, more after calm. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wallserver.control.choice import Budget
from wallserver.control.costs import Cost

# A display that drops this share of its pictures has more than it bears.
MUCH_DROPPED = 0.05
# Fewer pictures say nothing.
_LEAST_PICTURES = 50
# It gets this share of what was too much, and so much more again after calm.
_LESS = 0.7
CALM_S = 30.0
# The calm is twice as long each time that it was too early.
MOST_CALM_S = 600.0
# A report counts that speaks of one plan alone; the page reports every 10 s.
SETTLED_S = 11.0


@dataclass(frozen=True, slots=True)
class Load:
    """`ceiling`: what it gets at most, None for all that it declared. Times are monotonic seconds."""

    ceiling: Budget | None = None
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
    """What a display says of its last 10 s, in which it got `used`; `stood_s`: how long the plan has stood."""
    if frames < _LEAST_PICTURES or stood_s < SETTLED_S or dropped / frames < MUCH_DROPPED:
        return load
    too_early = load.raised_at is not None and now - load.raised_at < load.calm_s
    return Load(
        ceiling=Budget(max(1, int(used.decoders * _LESS)), used.pixels_s * _LESS),
        eased_at=now,
        calm_s=min(2 * load.calm_s, MOST_CALM_S) if too_early else load.calm_s if load.ceiling else CALM_S,
    )


def after_calm(load: Load, declared: Budget, now: float) -> Load:
    """Time has passed: a little more, once it has been calm for long enough."""
    if load.ceiling is None:
        return load
    since = max(one for one in (load.eased_at, load.raised_at) if one is not None)
    if now - since < load.calm_s:
        return load
    ceiling = Budget(
        load.ceiling.decoders + max(1, int(load.ceiling.decoders * (1 / _LESS - 1))), load.ceiling.pixels_s / _LESS
    )
    enough = ceiling.decoders >= declared.decoders and ceiling.pixels_s >= declared.pixels_s
    return replace(load, ceiling=None if enough else ceiling, raised_at=now)
