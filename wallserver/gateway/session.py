"""A session: one peer connection of one viewer, a display with a pool of slots or a WHEP player with one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import structlog
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.sdp import H264Level

from wallserver.gateway.cell_channel import LABEL, CellChannel
from wallserver.gateway.confirmation import Watched
from wallserver.gateway.congestion import Congestion
from wallserver.gateway.errors import OfferError
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.ice_session import IceSession, Network
from wallserver.gateway.pacer import Pacer
from wallserver.gateway.release import expect_few_messages, expect_nothing, release
from wallserver.gateway.sdp import (
    HIGHEST_LEVEL,
    NONSENSE,
    Offer,
    fit_level,
    level_of,
    read_fragment,
    with_ice_options,
)
from wallserver.gateway.sender import bind
from wallserver.gateway.sending import Sending
from wallserver.gateway.session_figures import SessionFigures
from wallserver.gateway.slot import Slot
from wallserver.gateway.traffic import TrafficMeter
from wallserver.gateway.versions import Versions

log = structlog.get_logger(__name__)

type State = Literal["connecting", "connected", "failed", "closed"]

# A viewer that is not connected this long after its offer will not come. aiortc itself would wait for ever
# for more candidates.
CONNECT_S = 15.0

# aiortc's own closing waits for tasks of its own; a session that hangs in it must not keep its slots.
CLOSE_S = 2.0

# A player is told the level of the very stream, if the stream shows it in time.
LEVEL_WAIT_S = 0.5


class Session:
    """One viewer. `on_state` is called at each change; after "failed" or "closed" it has to be closed.

    Its name is a secret of whose it is (`is_of`): logs say only how it begins.
    """

    def __init__(
        self,
        session: str,
        kind: Literal["display", "whep"],
        display: str | None,
        fan_out: FanOut,
        network: Network,
        sending: Sending,
        on_state: Callable[[Session, State], None],
        viewer: str = "",
        asked: str = "",
    ) -> None:
        self.id = session
        self.kind = kind
        self.display = display
        self._viewer, self._asked = viewer, asked
        self.state: State = "connecting"
        self.slots: tuple[Slot, ...] = ()
        self.plan = -1
        # What it is to show once its offer is answered.
        self.offered: frozenset[str] = frozenset()
        # Players show a picture and nothing over it: what is said of each costs nothing there.
        self.cells = CellChannel() if kind == "display" else None
        self.figures = SessionFigures()
        self._fan_out = fan_out
        self._network = network
        self._sending = sending
        self._pacer = Pacer(sending.rate)
        self._versions = Versions(fan_out)
        self._congestion = Congestion()
        self._overloaded = False
        self._taken_off: frozenset[str] = frozenset()
        self._dropped_before = 0
        self._on_state = on_state
        self._ice: IceSession | None = None
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._pc.on("connectionstatechange", self._state_changed)
        self._pc.on("datachannel", self._channel_opened)
        self._deadline: asyncio.TimerHandle | None = None

    async def answer(
        self, offer: Offer, streams: Sequence[str | None], lighter: Mapping[str, str] = MappingProxyType({})
    ) -> str:
        """Negotiate: a sendonly answer with H.264 alone, its m-lines in the offer's order. The rest is as in `show`.

        Raises OfferError, whose words say what is wrong with the offer.
        """
        if len(streams) > offer.video_lines:
            raise OfferError(f"{len(streams)} slots were planned, the offer has {offer.video_lines}", 422)
        if self.kind == "whep" and "application" in offer.kinds:
            raise OfferError("a player is given no data channel", 422)
        self._add_transceivers(offer.kinds)
        first = self._pc.getTransceivers()[0]
        heading = (f"m={first.kind} 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{offer.mid}")
        self._ice = IceSession(self._network, first.sender.transport, offer.ufrag, heading)
        self.show(streams, lighter)
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(offer.text, "offer"))
            self._choose_ciphers()
            if self._pc.sctp is not None:
                expect_few_messages(self._pc.sctp, self._talks_too_much)
            await self._pc.setLocalDescription()
        except NONSENSE as error:
            raise OfferError(f"the offer cannot be answered: {type(error).__name__} {error}", 422) from error
        self._deadline = asyncio.get_running_loop().call_later(CONNECT_S, self._enter, "failed")
        return self._pc.localDescription.sdp

    async def name_level(self, answer: str) -> str:
        """The answer with the level of what is sent; a player's stream is waited for, but not for long."""
        stream = self.slots[0].stream if self.kind == "whep" and self.slots else None
        level = HIGHEST_LEVEL if stream is None else await self._level_of(stream)
        return with_ice_options(fit_level(answer, level))

    def show(
        self,
        streams: Sequence[str | None],
        lighter: Mapping[str, str] = MappingProxyType({}),
        *,
        overloaded: bool = False,
    ) -> None:
        """Put these streams behind the slots, in order; the slots beyond them send nothing.

        `lighter`: which of them have a version that is lighter to send and to decode. It is shown where the network
        is too narrow, as seen here, or the viewer `overloaded`, as it says itself.
        Raises OfferError where there are more streams than slots.
        """
        if len(streams) > len(self.slots):
            raise OfferError(f"{len(streams)} slots were planned, the session has {len(self.slots)}", 422)
        self.offered = frozenset()
        self._overloaded = overloaded
        self._taken_off &= frozenset(streams)
        self._versions.plan(self.slots, streams, lighter)
        self._versions.set_light(self.light)

    def is_of(self, display: str | None, viewer: str, asked: str) -> bool:
        """Whether it is this display's; where that is none, this player's."""
        return self.display == display and (display is not None or (self._viewer, self._asked) == (viewer, asked))

    @property
    def watched(self) -> Watched:
        """What control is asked to confirm: whose it is, and what stands behind its slots, or is to."""
        return self._viewer, self._asked, sorted(self._versions.planned | self.offered)

    def take_off(self, streams: frozenset[str]) -> None:
        """Show these no more; the slots that carried them send nothing.

        Control may have said so before the plan came that does: to be told so is no mistake, only that no plan came.
        """
        if self._taken_off:
            log.warning("a viewer got what it may not see", session=self.id[:8], streams=sorted(self._taken_off))
        self._taken_off = streams
        if streams:
            self._versions.take_off(streams)

    @property
    def light(self) -> bool:
        """Whether the viewer gets lighter versions of what was planned."""
        return self._overloaded or self._congestion.light

    def look(self, now: float) -> None:
        """Once a second, by the monotonic clock: take its figures, and see whether the viewer keeps up."""
        self.figures.sample()
        dropped, said = self.figures.totals["dropped"], self.figures.reception
        lost, said_at = (said.loss, said.at) if said is not None else (0.0, now)
        if self._congestion.look(now, lost, dropped - self._dropped_before, said_at):
            log.info("a viewer gets less" if self._congestion.light else "a viewer gets all", session=self.id[:8])
            self._versions.set_light(self.light)
        self._versions.look()
        self._dropped_before = dropped

    @property
    def tag(self) -> str:
        """What names the present ICE session; another one after an ICE restart."""
        return self._ice.tag if self._ice is not None else ""

    async def patch(self, fragment: str, if_match: str | None) -> str | None:
        """Take trickled candidates, or begin an ICE restart and return our side of it.

        Raises StaleSession where `if_match` means another ICE session, OfferError at nonsense.
        """
        if self._ice is None:
            raise OfferError("the session has not been answered yet", 409)
        return await self._ice.patch(read_fragment(fragment), if_match)

    def to_json(self) -> dict[str, Any]:
        """Whose it is, how it is, and its figures; its name's beginning alone, since the whole name can close it."""
        streams = [slot.stream for slot in self.slots if slot.stream is not None]
        return {
            "session": self.id[:8],
            "kind": self.kind,
            "display": self.display,
            "state": self.state,
            "stream": streams[0] if self.kind == "whep" and streams else None,
            "streams": len(streams),
            "light": self.light,
            **self.figures.to_json(),
        }

    async def close(self) -> None:
        """Free everything. The viewer sees the connection end."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._versions.close()
        self._pacer.close()
        self._pc.remove_all_listeners()
        try:
            await asyncio.wait_for(self._pc.close(), CLOSE_S)
        except TimeoutError:
            log.warning("a session did not close in time", session=self.id[:8])
        else:
            release(self._pc.getTransceivers())
        finally:
            if self._ice is not None:
                await self._ice.close()
            self._enter("closed")

    def _add_transceivers(self, kinds: Sequence[str]) -> None:
        """One for each m-line, in order: setRemoteDescription gives each the first of its kind that is free."""
        slots: list[Slot] = []
        for kind in kinds:
            if kind == "video":
                slots.append(self._make_slot(len(slots)))
            elif kind == "audio":
                self._pc.addTransceiver("audio", direction="inactive")
        self.slots = tuple(slots)

    def _make_slot(self, index: int) -> Slot:
        slot = Slot(index, self.cells)
        transceiver = self._pc.addTransceiver("video", direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        playable = [codec for codec in codecs if codec.mimeType in ("video/H264", "video/rtx")]
        transceiver.setCodecPreferences(playable)
        expect_nothing(transceiver)
        bind(slot, transceiver.sender, self._pacer, self._sending)
        self.figures.meters.append(TrafficMeter(transceiver.sender, slot.traffic))
        return slot

    def _choose_ciphers(self) -> None:
        """Be the DTLS server where the viewer leaves it to us (RFC 8842, 5.3): the server chooses the SRTP profile.

        aiortc's list begins with AES-GCM, which costs half of AES-CM with HMAC-SHA1; browsers who choose take that.
        """
        for transceiver in self._pc.getTransceivers():
            dtls = transceiver.sender.transport
            if dtls._role == "auto":
                dtls._set_role("server")

    async def _level_of(self, stream: str) -> H264Level:
        try:
            async with asyncio.timeout(LEVEL_WAIT_S):
                async with self._fan_out.awaiting(stream) as keyframe:
                    return level_of(keyframe.data)
        except TimeoutError:
            return HIGHEST_LEVEL

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        if channel.label == LABEL and self.cells is not None:
            self.cells.open(channel)

    def _talks_too_much(self) -> None:
        log.warning("a viewer says more than a page does", session=self.id[:8], display=self.display)
        self._enter("failed")

    def _state_changed(self) -> None:
        match self._pc.connectionState:
            case "connected":
                if self._deadline is not None:
                    self._deadline.cancel()
                self._enter("connected")
            case "failed":
                self._enter("failed")
            case "closed":
                self._enter("closed")

    def _enter(self, state: State) -> None:
        if state != self.state and self.state != "closed":
            self.state = state
            self._on_state(self, state)
