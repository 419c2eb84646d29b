"""What the malformed streams are made of: recordings of streets where there are any, else made pictures."""

from __future__ import annotations

import base64
import functools
from pathlib import Path

import av

from ingest import annexb
from ingest.access_unit import Codec
from tests.support.bitstreams import encode, encoder
from tests.support.packetiser import PAYLOAD_TYPE

FOOTAGE = Path(__file__).parents[4] / "shared" / "media"
PICTURES, GOP = 20, 10
_ENCODINGS = {Codec.H264: "H264", Codec.H265: "H265"}


@functools.cache
def recorded(codec: Codec) -> tuple[bytes, ...]:
    """Two GOPs of access units in Annex B: a camera over a street, as cheap cameras encode it."""
    street = FOOTAGE / "vtest.avi"
    if not street.exists():
        return tuple(bytes(packet) for packet in encode(codec, PICTURES, gop=GOP))
    context = encoder(codec, 384, 288, gop=GOP)
    units: list[bytes] = []
    with av.open(str(street)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == PICTURES:
                break
            small = frame.reformat(384, 288, "yuv420p")
            small.pts = number
            units.extend(bytes(packet) for packet in context.encode(small))
    units.extend(bytes(packet) for packet in context.encode(None))
    return tuple(units)


@functools.cache
def parameter_sets(codec: Codec) -> tuple[bytes, ...]:
    """Those of the recording."""
    nals = annexb.split(recorded(codec)[0])
    return tuple(nal for nal in nals if annexb.is_parameter_set(codec, nal_type(codec, nal)))


@functools.cache
def without_parameter_sets(codec: Codec) -> tuple[bytes, ...]:
    """The recording of a camera that says them in its description only."""
    sets = parameter_sets(codec)
    return tuple(annexb.join(nal for nal in annexb.split(unit) if nal not in sets) for unit in recorded(codec))


def nal_type(codec: Codec, nal: bytes) -> int:
    """The kind of a NAL unit (H.264 7.3.1, H.265 7.3.1.2)."""
    return nal[0] & 31 if codec is Codec.H264 else nal[0] >> 1 & 63


@functools.cache
def description(codec: Codec) -> bytes:
    """What a camera offers (RFC 8866; RFC 6184, 8.2; RFC 7798, 7.2), with an audio track beside it."""
    sets = [base64.b64encode(nal).decode() for nal in parameter_sets(codec)]
    if codec is Codec.H264:
        formats = f"packetization-mode=1;profile-level-id=42c01e;sprop-parameter-sets={','.join(sets)}"
    else:
        formats = ";".join(f"sprop-{name}={text}" for name, text in zip(("vps", "sps", "pps"), sets, strict=True))
    lines = [
        "v=0",
        "o=- 1700000000 1 IN IP4 192.168.1.64",
        "s=Media Presentation",
        "c=IN IP4 0.0.0.0",
        "b=AS:5050",
        "t=0 0",
        "a=control:*",
        "a=range:npt=0-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        "b=AS:5000",
        "a=recvonly",
        "a=x-dimensions:384,288",
        f"a=rtpmap:{PAYLOAD_TYPE} {_ENCODINGS[codec]}/90000",
        f"a=fmtp:{PAYLOAD_TYPE} {formats}",
        "a=framerate:15.000000",
        "a=control:trackID=1",
        "m=audio 0 RTP/AVP 8",
        "a=rtpmap:8 PCMA/8000",
        "a=control:trackID=2",
    ]
    return "\r\n".join([*lines, ""]).encode()
