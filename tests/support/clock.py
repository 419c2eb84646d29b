"""A clock that stands still until a test moves it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Ticking:
    """Milliseconds since 1970."""

    now: int = 1000

    def __call__(self) -> int:
        return self.now
