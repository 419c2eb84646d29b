"""What tests of the house share: a PostgreSQL that is the same one for all, and passwords that are hashed in a
millisecond: hundreds of tests sign somebody in, none of them guesses."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.support.new_database import new_database
from tests.support.postgres import INSTALL, PostgresCluster, find_postgres, postgres_cluster
from wallserver.catalogue.database import open_database
from wallserver.config import Settings, settings_of
from wallserver.people import passwords

__all__ = ["new_database"]

SITES_HASHER = passwords._hasher


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


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


@pytest.fixture
def on_postgres(cluster: PostgresCluster, tmp_path: Path) -> Settings:
    """A new site's, whose database is one of that cluster."""
    url = cluster.url(f"t{uuid.uuid4().hex}", "migrated")
    return settings_of(state_dir=tmp_path / "state", database={"url": url})
