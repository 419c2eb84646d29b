"""WebRTC to the first few: one peer connection with one video for each, recvonly, without a relay."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from ingest.mosaic import PUBLIC
from wallserver.gateway.errors import OfferError, SessionUnknown
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.ice_session import Network
from wallserver.gateway.sdp import read_offer
from wallserver.gateway.sending import Sending
from wallserver.gateway.session import Session, State
from wallserver.public.limits import CamerasAtOnce, Room
from wallserver.public.refusals import Refusal, too_many_from_here, webrtc_full
from wallserver.public.settings import PublicSettings
from wallserver.public.shown import PublicCamera

log = structlog.get_logger(__name__)

# An offer of one video with every codec of a browser is 8 kB.
MOST_SDP = 32_000
# Answering takes the loop 10 ms and more at a stretch.
_ANSWERED_AT_A_TIME = 1
# So many wait for their turn; who comes then is better served by HLS than late.
_MOST_WAITING = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """`name`: by which the viewer finds the session again, and nobody else. `tag`: of its ICE session."""

    name: str
    tag: str
    sdp: str


class WebRtc:
    """All sessions, by name."""

    def __init__(
        self, fan_out: FanOut, network: Network, sending: Sending, cameras: CamerasAtOnce, settings: PublicSettings
    ) -> None:
        self._fan_out = fan_out
        self._network = network
        self._sending = sending
        self._cameras = cameras
        self._room = Room(
            settings.webrtc_viewers,
            settings.webrtc_per_address,
            webrtc_full,
            lambda: too_many_from_here("webrtc"),
        )
        self._sessions: dict[str, tuple[str, str, Session]] = {}
        self._answering = asyncio.Semaphore(_ANSWERED_AT_A_TIME)
        self._waiting = 0
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def viewers(self) -> Mapping[str, int]:
        """How many have a session, by camera."""
        return Counter(camera for camera, _, _ in self._sessions.values())

    async def open(self, camera: PublicCamera, address: str, sdp: str) -> Answer:
        """Answer an offer. Raises Refusal; OfferError where it is no offer of one video."""
        if self._waiting >= _MOST_WAITING:
            raise webrtc_full()
        offer = read_offer(sdp)
        if offer.kinds not in {("video",), ("video", "audio"), ("audio", "video")}:
            raise OfferError("an offer has one video here, and at most one audio beside it", 422)
        self._room.enter(address)
        name = secrets.token_hex(16)
        session = Session(name, "whep", None, self._fan_out, self._network, self._sending, self._state_changed)
        self._sessions[name] = camera.id, address, session
        self._waiting += 1
        try:
            async with self._answering:
                self._check_there(name)
                self._cameras.check(camera.stream, address)  # here, as it is shown before anybody else is answered
                answer = await session.answer(offer, (camera.stream,))
            answer = await session.name_level(answer)
        except BaseException:
            await self._end(name)
            raise
        finally:
            self._waiting -= 1
        self._check_there(name)
        return Answer(name, session.tag, answer)

    async def patch(self, camera: str, name: str, fragment: str, if_match: str | None) -> tuple[str | None, str]:
        """Candidates that were found later: (None, tag); or an ICE restart: our side of it. Raises GatewayError."""
        session = self._find(camera, name)
        return await session.patch(fragment, if_match), session.tag

    async def close(self, camera: str, name: str) -> None:
        """The viewer leaves. Raises SessionUnknown."""
        self._find(camera, name)
        await self._end(name)

    def drop(self, cameras: Iterable[str]) -> None:
        """Nobody gets any more of these, from this very moment; that the connections end takes a little."""
        dropped = frozenset(cameras)
        for name, (camera, _, session) in tuple(self._sessions.items()):
            if camera in dropped:
                session.show(())
                self._later(name)

    async def watch(self) -> None:
        """For ever: see once a second how the viewers do."""
        while True:
            await asyncio.sleep(1.0)
            for camera, address, session in tuple(self._sessions.values()):
                self._cameras.watches(PUBLIC + camera, address)
                session.look(time.monotonic())
                await asyncio.sleep(0)

    async def close_all(self) -> None:
        """End every session."""
        await asyncio.gather(*(self._end(name) for name in tuple(self._sessions)), return_exceptions=True)
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _check_there(self, name: str) -> None:
        if name not in self._sessions:  # withdrawn meanwhile
            raise Refusal(410, "Gambar ini baru saja ditarik.", "This picture has just been withdrawn.")

    def _find(self, camera: str, name: str) -> Session:
        of, _, session = self._sessions.get(name, ("", "", None))
        if session is None or of != camera:
            raise SessionUnknown("there is no such session")
        return session

    async def _end(self, name: str) -> None:
        if (found := self._sessions.pop(name, None)) is not None:
            _, address, session = found
            self._room.leave(address)
            await session.close()

    def _later(self, name: str) -> None:
        task = asyncio.ensure_future(self._end(name))
        self._ending.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a session did not end well", exc_info=error)

    def _state_changed(self, session: Session, state: State) -> None:
        if state in ("failed", "closed"):
            self._later(session.id)
