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
# It gets this share of what was too much, and so much more again after calm.
_LESS = 0.7
CALM_S = 30.0
# The calm is twice as long each time that it was too early: in the end some seconds of dropped pictures an hour.
MOST_CALM_S = 3600.0
# A report counts that speaks of one plan alone; the page reports every 10 s.
SETTLED_S = 11.0
# Or so many in a row that all speak of much that was dropped: a tour may change what is decoded every few seconds.
IN_A_ROW = 3
# By then a page that has come back has made a report that counts.
HEARD_S = 2 * SETTLED_S


@dataclass(frozen=True, slots=True)
class Decoding:
    """What a machine decodes: streams at a time, and pixels a second."""

    decoders: int
    pixels_s: float


# What every machine bears that shows anything at all: one stream, of a light mosaic's size (960×540, 15 a second). Less
# than that would be a still in place of a live picture.
LEAST = Decoding(1, 8e6)


@dataclass(frozen=True, slots=True)
class Load:
    """`ceiling`: what it gets at most, None for all that it declared; `had`: what was too much. One clock's seconds."""

    ceiling: Decoding | None = None
    had: Decoding | None = None
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

    def by_clock(self, ahead_s: float) -> Load:
        """The same by a clock that is so far ahead of this one."""
        eased_at = None if self.eased_at is None else self.eased_at + ahead_s
        return replace(self, eased_at=eased_at, raised_at=None if self.raised_at is None else self.raised_at + ahead_s)


NO_LOAD = Load()


def has_dropped_much(frames: int, dropped: int) -> bool:
    """Whether a report says so."""
    return frames >= _LEAST_PICTURES and dropped / frames >= MUCH_DROPPED


def after_report(load: Load, frames: int, dropped: int, used: Cost, stood_s: float, now: float) -> Load:
    """What a display says of its last 10 s, in which it got `used`; `stood_s`: how long the plan has stood.

    It never gets less than LEAST.
    """
    if used.decoders <= LEAST.decoders and used.pixels_s <= LEAST.pixels_s:
        return load
    if stood_s < SETTLED_S or not has_dropped_much(frames, dropped):
        return load
    too_early = load.raised_at is not None and now - load.raised_at < load.calm_s
    before = load.had or Decoding(0, 0.0)
    return Load(
        had=Decoding(max(before.decoders, used.decoders), max(before.pixels_s, used.pixels_s)),
        ceiling=Decoding(max(LEAST.decoders, int(used.decoders * _LESS)), max(LEAST.pixels_s, used.pixels_s * _LESS)),
        eased_at=now,
        calm_s=min(2 * load.calm_s, MOST_CALM_S) if too_early else load.calm_s if load.ceiling else CALM_S,
    )


def after_restart(load: Load, now: float) -> Load:
    """As the control before us left it, by our clock. Meanwhile nobody was told how the display fares: before it gets
    more it has to say so, however calm it was. A calendar that was set back counts no calm."""
    earliest = now - load.calm_s + HEARD_S
    eased_at = None if load.eased_at is None else min(max(load.eased_at, earliest), now)
    return replace(load, eased_at=eased_at, raised_at=None if load.raised_at is None else min(load.raised_at, now))


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
    return replace(load, ceiling=Decoding(decoders, pixels_s), raised_at=now)
