"""`wallserver people …`: what it makes can sign in, what it changes holds and is written down."""

from __future__ import annotations

import asyncio
import getpass
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wallserver.catalogue import open_catalogue
from wallserver.cli import app
from wallserver.config import load_settings
from wallserver.people import open_people
from wallserver.people.audit import Entry, Wanted
from wallserver.people.tokens import Token


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("state_dir: state\n")
    return path


def people(config: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["people", *words, "--config", str(config)])
    assert done.exit_code == 0, done.output
    return done.output.strip()


def refused(config: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["people", *words, "--config", str(config)])
    assert done.exit_code != 0
    return done.output


async def signs_in(config: Path, name: str, password: str) -> bool:
    async with open_catalogue(load_settings(config)) as catalogue:
        return await open_people(catalogue.database).accounts.with_password(name, password) is not None


async def audit(config: Path) -> list[Entry]:
    async with open_catalogue(load_settings(config)) as catalogue:
        return await open_people(catalogue.database).audit.page(Wanted(), None, 100)


def test_somebody_is_added_changed_and_removed(config: Path) -> None:
    scope = {"displays": {"wall-1": None}}
    password = people(config, "add", "siti", "operator", "--scope", json.dumps(scope))
    people(config, "add", "budi", "admin")
    assert asyncio.run(signs_in(config, "siti", password))
    assert "operator" in people(config, "list")
    renewed = people(config, "password", "siti")
    assert asyncio.run(signs_in(config, "siti", renewed))
    assert not asyncio.run(signs_in(config, "siti", password))
    people(config, "role", "siti", "viewer")
    assert "There is no user nobody" in refused(config, "role", "nobody", "viewer")
    assert "last administrator" in refused(config, "remove", "budi")
    assert "--scope displays" in refused(config, "role", "siti", "viewer", "--scope", '{"displays": 5}')
    assert "king" in refused(config, "role", "siti", "king")
    people(config, "remove", "siti")
    entries = asyncio.run(audit(config))
    assert [(entry.role, entry.action) for entry in entries] == [("command line", "users.edit")] * 5
    assert entries[4].after is not None
    assert entries[4].after["scope"]["displays"] == {"wall-1": None}
    assert entries[1].before is not None
    assert entries[1].before["role"] == "operator"
    assert not any(
        secret in str(entry.before) + str(entry.after) for entry in entries for secret in (password, renewed)
    )


def test_a_token_for_figures_says_who_made_it(config: Path) -> None:
    async def listed() -> list[Token]:
        async with open_catalogue(load_settings(config)) as catalogue:
            return await open_people(catalogue.database).tokens.listed()

    key = people(config, "metrics-token", "prometheus")
    (token,) = asyncio.run(listed())
    assert (token.kind, token.label, token.made_by) == ("metrics", "prometheus", getpass.getuser())
    assert key not in token.to_json().values()
