"""The database: engine, sessions, migrations. SQLite in WAL mode, or PostgreSQL; the same code for both."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ColumnElement, Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute

_log = structlog.get_logger(__name__)
_MIGRATIONS = Path(__file__).parent / "migrations"
# What a database that cannot be reached, or is not as it should be, raises.
DATABASE_AWAY = (SQLAlchemyError, OSError)
_END_S = 5.0  # how long whoever is cancelled waits for what it has asked
_BUSY_MS = 5000  # how long a writer waits for another one (an import beside a running control)


class Database:
    """Sessions on one database. `await open_database(url)` makes one."""

    def __init__(self, url: str) -> None:
        # A connection that PostgreSQL dropped (its restart, a firewall) is noticed before it is used.
        self.engine = create_async_engine(url, pool_pre_ping=True)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    def session(self) -> AsyncSession:
        """A new session: `async with database.session() as session, session.begin(): …`."""
        return self._sessions()

    @contextlib.asynccontextmanager
    async def deciding(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction that writes by what it has read: `with_for_update` holds what it names.

        SQLite knows no locks on rows, and begins with the first change, when what was read may be otherwise: there it
        is the only writer from the first.
        """
        async with self._sessions() as session, session.begin():
            if self.engine.dialect.name == "sqlite":
                await session.execute(text("BEGIN IMMEDIATE"))
            yield session

    async def upsert(self, session: AsyncSession, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Write these rows in one statement; a row whose key is there already takes the place of what was there."""
        if not rows:
            return
        insert = (postgresql if self.engine.dialect.name == "postgresql" else sqlite).insert(table)
        keys = [column.name for column in table.primary_key]
        values = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
        connection = await session.connection()
        await connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=values), rows)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def open_database(url: str) -> Database:
    """Connect, and bring the tables up to date."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        # Password hashes are in there: nobody else's business.
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(_migrate)
    except BaseException:
        await database.close()
        raise
    return database


def unindexed(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The same name, but in no index. SQLite, which knows nothing of how much there is, takes the first column of a
    key for the way to a few rows: also where these are all of three months, and another index has those of an hour."""
    return column + ""


async def to_its_end[T](query: Coroutine[Any, Any, T]) -> T:
    """What it answers. Whoever is cancelled meanwhile ends behind it: amid it, a connection would be left open. A
    database that says nothing is waited for no longer than `_END_S`."""
    asking = asyncio.create_task(query, name="a query that is asked to its end")
    try:
        return await asyncio.shield(asking)
    except asyncio.CancelledError:
        await asyncio.wait({asking}, timeout=_END_S)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        raise


def migrations() -> Config:
    """Alembic's configuration for the migrations that came with this package."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@functools.cache
def _newest() -> str | None:
    """The revision that all migrations lead to."""
    return ScriptDirectory.from_config(migrations()).get_current_head()


def _migrate(connection: Connection) -> None:
    if MigrationContext.configure(connection).get_current_revision() == _newest():
        return  # as at nearly every start: without reading each migration again
    config = migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """WAL: readers never wait for a writer. Foreign keys are off by default in SQLite."""
    cursor: sqlite3.Cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_MS}",
        "synchronous = NORMAL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
