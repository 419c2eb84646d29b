"""Session descriptions: what is refused before aiortc sees it, and what is changed on the way in and out.

aiortc's parser trusts its input (it asserts, and takes quadratic time in the lines of a media section), so
an offer is measured first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiortc import RTCIceCandidate
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.sdp import H264Level, SessionDescription, candidate_from_sdp

from wallserver.gateway.errors import OfferError

# 36 m-lines with all codecs of Chromium are 188 kB.
MAX_BYTES = 256_000
MAX_VIDEO_LINES = 64
MAX_LINES_PER_MEDIA = 400
MAX_LINES = 7_000
MAX_MEDIA = MAX_VIDEO_LINES + 2
MAX_CANDIDATES = 64

# What aiortc raises at nonsense: its parser asserts, indexes and converts as it goes.
NONSENSE = (
    ValueError,
    LookupError,
    AssertionError,
    AttributeError,
    TypeError,
    StopIteration,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
)

# Wall pictures are at most 3840×2160 at 30 pictures a second: level 5.1 (ITU-T H.264 table A-1).
HIGHEST_LEVEL = H264Level.LEVEL5_1
# What every browser offers and any decoder has: 1280×720 at 30.
LOWEST_LEVEL = H264Level.LEVEL3_1

# RFC 8838: candidates may come later. Said in answers, and so in the fragments of ICE restarts too.
ICE_OPTIONS = "a=ice-options:trickle"

_H264 = re.compile(r"^(a=rtpmap:(\d+) H264/90000)(?=\r?$)", re.MULTILINE | re.IGNORECASE)
_PROFILE_LEVEL = re.compile(r"(profile-level-id=[0-9A-Fa-f]{4})([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that aiortc can be given: its SDP, the kinds of its m-lines in order, and what its first one says."""

    text: str
    kinds: tuple[str, ...]
    ufrag: str
    mid: str

    @property
    def video_lines(self) -> int:
        """How many m=video lines it has."""
        return self.kinds.count("video")


def read_offer(text: str) -> Offer:
    """Check and clean an SDP offer; OfferError says in one sentence what is wrong with it.

    Candidates that are names (`.local`, RFC 8829 mDNS) or not UDP are left out: resolving one costs a
    second, and the browser's own checks tell its address anyway. So is the end of candidates, after which
    aioice would give up early.
    """
    if len(text) > MAX_BYTES or len(text.encode()) > MAX_BYTES:
        raise OfferError(f"the offer is larger than {MAX_BYTES} bytes", 413)
    if not text.startswith("v="):
        raise OfferError("this is not an SDP offer")
    cleaned = _clean(text)
    try:
        description = SessionDescription.parse(cleaned)
    except NONSENSE as error:
        raise OfferError("the offer cannot be read as SDP") from error
    _check(description)
    first = description.media[0]
    kinds = tuple(media.kind for media in description.media)
    return Offer(cleaned, kinds, first.ice.usernameFragment or "" if first.ice is not None else "", first.rtp.muxId)


def _clean(text: str) -> str:
    lines: list[str] = []
    in_media = candidates = media = 0
    said = text.splitlines()
    if len(said) > MAX_LINES:
        raise OfferError(f"the offer has more than {MAX_LINES} lines", 413)
    for line in said:
        if line.startswith("m="):
            in_media = 0
            media += 1
            if media > MAX_MEDIA:
                raise OfferError(f"the offer has more than {MAX_MEDIA} sections", 422)
        in_media += 1
        if in_media > MAX_LINES_PER_MEDIA:
            raise OfferError(f"a section of the offer has more than {MAX_LINES_PER_MEDIA} lines", 413)
        if line.startswith("a=candidate:"):
            candidates += 1
            if candidates > MAX_CANDIDATES or not _reachable(line):
                continue
        if line.rstrip() != "a=end-of-candidates":
            lines.append(line)
    return _with_packetization_modes("\r\n".join(lines) + "\r\n")


def _with_packetization_modes(text: str) -> str:
    """Where H.264 is offered without any format parameters, packetization mode 1 is taken to be meant.

    By RFC 6184 section 8.1 it would be mode 0, pictures in single packets, which no camera's fit into; who leaves them
    out (GStreamer's webrtcbin, unless told) takes fragments all the same.
    """
    head, *sections = re.split(r"(?=^m=)", text, flags=re.MULTILINE)
    for place, section in enumerate(sections):
        for line, payload_type in _H264.findall(section):
            if f"a=fmtp:{payload_type} " not in section:
                said = f"{line}\r\na=fmtp:{payload_type} packetization-mode=1"
                sections[place] = sections[place].replace(line, said, 1)
    return head + "".join(sections)


