"""Migrations make what the models say; the key file is guarded; PostgreSQL may restart."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from layouts.presets import wall_showing
from tests.support.postgres import PostgresCluster
from wallserver.catalogue import Catalogue, open_catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.database import migrations
from wallserver.catalogue.errors import KeyFileError
from wallserver.catalogue.models import Base
from wallserver.catalogue.secret_box import SecretBox
from wallserver.config import Settings, settings_of
from wallserver.people import open_people


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _downgrade(connection: Connection, revision: str) -> None:
    configuration = migrations()
    configuration.attributes["connection"] = connection
    command.downgrade(configuration, revision)


async def test_the_migrations_make_exactly_the_models(catalogue: Catalogue) -> None:
    async with catalogue.database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_cameras_from_before_a_migration_are_there_after_it(settings: Settings) -> None:
    async with open_catalogue(settings) as before:
        await before.cameras.put([CameraEntry(id="gate", name="Gerbang", main_url="rtsp://10.0.0.5/main")])
        async with before.database.engine.begin() as connection:
            await connection.run_sync(_downgrade, "0001")
    async with open_catalogue(settings) as after:
        (camera,) = await after.cameras.list()
        assert (camera.id, camera.max_sessions, camera.risk) == ("gate", 2, "green")


async def test_tokens_from_before_it_was_kept_who_made_them_can_be_listed_and_withdrawn(settings: Settings) -> None:
    async with open_catalogue(settings) as before:
        key = await open_people(before.database).tokens.for_player("VLC", None, "siti")
        async with before.database.engine.begin() as connection:
            await connection.run_sync(_downgrade, "0014")
    async with open_catalogue(settings) as after:
        tokens = open_people(after.database).tokens
        (token,) = await tokens.listed()
        assert (token.label, token.made_by) == ("VLC", None)
        assert await tokens.principal(key) is not None
        assert await tokens.withdraw(token.id) == token
        assert await tokens.principal(key) is None


async def test_opening_a_second_time_changes_nothing(settings: Settings) -> None:
    async with open_catalogue(settings) as first:
        await first.walls.add(wall_showing("w", "W", []), "test")
    async with open_catalogue(settings) as second:
        assert len(await second.walls.list()) == 1


async def test_sqlite_writes_ahead_in_a_folder_of_its_own(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with (
        open_catalogue(settings_of(state_dir=state)) as catalogue,
        catalogue.database.session() as session,
    ):
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await session.scalar(text("PRAGMA foreign_keys")) == 1
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


@pytest.mark.postgres
async def test_a_restart_of_postgresql_costs_no_edit(cluster: PostgresCluster, tmp_path: Path) -> None:
    settings = settings_of(state_dir=tmp_path, database={"url": cluster.url("restarted")})
    async with open_catalogue(settings) as catalogue:
        await catalogue.walls.add(wall_showing("before", "W", []), "test")
        cluster.stop()
        cluster.start()
        await catalogue.walls.add(wall_showing("after", "W", []), "test")
        assert [wall.id for wall in await catalogue.walls.list()] == ["after", "before"]


def test_a_key_file_is_made_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "secrets.key"
    box = SecretBox.at(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SecretBox.at(path).open(box.seal(b"word")) == b"word"


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    SecretBox.at(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        SecretBox.at(path)


def test_wrong_and_broken_keys_are_said(tmp_path: Path) -> None:
    sealed = SecretBox.at(tmp_path / "one.key").seal(b"word")
    with pytest.raises(KeyFileError, match="not the one"):
        SecretBox.at(tmp_path / "other.key").open(sealed)
    for content in (b"", b"not a key\n"):
        (tmp_path / "broken.key").write_bytes(content)
        (tmp_path / "broken.key").chmod(0o600)
        with pytest.raises(KeyFileError, match="does not hold keys"):
            SecretBox.at(tmp_path / "broken.key")


def test_a_new_key_on_top_still_opens_what_the_old_one_sealed(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    sealed = SecretBox.at(path).seal(b"word")
    SecretBox.at(tmp_path / "new.key")
    path.write_bytes((tmp_path / "new.key").read_bytes() + path.read_bytes())
    assert SecretBox.at(path).open(sealed) == b"word"
