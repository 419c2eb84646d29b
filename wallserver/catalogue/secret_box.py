"""Sealing the cameras' addresses and passwords: Fernet, with a key that is kept outside the database."""

from __future__ import annotations

import os
import stat
from hashlib import blake2b
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from wallserver.catalogue.errors import KeyFileError


class SecretBox:
    """Seals with the first key, opens with any, so that a new key can be put on top of an old one."""

    def __init__(self, keys: list[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._first_key = keys[0]

    @classmethod
    def at(cls, path: Path) -> SecretBox:
        """The box of the key file at `path` (one key a line), made with a new key if there is none.

        Raises KeyFileError if others may read the file, or if it holds no keys.
        """
        if not path.exists():
            _make_key_file(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyFileError(f"{path} may be read by others: chmod 600 it, and change the cameras' passwords")
        try:
            return cls(path.read_bytes().split())
        except ValueError as error:
            raise KeyFileError(f"{path} does not hold keys of ours; put back the one that it was") from error

    def seal(self, clear: bytes) -> bytes:
        """Encrypt and sign."""
        return self._fernet.encrypt(clear)

    def open(self, sealed: bytes) -> bytes:
        """The reverse; KeyFileError if none of the keys sealed it."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise KeyFileError("the key file is not the one that the cameras' passwords were sealed with") from None

    def fingerprint(self, clear: bytes) -> str:
        """The same for the same bytes; without the key it tells nothing of them, not even to who tries them all."""
        return blake2b(clear, digest_size=16, key=self._first_key, person=b"fingerprint").hexdigest()


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another of our processes was quicker; its key is as good
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
