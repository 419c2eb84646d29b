"""How a slot's access units reach its viewer: by our sender, or by aiortc's own.

What is needed of aiortc beyond its public names is checked at the start of the gateway (aiortc is pinned exactly): an
update that moves a name is a plain error, or the stock sender, and not a wall that shows the wrong age.
"""

from __future__ import annotations

from dataclasses import replace

import structlog
from aiortc import RTCRtpSender, rtcrtpsender, rtp
from aiortc.rtp import HeaderExtensionsMap

from wallserver.gateway import datagrams, dtls, rtp_sender
from wallserver.gateway.errors import GatewayError
from wallserver.gateway.header_extensions import PacketExtensions, negotiate_playout_delay
from wallserver.gateway.pacer import Pacer
from wallserver.gateway.rtp_sender import RtpSender
from wallserver.gateway.sending import Sending
from wallserver.gateway.slot import Slot
from wallserver.gateway.stock_sender import RTP_TIMESTAMP, SlotTrack
from wallserver.gateway.traffic import Traffic, missing_traffic_names

log = structlog.get_logger(__name__)

# Called by aiortc on a PLI or FIR; its own only sets a flag that matters where it encodes.
_SEND_KEYFRAME = "_send_keyframe"
# What writes the header extensions into each packet.
_EXTENSIONS = "_RTCRtpSender__rtp_header_extensions_map"
# Sends a packet again, if it is still in the history.
_RETRANSMIT = "_retransmit"
_HISTORY = "_RTCRtpSender__rtp_history"
# Packets that aiortc's sender keeps for a repeat. At 4 Mbit/s there are 400 a second; its 128 are a third of a second.
_STOCK_HISTORY_PACKETS = 1024


def bind(slot: Slot, sender: RTCRtpSender, pacer: Pacer, sending: Sending) -> None:
    """Before negotiation: have this sender take what the slot has, and tell the slot of keyframes that are wanted."""
    extensions = PacketExtensions(sending.playout_ms)
    vars(sender)[_EXTENSIONS] = extensions
    vars(sender)[_SEND_KEYFRAME] = slot.keyframe_wanted
    if sending.kind == "batched":
        RtpSender(sender, slot, pacer, extensions)
    else:
        sender.replaceTrack(SlotTrack(sender, slot))
        _count_repeats(sender, slot.traffic)


def prepare(probe: RTCRtpSender, sending: Sending) -> Sending:
    """Set what is set once for the process, and see which sender it can be; `probe` is any sender.

    Raises GatewayError if this aiortc lacks a name that every sender relies on.
    """
    if lacking := _lacking(probe):
        raise GatewayError("this version of aiortc lacks: " + ", ".join(lacking))
    negotiate_playout_delay()
    vars(rtcrtpsender)["RTP_HISTORY_SIZE"] = _STOCK_HISTORY_PACKETS
    lacking = rtp_sender.missing_names(probe) + datagrams.missing_names(probe.transport)
    if sending.kind == "batched" and lacking:
        log.warning("aiortc's own sender is used, which costs more: this aiortc is another one", lacking=lacking)
        return replace(sending, kind="stock")
    return sending


def _count_repeats(sender: RTCRtpSender, traffic: Traffic) -> None:
    """aiortc looks each packet up in its history, and says nothing of what it found."""
    history = getattr(sender, _HISTORY)
    retransmit = getattr(sender, _RETRANSMIT)

    async def counted(sequence_number: int) -> None:
        packet = history.get(sequence_number % _STOCK_HISTORY_PACKETS)
        traffic.repeated += packet is not None and packet.sequence_number == sequence_number
        await retransmit(sequence_number)

    setattr(sender, _RETRANSMIT, counted)


def _lacking(sender: RTCRtpSender) -> list[str]:
    names = (_SEND_KEYFRAME, RTP_TIMESTAMP, _EXTENSIONS, _RETRANSMIT, _HISTORY)
    missing = dtls.missing_names() + missing_traffic_names(sender)
    missing += [f"RTCRtpSender.{name}" for name in names if not hasattr(sender, name)]
    if not isinstance(getattr(sender, _EXTENSIONS, None), HeaderExtensionsMap):
        missing.append(f"RTCRtpSender.{_EXTENSIONS}: HeaderExtensionsMap")
    roles = ("_role", "_set_role")
    missing += [f"RTCDtlsTransport.{name}" for name in roles if not hasattr(sender.transport, name)]
    if not hasattr(rtcrtpsender, "RTP_HISTORY_SIZE") or not hasattr(rtp, "RTP_HISTORY_SIZE"):
        missing.append("aiortc.rtcrtpsender.RTP_HISTORY_SIZE")
    return missing
