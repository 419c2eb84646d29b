"""The exceptions of this package.

LayoutError                 a wall, or a command on it, that cannot be
├── NotOnWallError          a display or cell that this wall does not have
└── NotUnderstoodError      JSON that is not a wall or a command of ours
"""

from __future__ import annotations


class LayoutError(Exception):
    """A wall, or a command on it, that cannot be; the message says which cell and why."""

    def __init__(self, message: str, *, display: str | None = None, cell: str | None = None) -> None:
        super().__init__(message)
        self.display = display
        self.cell = cell


class NotOnWallError(LayoutError):
    """A display or cell that this wall does not have."""


class NotUnderstoodError(LayoutError):
    """JSON that is not a wall or a command of ours."""
