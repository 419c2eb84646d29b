"""Cameras as a list in JSON tells them: of thousands few change in a moment, and these alone are encoded anew."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import TypeAdapter

from wallserver.catalogue.camera import Camera
from wallserver.control.camera_views import CameraView

_ROW = TypeAdapter(dict[str, Any])


class Picture(NamedTuple):
    """What a camera's stream is, as its owner says; the size in pixels."""

    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None


UNKNOWN = Picture()


class ListedCamera(NamedTuple):
    """All that is told of a camera."""

    camera: Camera
    view: CameraView
    picture: Picture
    masked: bool

    def to_json(self) -> dict[str, Any]:
        """Its row."""
        camera = self.camera
        return {
            "id": camera.id,
            "name": camera.name,
            "district": camera.district,
            "village": camera.village,
            "lorong": camera.lorong,
            "latitude": camera.latitude,
            "longitude": camera.longitude,
            "kind": camera.kind,
            "risk": camera.risk,
            "provider": camera.provider,
            "contractor": camera.contractor,
            "streams": list(camera.streams),
            "masked": self.masked,
            **self.picture._asdict(),
            **self.view.to_json(),
        }


class CameraRows:
    """The row that was last encoded of each camera: 600 bytes."""

    def __init__(self) -> None:
        self._catalogue = ""
        self._encoded: dict[str, tuple[ListedCamera, bytes]] = {}

    def row(self, facts: ListedCamera, catalogue: str) -> bytes:
        """The camera's row in JSON; `catalogue` is the version of the catalogue that it is in."""
        if catalogue != self._catalogue:  # none stays of cameras that are there no more
            self._catalogue = catalogue
            self._encoded.clear()
        known = self._encoded.get(facts.camera.id)
        if known is None or known[0] != facts:
            known = self._encoded[facts.camera.id] = facts, _ROW.dump_json(facts.to_json())
        return known[1]
