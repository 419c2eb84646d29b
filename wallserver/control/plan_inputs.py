"""What plans are made of besides the layouts, and what a wall would cost before it is published. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from layouts.wall import Display, Wall
from wallserver.catalogue.camera import camera_of
from wallserver.config import MosaicSettings
from wallserver.control.costs import Cost
from wallserver.control.mosaics import Mosaic
from wallserver.control.planner import Bearing, DisplayPlan, plan_display
from wallserver.control.shown_display import cost_to_json, plan_to_json
from wallserver.control.ways import CameraFacts

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """Facts of cameras by their ids, what displays bear by theirs, and `full`: who is beyond what recorders send."""

    facts: Mapping[str, CameraFacts]
    bearings: Mapping[str, Bearing]
    settings: MosaicSettings
    full: frozenset[str]
    limits: Mapping[str, int]

    def preview(self, wall: Wall) -> Json:
        """How each display of `wall` would be shown and what that costs, and what it costs all together.

        A mosaic that displays share is made once, and a camera that several show is pulled once.
        """
        plans = {
            display.id: plan_display(
                display, self.facts, self.settings, bearing=self.bearings.get(display.id), full=self.full
            )
            for display in wall.displays
        }
        return {
            "displays": {name: plan_to_json(plan) for name, plan in plans.items()},
            "total": cost_to_json(self._total(plans.values())),
            "recorders": dict(self.limits),
        }

    def _total(self, plans: Iterable[DisplayPlan]) -> Cost:
        total = Cost()
        composed: set[Mosaic] = set()
        streams: set[str] = set()
        for plan in plans:
            cost = plan.cost
            mosaic = replace(plan.mosaic, id="") if plan.mosaic else None
            total = replace(
                total,
                decoders=total.decoders + cost.decoders,
                pixels_s=total.pixels_s + cost.pixels_s,
                mbps=total.mbps + cost.mbps,
                gateway_cores=total.gateway_cores + cost.gateway_cores,
                tiler_cores=total.tiler_cores + (0.0 if mosaic in composed else cost.tiler_cores),
                pull_cores=total.pull_cores + cost.pull_cores * _share_of_new(plan.streams, streams),
            )
            composed |= {mosaic} if mosaic else set()
            streams |= plan.streams
        return replace(total, sessions=self._sessions(streams))

    def _sessions(self, streams: Iterable[str]) -> tuple[tuple[str, int], ...]:
        by_recorder: dict[str, int] = {}
        for stream in streams:
            named = camera_of(stream)
            facts = self.facts.get(named[0]) if named else None
            if facts is not None and facts.recorder is not None:
                by_recorder[facts.recorder] = by_recorder.get(facts.recorder, 0) + 1
        return tuple(sorted(by_recorder.items()))


def beyond_recorders(
    displays: Iterable[Display], facts: Mapping[str, CameraFacts], limits: Mapping[str, int]
) -> frozenset[str]:
    """Cameras that their recorder cannot send besides the others that displays show: large cells go first.

    Where there are any, one of its places is left to visits, which make their stills.
    """
    in_order = [
        cell.camera
        for display in displays
        for cell in sorted(display.layout.cells, key=lambda cell: -cell.rect.area)
        if cell.camera in facts
    ]
    queues: dict[str, list[str]] = {}
    for camera in dict.fromkeys(in_order):
        recorder = facts[camera].recorder if camera is not None and not facts[camera].off else None
        if camera is not None and recorder is not None:
            queues.setdefault(recorder, []).append(camera)
    waiting = {host: queue[max(1, limits[host] - 1) :] for host, queue in queues.items() if len(queue) > limits[host]}
    return frozenset(camera for queue in waiting.values() for camera in queue)


def _share_of_new(streams: frozenset[str], known: set[str]) -> float:
    """Of the cameras' streams in `streams`, the share that is not known already."""
    cameras = {stream for stream in streams if camera_of(stream)}
    return len(cameras - known) / len(cameras) if cameras else 0.0
