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

    reason: ClassVar[str | None] = None

    def __init__(self, message: str, *, display: str | None = None, cell: str | None = None) -> None:
        super().__init__(message)
        self.display = display
        self.cell = cell


class NotOnWallError(LayoutError):
    """A display, cell, tour or scene that this wall does not have."""

    reason = "not_on_wall"


class LockedError(LayoutError):
    """A command on what is locked."""

    reason = "locked"


class NotKeptError(LayoutError):
    """A command that needs a revision of the past which is no longer there."""

    reason = "not_kept"


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
        raise type(error)(f"display {display}: {error}", display=display, cell=error.cell) from None
