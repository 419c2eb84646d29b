"""Passwords as argon2id hashes (RFC 9106's low-memory profile), made off the event loop."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from wallserver.people.errors import WeakPasswordError

_hasher = PasswordHasher()
SHORTEST, LONGEST = 12, 200  # characters
_DIFFERENT = 5
_AT_ONCE = 2  # 64 MiB each: a flood of sign-ins must not take the machine's memory
_LETTERS = "abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRSTUVWXYZ23456789"  # to be typed from a terminal


def new_password() -> str:
    """A random password to be typed by hand once: 16 letters of 55, 92 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def check_password(password: str, name: str) -> None:
    """Whether somebody may choose it: long, and not what would be tried first (NIST SP 800-63B, 3.1.1.2).

    WeakPasswordError. What it is made of is not asked: rules for that make worse passwords.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPasswordError("length", f"A password has {SHORTEST} to {LONGEST} characters.")
    if not password.isprintable():
        raise WeakPasswordError("unseen", "A password has no character in it that cannot be seen.")
    if len(set(password.lower())) < _DIFFERENT:
        raise WeakPasswordError("alike", "A password needs more characters that are not the same.")
    if len(name) >= _DIFFERENT and name.lower() in password.lower():
        raise WeakPasswordError("name", "A password does not hold the user's name.")


class Passwords:
    """Hash and verify."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Its argon2id hash, salt and cost included."""
        async with self._places:
            return await asyncio.to_thread(_hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the one. None, nobody of that name, takes as long as a wrong password."""
        if password_hash is None:
            if self._nobody is None:
                self._nobody = await self.hash(new_password())
            await self._matches(self._nobody, password)
            return False
        return await self._matches(password_hash, password)

    async def _matches(self, password_hash: str, password: str) -> bool:
        async with self._places:
            try:
                return await asyncio.to_thread(_hasher.verify, password_hash, password)
            except (Argon2Error, InvalidHashError):
                return False
