"""A new site's database, made by the migrations once for a whole test run: each test begins with a copy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from wallserver.catalogue.database import open_database


class NewDatabase:
    """A SQLite file as the migrations leave it, without a row. To copy it takes a millisecond, to make it 300."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "new.db"
        asyncio.run(self._make())

    def at(self, path: Path) -> None:
        """Put a copy there; its folder is made."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(self._file.read_bytes())

    async def _make(self) -> None:
        database = await open_database(f"sqlite+aiosqlite:///{self._file}")
        await database.close()


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """For fixtures that set up a site."""
    return NewDatabase(tmp_path_factory.mktemp("database"))
