"""The catalogue's tests run on SQLite and on PostgreSQL, the same ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.new_database import NewDatabase
from wallserver.catalogue import Catalogue, open_catalogue
from wallserver.config import Settings, settings_of


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path, new_database: NewDatabase) -> Settings:
    if request.param == "postgres":
        found: Settings = request.getfixturevalue("on_postgres")
        return found
    new_database.at(tmp_path / "state" / "wallserver.db")
    return settings_of(state_dir=tmp_path / "state")


@pytest.fixture
async def catalogue(settings: Settings) -> AsyncIterator[Catalogue]:
    async with open_catalogue(settings) as opened:
        yield opened
