"""What changed of cameras' states since a page last asked: worked out once, however many pages ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ingest.camera_state import State
from wallserver.control.camera_views import CameraView, Json
from wallserver.control.plans import Plans

# Thousands of cameras cost milliseconds of everybody's time.
_EVERY_MS = 2000


class StateNews:
    """Numbers every change of a camera's state. `version` is the newest number that a look has found."""

    def __init__(self, plans: Plans, now_ms: Callable[[], int]) -> None:
        self._plans = plans
        self._now_ms = now_ms
        self._looked_ms = 0
        # Numbers of another process are none of ours, and lower: a page that has one gets everything.
        self.version = now_ms()
        self._views: dict[str, CameraView] = {}
        self._changed: dict[str, int] = {}

    def newest(self) -> int:
        """The newest number now."""
        self._look()
        return self.version

    def since(self, version: int) -> dict[str, Json]:
        """Every camera whose state is another one than at that version, with the one that it is in now."""
        self._look()
        if version > self.version:  # of a control whose clock was ahead of ours
            version = 0
        return {camera: self._views[camera].to_json() for camera, changed in self._changed.items() if changed > version}

    def _look(self) -> None:
        now_ms = self._now_ms()
        if 0 <= now_ms - self._looked_ms < _EVERY_MS:
            return
        self._looked_ms = now_ms
        views = self._plans.site_views()
        changed = [camera for camera, view in views.items() if _is_news(self._views.get(camera), view)]
        if changed:
            self.version += 1
            self._changed.update(dict.fromkeys(changed, self.version))
        for camera in self._changed.keys() - views.keys():
            del self._changed[camera]
        self._views = views


def _is_news(before: CameraView | None, view: CameraView) -> bool:
    """That a live camera sent another picture is none."""
    if before is None or view.state is not State.LIVE:
        return before != view
    return before != replace(view, last_picture_ms=before.last_picture_ms)
