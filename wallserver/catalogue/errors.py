"""The exceptions of this package.

CatalogueError
├── KeyFileError            the key of the cameras' secrets is missing, readable by others, or no key
├── CameraFileError         a file of cameras that cannot be imported; every error by row and column
├── StaleRevisionError      somebody changed the wall meanwhile; carries the current wall
└── NoSuchWallError         a wall that the catalogue does not have
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layouts.wall import Wall


class CatalogueError(Exception):
    """Something that the catalogue cannot do."""


class KeyFileError(CatalogueError):
    """The key of the cameras' secrets is missing, readable by others, or no key."""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one place of a file: the line, the column (or key), and the rest of the sentence."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.message}"


class CameraFileError(CatalogueError):
    """A file of cameras that cannot be imported: nothing of it was."""

    def __init__(self, file: str, errors: list[RowError]) -> None:
        super().__init__("\n".join(f"{file}, {error}" for error in errors))
        self.errors = tuple(errors)


class StaleRevisionError(CatalogueError):
    """Somebody changed the wall meanwhile."""

    def __init__(self, current: Wall) -> None:
        super().__init__(f"wall {current.id} is at revision {current.revision} by now")
        self.current = current


class NoSuchWallError(CatalogueError):
    """A wall that the catalogue does not have."""
