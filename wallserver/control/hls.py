"""HLS as control has to do with it: where a viewer may fetch a stream. That it still may, `viewers` confirms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import ceil

import structlog

from ingest.bus import Bus
from ingest.errors import BusError
from ingest.placement import preferred
from wallserver.control.live import Live
from wallserver.control.sessions import SessionError
from wallserver.control.transcodes import Transcodes
from wallserver.control.viewers import words_for
from wallserver.people.rights import Principal

_log = structlog.get_logger(__name__)

_REQUEST_S = 2.0
# Target durations, in seconds: of segments of a GOP or some. A longer GOP is cut.
_LEAST_TARGET, _MOST_TARGET = 2, 4
# How much longer than its target a segment may be, for it to be the target when rounded.
_SLACK_S = 0.4


class Hls:
    """Sends viewers to a gateway."""

    def __init__(self, live: Live, transcodes: Transcodes) -> None:
        self._transcodes = transcodes
        self._live = live
        self._bus: Bus | None = None

    def attach(self, bus: Bus) -> None:
        """The bus is there."""
        self._bus = bus

    async def open(self, viewer: Principal, asked: str, behind: str, still_may: Callable[[], Awaitable[None]]) -> str:
        """The address of a viewer's own multivariant playlist. Raises SessionError, and what `still_may` raises.

        `behind`: the stream behind the one that is asked for; what is sent may have to be a transcode of it. All
        viewers of a stream are sent to the same gateway, so that proxies keep one copy of it. `still_may`: asks once
        more for the right to it, before another gateway is asked.
        """
        stream = self._transcodes.for_hls(behind)
        request = {
            "stream": stream,
            "asked": asked,
            "viewer": words_for(viewer),
            "target_s": self._target_of(stream),
        }
        refused = SessionError(503, "No gateway is there to send pictures. Try again in a few seconds.")
        gateways = dict.fromkeys(self._live.workers("gateway"), 1.0)
        while (gateway := preferred(stream, gateways)) is not None and self._bus is not None:
            try:
                answer = await self._bus.request(f"req.gateway.{gateway}.hls", request, _REQUEST_S)
            except BusError as error:
                _log.warning("gateway did not answer for HLS", gateway=gateway, reason=str(error))
                del gateways[gateway]
                await still_may()
                continue
            if not isinstance(refusal := answer.get("error"), dict):
                return str(answer["url"])
            refused = SessionError(int(refusal.get("code", 502)), str(refusal.get("message", "The gateway refused.")))
            if refused.status != 503:
                raise refused
            del gateways[gateway]  # it is full; another one may not be
            await still_may()
        raise refused

    def _target_of(self, stream: str) -> int:
        """Whole seconds that a GOP of the stream fits into; the most where nobody knows."""
        if stream.startswith("mosaic."):
            return _LEAST_TARGET
        status = self._live.status(stream)
        if status is None or status.gop_s <= 0:
            return _MOST_TARGET
        return min(max(ceil(status.gop_s - _SLACK_S), _LEAST_TARGET), _MOST_TARGET)
