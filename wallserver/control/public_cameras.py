"""The cameras that the public may see: what its gateway is told of them, and the streams that are made for it.

All that leaves here for the public gateway is in `site()`, and that names no camera but by its public id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import structlog

from ingest.bus import Bus
from ingest.ending import end_tasks
from ingest.masks import masks_to_json
from ingest.mosaic import PUBLIC
from wallserver.catalogue.camera import Camera
from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.catalogue.publications import CutKind, CutOff, Publication, Publications, Wanted
from wallserver.control.masked import MaskedCameras
from wallserver.control.public_eras import Eras
from wallserver.control.switched_off import SwitchedOffCameras
from wallserver.control.unwritten_cut_offs import UnwrittenCutOffs
from wallserver.public.settings import PublicSettings
from wallserver.public.shown import ASKED, TOLD

# How soon it is noticed that the time of a cut-off is over.
_LOOK_S = 0.5
# So long whoever cuts off waits for the database; it holds already.
_WRITTEN_WITHIN_S = 1.0
_log = structlog.get_logger(__name__)

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says, read together."""

    publications: Mapping[str, Publication]
    cut_offs: tuple[CutOff, ...] = ()


class NotPublishedError(Exception):
    """The public cannot be shown this now: why, as a sentence, and for pages in a word."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class PublicCameras:
    """What is published and cut off now. `on_change` is called when what is made or told is something else.

    A cut-off holds from the moment it is asked for, whatever the database does, and is kept in `unwritten` until that
    has it. `cameras`: the catalogue's, by id; `off`: those that are switched off.
    """

    def __init__(
        self,
        store: Publications,
        unwritten: UnwrittenCutOffs,
        cameras: Callable[[], Mapping[str, Camera]],
        off: SwitchedOffCameras,
        masked: MaskedCameras,
        settings: PublicSettings,
        now_ms: Callable[[], int],
    ) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._store = store
        self._cameras = cameras
        self._off = off
        self._masked = masked
        self._settings = settings
        self._now_ms = now_ms
        self._one_at_a_time = asyncio.Lock()
        self._keeping = asyncio.Lock()
        self._writing: set[asyncio.Task[bool]] = set()
        self._known = _Known({})
        self._kept = unwritten
        self._unwritten = {(cut.kind, cut.target): cut for cut in unwritten.read(now_ms)}
        self._eras = Eras(now_ms)
        self._site: Json = {}
        self._news = asyncio.Event()
        masked.on_change.append(self.look)
        off.on_change.append(self.look)

    @property
    def publications(self) -> Mapping[str, Publication]:
        """What is published, by the camera's id."""
        return self._known.publications

    @property
    def cut_offs(self) -> tuple[CutOff, ...]:
        """Those that hold."""
        now_ms = self._now_ms()
        known = {(cut.kind, cut.target): cut for cut in self._known.cut_offs} | self._unwritten
        return tuple(cut for cut in known.values() if cut.holds(now_ms))

    def shows(self, camera: str) -> bool:
        """Whether the public sees this one, or would if it sent pictures."""
        publication = self.publications.get(camera) if self._settings.enabled else None
        return publication is not None and self._cut(publication) is None

    def concerned(self, kind: CutKind, target: str) -> list[str]:
        """The published cameras that a cut-off of this target is about."""
        cut = CutOff(kind, target, "", "", "", 0)
        return [one.camera for one in self.publications.values() if cut.concerns(one)]

    async def refresh(self) -> None:
        """Write what could not be written yet, and read. Raises what a database that is away raises: what was known
        then still holds.
        """
        async with self._one_at_a_time:
            await self._refresh()

    async def publish(
        self, camera: str, wanted: Wanted, made_by: str, *, keep_group: bool = False
    ) -> tuple[Publication | None, Publication]:
        """Show a camera to the public, or say something else of it; its position no more exactly than is configured.

        `keep_group`: in the group that it is in. Returns what was published before, and what is. Raises
        NotPublishedError where it would come out of a group that is cut off, or be one more than can be composed.
        """
        async with self._one_at_a_time:
            before = self.publications.get(camera)
            if keep_group:
                wanted = replace(wanted, group="" if before is None else before.shown.group)
            self._check(before, wanted)
            after = await self._store.publish(camera, self._rounded(wanted), made_by)
            self._keep_cut_off(before, after)
            known = sorted((*_but(self.publications, camera), after), key=lambda one: (one.shown.name, one.camera))
            await self._changed(replace(self._known, publications={one.camera: one for one in known}))
        return before, after

    async def take_back(self, camera: str) -> None:
        """The public sees it no more, and its id is nobody's."""
        async with self._one_at_a_time:
            await self._store.take_back(camera)
            known = {one.camera: one for one in _but(self.publications, camera)}
            await self._changed(replace(self._known, publications=known))

    async def cut_off(self, cut: CutOff) -> bool:
        """The public sees nothing of these from this moment on, before anything is waited for.

        Returns whether the database has it. Where that is away, or takes its time, it holds all the same, and is
        written as soon as it can be.
        """
        self._unwritten[cut.kind, cut.target] = cut
        self.look()
        await self._keep()
        writing = asyncio.create_task(self._write(cut.made_by), name="write a cut-off down")
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        done, _ = await asyncio.wait({writing}, timeout=_WRITTEN_WITHIN_S)
        return bool(done) and writing.result()

    async def lift(self, kind: CutKind, target: str) -> None:
        """It does again; without effect where nothing is cut off."""
        before = self._unwritten.get((kind, target))
        async with self._one_at_a_time:
            await self._store.lift(kind, target)
            await self._written({(kind, target): before})
            now_ms = self._now_ms()
            cuts = tuple(
                replace(cut, until_ms=now_ms) if (cut.kind, cut.target) == (kind, target) and cut.holds(now_ms) else cut
                for cut in self._known.cut_offs
            )
            await self._changed(replace(self._known, cut_offs=cuts))

    async def close(self) -> None:
        """Write nothing more. What is not written is in the file."""
        await end_tasks(*self._writing)

    def site(self) -> Json:
        """What the public gateway is told, and with it the public: {"cameras": {<public id>: …}}.

        Of each its name, group, rounded position, whether there `is` a picture to be had, `cut` ({"text", "until_ms"},
        null where it is not cut off), and the era of which pictures of it may be shown.
        """
        cameras = {}
        for publication, camera in self._shown():
            cut = self._cut(publication)
            shown = self._rounded(publication.shown)
            cameras[publication.public_id] = {
                "name": shown.name,
                "group": shown.group,
                "position": shown.position and list(shown.position),
                "available": camera.id not in self._off,
                "cut": cut and {"text": cut.public_text, "until_ms": cut.until_ms},
                "era": self._era(publication, camera),
            }
        return {"cameras": cameras}

    def streams(self) -> list[str]:
        """What is composed though nobody watches: no more than may be at a time, the first by name."""
        if not self._settings.always:
            return []
        shown = [PUBLIC + one.public_id for one, camera in self._shown() if self._is_shown(one, camera)]
        return shown[: self._settings.cameras_at_once]

    def specs(self) -> Iterator[tuple[str, Json]]:
        """What tilers are told to make, as the bucket `mosaics` has it but for the layout epoch.

        The camera goes by its public id there, too: the cell table travels with each picture. One that must not be
        seen now is an empty canvas.
        """
        made = self._settings
        for publication, camera in self._shown():
            cell = {
                "camera": publication.public_id,
                "stream": camera.main_stream if made.stream == "main" else camera.sub_stream,
                "x": 0,
                "y": 0,
                "w": made.width,
                "h": made.height,
                "fit": "contain",
                "label": publication.shown.name,
                "masks": masks_to_json(self._masked.of(camera.id)),
                "zoom": None,
            }
            stream = PUBLIC + publication.public_id
            yield (
                stream,
                {
                    "id": stream,
                    "width": made.width,
                    "height": made.height,
                    "fps": made.fps,
                    "bitrate_kbps": made.bitrate_kbps,
                    "burn_in": True,
                    "delay_ms": made.delay_s * 1000,
                    "era": self._era(publication, camera),
                    "cells": [cell] if self._is_shown(publication, camera) else [],
                },
            )

    def look(self) -> None:
        """Tell whoever has to know where something is another than it was: also by the time alone."""
        if (site := self.site()) != self._site:
            self._eras.forget_but(site["cameras"].keys())
            self._site = site
            self._news.set()
            for callback in self.on_change:
                callback()

    async def attach(self, bus: Bus) -> None:
        """Answer public gateways; what the bus has of an earlier control goes on. Raises BusError."""
        mosaics = bus.bucket("mosaics")
        for publication, _ in self._shown():
            there = await mosaics.get(PUBLIC + publication.public_id)
            if there is not None and there.value:
                self._eras.resume(publication.public_id, there.value, self._withdrawn_ms(publication))

        async def answer(_subject: str, _asked: Json) -> Json:
            return self.site()

        await bus.serve(ASKED, answer)

    async def run(self, bus: Bus) -> None:
        """Tell public gateways what is another, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._news.wait()
            except TimeoutError:
                self.look()
                continue
            self._news.clear()
            await bus.tell(TOLD, self.site())  # where that is lost, they ask by themselves

    def _shown(self) -> Iterator[tuple[Publication, Camera]]:
        cameras = self._cameras()
        for publication in self.publications.values() if self._settings.enabled else ():
            if (camera := cameras.get(publication.camera)) is not None:
                yield publication, camera

    def _is_shown(self, publication: Publication, camera: Camera) -> bool:
        return camera.id not in self._off and self._cut(publication) is None

    def _cut(self, publication: Publication) -> CutOff | None:
        """What cuts a camera off: of several what is widest, whose text is the weightiest."""
        cuts = {cut.kind: cut for cut in self.cut_offs if cut.concerns(publication)}
        return cuts.get("all") or cuts.get("group") or cuts.get("camera")

    def _withdrawn_ms(self, publication: Publication) -> int:
        """When the last cut-off of it ended that holds no more."""
        now_ms = self._now_ms()
        over = [cut for cut in self._known.cut_offs if cut.concerns(publication) and not cut.holds(now_ms)]
        return max((cut.until_ms for cut in over if cut.until_ms is not None), default=0)

    def _era(self, publication: Publication, camera: Camera) -> int:
        """Pictures of another era than this are shown to nobody."""
        masks = masks_to_json(self._masked.of(camera.id)) if self._is_shown(publication, camera) else None
        return self._eras.of(publication.public_id, masks)

    def _check(self, before: Publication | None, wanted: Wanted) -> None:
        """Whether that may be published now. NotPublishedError."""
        if before is None:
            most = self._settings.cameras_at_once
            if self._settings.always and len(self.publications) >= most:
                raise NotPublishedError(
                    f"With public.always each published camera is composed all the time, and {most} are as many as "
                    "may be (public.cameras_at_once).",
                    reason="too_many_public",
                )
        elif self._slips_out(before, wanted.group):
            group = before.shown.group
            raise NotPublishedError(
                f"'{group}' is cut off: this camera would be shown in another group. Lift that first.", reason="cut_off"
            )

    def _slips_out(self, before: Publication, group: str) -> CutOff | None:
        """The cut-off of the group in which a camera is, if it would come out of that."""
        if group == before.shown.group:
            return None
        return next((cut for cut in self.cut_offs if cut.kind == "group" and cut.concerns(before)), None)

    def _keep_cut_off(self, before: Publication | None, after: Publication) -> None:
        """A group that was cut off while a camera was on its way out of it was cut off with this camera in it."""
        if before is None or (cut := self._slips_out(before, after.shown.group)) is None:
            return
        own = next((one for one in self.cut_offs if one.kind == "camera" and one.concerns(after)), None)
        if own is None or _end_ms(own) < _end_ms(cut):
            self._unwritten["camera", after.camera] = replace(cut, kind="camera", target=after.camera)

    def _rounded(self, wanted: Wanted) -> Wanted:
        if wanted.position is None:
            return wanted
        latitude, longitude = (round(degrees, self._settings.position_decimals) for degrees in wanted.position)
        return Wanted(wanted.name, wanted.group, (latitude, longitude))

    async def _written(self, cuts: Mapping[tuple[CutKind, str], CutOff | None]) -> None:
        """These need not be written any more; what was said of the same targets since then has to be."""
        for key, cut in cuts.items():
            if self._unwritten.get(key) is cut:
                self._unwritten.pop(key, None)
        if cuts:
            await self._keep()

    async def _keep(self) -> None:
        """For another control, should this one end before the database has them. A disk takes its time."""
        async with self._keeping:
            await asyncio.to_thread(self._kept.write, tuple(self._unwritten.values()))

    async def _changed(self, known: _Known) -> None:
        """The database has this now. It holds though that should be away before it can be read again."""
        self._known = known
        self.look()
        try:
            await self._refresh()
        except DATABASE_AWAY as error:
            _log.error("what the public may see cannot be read again", reason=type(error).__name__)
            await self._keep()

    async def _write(self, made_by: str) -> bool:
        try:
            await self.refresh()
        except DATABASE_AWAY as error:
            _log.error("a cut-off holds, but is not written down yet", by=made_by, reason=type(error).__name__)
            return False
        return True

    async def _refresh(self) -> None:
        unwritten = dict(self._unwritten)
        for cut in unwritten.values():
            await self._store.cut_off(cut)
        publications = {one.camera: one for one in await self._store.published()}
        self._known = _Known(publications, tuple(await self._store.cut_offs()))
        await self._written(unwritten)
        self.look()


def _but(publications: Mapping[str, Publication], camera: str) -> Iterator[Publication]:
    return (one for one in publications.values() if one.camera != camera)


def _end_ms(cut: CutOff) -> float:
    return inf if cut.until_ms is None else cut.until_ms
