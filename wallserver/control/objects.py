"""What names stand for, as rights are decided by it: a camera with its groups, a stream with all that is seen in it."""

from __future__ import annotations

import time
from collections.abc import Callable

from wallserver.catalogue.camera import Camera, camera_of
from wallserver.control.plans import Plans
from wallserver.control.replays import Replays
from wallserver.control.shown_display import ShownDisplay
from wallserver.people import objects
from wallserver.people.guard import ObjectKind

# A camera that has left a display can be seen in its mosaic for so long: its tiler has to be told, which then begins
# an era (ingest.cell_table), at which gateways let go of the GOP and of all HLS from before. A proxy keeps a playlist
# for one second, and what that lists has gone. So nobody who is let in after this finds the camera anywhere.
_LEAVING_S = 4.0


class ControlObjects:
    """Knows cameras, streams, replays, walls and displays. What is not there is in no group and on no wall."""

    def __init__(self, plans: Plans, replays: Replays, now: Callable[[], float] = time.monotonic) -> None:
        self._plans = plans
        self._replays = replays
        self._now = now
        self._shown: dict[str, frozenset[str]] = {}
        self._left: dict[str, dict[str, float]] = {}
        self._toured: dict[str, tuple[frozenset[str], str, frozenset[objects.Camera]]] = {}
        plans.listeners.append(self._plans_changed)
        plans.on_tours.append(lambda: self._plans_changed(list(plans.displays)))

    def of_path(self, kind: ObjectKind, name: str) -> objects.Object:
        """The object that a path names."""
        match kind:
            case "camera":
                return self.camera(name)
            case "stream":
                return self.stream(name)
            case "replay":
                return self.stream(f"replay.{name}")
            case "wall":
                return objects.Wall(name)
            case "display":
                return self.display(name)
            case "user":
                return objects.User(name)

    def camera(self, name: str) -> objects.Camera:
        """The camera of this id."""
        known = self._plans.cameras.get(name)
        return objects.Camera(name) if known is None else object_of(known)

    def display(self, name: str) -> objects.Display:
        """The display of this id."""
        shown = self._plans.displays.get(name)
        return objects.Display(name, None if shown is None else shown.wall.id)

    def stream(self, name: str) -> objects.Stream:
        """A stream as players call it."""
        if (named := camera_of(name)) is not None:
            return objects.Stream(name, frozenset({self.camera(named[0])}))
        kind, _, rest = name.partition(".")
        if kind == "mosaic" and (shown := self._plans.displays.get(rest)) is not None:
            return objects.Stream(name, self._seen_on(shown), shown.wall.id)
        if kind == "replay":
            replay = self._replays.find(rest)
            cameras = None if replay is None else frozenset({self.camera(replay.camera)})
            return objects.Stream(name, cameras, replayed=True)
        return objects.Stream(name, None)

    def _seen_on(self, shown: ShownDisplay) -> frozenset[objects.Camera]:
        """What a display shows, all that its tours may bring, and what it showed a moment ago.

        Whoever could see it only until a camera's turn comes would lose it again and again, and the others with them:
        its stream begins anew for all when somebody's right to it ends.
        """
        now = self._now()
        left = self._left.get(shown.display.id, {})
        lately = {camera for camera, at in left.items() if now - at < _LEAVING_S}
        toured = self._toured_on(shown.display.id)
        return toured.union(map(self.camera, _cameras_on(shown) | lately))

    def _toured_on(self, display: str) -> frozenset[objects.Camera]:
        names, version = self._plans.tour_cameras.get(display, frozenset()), self._plans.version
        known = self._toured.get(display)
        if known is None or known[0] is not names or known[1] != version:
            self._toured[display] = known = names, version, frozenset(map(self.camera, names))
        return known[2]

    def _plans_changed(self, displays: list[str]) -> None:
        now = self._now()
        for name in displays:
            shown = self._plans.displays.get(name)
            if shown is None:
                self._shown.pop(name, None)
                self._left.pop(name, None)
                self._toured.pop(name, None)
                continue
            present = _cameras_on(shown) | self._plans.tour_cameras.get(name, frozenset())
            left = {camera: at for camera, at in self._left.get(name, {}).items() if now - at < _LEAVING_S}
            left |= dict.fromkeys(self._shown.get(name, frozenset()) - present, now)
            self._left[name] = left
            self._shown[name] = present


def object_of(camera: Camera) -> objects.Camera:
    """A camera of the catalogue as rights see it."""
    return objects.Camera(camera.id, camera.district, "lorong" if camera.lorong else "road")


def _cameras_on(shown: ShownDisplay) -> frozenset[str]:
    return frozenset(cell.camera for cell in shown.plan.cells if cell.camera is not None)
