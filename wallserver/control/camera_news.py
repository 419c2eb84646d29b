"""What has changed of the cameras' states since somebody last asked: thousands of them are told once, then these."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ingest.camera_state import State
from wallserver.control.camera_views import CameraView
from wallserver.control.plans import Plans

# However many ask: a page that shows states a second late is soon enough.
_LOOK_S = 1.0


class CameraNews:
    """Numbers the changes. A number means something only together with `began`, of which each start has another."""

    def __init__(self, plans: Plans, began_ms: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._plans = plans
        self._clock = clock
        self._began = f"{began_ms:x}"
        self._looked_at: float | None = None
        self._number = 0
        self._views: dict[str, CameraView] = {}
        self._changed: dict[str, int] = {}

    @property
    def catalogue(self) -> str:
        """Another one whenever what cameras are called, or where they are, has to be asked for anew."""
        return f"{self._began}-{self._plans.version}"

    def since(self, number: int | None) -> tuple[int, Mapping[str, CameraView]]:
        """The number of the newest change, and every camera that changed after `number`; None: none of them."""
        self._look()
        if number is None:
            return self._number, {}
        return self._number, {name: self._views[name] for name, at in self._changed.items() if at > number}

    def _look(self) -> None:
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < _LOOK_S:
            return
        self._looked_at = now
        before, self._views = self._views, self._plans.site_views()
        changed = [name for name, view in self._views.items() if _told(view) != _told(before.get(name))]
        if changed:
            self._number += 1
        for name in changed:
            self._changed[name] = self._number
        for gone in self._changed.keys() - self._views.keys():
            del self._changed[gone]


def _told(view: CameraView | None) -> object:
    """That a live camera sent another picture is no news."""
    if view is None:
        return None
    last = None if view.state is State.LIVE else view.last_picture_ms
    return view.state, view.since_ms, view.cause_id, view.cause_en, view.seen_ms, last
