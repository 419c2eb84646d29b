"""The flight recorder's memory: what every cell had to show, which camera tours chose, what displays drew of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, Table, and_, delete, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from layouts.contents import TourContent
from layouts.wall import Wall
from layouts.wall_json import wall_from_json
from wallserver.catalogue.coverage import Shown, shown_between
from wallserver.catalogue.database import Database, unindexed
from wallserver.catalogue.models import Base, CellOrderRow, DrawnRow, TourStepRow, WallRevisionRow, WallRow

# No interval is longer, so that who looks for those of an instant need not look further back.
LONGEST_MS = 3_600_000
# From one look ahead to the next; what ends nearer to now may be of before a small correction of the clock.
LOOK_MS, _NEAR_MS = 60_000, 120_000

# So many rows of a kind are deleted in one transaction, which takes a tenth of a second.
MOST_AT_ONCE = 20_000

type CellOf = tuple[str, str]  # a display's id, and that of a cell of it


@dataclass(frozen=True, slots=True)
class Step:
    """From `at_ms` on the tour in a cell showed this camera (None: there was none); `step` counts them."""

    wall: str
    display: str
    cell: str
    at_ms: int
    tour: str
    camera: str | None
    step: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a cell had to show since `since_ms`: the revision that put it there, by whom and when. Where that was a
    tour, `step` is the tour's, which chose the camera."""

    since_ms: int
    camera: str | None
    step: int | None
    revision: int
    made_by: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A display said that between these instants it drew `frames` pictures of this camera in a cell: 0 is none."""

    display: str
    cell: str
    camera: str
    from_ms: int
    until_ms: int
    plan: int
    frames: int


class Flight:
    """The catalogue's memory of what was on the walls."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # A week of many tours takes the database seconds: whoever asks meanwhile waits, and nobody for a connection.
        self._one_at_a_time = asyncio.Lock()

    async def add_steps(self, steps: Iterable[Step]) -> None:
        """Keep these; one that is kept already does no harm."""
        async with self._database.session() as session, session.begin():
            await self._database.upsert(session, _table(TourStepRow), [_columns(step, "wall") for step in steps])

    async def put_drawn(self, intervals: Iterable[Drawn]) -> None:
        """Keep these; one with the same cell and beginning is replaced."""
        async with self._database.session() as session, session.begin():
            await self._database.upsert(session, _table(DrawnRow), [_columns(one) for one in intervals])

    async def orders_at(self, wall: str, cells: Iterable[CellOf], at_ms: int) -> dict[CellOf, Order]:
        """What each of these cells had to show at that instant, as far as it is known."""
        found: dict[CellOf, Order] = {}
        async with self._database.session() as session:
            if (revision := await revision_at(session, wall, at_ms)) is None:
                return {}
            for display, cell in cells:  # an index alone finds the newest of each
                its = await session.execute(_newest_order(wall, display, cell, revision))
                for row, made_by, made_ms in its:
                    found[display, cell] = Order(row.at_ms, row.camera_id, None, row.revision, made_by, made_ms)
            if any(order.camera is None for order in found.values()):
                for place, tour in (await _tours_at(session, wall, revision)).items():
                    if place in found and found[place].camera is None:
                        found[place] = await _with_step(session, wall, place, tour, found[place], at_ms)
        return found

    async def last_turns(self, wall: str, since_ms: int) -> dict[str, dict[str, int]]:
        """When each tour of a wall showed each camera last, since then: tour → camera → Unix milliseconds."""
        last = func.max(TourStepRow.at_ms)
        query = (
            select(TourStepRow.tour, TourStepRow.camera_id, last)
            .where(unindexed(TourStepRow.wall_id) == wall, TourStepRow.at_ms >= since_ms)
            .group_by(TourStepRow.tour, TourStepRow.camera_id)
        )
        found: dict[str, dict[str, int]] = {}
        async with self._database.session() as session:
            for tour, camera, at_ms in await session.execute(query):
                if camera is not None:
                    found.setdefault(tour, {})[camera] = at_ms
        return found

    async def drawn_at(self, displays: Sequence[str], at_ms: int) -> dict[CellOf, Drawn]:
        """What these displays say of that instant; of several browsers of one display, the one that drew most."""
        query = select(DrawnRow).where(
            unindexed(DrawnRow.display_id).in_(displays),
            DrawnRow.from_ms > at_ms - LONGEST_MS,
            DrawnRow.from_ms <= at_ms,
            DrawnRow.until_ms >= at_ms,
        )
        async with self._database.session() as session:
            rows = await session.scalars(query.order_by(DrawnRow.frames))
            return {(row.display_id, row.cell_id): _drawn(row) for row in rows}

    async def shown_between(
        self, displays: Sequence[str], places: Mapping[str, int], from_ms: int, until_ms: int
    ) -> dict[int, Shown]:
        """How often and for how long these displays drew places, and for how long they did not (`coverage.Shown`)."""
        async with self._one_at_a_time:
            return await shown_between(self._database, displays, places, from_ms, until_ms, LONGEST_MS)

    async def forget_ahead(self, since_ms: int, now_ms: int) -> None:
        """Delete what began since then, and ends later than now: it was drawn by a clock that was ahead. What begins
        later than the next look stays until then: where it is this clock that errs, only what it passes is lost."""
        ahead = delete(DrawnRow).where(
            DrawnRow.from_ms > since_ms,
            DrawnRow.from_ms <= now_ms + _NEAR_MS + 2 * LOOK_MS,
            DrawnRow.until_ms > now_ms + _NEAR_MS,
        )
        async with self._database.session() as session, session.begin():
            await session.execute(ahead.execution_options(synchronize_session=False))

    async def forget(self, before_ms: int) -> bool:
        """Delete some of what ended before then; whether that was all. What held at that instant stays, however old.

        A day of 230 cells with tours is four million rows. SQLite has one writer: in one piece nobody could edit
        meanwhile.
        """
        step = aliased(TourStepRow)
        newest_step = select(func.max(step.at_ms)).where(_same_cell(step, TourStepRow), step.at_ms <= before_ms)
        steps = and_(TourStepRow.at_ms < before_ms, TourStepRow.at_ms < newest_step.scalar_subquery())
        drawn = DrawnRow.from_ms < before_ms - LONGEST_MS
        async with self._database.session() as session:
            walls = list(await session.scalars(select(WallRow.id)))
            then = [(wall, await revision_at(session, wall, before_ms)) for wall in walls]
        orders = [_orders_over(wall, revision, before_ms) for wall, revision in then if revision is not None]
        ended = [(TourStepRow, steps), (DrawnRow, drawn), *((CellOrderRow, which) for which in orders)]
        return max([await self._delete_some(row, which) for row, which in ended]) < MOST_AT_ONCE

    async def _delete_some(self, row: type[Base], which: ColumnElement[bool]) -> int:
        """Delete so many of these rows at most, in one transaction; how many these were."""
        key = list(_table(row).primary_key)
        some = select(*key).where(which).limit(MOST_AT_ONCE).correlate(None)
        deleting = delete(row).where(tuple_(*key).in_(some)).execution_options(synchronize_session=False)
        async with self._database.session() as session, session.begin():
            done = await session.execute(deleting)
        return done.rowcount if isinstance(done, CursorResult) else 0


