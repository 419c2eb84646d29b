"""People on a fresh SQLite database, with a clock that a test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.new_database import NewDatabase
from wallserver.catalogue.database import Database, open_database
from wallserver.people import People, open_people


@dataclass
class Clock:
    """Milliseconds that pass only when a test says so."""

    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(tmp_path: Path, new_database: NewDatabase) -> AsyncIterator[Database]:
    new_database.at(tmp_path / "people.db")
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/people.db")
    yield database
    await database.close()


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    return open_people(database, clock)
