"""Passwords that are hashed in a millisecond: hundreds of tests sign somebody in, none of them guesses."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from wallserver.people import passwords

SITES_HASHER = passwords._hasher


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
