"""What an action is done to, with what the right to do it depends on.

A right is decided from these alone: whoever asks finds out first what belongs to a camera's groups, or is in a stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Along a road, or in a lorong.
type Place = Literal["road", "lorong"]


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera. One that is not in the catalogue has neither district nor place."""

    id: str
    district: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream, and the cameras that can be seen in it; None where nobody knows which these are.

    `wall`: of a display's mosaic, the wall that the display is on. `replayed`: it shows what was.
    """

    name: str
    cameras: frozenset[Camera] | None
    wall: str | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall as a whole."""

    id: str


@dataclass(frozen=True, slots=True)
class Display:
    """A display as a whole; `wall` is None where there is no such display."""

    id: str
    wall: str | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a wall that are changed, each as (display, cell)."""

    wall: str
    cells: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    id: str


type Object = Camera | Stream | Wall | Display | Cells | User
