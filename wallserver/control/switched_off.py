"""Cameras that a person has switched off: nobody pulls or visits them, and every page says why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ingest import causes
from ingest.camera_state import State
from ingest.causes import Cause
from wallserver.catalogue.switches import SwitchedOff, Switches
from wallserver.control.camera_views import CameraView


class SwitchedOffCameras:
    """What is off now. `on_change` is called when that is another set, or for another reason; `changes` counts that.

    `write_down(camera, state, cause)` keeps in the history that it was switched off, or on.
    """

    def __init__(
        self,
        switches: Switches,
        write_down: Callable[[str, State, Cause], None],
        zone: str,
        now_ms: Callable[[], int],
    ) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._switches = switches
        self._write_down = write_down
        # What is read must not overwrite what a person has done meanwhile.
        self._one_at_a_time = asyncio.Lock()
        self._zone = ZoneInfo(zone)
        self._now_ms = now_ms
        self._off: dict[str, SwitchedOff] = {}
        self.changes = 0

    def __contains__(self, camera: object) -> bool:
        off = self._off.get(camera) if isinstance(camera, str) else None
        return off is not None and off.holds(self._now_ms())

    def view(self, camera: str) -> CameraView | None:
        """How it is shown, None where it is not off."""
        if camera not in self:
            return None
        off = self._off[camera]
        cause = self._cause(off)
        return CameraView(State.OFF, off.since_ms, cause.indonesian, cause.english)

    def said(self, camera: str) -> SwitchedOff | None:
        """Who switched it off and why, None where it is not off."""
        return self._off[camera] if camera in self else None

    async def refresh(self) -> None:
        """Read them, and let go of those whose time is over. Raises what a database that is away raises."""
        async with self._one_at_a_time:
            await self._refresh()

    async def off(self, switched: SwitchedOff) -> None:
        """Switch a camera off. A second time: for another reason, or longer; since when, stays."""
        async with self._one_at_a_time:
            before = self._off.get(switched.camera)
            if before is not None:
                switched = replace(switched, since_ms=before.since_ms)
            await self._switches.off(switched)
            self._write_down(switched.camera, State.OFF, self._cause(switched))
            await self._refresh()

    async def on(self, camera: str) -> None:
        """Switch it on."""
        async with self._one_at_a_time:
            await self._switches.on(camera)
            await self._refresh()

    async def _refresh(self) -> None:
        now_ms = self._now_ms()
        self._now({camera: off for camera, off in self._off.items() if off.holds(now_ms)})  # also without the database
        kept = {off.camera: off for off in await self._switches.list()}
        for camera in [camera for camera, off in kept.items() if not off.holds(now_ms)]:
            await self._switches.on(camera)
            del kept[camera]
        self._now(kept)

    def _now(self, off: dict[str, SwitchedOff]) -> None:
        """These are off now, and no others."""
        if off == self._off:
            return
        before, self._off = self._off, off
        self.changes += 1
        for camera in before.keys() - off.keys():
            self._write_down(camera, State.CONNECTING, causes.CONNECTING)
        for callback in self.on_change:
            callback()

    def _cause(self, off: SwitchedOff) -> Cause:
        until_id = until_en = ""
        if off.until_ms is not None:
            at = datetime.fromtimestamp(off.until_ms / 1000, self._zone)
            until_id, until_en = f" sampai {at:%d-%m-%Y %H.%M %Z}", f" until {at:%Y-%m-%d %H:%M %Z}"
        return Cause(
            f"Dimatikan oleh {off.by}{until_id}: {off.reason}", f"Switched off by {off.by}{until_en}: {off.reason}"
        )
