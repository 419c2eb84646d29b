"""What a composed stream has shown, and whether that may still be seen in it: if not, an era ends (ingest.cell_table).

Readers of a mosaic may see all cameras of the tours in it (ControlObjects), whosever turn it is. So a tour that goes on
withdraws nothing. What has had its turn is remembered, as gateways keep some seconds of it: once it gets masks, or
leaves the tour, it is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

type Json = dict[str, Any]
type Masks = list[Json]


class Withdrawals:
    """Of all mosaics, by id. `may_show`: the cameras that tours may bring into one; `masks_of` a camera, as JSON."""

    def __init__(self, may_show: Callable[[str], AbstractSet[str]], masks_of: Callable[[str], Masks]) -> None:
        self._may_show = may_show
        self._masks_of = masks_of
        self._shown: dict[str, tuple[int, dict[str, Masks]]] = {}

    def begin(self, mosaic: str, era: int) -> None:
        """It is made anew, in this era, in which it has shown nothing yet."""
        self._shown[mosaic] = era, {}

    def withdraws(self, before: Json, after: Json) -> bool:
        """Whether a mosaic showed what it may show no more: a camera that has left it, or a part that is masked now.

        What is seen besides, and masks that are taken away, withdraw nothing. `before`: as the bus has it. What was
        shown is forgotten when the bus has a later era, and no sooner: until then this says the same again.
        """
        shown = self._shown_in(before)
        for cell in before["cells"]:
            known = shown.get(cell["camera"], cell["masks"])
            shown[cell["camera"]] = [mask for mask in known if mask in cell["masks"]]
        present: dict[str, Masks] = {}
        for cell in after["cells"]:
            present.setdefault(cell["camera"], cell["masks"])
        if gone := shown.keys() - present.keys():
            present |= {camera: self._masks_of(camera) for camera in gone & self._may_show(after["id"])}
        return any(
            camera not in present or any(mask not in masks for mask in present[camera])
            for camera, masks in shown.items()
        )

    def _shown_in(self, before: Json) -> dict[str, Masks]:
        """What a mosaic has shown in its era. One of an earlier control may have shown all that is in its tours.

        With which masks nobody knows: as if with none, at the price of an era where there are some now.
        """
        mosaic, era = before["id"], int(before.get("era", 0))
        known = self._shown.get(mosaic)
        if known is None:
            self._shown[mosaic] = era, {camera: [] for camera in self._may_show(mosaic)}
        elif known[0] != era:
            self.begin(mosaic, era)
        return self._shown[mosaic][1]
