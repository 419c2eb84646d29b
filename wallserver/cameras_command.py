"""`wallserver cameras import|list|check`: what the command line does with the catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from ingest.ending import end_tasks
from ingest.ffmpeg import Ffmpeg
from ingest.probe import ProbeReport, probe
from ingest.redact import redact
from ingest.source import SourceSpec
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import Camera, CameraSource
from wallserver.catalogue.camera_file import read_camera_file
from wallserver.catalogue.cameras import ImportReport
from wallserver.catalogue.errors import CatalogueError
from wallserver.config import Settings

_AT_ONCE = 8  # cameras that are checked at the same time


@dataclass(frozen=True, slots=True)
class Checked:
    """A stream that was connected to: its name, or the address (without its secrets), and what was found."""

    stream: str
    report: ProbeReport


async def import_cameras(settings: Settings, path: Path) -> ImportReport:
    """Take a file's cameras into the catalogue, all of them or none. Raises CameraFileError, with every error."""
    entries = read_camera_file(path)
    async with open_catalogue(settings) as catalogue:
        return await catalogue.cameras.put(entries)


async def list_cameras(settings: Settings) -> list[Camera]:
    """Every camera of the catalogue."""
    async with open_catalogue(settings) as catalogue:
        return await catalogue.cameras.list()


async def check_cameras(settings: Settings, target: str | None) -> AsyncIterator[Checked]:
    """Connect to every stream of the camera `target`, of all cameras (None), or to a URL; one result each.

    Raises CatalogueError for a camera that is not there, ValueError for a URL that is none.
    """
    if target is not None and "://" in target:
        source = SourceSpec.from_url("-", target)
        async with aclosing(Ffmpeg()) as ffmpeg:
            yield Checked(redact(source.url), await probe(source, ffmpeg))
        return
    places = asyncio.Semaphore(_AT_ONCE)

    async with aclosing(Ffmpeg()) as ffmpeg:

        async def check(spec: SourceSpec) -> Checked:
            async with places:
                return Checked(spec.stream, await probe(spec, ffmpeg))

        tasks = [asyncio.create_task(check(spec)) for spec in await _sources(settings, target)]
        try:
            for task in tasks:
                yield await task
        finally:
            await end_tasks(*tasks)


async def _sources(settings: Settings, target: str | None) -> list[SourceSpec]:
    async with open_catalogue(settings) as catalogue:
        wanted = [camera.id for camera in await catalogue.cameras.list()] if target is None else [target]
        specs = []
        for name in wanted:
            found = await catalogue.cameras.source(name)
            if found is None:
                raise CatalogueError(f"there is no camera {name!r} in the catalogue")
            specs += _specs(*found)
    return specs


def _specs(camera: Camera, source: CameraSource) -> list[SourceSpec]:
    return [
        SourceSpec(
            stream=f"cam.{camera.id}.{quality}",
            url=source.url(quality),
            username=source.username or "",
            password=source.password or "",
            transport=camera.transport,
            kind=camera.kind,
        )
        for quality in camera.qualities
    ]
