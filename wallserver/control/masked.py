"""Cameras with privacy masks: nobody gets their own streams, everybody gets them through a tiler that masks them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ingest.masks import Mask
from wallserver.catalogue.masks import CameraMasks, Masks


class MaskedCameras:
    """What is masked now. `on_change` is called when that is something else; `changes` counts that."""

    def __init__(self, masks: Masks) -> None:
        self.on_change: list[Callable[[], None]] = []
        self.changes = 0
        self._masks = masks
        # What is read must not overwrite what a person has done meanwhile.
        self._one_at_a_time = asyncio.Lock()
        self._known: dict[str, CameraMasks] = {}

    def __contains__(self, camera: object) -> bool:
        return isinstance(camera, str) and bool(self.of(camera))

    def of(self, camera: str) -> tuple[Mask, ...]:
        """What of a camera nobody may see."""
        known = self._known.get(camera)
        return known.masks if known is not None else ()

    def said(self, camera: str) -> CameraMasks | None:
        """The same, with who said so; None where nobody ever did."""
        return self._known.get(camera)

    async def refresh(self) -> None:
        """Read them. Raises what a database that is away raises: what was known then still holds."""
        async with self._one_at_a_time:
            await self._refresh()

    async def put(self, camera: str, masks: tuple[Mask, ...], made_by: str, seen_ms: int | None) -> None:
        """From now on these, in place of those made at `seen_ms`. Raises StaleMasksError where others hold by now."""
        async with self._one_at_a_time:
            try:
                await self._masks.put(camera, masks, made_by, seen_ms)
            finally:  # also of who is refused: what holds is what another has written
                await self._refresh()

    async def _refresh(self) -> None:
        known = {one.camera: one for one in await self._masks.list()}
        if known != self._known:
            self._known = known
            self.changes += 1
            for callback in self.on_change:
                callback()
