"""A display, its plan and what its slots carry, as pages are told of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.masks import Mask
from layouts.wall import Display, Wall
from wallserver.catalogue.camera import camera_of
from wallserver.control.costs import Cost
from wallserver.control.mosaics import Mosaic
from wallserver.control.plan_words import WORDS
from wallserver.control.planner import MOSAIC_SLOTS, DisplayPlan, PlannedCell, Slots
from wallserver.control.standing import Standing, Stood

type Json = dict[str, Any]

# How long a display may take to draw what replaces a stream before that is let go. Where plans follow each other the
# last one has half of it, so that what is looked at stays until then, but twice of it is the most.
CHANGE_S = 10.0


@dataclass(slots=True)
class ShownDisplay:
    """A display, its plan, and what its slots carry: more than the plan needs, during a change.

    `number` is the plan's; it rises over restarts of control too. `leaving` are mosaics that the plan no longer has and
    that are still looked at; `left`: by slot that carries what is needed no more, since when, whatever plans have
    followed each other meanwhile; `begun`: when the last of them did (monotonic seconds). `since`: when each cell last
    came in another way, or had another size, and under "" when the mosaic became the lighter one (monotonic
    seconds). `heard`: the display had said what it bears. `seen`: the slot of the mosaic that its browsers have drawn,
    as far as it is known. `returning`: the control before us had it, and its page may be looking still, though it is
    not back yet.
    """

    wall: Wall
    display: Display
    plan: DisplayPlan
    number: int
    attached: Slots
    leaving: tuple[Mosaic, ...]
    begun: float
    left: Mapping[int, float]
    since: dict[str, float]
    heard: bool
    returning: bool = False
    seen: int | None = None

    @property
    def in_change(self) -> bool:
        """Whether its slots still carry what the plan no longer needs."""
        return self.attached != self.plan.slots

    @property
    def dues(self) -> dict[int, float]:
        """When each slot is to let go of what is needed no more, drawn or not (monotonic seconds)."""
        return {
            slot: min(since + 2 * CHANGE_S, max(since + CHANGE_S, self.begun + CHANGE_S / 2))
            for slot, since in self.left.items()
            if self.attached[slot] != self.plan.slots[slot]
        }

    @property
    def streams(self) -> frozenset[str]:
        """All that it shows now, and what that is made of."""
        attached = {stream for stream in self.attached if stream}
        return self.plan.streams.union(attached, *(mosaic.inputs for mosaic in self.leaving))

    def shows(self, stream: str) -> bool:
        """Whether this is among `streams`: asked so often that these are not put together for it."""
        return (
            stream in self.plan.streams
            or stream in self.attached
            or any(stream in mosaic.inputs for mosaic in self.leaving)
        )

    @property
    def looked_at(self) -> tuple[Mosaic, ...]:
        """The composed streams that its browsers look at."""
        return (*((self.plan.mosaic,) if self.plan.mosaic else ()), *self.leaving)

    @property
    def mosaic_slot(self) -> int | None:
        """The slot of the plan's mosaic."""
        return self.plan.slots.index(self.plan.mosaic.stream, 0, MOSAIC_SLOTS) if self.plan.mosaic else None

    @property
    def own_slots(self) -> dict[str, int]:
        """By cell, the slot of the camera that it shows by itself."""
        apart = (cell for cell in self.plan.cells if cell.via is not None and cell.via.kind == "camera")
        return {cell.id: cell.via.slot for cell in apart if cell.via is not None and cell.via.slot is not None}

    @property
    def mosaics(self) -> Iterator[Mosaic]:
        """The composed streams that can be had of it."""
        for mosaic in (self.plan.whep, *self.looked_at):
            yield mosaic
            yield mosaic.lighter()

    def mask_leaving(self, masks_of: Callable[[str], tuple[Mask, ...]]) -> bool:
        """Let what leaves show nothing that is masked by now: `masks_of` a camera. Whether it did.

        The own stream of a camera with masks stays on no screen, whatever follows; mosaics go on, masked.
        """
        if not self.in_change:
            return False
        attached = tuple(None if stream and _is_bare(stream, masks_of) else stream for stream in self.attached)
        leaving = tuple(mosaic.masked(masks_of) for mosaic in self.leaving)
        changed = (attached, leaving) != (self.attached, self.leaving)
        self.attached, self.leaving = attached, leaving
        return changed

    def let_go(self, slots: Container[int]) -> bool:
        """Carry in these slots only what the plan needs. Whether any carried something else."""
        before = self.attached
        pairs = enumerate(zip(before, self.plan.slots, strict=True))
        self.attached = tuple(planned if slot in slots else carried for slot, (carried, planned) in pairs)
        self.leaving = tuple(mosaic for mosaic in self.leaving if mosaic.stream in self.attached)
        self.left = {slot: since for slot, since in self.left.items() if slot not in slots}
        return self.attached != before

    @property
    def stood(self) -> dict[str, Stood]:
        """By cell, what it shows and how."""
        return {cell.id: Stood(cell.camera, cell.size, cell.way) for cell in self.plan.cells}

    def standing(self, now: float) -> Standing | None:
        """Its plan as the next one is to know it."""
        if not self.heard:
            return None
        cells = {name: (stood, now - self.since[name]) for name, stood in self.stood.items()}
        return Standing(cells, now - self.since[""] if self.plan.light else None)

    def to_json(self) -> Json:
        """The message `plan` of the WebSocket."""
        return {
            "t": "plan",
            "plan": self.number,
            "revision": self.wall.revision,
            "wall": self.wall.id,
            "display": _display_to_json(self.display),
            **plan_to_json(self.plan),
        }


def _is_bare(stream: str, masks_of: Callable[[str], tuple[Mask, ...]]) -> bool:
    named = camera_of(stream)
    return named is not None and bool(masks_of(named[0]))


def plan_to_json(plan: DisplayPlan) -> Json:
    """How everything comes to a display, why, and what that costs."""
    canvases = []
    if plan.mosaic is not None:
        slot = plan.slots.index(plan.mosaic.stream, 0, MOSAIC_SLOTS)
        canvases.append({"slot": slot, "width": plan.mosaic.canvas[0], "height": plan.mosaic.canvas[1]})
    return {
        "cells": [_cell_to_json(cell) for cell in plan.cells],
        "slots": list(plan.slots),
        "canvases": canvases,
        "light": plan.light,
        "eased": plan.eased,
        "cost": cost_to_json(plan.cost),
    }


def cost_to_json(cost: Cost) -> Json:
    """In numbers that a person reads."""
    return {
        "decoders": cost.decoders,
        "mpixels_s": round(cost.pixels_s / 1e6, 1),
        "mbps": round(cost.mbps, 2),
        "gateway_cores": round(cost.gateway_cores, 3),
        "tiler_cores": round(cost.tiler_cores, 3),
        "pull_cores": round(cost.pull_cores, 3),
        "sessions": dict(cost.sessions),
    }


def _display_to_json(display: Display) -> Json:
    return {"id": display.id, "name": display.name, "width": display.width, "height": display.height}


def _cell_to_json(cell: PlannedCell) -> Json:
    via, why = cell.via, cell.why
    words = WORDS[why] if why is not None else None
    return {
        "id": cell.id,
        "x": cell.x,
        "y": cell.y,
        "w": cell.w,
        "h": cell.h,
        "camera": cell.camera,
        "name": cell.name,
        "fit": cell.fit,
        "via": via and {"slot": via.slot, "kind": via.kind, "rect": list(via.rect) if via.rect else None},
        "way": cell.way,
        "why": why and words and {"key": why, "id": words.indonesian, "en": words.english},
    }
