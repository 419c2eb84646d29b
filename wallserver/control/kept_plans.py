"""What control keeps on the bus of how a display gets its pictures, for the control after it.

A plan is made of what a display says of itself, and of what it has already: a control that knew neither would compose
everything at first, under names that others look at, and be right only once all displays have come back. What the
display looks at stands there, too: where the next plan is another one, it is made until that one is drawn. Masks do
not: they are those of now, whatever they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.masks import Mask
from wallserver.control.mosaics import Mosaic
from wallserver.control.planner import MOSAIC_SLOTS, Bearing, Slots
from wallserver.control.shown_display import ShownDisplay
from wallserver.control.standing import CALM_S, Standing, Stood


class Kept(BaseModel):
    """What the slots of a display carry, its mosaic, those that leave it and are looked at still, what it bears as far
    as it has said so, and what stands on it: by cell, and whether its mosaic is the lighter one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    slots: Slots
    mosaic: Mosaic | None
    leaving: tuple[Mosaic, ...]
    bearing: Bearing | None
    stood: dict[str, Stood] = {}
    light: bool = False

    @property
    def mosaics(self) -> set[str]:
        """The ids of all that its slots carry."""
        return {stream.removeprefix("mosaic.") for stream in self.slots[:MOSAIC_SLOTS] if stream}

    @property
    def standing(self) -> Standing | None:
        """What the first plan settles on: it has stood long enough, so that it holds nothing back."""
        if not self.stood:
            return None
        return Standing({cell: (stood, CALM_S) for cell, stood in self.stood.items()}, CALM_S if self.light else None)

    @property
    def seen(self) -> int | None:
        """The slot of the mosaic that is on the screen, as far as can be told: what leaves waits to be replaced."""
        first = next((one.stream for one in (*self.leaving, self.mosaic) if one and one.stream in self.slots), None)
        return self.slots.index(first) if first is not None else None

    @property
    def looked_at(self) -> tuple[Mosaic, ...]:
        """The composed streams that its browsers look at."""
        return (*((self.mosaic,) if self.mosaic else ()), *self.leaving)

    def masked(self, masks_of: Callable[[str], tuple[Mask, ...]]) -> Kept:
        """The same with these masks of each camera."""
        mosaic = self.mosaic and self.mosaic.masked(masks_of)
        leaving = tuple(one.masked(masks_of) for one in self.leaving)
        return self.model_copy(update={"mosaic": mosaic, "leaving": leaving})


def to_keep(shown: ShownDisplay, bearing: Bearing | None) -> dict[str, Any]:
    """The part of an entry of the bucket `plans` that is control's own."""
    kept = Kept(
        slots=shown.attached,
        mosaic=shown.plan.mosaic,
        leaving=shown.leaving,
        bearing=bearing,
        stood=shown.stood if shown.heard else {},
        light=shown.plan.light,
    )
    return {"kept": kept.masked(lambda _: ()).model_dump(mode="json")}


def kept_in(
    entries: Mapping[str, Mapping[str, Any]], slots: int, masks_of: Callable[[str], tuple[Mask, ...]]
) -> dict[str, Kept]:
    """By display, with the masks that cameras have now; not what a control of another version wrote in other words, or
    of another number of slots.
    """
    found: dict[str, Kept] = {}
    for display, entry in entries.items():
        try:
            kept = Kept.model_validate(entry.get("kept"))
        except ValidationError:
            continue
        if len(kept.slots) == slots:
            found[display] = kept.masked(masks_of)
    return found
