"""What changed of cameras' states since a page last asked: worked out once, however many pages ask."""

from __future__ import annotations

from collections.abc import Callable

from wallserver.control.camera_views import Json, changes
from wallserver.control.plans import Plans

# Thousands of cameras cost milliseconds of everybody's time.
_EVERY_MS = 1000


class StateNews:
    """Numbers every change of a camera's state. `version` is the newest number."""

    def __init__(self, plans: Plans, now_ms: Callable[[], int]) -> None:
        self._plans = plans
        self._now_ms = now_ms
        self._looked_ms = 0
        # Numbers of another process are none of ours, and lower: a page that has one gets everything.
        self.version = now_ms()
        self._views: dict[str, Json] = {}
        self._changed: dict[str, int] = {}

    def since(self, version: int) -> dict[str, Json]:
        """Every camera whose state is another one than at that version, with the one that it is in now."""
        self._look()
        return {camera: self._views[camera] for camera, changed in self._changed.items() if changed > version}

    def _look(self) -> None:
        now_ms = self._now_ms()
        if 0 <= now_ms - self._looked_ms < _EVERY_MS:
            return
        self._looked_ms = now_ms
        views = {camera: view.to_json() for camera, view in self._plans.site_views().items()}
        if changed := changes(self._views, views):
            self.version += 1
            self._changed.update(dict.fromkeys(changed, self.version))
        for camera in self._changed.keys() - views.keys():
            del self._changed[camera]
        self._views = views
