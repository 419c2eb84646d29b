"""The exceptions of this package.

CatalogueError
├── KeyFileError            the key of the cameras' secrets is missing, readable by others, or no key
├── CameraFileError         a file of cameras that cannot be imported; every error by row and column
├── CameraEntryError        what somebody wrote about one camera cannot be; every error by column
├── CameraTakenError        there is a camera of this id already
├── NoSuchCameraError       a camera that the catalogue does not have
├── StaleImportError        an import would not do any more what its preview said; carries what it would do
├── StaleMasksError         somebody drew other masks of a camera meanwhile
├── StaleRevisionError      somebody changed the wall meanwhile; carries the current wall
└── NoSuchWallError         a wall that the catalogue does not have
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layouts.wall import Wall
    from wallserver.catalogue.imports import Preview


class CatalogueError(Exception):
    """Something that the catalogue cannot do."""


class KeyFileError(CatalogueError):
    """The key of the cameras' secrets is missing, readable by others, or no key."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one column of a camera: the rest of a sentence that begins with its name."""

    column: str
    message: str
    indonesian: str


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one place of a file: the line, the column (or key), and the rest of the sentence."""

    row: int
    column: str
    message: str
    indonesian: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.message}"


class CameraFileError(CatalogueError):
    """A file of cameras that cannot be imported: nothing of it was."""

    def __init__(self, file: str, errors: Sequence[RowError]) -> None:
        super().__init__("\n".join(f"{file}, {error}" for error in errors))
        self.errors = tuple(errors)


class CameraEntryError(CatalogueError):
    """What somebody wrote about one camera cannot be."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"'{error.column}' {error.message}" for error in errors))
        self.errors = tuple(errors)


class CameraTakenError(CatalogueError):
    """There are cameras of these ids already."""

    def __init__(self, *ids: str) -> None:
        super().__init__(f"there is a camera {', '.join(ids)} already")
        self.ids = ids


class NoSuchCameraError(CatalogueError):
    """A camera that the catalogue does not have."""


class StaleImportError(CatalogueError):
    """The catalogue was changed after an import's preview; `meanwhile` are the file's cameras that were written."""

    def __init__(self, preview: Preview, meanwhile: Sequence[str]) -> None:
        super().__init__("the catalogue was changed after this preview")
        self.preview = preview
        self.meanwhile = tuple(meanwhile)


class StaleMasksError(CatalogueError):
    """Somebody drew other masks of a camera meanwhile."""


class StaleRevisionError(CatalogueError):
    """Somebody changed the wall meanwhile."""

    def __init__(self, current: Wall) -> None:
        super().__init__(f"wall {current.id} is at revision {current.revision} by now")
        self.current = current


class NoSuchWallError(CatalogueError):
    """A wall that the catalogue does not have."""
