"""Passwords that are hashed in a millisecond: hundreds of tests sign somebody in, none of them guesses."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from tests.support.new_database import new_database
from wallserver.people import passwords

__all__ = ["new_database"]

SITES_HASHER = passwords._hasher


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
