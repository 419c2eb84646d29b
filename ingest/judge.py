"""The role `judge`: looks at what cameras show, visits those that nobody pulls, keeps a still of each.

It alone of the roles beside the tiler decodes pictures, so that a picture that breaks a decoder breaks no puller.
Several judges share the cameras as pullers share streams, by rendezvous hashing; none has to agree with another.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import cv2
import structlog
from pydantic import ValidationError

from ingest.access_unit import Codec
from ingest.admission import Admission
from ingest.bus import Bus, BusAddress
from ingest.camera_state import State, camera_of
from ingest.demand import DemandView
from ingest.errors import BusError, MaskError
from ingest.heartbeat import Heartbeat
from ingest.judge_settings import JudgeSettings
from ingest.lease import Holdings
from ingest.lookout import Lookout
from ingest.masks import Mask, masks_from_json
from ingest.placement import preferred
from ingest.pull import Shared
from ingest.refusals import Refusals
from ingest.schedule import Risk
from ingest.source import SourceSpec
from ingest.stills import Seen, see
from ingest.stills_on_demand import StillsOnDemand
from ingest.sweep import Sweep
from ingest.verdicts import Verdicts
from ingest.visit import Visited
from ingest.worker import Stop, unless_stopped

# How soon an import, or another judge, is noticed.
CATALOGUE_S = 5.0
SAY_S = 0.2
ANSWER_S = 3.0
# A burst of demand is looked at once.
_CALM_S = 0.05

log = structlog.get_logger(__name__)


async def run_judge(address: BusAddress, worker_id: str, stop: Stop) -> None:
    """Judge, visit and keep stills until `stop` is set, or the bus has refused us for good."""
    cv2.setNumThreads(1)
    bus = await unless_stopped(stop, Bus.connect(address, "judge", worker_id))
    if bus is None:
        return
    eyes = ThreadPoolExecutor(1, "eyes")
    judge = _Judge(bus, eyes)
    try:
        judging = asyncio.create_task(judge.run(), name="judge")
        ending = asyncio.create_task(bus.until(stop), name="until the end")
        await asyncio.wait((judging, ending), return_when=asyncio.FIRST_COMPLETED)
        for task in (judging, ending):
            if task.done():
                task.result()  # raises what ended it
        judging.cancel()
        await asyncio.gather(judging, ending, return_exceptions=True)
    finally:
        await bus.close()
        await judge.close()
        eyes.shutdown(wait=False, cancel_futures=True)


class _Judge:
    """All cameras of the site, and which of them are ours."""

    def __init__(self, bus: Bus, eyes: ThreadPoolExecutor) -> None:
        self._bus = bus
        self._eyes = eyes
        self._settings = JudgeSettings()
        self._version: str | None = None
        self._cameras: dict[str, str] = {}  # camera → the stream to visit it by
        self._risks: dict[str, Risk] = {}  # of those that are not green
        # By camera; None until control has said which are masked: no still is made before.
        self._masks: dict[str, tuple[Mask, ...]] | None = None
        self._on_demand = StillsOnDemand(bus, eyes)
        self._demand = DemandView(bus)
        self._pullers = Holdings(bus, "puller")
        self._status = bus.bucket("status").mirror("cam.>")
        self._workers = bus.bucket("workers").mirror()
        self._news = asyncio.Event()
        self._demand.on_change.append(self._news.set)
        self._pullers.on_change(self._news.set)
        self._verdicts = Verdicts(bus.bucket("health"), bus.worker, lambda: self._settings)
        self._lookout = Lookout(bus, self._verdicts, self._pulled, lambda: self._settings.still_s, self._see)
        admission = Admission(processes=self._connecting)
        self._shared = Shared(admission=admission, refusals=Refusals(bus))
        self._sweep = Sweep(
            settings=lambda: self._settings,
            fetch=self._fetch,
            needed=self._needed,
            ready=self._ready,
            share=lambda: 1 / len(self._judges()),
            shared=self._shared,
            see=self._see,
            seen=self._visited,
            failed=lambda stream, error: self._verdicts.failed(stream, error.state, error.cause),
        )
        Heartbeat(bus, "judge", bus.worker, self._heartbeat)

    async def run(self) -> None:
        """Until cancelled."""
        await self._bus.serve(f"req.still.{self._bus.worker}.*", self._still)
        await self._bus.serve(f"req.view.{self._bus.worker}.*", self._accept_view)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_catalogue(), name="follow the catalogue")
            tasks.create_task(self._follow_demand(), name="follow demand")
            tasks.create_task(self._say(), name="say what was found")
            tasks.create_task(self._lookout.run(), name="look")
            tasks.create_task(self._sweep.run(), name="sweep")

    async def close(self) -> None:
        """Once nobody is visited any more."""
        await self._shared.aclose()

    async def _follow_catalogue(self) -> None:
        while True:
            try:
                await self._ask_for_cameras()
            except BusError as error:
                log.debug("no word from control", reason=str(error))  # what it said last still holds
            judges = self._judges()
            mine = {camera: stream for camera, stream in self._cameras.items() if self._is_mine(stream, judges)}
            self._sweep.put({stream: self._risks.get(camera, "green") for camera, stream in mine.items()})
            await asyncio.sleep(CATALOGUE_S)

    async def _ask_for_cameras(self) -> None:
        """The site's cameras and settings, if they are others than those that we know. Raises BusError."""
        answer = await self._bus.request("req.sweep.cameras", {"version": self._version}, ANSWER_S)
        if "cameras" not in answer or answer.get("version") == self._version:
            return
        try:
            self._settings = JudgeSettings.model_validate(answer["settings"])
        except ValidationError as error:
            log.error("control's settings are not understood", fields=error.error_count())
        self._masks = _masks_in(answer)
        self._cameras = answer["cameras"]
        risks: tuple[Risk, ...] = ("red", "yellow")
        self._risks = {camera: risk for risk in risks for camera in answer.get(risk, ())}
        if self._verdicts.synced:
            kept = {f"cam.{camera}.{quality}" for camera in self._cameras for quality in ("main", "sub")}
            await self._verdicts.forget_all_but(kept)
            self._version = answer["version"]  # not before: what is left undone is done at the next time

    async def _follow_demand(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            self._sweep.leave_needed()
            await asyncio.sleep(_CALM_S)

    async def _say(self) -> None:
        while True:
            await self._verdicts.say()
            await asyncio.sleep(SAY_S)

    def _ready(self) -> bool:
        """Whether we know who needs what; without the bus nobody does."""
        known = self._demand.synced and self._pullers.synced and self._workers.synced and self._verdicts.synced
        return self._bus.connected and known

    def _needed(self, stream: str) -> bool:
        """Whether the camera is pulled, or is about to be: it may send no more than one stream."""
        camera = camera_of(stream)
        both = {f"cam.{camera}.main", f"cam.{camera}.sub"}
        return not both.isdisjoint(self._demand.streams) or any(map(self._pullers.taken, both))

    def _pulled(self) -> Collection[str]:
        """The streams that are live, and ours to look at."""
        judges = self._judges()
        live = (stream for stream, status in self._status.values.items() if status.get("state") == State.LIVE)
        return [stream for stream in live if self._pullers.taken(stream) and self._is_mine(stream, judges)]

    def _judges(self) -> dict[str, float]:
        """All judges of the site; we are one, whether our heartbeat has come back yet or not."""
        prefix = "judge."
        there = {key.removeprefix(prefix): 1.0 for key in self._workers.values if key.startswith(prefix)}
        return there | {self._bus.worker: 1.0}

    def _is_mine(self, stream: str, judges: Mapping[str, float]) -> bool:
        return preferred(stream, judges) == self._bus.worker

    def _connecting(self) -> int:
        """How many processes connect to cameras: each takes its share of what a host and a subnet may get."""
        return sum(key.startswith(("puller.", "judge.")) for key in self._workers.values) or 1

    def _visited(self, stream: str, visited: Visited) -> bool:
        return self._verdicts.seen(stream, visited.seen, visited.taken_ms)

    async def _see(self, stream: str, codec: Codec, keyframe: bytes, *, judged: bool = True) -> Seen | None:
        masks = None if self._masks is None else self._masks.get(camera_of(stream), ())
        work = partial(see, codec, keyframe, masks, judged=judged)
        return await asyncio.get_running_loop().run_in_executor(self._eyes, work)

    async def _fetch(self, stream: str) -> SourceSpec:
        try:
            answer = await self._bus.request(f"req.source.{stream}", {}, ANSWER_S)
        except BusError as error:
            answer = {"error": str(error)}
        return SourceSpec.from_answer(stream, answer)

    async def _still(self, subject: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer `req.still.<judge>.<camera>`: {jpeg: base64, taken_ms}, empty where there is none.

        `masks`: those of the camera, which have to be in it. With `stream` and `width`: one made of what that stream's
        owner has now. Raises MaskError, StillRefused.
        """
        masks = masks_from_json(asked.get("masks"))
        if "width" in asked:
            return await self._on_demand.make(str(asked.get("stream")), int(asked["width"]), masks)
        still = self._verdicts.still(subject.rsplit(".", 1)[-1])
        if still is None or still.masks != masks:
            return {}
        return {"jpeg": base64.b64encode(still.jpeg).decode(), "taken_ms": still.taken_ms}

    async def _accept_view(self, subject: str, _: dict[str, Any]) -> dict[str, Any]:
        """Answer `req.view.<judge>.<camera>`: what it shows now is what it should show."""
        self._verdicts.accept_view(subject.rsplit(".", 1)[-1])
        return {}

    def _heartbeat(self) -> dict[str, Any]:
        return {"visits": self._sweep.visits, "visiting": self._sweep.running, "looks": self._lookout.looks}


def _masks_in(answer: Mapping[str, Any]) -> dict[str, tuple[Mask, ...]] | None:
    """What control says is masked; None, and so no stills, where that is not understood."""
    try:
        return {camera: masks_from_json(masks) for camera, masks in answer["masks"].items()}
    except (KeyError, AttributeError, MaskError) as error:
        log.error("which parts of cameras are masked is not understood, no stills are made", reason=repr(error))
        return None
