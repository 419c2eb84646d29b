"""The catalogue's tests run on SQLite and on PostgreSQL, the same ones."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.new_database import NewDatabase
from tests.support.postgres import INSTALL, PostgresCluster, find_postgres, postgres_cluster
from wallserver.catalogue import Catalogue, open_catalogue
from wallserver.catalogue.database import open_database
from wallserver.config import Settings, settings_of


@pytest.fixture(scope="session")
def cluster() -> Iterator[PostgresCluster]:
    """PostgreSQL, with a database `migrated` for others to begin as."""
    if find_postgres() is None:
        pytest.skip(f"no PostgreSQL here: {INSTALL}")
    with postgres_cluster() as running:
        asyncio.run(_migrate(settings_of(database={"url": running.url("migrated")})))
        yield running


async def _migrate(settings: Settings) -> None:
    database = await open_database(settings.database_url)
    await database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path, new_database: NewDatabase) -> Settings:
    if request.param == "sqlite":
        new_database.at(tmp_path / "state" / "wallserver.db")
        return settings_of(state_dir=tmp_path / "state")
    url = request.getfixturevalue("cluster").url(f"t{uuid.uuid4().hex}", "migrated")
    return settings_of(state_dir=tmp_path / "state", database={"url": url})


@pytest.fixture
async def catalogue(settings: Settings) -> AsyncIterator[Catalogue]:
    async with open_catalogue(settings) as opened:
        yield opened