def _orders_over(wall: str, revision: int, before_ms: int) -> ColumnElement[bool]:
    """Those of before then which another has followed by that revision, the one of then: a clock that was behind may
    have dated what came long after it before it."""
    order = aliased(CellOrderRow)
    # Whether there is one is found at the first: the newest of them would be looked for through all that a cell had.
    follows = order.revision > CellOrderRow.revision, order.revision <= revision
    is_followed = exists().where(_same_cell(order, CellOrderRow), *follows)
    return and_(unindexed(CellOrderRow.wall_id) == wall, CellOrderRow.at_ms <= before_ms, is_followed)


def _same_cell[Row: (CellOrderRow, TourStepRow)](one: type[Row], other: type[Row]) -> ColumnElement[bool]:
    return and_(one.wall_id == other.wall_id, one.display_id == other.display_id, one.cell_id == other.cell_id)


async def revision_at(session: AsyncSession, wall: str, at_ms: int) -> int | None:
    """The revision that a wall had at that instant; None where there was none.

    One holds until the next is made, by the clock as it was. Where it was ahead before, or behind for a while, as after
    a power cut, this may be true of several: then of the one that was made last by the clock.
    """
    following = aliased(WallRevisionRow)
    is_over = exists().where(
        following.wall_id == WallRevisionRow.wall_id,
        following.revision == WallRevisionRow.revision + 1,
        following.made_ms <= at_ms,
    )
    made = select(WallRevisionRow.revision).where(WallRevisionRow.wall_id == wall, WallRevisionRow.made_ms <= at_ms)
    newest_first = WallRevisionRow.made_ms.desc(), WallRevisionRow.revision.desc()
    return await session.scalar(made.where(~is_over).order_by(*newest_first).limit(1))


