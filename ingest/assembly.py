"""Access units out of what FFmpeg's RTSP demuxer hands over when its parser is off: one chunk for each RTP packet.

Why the parser is off: to know where a picture ends it waits for the beginning of the next one, which is a whole
picture interval (measured with GstRtspServer at 15 fps: 66.7 ms on top of every picture). The RTP marker bit that says
it at once (RFC 6184, 5.1) is not handed on by FFmpeg. So the end is foretold here, and only where the stream has shown
that it can be:

- A fragmented NAL unit (FU-A) ends with the first fragment shorter than the others; one that was not fragmented ends
  with itself. A chunk as long as a full packet leaves the question open.
- A picture ends with the last of its slices, and encoders make as many of them in each picture as in the one before
  (keyframes and others counted apart).

Each picture's end is foretold silently at first. Only after `PROOF` pictures in a row without a mistake is a picture
handed over at the foretold end; a single mistake later switches that off for the rest of the connection, and pictures
end, as with FFmpeg's parser, when the next one begins.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest import annexb
from ingest.access_unit import Codec

PROOF = 12
# More than any picture needs: a source that never ends one must not fill the memory.
MAX_PICTURE_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Assembled:
    """The NAL units of one picture in the order they came; `broken` when parts are known to be missing."""

    pts: int | None
    nals: list[bytes]
    broken: bool


@dataclass(slots=True)
class _Picture:
    """The picture that is being collected."""

    pts: int | None
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    slices: int = 0
    key: bool = False
    broken: bool = False
    first_chunk: int = 0  # length of the newest NAL unit's first chunk
    open_ended: bool = True  # whether the newest NAL unit may go on in the next chunk
    foretold: bool = False
    went_on: bool = False  # after its foretold end


class Assembler:
    """Collects chunks; `feed` answers with the pictures that are complete by them (mostly none or one)."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._header = 1 if codec is Codec.H264 else 2
        self._picture: _Picture | None = None
        self._handed_over: int | None = None  # pts of the picture handed over at its foretold end
        self._slices: dict[bool, int] = {}  # slices of the newest picture: of keyframes and of others
        self._full_packet = 1 << 30  # the shortest first chunk that was seen to go on
        self._proof = 0
        self._trusted = True
        self._lost = False

    @property
    def foretells(self) -> bool:
        """Whether pictures are handed over at once, without waiting for the next one."""
        return self._trusted and self._proof >= PROOF

    def feed(self, chunk: bytes, pts: int | None) -> list[Assembled]:
        """Take the next chunk; `pts` is its RTP timestamp, unwrapped, the same for all chunks of a picture."""
        picture = self._picture
        starts = chunk.startswith(annexb.START_CODE)
        if not starts and picture is not None and pts == picture.pts and not self._lost:
            # Most chunks by far: the next fragment of what is there.
            self._continue(picture, chunk)
            return self._handed_over_if_ended(picture)
        return self._feed(chunk, pts, annexb.split(chunk) if starts else [])

    def _feed(self, chunk: bytes, pts: int | None, nals: list[bytes]) -> list[Assembled]:
        done: list[Assembled] = []
        lost, self._lost = self._lost, False
        picture = self._picture
        if picture is None and self._handed_over is not None and pts == self._handed_over and self._goes_on(nals):
            # More of a picture that was handed over: never foretell again, and say that it was not whole.
            self._trusted = False
            return [Assembled(pts, nals, broken=True)]
        if picture is not None and lost:
            picture.broken = True
        if picture is not None and (pts != picture.pts or self._begins_another(picture, nals)):
            done.append(self._finish(picture))
            picture = None
        if picture is None:
            picture = self._picture = _Picture(pts, broken=lost)
        if nals:
            self._begin(picture, chunk, nals)
        else:
            self._continue(picture, chunk)
        return done + self._handed_over_if_ended(picture)

    def lost(self) -> None:
        """Packets before the next chunk were lost: of the picture being collected, of the next, or of both."""
        self._lost = True

    def _goes_on(self, nals: list[bytes]) -> bool:
        """Whether a chunk with these NAL units (none: a fragment's continuation) continues a picture."""
        slices = [nal for nal in nals if annexb.is_picture(self._codec, annexb.nal_type(self._codec, nal))]
        return not nals or (bool(slices) and not annexb.begins_picture(self._codec, slices[0]))

    def _begins_another(self, picture: _Picture, nals: list[bytes]) -> bool:
        """Sources without timestamps, and those that give several pictures the same one."""
        return picture.slices > 0 and any(
            annexb.is_picture(self._codec, annexb.nal_type(self._codec, nal))
            and annexb.begins_picture(self._codec, nal)
            for nal in nals
        )

    def _begin(self, picture: _Picture, chunk: bytes, nals: list[bytes]) -> None:
        picture.chunks.append(chunk)
        picture.size += len(chunk)
        for nal in nals:  # several, where the camera aggregates (STAP-A)
            kind = annexb.nal_type(self._codec, nal)
            if annexb.is_picture(self._codec, kind):
                picture.slices += 1
                picture.key = picture.key or annexb.is_key(self._codec, kind)
                picture.went_on = picture.went_on or picture.foretold
        picture.first_chunk = len(chunk)
        picture.open_ended = len(nals) == 1 and len(chunk) >= self._full_packet

    def _continue(self, picture: _Picture, chunk: bytes) -> None:
        picture.chunks.append(chunk)
        picture.size += len(chunk)
        if len(picture.chunks) == 1:
            picture.broken = True  # the beginning was lost
            return
        picture.went_on = picture.went_on or picture.foretold
        self._full_packet = min(self._full_packet, picture.first_chunk)
        # The first chunk of a fragmented NAL unit has a start code and its header in front; the others have not.
        picture.open_ended = len(chunk) >= picture.first_chunk - len(annexb.START_CODE) - self._header

    def _handed_over_if_ended(self, picture: _Picture) -> list[Assembled]:
        """The picture, if its end has come as far as the ones before can tell, and they can."""
        if not picture.open_ended and picture.slices and picture.pts is not None:
            picture.foretold = picture.foretold or picture.slices == self._slices.get(picture.key)
            if picture.foretold and self.foretells:
                self._handed_over = picture.pts
                self._picture = None
                return [self._assembled(picture)]
        if picture.size > MAX_PICTURE_BYTES:
            self._picture = None
        return []

    def _finish(self, picture: _Picture) -> Assembled:
        """The next picture has begun: learn from this one. One without slices is parameter sets by themselves."""
        self._picture = None
        if picture.slices:
            if picture.foretold:
                self._proof = 0 if picture.went_on else self._proof + 1
            self._slices[picture.key] = picture.slices
        return self._assembled(picture)

    def _assembled(self, picture: _Picture) -> Assembled:
        return Assembled(picture.pts, annexb.split(b"".join(picture.chunks)), picture.broken)
