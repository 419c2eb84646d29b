"""Passwords: how hard they are to guess, for us and for whoever has the database."""

from __future__ import annotations

from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from tests.wallserver.conftest import SITES_HASHER
from wallserver.people.passwords import Passwords, new_password


async def test_they_are_hashed_as_rfc_9106_says() -> None:
    assert extract_parameters(SITES_HASHER.hash("x")) == RFC_9106_LOW_MEMORY
    assert (await Passwords().hash("x")).startswith("$argon2id$")


async def test_a_hash_that_is_none_is_nobodys() -> None:
    """An account without a password, a row that was spoilt, a name that is nobody's."""
    passwords = Passwords()
    for hashed in ("", "$argon2id$nonsense", None):
        assert not await passwords.verify(hashed, "")


def test_new_ones_can_be_typed_and_are_never_the_same() -> None:
    made = {new_password() for _ in range(1000)}
    assert len(made) == 1000
    assert not set("".join(made)) & set("0O1lI")
