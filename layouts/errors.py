"""The exceptions of this package.

LayoutError                 a wall, or a command on it, that cannot be
├── NotOnWallError          a display, cell, tour or scene that this wall does not have
├── LockedError             a command on what is locked
├── NotKeptError            a command that needs a revision of the past which is no longer there
└── NotUnderstoodError      JSON that is not a wall or a command of ours
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class LayoutError(Exception):
    """A wall, or a command on it, that cannot be; the message says which cell and why, and for pages in other languages
    `reason`, where many may meet it."""

    _reason: ClassVar[str | None] = None

    def __init__(
        self, message: str, *, reason: str | None = None, display: str | None = None, cell: str | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason or self._reason
        self.display = display
        self.cell = cell


class NotOnWallError(LayoutError):
    """A display, cell, tour or scene that this wall does not have."""

    _reason = "not_on_wall"


class LockedError(LayoutError):
    """A command on what is locked."""

    _reason = "locked"


class NotKeptError(LayoutError):
    """A command that needs a revision of the past which is no longer there."""

    _reason = "not_kept"


class NotUnderstoodError(LayoutError):
    """JSON that is not a wall or a command of ours."""


@contextmanager
def on_display(display: str) -> Iterator[None]:
    """An error within that names no display is one on this display."""
    try:
        yield
    except LayoutError as error:
        if error.display is not None:
            raise
        said = f"display {display}: {error}"
        raise type(error)(said, reason=error.reason, display=display, cell=error.cell) from None
