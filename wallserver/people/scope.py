"""Where a person's rights hold: walls, displays and their cells, cameras. What is not limited is None: all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wallserver.people.objects import Camera, Place


@dataclass(frozen=True, slots=True)
class CameraGroup:
    """The cameras of a district, of a kind of place, or of both; None is any."""

    district: str | None = None
    place: Place | None = None

    def has(self, camera: Camera) -> bool:
        """Whether it is one of them; what is not in the catalogue is in no group."""
        if camera.place is None:
            return False
        return self.district in {None, camera.district} and self.place in {None, camera.place}


@dataclass(frozen=True, slots=True)
class CameraScope:
    """Cameras that are named, and all of some groups."""

    ids: frozenset[str] = frozenset()
    groups: frozenset[CameraGroup] = frozenset()

    def has(self, camera: Camera) -> bool:
        """Whether it is one of them."""
        return camera.id in self.ids or any(group.has(camera) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Scope:
    """`walls`: what a person sees of the room. `displays`: what of it is theirs to rearrange, each display with its
    cells, or None for the whole of it. `cameras`: whose pictures they see.
    """

    walls: frozenset[str] | None = None
    displays: Mapping[str, frozenset[str] | None] | None = field(default=None, hash=False)
    cameras: CameraScope | None = None

    def has_wall(self, wall: str | None) -> bool:
        """Whether they see it; `wall` is None for what is on no wall."""
        return self.walls is None or wall in self.walls

    def has_display(self, display: str) -> bool:
        """Whether the whole of it is theirs to rearrange."""
        return self.displays is None or (display in self.displays and self.displays[display] is None)

    def has_cell(self, display: str, cell: str) -> bool:
        """Whether this cell is theirs to rearrange."""
        if self.has_display(display):
            return True
        return cell in ((self.displays or {}).get(display) or ())

    def has_camera(self, camera: Camera) -> bool:
        """Whether they see its pictures."""
        return self.cameras is None or self.cameras.has(camera)


EVERYTHING = Scope()
