"""What displays drew of places (a lorong, or a camera that stands for itself), summed up where it is kept: of a week
that are millions of intervals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from wallserver.catalogue.database import Database, unindexed
from wallserver.catalogue.models import DrawnRow


@dataclass(frozen=True, slots=True)
class Shown:
    """How often, and for how many milliseconds, any camera of a place was drawn, and the longest time that none was:
    from when until when (Unix milliseconds), the first of such."""

    times: int
    shown_ms: int
    gap: tuple[int, int]


async def shown_between(
    database: Database, displays: Sequence[str], places: Mapping[str, int], from_ms: int, until_ms: int, longest_ms: int
) -> dict[int, Shown]:
    """Of each place that one of these displays drew anything of between these instants; a place is a number, and
    `places` has that of each camera. Intervals that overlap or touch are one. None is kept that is over `longest_ms`.
    """
    then = (
        DrawnRow.from_ms > from_ms - longest_ms,
        DrawnRow.from_ms < until_ms,
        DrawnRow.until_ms >= from_ms,
        DrawnRow.frames > 0,
    )
    asked = _asked(database, places)
    drawn = _drawn(database, asked, displays, and_(*then))
    seen = _seen(asked, drawn, from_ms, until_ms)
    found: dict[int, Shown] = {}
    async with database.session() as session:
        for place, times, shown_ms, last_ms, gap_from, gap_to in await session.execute(_summed(seen, from_ms)):
            gap = gap_from, gap_to
            if until_ms - last_ms > gap_to - gap_from:
                gap = last_ms, until_ms
            found[place] = Shown(times, shown_ms, gap)
    return found


def _asked(database: Database, places: Mapping[str, int]) -> CTE:
    """The cameras with their places; as one parameter, since databases take only so many."""
    document = json.dumps(places)
    if database.engine.dialect.name == "postgresql":
        pairs = func.jsonb_each_text(cast(literal(document, String), JSONB)).table_valued("key", "value", name="pairs")
    else:
        pairs = func.json_each(document).table_valued("key", "value", name="pairs")
    return select(pairs.c.key.label("camera_id"), cast(pairs.c.value, Integer).label("place")).cte("asked")


def _drawn(database: Database, asked: CTE, displays: Sequence[str], then: ColumnElement[bool]) -> CTE:
    """What these displays drew at that time, of the cameras that are asked for at least.

    PostgreSQL finds its way by what it knows of the rows. SQLite knows nothing, and would look through all that the
    displays ever drew for each camera anew: there they are found by the time alone, once for all cameras; an offset
    keeps that apart from what is made of it.
    """
    drawn = select(DrawnRow.camera_id, DrawnRow.from_ms, DrawnRow.until_ms).where(then)
    if database.engine.dialect.name == "postgresql":
        drawn = drawn.where(DrawnRow.display_id.in_(displays))
    else:
        its_cameras = DrawnRow.camera_id.in_(select(asked.c.camera_id))
        drawn = drawn.where(unindexed(DrawnRow.display_id).in_(displays), its_cameras).offset(0)
    return drawn.cte("then_drawn")


def _seen(asked: CTE, drawn: CTE, from_ms: int, until_ms: int) -> CTE:
    """Each interval, cut to the time that is asked for; `before`: until when its place was drawn by an earlier one."""
    begins = case((drawn.c.from_ms < from_ms, literal(from_ms, BigInteger)), else_=drawn.c.from_ms)
    ends = case((drawn.c.until_ms > until_ms, literal(until_ms, BigInteger)), else_=drawn.c.until_ms)
    cut = (
        select(asked.c.place, begins.label("begins"), ends.label("ends"))
        .select_from(drawn)
        .join(asked, asked.c.camera_id == drawn.c.camera_id)
        .cte("cut")
    )
    earlier = func.max(cut.c.ends).over(partition_by=cut.c.place, order_by=(cut.c.begins, cut.c.ends), rows=(None, -1))
    return select(cut, earlier.label("before")).cte("seen")


def _summed(seen: CTE, from_ms: int) -> Select[Any]:
    """By place: times, milliseconds, until when it was drawn last, and the longest gap that something came after."""
    is_new: ColumnElement[bool] = or_(seen.c.before.is_(None), seen.c.begins > seen.c.before + 1)
    # Of what goes on from an earlier one only the rest counts.
    shown = case((is_new, seen.c.ends - seen.c.begins), (seen.c.ends > seen.c.before, seen.c.ends - seen.c.before))
    gap_from = func.coalesce(seen.c.before, literal(from_ms, BigInteger))
    gap = case((is_new, seen.c.begins - gap_from), else_=-1)
    rank = func.row_number().over(partition_by=seen.c.place, order_by=(gap.desc(), seen.c.begins))
    ranked = select(
        seen.c.place,
        case((is_new, 1), else_=0).label("time"),
        func.coalesce(shown, 0).label("shown"),
        seen.c.ends,
        gap_from.label("gap_from"),
        seen.c.begins.label("gap_to"),
        rank.label("rank"),
    ).cte("ranked")
    is_longest = ranked.c.rank == 1
    return select(
        ranked.c.place,
        func.sum(ranked.c.time),
        cast(func.sum(ranked.c.shown), BigInteger),  # PostgreSQL sums these up to a Decimal
        func.max(ranked.c.ends),
        func.max(case((is_longest, ranked.c.gap_from))),
        func.max(case((is_longest, ranked.c.gap_to))),
    ).group_by(ranked.c.place)
