"""A scope as people and programs write it, in JSON, and as the database keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wallserver.people.objects import Place
from wallserver.people.scope import EVERYTHING, CameraGroup, CameraScope, Scope

type _Name = Annotated[str, Field(min_length=1, max_length=120)]
type _Names = Annotated[list[_Name], Field(max_length=10_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WrittenGroup(_Part):
    """The cameras of a district, of a kind of place, or of both."""

    district: Annotated[str, Field(max_length=120)] | None = None
    place: Place | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.district is None and self.place is None:
            raise ValueError("names neither 'district' nor 'place'; for all cameras leave out 'cameras'")
        return self


class WrittenCameras(_Part):
    """Cameras by their ids and by groups; what one of them names is within."""

    ids: _Names = []
    groups: Annotated[list[WrittenGroup], Field(max_length=1000)] = []


class WrittenScope(_Part):
    """What is left out, or null, is not limited."""

    walls: _Names | None = None
    displays: Annotated[dict[_Name, _Names | None], Field(max_length=1000)] | None = None
    cameras: WrittenCameras | None = None

    def scope(self) -> Scope:
        """As rights are decided by."""
        displays = self.displays
        return Scope(
            None if self.walls is None else frozenset(self.walls),
            None if displays is None else _displays(displays),
            None if self.cameras is None else _cameras(self.cameras),
        )


def scope_of(document: Mapping[str, Any] | None) -> Scope:
    """The scope that the database keeps."""
    return EVERYTHING if document is None else WrittenScope.model_validate(document).scope()


def scope_to_json(scope: Scope) -> dict[str, Any] | None:
    """The reverse of `scope_of`: None for everything."""
    if scope == EVERYTHING:
        return None
    cameras = scope.cameras
    return {
        "walls": None if scope.walls is None else sorted(scope.walls),
        "displays": None if scope.displays is None else _displays_to_json(scope.displays),
        "cameras": None
        if cameras is None
        else {
            "ids": sorted(cameras.ids),
            "groups": sorted(
                ({"district": group.district, "place": group.place} for group in cameras.groups),
                key=lambda group: (group["district"] or "", group["place"] or ""),
            ),
        },
    }


def _displays_to_json(displays: Mapping[str, frozenset[str] | None]) -> dict[str, list[str] | None]:
    return {name: None if cells is None else sorted(cells) for name, cells in sorted(displays.items())}


def _cameras(written: WrittenCameras) -> CameraScope:
    groups = frozenset(CameraGroup(group.district, group.place) for group in written.groups)
    return CameraScope(frozenset(written.ids), groups)


def _displays(written: Mapping[str, list[str] | None]) -> dict[str, frozenset[str] | None]:
    return {name: None if cells is None else frozenset(cells) for name, cells in written.items()}
