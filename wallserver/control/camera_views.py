"""What people see of a camera's state: one state and one sentence in two languages, from what workers report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.camera_state import SIGNAL_FAULTS, State, StreamHealth, StreamStatus

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CameraView:
    """A camera's state as it is shown. Times are Unix milliseconds; the causes are whole sentences.

    `visited`: nobody pulls it; it is as it was found at a visit, at `seen_ms`.
    """

    state: State
    since_ms: int
    cause_id: str
    cause_en: str
    last_picture_ms: int | None = None
    visited: bool = False
    seen_ms: int | None = None

    def to_json(self) -> Json:
        """As displays and the console get it."""
        return {
            "state": self.state.value,
            "since_ms": self.since_ms,
            "cause_id": self.cause_id,
            "cause_en": self.cause_en,
            "last_picture_ms": self.last_picture_ms,
            "visited": self.visited,
            "seen_ms": self.seen_ms,
        }


# What says most about a camera that has several streams, first: a fault before a wait, a wait before a picture.
WORST_FIRST = (
    State.REFUSED,
    State.NOT_FOUND,
    State.UNSUPPORTED,
    State.UNREACHABLE,
    State.STALE,
    State.FROZEN,
    State.BLACK,
    State.BLURRED,
    State.MOVED,
    State.CONNECTING,
    State.LIVE,
    State.OFF,
)


def waiting(since_ms: int) -> CameraView:
    """A stream that no worker holds yet, or any more."""
    return CameraView(State.CONNECTING, since_ms, "Sedang menyambung ke kamera.", "Connecting to the camera.")


def not_pulled(since_ms: int) -> CameraView:
    """A camera that nobody needs at present."""
    return CameraView(
        State.OFF,
        since_ms,
        "Tidak ditarik dan belum dikunjungi: tidak ada layar yang menampilkannya.",
        "Not pulled, and not visited yet: no display shows it.",
    )


def not_in_catalogue(since_ms: int) -> CameraView:
    """A camera on a wall that the catalogue does not have (any more)."""
    return CameraView(
        State.NOT_FOUND,
        since_ms,
        "Kamera ini tidak ada dalam katalog.",
        "This camera is not in the catalogue.",
    )


def reported(status: StreamStatus) -> CameraView:
    """What the stream's owner says of it."""
    return CameraView(status.state, status.since_ms, status.cause_id, status.cause_en, status.last_picture_ms)


def found(health: StreamHealth) -> CameraView:
    """What a visit to a camera found that nobody pulls."""
    came = health.state is State.LIVE or health.state in SIGNAL_FAULTS
    return CameraView(
        health.state,
        health.since_ms,
        health.cause_id,
        health.cause_en,
        last_picture_ms=health.seen_ms if came else None,
        visited=True,
        seen_ms=health.seen_ms,
    )


def worst(views: Iterable[CameraView]) -> CameraView | None:
    """The one that says most; of equal ones the older. None of none."""
    return min(views, key=lambda view: (WORST_FIRST.index(view.state), view.since_ms), default=None)


def changes(before: Mapping[str, Json], now: Mapping[str, Json]) -> dict[str, Json]:
    """What a display has to be told. That a live camera sent another picture is no news."""

    def told(view: Json | None) -> object:
        live = view is not None and view["state"] == State.LIVE.value
        return (view or {}) | {"last_picture_ms": None} if live else view

    return {camera: view for camera, view in now.items() if told(before.get(camera)) != told(view)}
