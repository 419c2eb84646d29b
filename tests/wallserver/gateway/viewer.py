"""A viewer: aiortc itself, as a browser would use it."""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcdtlstransport import SRTPProtectionProfile
from aiortc.rtp import AnyRtcpPacket, RtcpSenderInfo, RtcpSrPacket, RtpPacket

from tests.wallserver.gateway.pictures import read


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: its number, its size, and the RTP timestamp of its packets."""

    number: int
    size: tuple[int, int]
    rtp_ts: int


@dataclass(slots=True)
class Video:
    """What came of one m-line. `timestamps` are those of the packets, in order, each once; `reports`: of the sender."""

    pictures: list[Picture] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    sequence_numbers: list[int] = field(default_factory=list)
    reports: list[RtcpSenderInfo] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the decoded pictures."""
        return [picture.number for picture in self.pictures]


class Viewer:
    """A display or a WHEP player. `layouts` and `tables` came over the data channel; `sees` is given each picture."""

    def __init__(
        self,
        videos: int,
        channel: bool = True,
        audio: bool = False,
        sees: Callable[[av.VideoFrame], object] = lambda _: None,
    ) -> None:
        self._sees = sees
        self.videos = [Video() for _ in range(videos)]
        self.layouts: list[dict[str, Any]] = []
        self.tables: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        if audio:
            self.pc.addTransceiver("audio", direction="recvonly")
        self._receivers = [self.pc.addTransceiver("video", direction="recvonly").receiver for _ in self.videos]
        for video, receiver in zip(self.videos, self._receivers, strict=True):
            _listen(receiver, video)
        self.pc.on("track", self._track)
        if channel:
            self.channel: RTCDataChannel = self.pc.createDataChannel("cells")
            self.channel.on("message", self._message)

    async def offer(self) -> str:
        """An SDP offer with this viewer's candidates."""
        await self.pc.setLocalDescription()
        return self.pc.localDescription.sdp

    async def accept(self, answer: str) -> None:
        """Take the answer."""
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def vanish(self) -> None:
        """Go without a word: nothing is sent or answered any more."""
        transport = self._receivers[0].transport.transport
        for protocol in transport._connection._protocols:
            vars(protocol)["datagram_received"] = lambda data, addr: None
            vars(protocol)["transport"] = _Nowhere(protocol.transport)

    def lose(self, every: int) -> None:
        """From now on each so-manieth RTP packet does not arrive (RTCP, DTLS and STUN do)."""
        count = itertools.count(1)
        for protocol in self._receivers[0].transport.transport._connection._protocols:
            receive = protocol.datagram_received

            def lossy(data: bytes, addr: tuple[str, int], receive: Any = receive) -> None:
                media = 127 < data[0] < 192 and not 192 <= data[1] <= 223
                if not media or next(count) % every:
                    receive(data, addr)

            vars(protocol)["datagram_received"] = lossy

    def encrypt_by(self, profiles: Sequence[SRTPProtectionProfile]) -> None:
        """Before the offer: offer these, in this order."""
        for receiver in self._receivers:
            vars(receiver.transport)["_srtp_profiles"] = list(profiles)

    @property
    def srtp_profile(self) -> bytes:
        """How media are encrypted (RFC 5764, 4.1.2)."""
        profile: bytes = vars(self._receivers[0].transport)["_ssl"].get_selected_srtp_profile()
        return profile

    async def want_keyframe(self, slot: int) -> None:
        """Send a PLI."""
        receiver = self._receivers[slot]
        (ssrc,) = {source.source for source in receiver.getSynchronizationSources()}
        await receiver._send_rtcp_pli(ssrc)

    async def close(self) -> None:
        """Leave in good order."""
        await self.pc.close()
        await asyncio.gather(*self.tasks)

    def _track(self, track: MediaStreamTrack) -> None:
        index = [receiver.track for receiver in self._receivers].index(track)
        self.tasks.append(asyncio.create_task(self._watch(track, self.videos[index])))

    async def _watch(self, track: MediaStreamTrack, video: Video) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, av.VideoFrame)
            self._sees(frame)
            assert frame.pts is not None
            rtp_ts = (video.timestamps[0] + frame.pts) & 0xFFFFFFFF
            video.pictures.append(Picture(read(frame), (frame.width, frame.height), rtp_ts))

    def _message(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.layouts.append(json.loads(message))
        else:
            kind, slot, rtp_ts, _epoch = struct.unpack_from("!BBLL", message)
            assert kind == 1
            self.tables[slot, rtp_ts] = list(struct.iter_unpack("!BH", message[10:]))


class _Nowhere:
    """A datagram transport that sends nothing."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def sendto(self, data: bytes, address: object = None) -> None:
        """Lose it."""

    def close(self) -> None:
        """Close the real one."""
        self._transport.close()


def _listen(receiver: RTCRtpReceiver, video: Video) -> None:
    """Note the packets that come, before aiortc puts them together."""
    take = receiver._handle_rtp_packet

    async def noted(packet: RtpPacket, arrival_time_ms: int) -> None:
        if packet.timestamp not in video.timestamps[-1:]:
            video.timestamps.append(packet.timestamp)
        video.sequence_numbers.append(packet.sequence_number)
        await take(packet, arrival_time_ms)

    take_report = receiver._handle_rtcp_packet

    async def report_noted(packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket):
            video.reports.append(packet.sender_info)
        await take_report(packet)

    vars(receiver)["_handle_rtp_packet"] = noted
    vars(receiver)["_handle_rtcp_packet"] = report_noted
