"""What control keeps on the bus of how a display gets its pictures, for the control after it.

A plan is made of what a display says of itself, and of what it has already: a control that knew neither would compose
everything at first, under names that others look at, and be right only once all displays have come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from wallserver.control.mosaics import Mosaic
from wallserver.control.planner import MOSAIC_SLOTS, Bearing, Slots
from wallserver.control.shown_display import ShownDisplay


class KeptMosaic(BaseModel):
    """Of a display's mosaic what cannot change while it is on the screen."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    canvas: tuple[int, int]
    place: tuple[float, float, float, float]

    def as_wanted(self, wanted: Mosaic) -> Mosaic:
        """What is on the screen, as if it had the cells that are wanted now: they may move within it."""
        return replace(wanted, id=self.id, canvas=self.canvas, place=self.place)


class Kept(BaseModel):
    """What the slots of a display carry, its mosaic, and what it bears as far as it has said so."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    slots: Slots
    mosaic: KeptMosaic | None
    bearing: Bearing | None

    @property
    def mosaics(self) -> set[str]:
        """The ids of all that its slots carry."""
        return {stream.removeprefix("mosaic.") for stream in self.slots[:MOSAIC_SLOTS] if stream}


def to_keep(shown: ShownDisplay, bearing: Bearing | None) -> dict[str, Any]:
    """The part of an entry of the bucket `plans` that is control's own."""
    made = shown.plan.mosaic
    mosaic = KeptMosaic(id=made.id, canvas=made.canvas, place=made.place) if made else None
    return {"kept": Kept(slots=shown.attached, mosaic=mosaic, bearing=bearing).model_dump(mode="json")}


def kept_in(entries: Mapping[str, Mapping[str, Any]], slots: int) -> dict[str, Kept]:
    """By display; not what a control of another version wrote in other words, or of another number of slots."""
    found: dict[str, Kept] = {}
    for display, entry in entries.items():
        try:
            kept = Kept.model_validate(entry.get("kept"))
        except ValidationError:
            continue
        if len(kept.slots) == slots:
            found[display] = kept
    return found
