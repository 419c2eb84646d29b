"""Random keys that browsers keep, of which the database knows only the SHA-256.

They are 256 bits of chance: a plain hash is enough, a slow one is for passwords that people choose.
"""

from __future__ import annotations

import hashlib
import secrets


def new_key() -> str:
    """A key that nobody can guess, for a header or a cookie."""
    return secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    """What the database keeps of it."""
    return hashlib.sha256(key.encode()).hexdigest()
