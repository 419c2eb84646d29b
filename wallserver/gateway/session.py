"""A session: one peer connection of one viewer, a display with a pool of slots or a WHEP player with one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

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
from wallserver.gateway.errors import OfferError
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.sdp import HIGHEST_LEVEL, NONSENSE, Offer, fit_level, level_of, read_fragment
from wallserver.gateway.sender import prepare_sender
from wallserver.gateway.slot import Slot

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

    Who has a session's name can close it, and a display can change its slots: logs say only how it begins.
    """

    def __init__(
        self,
        session: str,
        kind: Literal["display", "whep"],
        display: str | None,
        fan_out: FanOut,
        on_state: Callable[[Session, State], None],
    ) -> None:
        self.id = session
        self.kind = kind
        self.display = display
        self.state: State = "connecting"
        self.slots: tuple[Slot, ...] = ()
        self.plan = -1
        self.cells = CellChannel()
        self._fan_out = fan_out
        self._on_state = on_state
        self._ufrag = ""
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._pc.on("connectionstatechange", self._state_changed)
        self._pc.on("datachannel", self._channel_opened)
        self._deadline: asyncio.TimerHandle | None = None

    async def answer(self, offer: Offer, streams: Sequence[str | None]) -> str:
        """Negotiate: a sendonly answer with H.264 alone, its m-lines in the offer's order.

        Raises OfferError, whose words say what is wrong with the offer.
        """
        if len(streams) > offer.video_lines:
            raise OfferError(f"{len(streams)} slots were planned, the offer has {offer.video_lines}", 422)
        self._ufrag = offer.ufrag
        self._add_transceivers(offer.kinds)
        self.show(streams)
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(offer.text, "offer"))
            await self._pc.setLocalDescription()
        except NONSENSE as error:
            raise OfferError(f"the offer cannot be answered: {type(error).__name__} {error}", 422) from error
        self._deadline = asyncio.get_running_loop().call_later(CONNECT_S, self._enter, "failed")
        stream = streams[0] if self.kind == "whep" and streams else None
        level = HIGHEST_LEVEL if stream is None else await self._level_of(stream)
        return fit_level(self._pc.localDescription.sdp, level)

    def show(self, streams: Sequence[str | None]) -> None:
        """Put these streams behind the slots, in order; the slots beyond them send nothing.

        Raises OfferError where there are more streams than slots.
        """
        if len(streams) > len(self.slots):
            raise OfferError(f"{len(streams)} slots were planned, the session has {len(self.slots)}", 422)
        for slot in self.slots:
            self._fan_out.show(slot, streams[slot.index] if slot.index < len(streams) else None)

    async def add_candidates(self, fragment: str) -> None:
        """Take trickled candidates.

        Raises OfferError at nonsense (400) and at an ICE restart, which is not done here (501).
        """
        read = read_fragment(fragment)
        if read.ufrag is not None and read.ufrag != self._ufrag:
            raise OfferError("ICE restarts are not done: open a new session", 501)
        mid = next(transceiver.mid for transceiver in self._pc.getTransceivers())
        for candidate in read.candidates:
            candidate.sdpMid = mid
            await self._pc.addIceCandidate(candidate)

    async def close(self) -> None:
        """Free everything. The viewer sees the connection end."""
        if self._deadline is not None:
            self._deadline.cancel()
        for slot in self.slots:
            self._fan_out.show(slot, None)
        self._pc.remove_all_listeners()
        try:
            await asyncio.wait_for(self._pc.close(), CLOSE_S)
        except TimeoutError:
            log.warning("a session did not close in time", session=self.id[:8])
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
        transceiver = self._pc.addTransceiver(slot, direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        playable = [codec for codec in codecs if codec.mimeType in ("video/H264", "video/rtx")]
        transceiver.setCodecPreferences(playable)
        prepare_sender(transceiver.sender, slot.keyframe_wanted)
        slot.bind(transceiver.sender)
        return slot

    async def _level_of(self, stream: str) -> H264Level:
        try:
            async with asyncio.timeout(LEVEL_WAIT_S):
                return level_of((await self._fan_out.keyframe(stream)).data)
        except TimeoutError:
            return HIGHEST_LEVEL

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        if channel.label == LABEL:
            self.cells.open(channel)

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
