"""The role `public`: what its credentials let it read on the bus, to anybody, and never more than it has room for."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import structlog

from ingest.bus import Bus, BusAddress
from ingest.demand import DemandLease
from ingest.ending import end_tasks
from ingest.heartbeat import Heartbeat
from ingest.open_files import allow_many_files
from ingest.worker import Stop
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.hls.server import answering, listen, most_connections
from wallserver.gateway.ice_session import Network
from wallserver.gateway.process import prepare
from wallserver.gateway.sending import Sending
from wallserver.public.answers import Answers
from wallserver.public.basemap import Basemap
from wallserver.public.events import Events
from wallserver.public.hls import PublicHls
from wallserver.public.limits import CamerasAtOnce
from wallserver.public.pages import Page, load_page
from wallserver.public.settings import PublicSettings
from wallserver.public.shown import Shown
from wallserver.public.stills import Stills
from wallserver.public.webrtc import WebRtc

log = structlog.get_logger(__name__)

ROLE = "public"


async def run_public(
    address: BusAddress,
    worker_id: str,
    settings: PublicSettings,
    timezone: str,
    static: Path,
    basemap: Path | None,
    stop: Stop,
) -> None:
    """Serve the public until `stop` is set. Raises GatewayError where it cannot.

    `timezone`: the site's; `static`: the folder of the pages' build; `basemap`: the map's file, where the site has one.
    """
    allow_many_files()  # each page is a connection, and each that waits for a playlist one more
    page = _page(static, timezone)
    with contextlib.ExitStack() as open_ones:
        listener = open_ones.enter_context(contextlib.closing(listen(settings.listening(), "public")))
        leaving = None
        if settings.webrtc_viewers:
            leaving = await prepare(settings.network(), believes=False)
            open_ones.enter_context(contextlib.closing(leaving[0].port))
        bus = await Bus.connect(address, ROLE, worker_id)
        try:
            serving = _Serving(bus, settings, leaving, page, Basemap(basemap))
            try:
                proxies = frozenset(map(str, settings.proxies))
                async with answering(serving.answers.answer, serving.end_requests, listener, proxies):
                    await bus.until(stop)
            finally:
                await serving.close()
        finally:
            await bus.close()


class _Serving:
    """All parts of one process, put together. Needs a running loop."""

    def __init__(
        self,
        bus: Bus,
        settings: PublicSettings,
        leaving: tuple[Network, Sending] | None,
        page: Page | None,
        basemap: Basemap,
    ) -> None:
        self._shown = shown = Shown()
        connections = most_connections()
        self._fan_out = FanOut(bus, DemandLease(bus), shown.accepts)
        cameras = CamerasAtOnce(settings.cameras_at_once, lambda: self._fan_out.streams)
        self._webrtc = None if leaving is None else WebRtc(self._fan_out, *leaving, cameras, settings)
        self._hls = PublicHls(bus, self._fan_out, cameras, settings, connections // 4)
        self._stills = Stills(bus, self._fan_out, cameras, settings, connections // 8)
        self._events = Events(shown, connections // 2, settings.delay_s)
        self.answers = Answers(shown, self._webrtc, self._hls, self._stills, self._events, page, basemap, settings)
        if self._webrtc is not None:
            shown.on_withdrawn.append(self._webrtc.drop)
        shown.on_withdrawn += [self._hls.drop, self._stills.drop]
        self._tasks = [bus.essential(shown.follow(bus), "follow what is published")]
        if self._webrtc is not None:
            self._tasks.append(bus.essential(self._webrtc.watch(), "watch viewers"))
        self._heartbeat = Heartbeat(bus, ROLE, bus.worker, self._figures)

    async def end_requests(self) -> None:
        """Whoever waits waits no more."""
        await self._events.close()
        await self._hls.close()
        await self._stills.close()

    async def close(self) -> None:
        """End all."""
        await end_tasks(*self._tasks)
        await self._heartbeat.close()
        if self._webrtc is not None:
            await self._webrtc.close_all()
        await self._fan_out.close()

    def _figures(self) -> dict[str, Any]:
        """How many watch what, and nothing of who."""
        by_webrtc = dict(self._webrtc.viewers) if self._webrtc is not None else {}
        pages = self._events.viewers
        watched = {
            camera: {"webrtc": by_webrtc.get(camera, 0), "page": pages[camera]}
            for camera in by_webrtc.keys() | pages.keys()
        }
        return {
            "streams": len(self._fan_out.streams),
            "dropped": self._fan_out.dropped,
            "public_webrtc": sum(by_webrtc.values()),
            "public_hls": self._hls.waiting,
            "public_pages": self._events.pages,
            "watched": watched,
        }


def _page(static: Path, timezone: str) -> Page | None:
    try:
        return load_page(static, timezone)
    except OSError as error:
        log.error("the public page is not built; its pictures are there", reason=error.strerror)
        return None