def _reachable(line: str) -> bool:
    """Whether a candidate line (RFC 8839 section 5.1) names an address, UDP and the component that there is."""
    fields = line.split()
    return (
        len(fields) >= 8
        and fields[1] == "1"
        and fields[2].lower() == "udp"
        and re.fullmatch(r"[0-9.]+|[0-9A-Fa-f:]+", fields[4]) is not None
    )


def _check(description: SessionDescription) -> None:
    """Refuse what aiortc would stumble over later."""
    kinds = [media.kind for media in description.media]
    if any(kind not in ("audio", "video", "application") for kind in kinds) or kinds.count("application") > 1:
        raise OfferError("the offer has a section that is neither video, audio nor one data channel", 422)
    video = [media for media in description.media if media.kind == "video"]
    if not video:
        raise OfferError("the offer asks for no video", 422)
    if len(video) > MAX_VIDEO_LINES:
        raise OfferError(f"the offer asks for {len(video)} videos; at most {MAX_VIDEO_LINES} are given", 422)
    if not any(media.direction in (None, "recvonly", "sendrecv") for media in video):
        raise OfferError("the offer takes no video: it has to be recvonly", 422)
    _check_bundle(description)
    for media in description.media:
        if media.dtls is None or not media.dtls.fingerprints or media.ice is None or not media.ice.password:
            raise OfferError("the offer has no DTLS fingerprint or no ICE user name", 422)
    if any(all(codec.mimeType.lower() != "video/h264" for codec in media.rtp.codecs) for media in video):
        raise OfferError("the offer takes no H.264, and this wall sends nothing else", 422)


def _check_bundle(description: SessionDescription) -> None:
    """All sections have to share one transport (RFC 8843), that of the first.

    aiortc stops the transport that it goes on using if the first section is one that it made itself.
    """
    mids = [media.rtp.muxId for media in description.media]
    if "" in mids or len(set(mids)) != len(mids):
        raise OfferError("each section of the offer needs an a=mid of its own", 422)
    bundles = [group.items for group in description.group if group.semantic == "BUNDLE"]
    if len(mids) > 1 and (len(bundles) != 1 or bundles[0][0] != mids[0] or set(bundles[0]) != set(mids)):
        raise OfferError("the sections of the offer have to be one BUNDLE, beginning with the first", 422)
    if description.media[0].kind == "application":
        raise OfferError("the data channel's section of the offer has to follow the video", 422)


def fit_level(answer: str, level: H264Level) -> str:
    """Name the level of what is sent in each profile-level-id of an answer (RFC 6184 section 8.2.2)."""
    return _PROFILE_LEVEL.sub(lambda found: f"{found[1]}{level:02x}", answer)


def with_ice_options(answer: str) -> str:
    """Say in an answer that candidates may trickle, which aiortc leaves out."""
    return re.sub(r"(?m)^(?=m=)", ICE_OPTIONS + "\r\n", answer, count=1)


def level_of(access_unit: bytes) -> H264Level:
    """The level that an Annex B access unit's sequence parameter set claims, at least 3.1.

    The highest if it has none.
    """
    at = 0
    while (at := access_unit.find(b"\0\0\1", at)) != -1:
        at += 3
        if len(access_unit) > at + 3 and access_unit[at] & 0x1F == 7:
            claimed = access_unit[at + 3]
            return next((level for level in H264Level if level >= LOWEST_LEVEL and claimed <= level), HIGHEST_LEVEL)
    return HIGHEST_LEVEL


@dataclass(frozen=True, slots=True)
class Fragment:
    """A trickled fragment (RFC 8840): the sender's credentials if it names them, and the candidates worth trying."""

    ufrag: str | None
    password: str | None
    candidates: tuple[RTCIceCandidate, ...]


def read_fragment(text: str) -> Fragment:
    """Read an application/trickle-ice-sdpfrag body; OfferError if it is none."""
    if len(text) > MAX_BYTES:
        raise OfferError(f"the fragment is larger than {MAX_BYTES} bytes", 413)
    ufrag = password = None
    candidates: list[RTCIceCandidate] = []
    for line in text.splitlines()[:MAX_LINES_PER_MEDIA]:
        if line.startswith("a=ice-ufrag:"):
            ufrag = line.partition(":")[2].strip()
        elif line.startswith("a=ice-pwd:"):
            password = line.partition(":")[2].strip()
        elif line.startswith("a=candidate:") and _reachable(line) and len(candidates) < MAX_CANDIDATES:
            try:
                candidates.append(candidate_from_sdp(line.partition(":")[2]))
            except NONSENSE as error:
                raise OfferError("the fragment has a candidate that cannot be read") from error
    for credential, least in ((ufrag, 4), (password, 22)):
        if credential is not None and not re.fullmatch(rf"[A-Za-z0-9+/]{{{least},256}}", credential):
            raise OfferError("the fragment has an ICE user name or password that is none (RFC 8839 section 5.4)")
    return Fragment(ufrag, password, tuple(candidates))