def _newest_order(wall: str, display: str, cell: str, revision: int) -> Select[CellOrderRow, str, int]:
    """A cell's order of that revision or before, by whom and when it was made."""
    is_its = CellOrderRow.wall_id == wall, CellOrderRow.display_id == display, CellOrderRow.cell_id == cell
    newest = select(func.max(CellOrderRow.revision)).where(*is_its, CellOrderRow.revision <= revision)
    return (
        select(CellOrderRow, WallRevisionRow.made_by, WallRevisionRow.made_ms)
        .join(
            WallRevisionRow,
            (WallRevisionRow.wall_id == CellOrderRow.wall_id) & (WallRevisionRow.revision == CellOrderRow.revision),
        )
        .where(*is_its, CellOrderRow.revision == newest.correlate(None).scalar_subquery())
    )


async def _tours_at(session: AsyncSession, wall: str, revision: int) -> dict[CellOf, str]:
    """The tours that were in cells of a wall at that revision."""
    asked = select(WallRevisionRow.snapshot).where(
        WallRevisionRow.wall_id == wall, WallRevisionRow.revision == revision
    )
    snapshot = await session.scalar(asked)
    cells = wall_from_json(snapshot).cells if snapshot is not None else ()
    return {
        (display.id, cell.id): cell.content.tour for display, cell in cells if isinstance(cell.content, TourContent)
    }


async def _with_step(session: AsyncSession, wall: str, place: CellOf, tour: str, order: Order, at_ms: int) -> Order:
    """With what this tour, which was put into the cell, chose there last. Another one's steps there may be later: one
    goes on until the revision that ends it is kept."""
    display, cell = place
    steps = (
        select(TourStepRow)
        .where(
            TourStepRow.wall_id == wall,
            TourStepRow.display_id == display,
            TourStepRow.cell_id == cell,
            TourStepRow.at_ms >= order.made_ms,
            TourStepRow.at_ms <= at_ms,
            TourStepRow.tour == tour,
        )
        .order_by(TourStepRow.at_ms.desc())
        .limit(1)
    )
    step = await session.scalar(steps)
    return order if step is None else replace(order, since_ms=step.at_ms, camera=step.camera_id, step=step.step)


def add_orders(session: AsyncSession, before: Wall | None, after: Wall, at_ms: int) -> None:
    """Keep, in the transaction of the revision `after`, which cells it gave another content."""
    known = {} if before is None else _contents(before)
    for (display, cell), content in _contents(after).items():
        if known.get((display, cell)) != content:
            camera = after.display(display).layout.cell(cell).camera
            session.add(
                CellOrderRow(
                    wall_id=after.id,
                    display_id=display,
                    cell_id=cell,
                    at_ms=at_ms,
                    revision=after.revision,
                    camera_id=camera,
                )
            )


def _contents(wall: Wall) -> dict[CellOf, object]:
    return {(display.id, cell.id): cell.content for display in wall.displays for cell in display.layout.cells}


def _table(row: type[Base]) -> Table:
    return cast("Table", row.__table__)


def _columns(one: Step | Drawn, *more: str) -> dict[str, Any]:
    names = {"display", "cell", "camera", *more}
    return {f"{name}_id" if name in names else name: value for name, value in asdict(one).items()}


def _drawn(row: DrawnRow) -> Drawn:
    return Drawn(row.display_id, row.cell_id, row.camera_id, row.from_ms, row.until_ms, row.plan, row.frames)
