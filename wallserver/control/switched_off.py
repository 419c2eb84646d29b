"""Cameras that a person has switched off: nobody pulls or visits them, and every page says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.camera_state import State
from wallserver.catalogue.history import History, StateChange
from wallserver.catalogue.switches import SwitchedOff, Switches
from wallserver.control.camera_views import CameraView


class SwitchedOffCameras:
    """What is off now. `on_change` is called when that is another set, or for another reason; `changes` counts that."""

    def __init__(self, switches: Switches, history: History, zone: str, now_ms: Callable[[], int]) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._switches = switches
        self._history = history
        self._zone = ZoneInfo(zone)
        self._now_ms = now_ms
        self._off: dict[str, SwitchedOff] = {}
        self.changes = 0

    def __contains__(self, camera: object) -> bool:
        return camera in self._off

    def view(self, camera: str) -> CameraView | None:
        """How it is shown, None where it is not off."""
        off = self._off.get(camera)
        return None if off is None else CameraView(State.OFF, off.since_ms, *self._sentences(off))

    async def refresh(self) -> None:
        """Read them, and let go of those whose time is over. Raises what a database that is away raises."""
        now_ms = self._now_ms()
        kept = {off.camera: off for off in await self._switches.list()}
        for camera, off in list(kept.items()):
            if not off.holds(now_ms):
                await self._switches.on(camera)
                del kept[camera]
        if kept != self._off:
            self._off = kept
            self.changes += 1
            for callback in self.on_change:
                callback()

    async def off(self, switched: SwitchedOff, streams: tuple[str, ...]) -> None:
        """Switch a camera with these streams off. A second time: for another reason, or longer; since when, stays."""
        before = self._off.get(switched.camera)
        if before is not None:
            switched = replace(switched, since_ms=before.since_ms)
        await self._switches.off(switched)
        indonesian, english = self._sentences(switched)
        at_ms = self._now_ms()
        await self._history.add(
            [StateChange(stream, switched.camera, at_ms, State.OFF, indonesian, english) for stream in streams]
        )
        await self.refresh()

    async def on(self, camera: str) -> None:
        """Switch it on."""
        await self._switches.on(camera)
        await self.refresh()

    def _sentences(self, off: SwitchedOff) -> tuple[str, str]:
        until_id = until_en = ""
        if off.until_ms is not None:
            at = datetime.fromtimestamp(off.until_ms / 1000, self._zone)
            until_id, until_en = f" sampai {at:%d-%m-%Y %H.%M}", f" until {at:%Y-%m-%d %H:%M}"
        return f"Dimatikan oleh {off.by}{until_id}: {off.reason}", f"Switched off by {off.by}{until_en}: {off.reason}"
