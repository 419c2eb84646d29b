"""What control writes on the bus: plans (demand that lives without a browser) and the mosaics that can be had.

Both are kept as they should be by comparing: whatever the bus lost, or has too much of an earlier control, is put
right. Nothing here is remembered elsewhere: a mosaic's layout epoch and its era go on from those that the bus has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from ingest.bucket import Bucket
from ingest.bus import Bus
from ingest.errors import BusError
from ingest.masks import masks_to_json
from wallserver.config import MosaicSettings
from wallserver.control.masked import MaskedCameras
from wallserver.control.mosaics import LIGHT_SHARE, Mosaic, kbps_of
from wallserver.control.plans import Plans
from wallserver.control.public_cameras import PublicCameras
from wallserver.control.transcodes import Transcodes
from wallserver.control.withdrawals import Withdrawals

_log = structlog.get_logger(__name__)
_AGAIN_S = 0.5
# The plan that no display has: no display's id has an underscore.
_PUBLIC_PLAN = "public_cameras"

type Json = dict[str, Any]


async def publish(
    bus: Bus,
    plans: Plans,
    transcodes: Transcodes,
    public: PublicCameras,
    masked: MaskedCameras,
    settings: MosaicSettings,
    now_ms: Callable[[], int],
) -> None:
    """Keep the buckets `plans` and `mosaics` as they should be, until cancelled."""

    def wanted_plans() -> dict[str, Json]:
        wanted: dict[str, Json] = {
            name: {"streams": sorted(streams)} | plans.to_keep(name) for name, streams in plans.demand().items()
        }
        if streams := public.streams():
            wanted[_PUBLIC_PLAN] = {"streams": sorted(streams)}
        return wanted

    def wanted_mosaics() -> dict[str, Json]:
        made = [(mosaic, rated(mosaic)) for shown in plans.displays.values() for mosaic in shown.mosaics]
        ours = {mosaic.id: mosaic_to_json(mosaic, its) for mosaic, its in (*made, *transcodes.mosaics())}
        return ours | dict(public.specs())

    def rated(mosaic: Mosaic) -> MosaicSettings:
        """A smaller canvas gets its share of the bits; a light one is told apart by `mosaic_to_json`."""
        return (
            settings if mosaic.light else settings.model_copy(update={"bitrate_kbps": kbps_of(mosaic.canvas, settings)})
        )

    def may_show(mosaic: str) -> frozenset[str]:
        """The cameras of all tours on displays that have it."""
        return frozenset().union(
            *(
                plans.tour_cameras.get(name, ())
                for name, shown in plans.displays.items()
                if any(one.id == mosaic for one in shown.mosaics)
            )
        )

    withdrawals = Withdrawals(may_show, lambda camera: masks_to_json(masked.of(camera)))
    keepers = (
        Keeper(bus.bucket("plans"), wanted_plans, lambda wanted, _: wanted),
        Keeper(
            bus.bucket("mosaics"), wanted_mosaics, lambda wanted, there: stamped(wanted, there, now_ms(), withdrawals)
        ),
    )
    wakes = [keeper.wake for keeper in keepers]
    told = (plans.on_wanted, plans.on_tours, masked.on_change, transcodes.on_wanted, public.on_change)
    for callbacks in told:
        callbacks += wakes
    try:
        async with asyncio.TaskGroup() as tasks:
            for keeper in keepers:
                tasks.create_task(keeper.follow(), name="follow what the bus has")
                tasks.create_task(keeper.keep(), name="keep what the bus should have")
    finally:
        for callbacks in told:
            for wake in wakes:
                callbacks.remove(wake)


def stamped(wanted: Json, there: Json | None, now_ms: int, withdrawals: Withdrawals) -> Json:
    """A mosaic with its layout epoch: the one that the bus has while nothing else differs, else a later one. And with
    its era: the one that the bus has while nothing was withdrawn, else a later one; Unix milliseconds, so that a mosaic
    that is made once more under an old name is of no era that was. What is made for the public has its era already.
    """
    epoch, era = (int(there["layout_epoch"]), int(there.get("era", 0))) if there else (0, 0)
    if "era" in wanted:
        era = wanted["era"]
    elif there is None:
        era = max(era + 1, now_ms)
        withdrawals.begin(wanted["id"], era)
    elif withdrawals.withdraws(there, wanted):
        era = max(era + 1, now_ms)
    if there is not None and wanted | {"layout_epoch": epoch, "era": era} == there:
        return there
    return wanted | {"layout_epoch": max(epoch + 1, now_ms // 1000), "era": era}


def mosaic_to_json(mosaic: Mosaic, settings: MosaicSettings) -> Json:
    """A MosaicSpec as the bucket has it, but for its layout epoch and its era."""
    return {
        "id": mosaic.id,
        "width": mosaic.canvas[0],
        "height": mosaic.canvas[1],
        "fps": settings.fps,
        "bitrate_kbps": settings.bitrate_kbps // LIGHT_SHARE if mosaic.light else settings.bitrate_kbps,
        "burn_in": mosaic.burn_in,
        "cells": [
            {
                "camera": cell.camera,
                "stream": cell.stream,
                "x": cell.rect[0],
                "y": cell.rect[1],
                "w": cell.rect[2],
                "h": cell.rect[3],
                "fit": cell.fit,
                "label": cell.label,
                "masks": masks_to_json(cell.masks),
                "zoom": cell.zoom and list(cell.zoom),
            }
            for cell in mosaic.cells
        ],
    }


class Keeper:
    """Keeps one bucket, of which we are the only writer, as `wanted` says."""

    def __init__(
        self,
        bucket: Bucket,
        wanted: Callable[[], dict[str, Json]],
        stamped: Callable[[Json, Json | None], Json],
    ) -> None:
        self._bucket = bucket
        self._wanted = wanted
        self._stamped = stamped
        self._there: dict[str, Json] = {}
        self._revisions: dict[str, int] = {}
        self._look = asyncio.Event()
        self._look.set()

    def wake(self) -> None:
        """What is wanted may be something else now."""
        self._look.set()

    async def follow(self) -> None:
        """Follow what the bucket has: keys of an earlier control, and what a restart of the bus took."""
        async for change in self._bucket.watch():
            if change.value is not None and change.revision < self._revisions.get(change.key, 0):
                continue  # our own, and we have written a later one since
            if change.value is None:
                self._there.pop(change.key, None)
            else:
                self._there[change.key] = change.value
            self._look.set()

    async def keep(self) -> None:
        """Write what differs. The bus's absences are waited out."""
        failing = False
        while True:
            await self._look.wait()
            self._look.clear()
            try:
                await self._put_right()
            except BusError as error:
                if not failing:
                    _log.warning("plans cannot be published yet", bucket=self._bucket.name, reason=str(error))
                failing = True
                await asyncio.sleep(_AGAIN_S)
                self._look.set()
            else:
                failing = False

    async def _put_right(self) -> None:
        wanted = self._wanted()
        for key, value in wanted.items():
            if key not in self._there and (entry := await self._bucket.get(key)) is not None and entry.value:
                self._there[key] = entry.value
            stamped = self._stamped(value, self._there.get(key))
            if stamped != self._there.get(key):
                self._revisions[key] = await self._bucket.put(key, stamped)
                self._there[key] = stamped
        for key in self._there.keys() - wanted.keys():
            await self._bucket.delete(key)
            self._there.pop(key, None)
