"""The bitstream of one connection made fit for everybody: repaired once here, so that nobody after has to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ingest import annexb, jpeg
from ingest.access_unit import Codec
from ingest.annexb import RawPicture
from ingest.parameter_sets import ParameterSets
from ingest.token_bucket import TokenBucket

# Real ones have some dozen bytes, with scaling lists some hundred; reading megabytes bit by bit would stop everybody
# else.
MAX_PARAMETER_SET_BYTES = 1024
# Of one picture; more of them, each another one, would take as long.
MAX_PARAMETER_SETS = 32
# New ones that are read, a second and at once: one takes milliseconds where it was made to. Cameras repeat theirs.
_NEW_SETS_RATE, _NEW_SETS_BURST = 10.0, 64.0


@dataclass(slots=True)
class Repaired:
    """One access unit in Annex B; a keyframe has all parameter sets in front."""

    data: bytes
    keyframe: bool
    damaged: bool
    width: int
    height: int
    b_frames: bool


class WholePictures:
    """Of Motion JPEG there is nothing to repair: each picture is a keyframe, or none."""

    def learn(self, nals: Iterable[bytes]) -> None:
        """There is nothing to know beforehand."""

    def take(self, picture: RawPicture) -> Repaired | None:
        """The next picture; None where it does not say how large it is."""
        data = b"".join(picture.nals)
        size = jpeg.size(data)
        return None if size is None else Repaired(data, True, picture.broken, *size, b_frames=False)


class Repair:
    """Takes the pictures of one connection in order; nothing comes out before the first keyframe that is complete.

    `clock` is monotonic, in seconds.
    """

    def __init__(self, codec: Codec, clock: Callable[[], float] = time.monotonic) -> None:
        self._codec = codec
        self._clock = clock
        self._sets = ParameterSets(codec)
        self._new_sets = TokenBucket(_NEW_SETS_RATE, _NEW_SETS_BURST)
        self._begun = False
        self._damaged = False
        self._b_frames = False

    def learn(self, nals: Iterable[bytes]) -> None:
        """Take parameter sets, from the stream or from outside of it (SDP, MP4 header); others are passed over."""
        for nal in nals:
            if nal and annexb.is_parameter_set(self._codec, annexb.nal_type(self._codec, nal)):
                self._learn(nal)

    def take(self, picture: RawPicture) -> Repaired | None:
        """The next picture; None while nothing can be shown."""
        codec = self._codec
        self._damaged = self._damaged or picture.broken
        kept: list[bytes] = []
        first_slice: bytes | None = None
        key = False
        sets = 0
        for nal in picture.nals:
            kind = annexb.nal_type(codec, nal)
            if annexb.is_picture(codec, kind):
                if first_slice is None:
                    first_slice = nal
                    key = annexb.is_key(codec, kind)
            elif annexb.is_noise(codec, kind):
                continue
            elif annexb.is_parameter_set(codec, kind):
                sets += 1
                if sets > MAX_PARAMETER_SETS:
                    continue
                self._learn(nal)
            kept.append(nal)
        if first_slice is None:
            return None
        if key:
            self._damaged = picture.broken
            kept = self._sets.before(kept)
            self._begun = self._begun or self._sets.complete
        size = self._sets.format
        if not self._begun or size is None:
            return None
        self._notice_b_frames(first_slice)
        return Repaired(annexb.join(kept), key, self._damaged, size.width, size.height, self._b_frames)

    def _learn(self, nal: bytes) -> None:
        if len(nal) > MAX_PARAMETER_SET_BYTES or nal in self._sets:
            return
        now = self._clock()
        if self._new_sets.ready_at() <= now:
            self._new_sets.take(now)
            self._sets.learn(nal)

    def _notice_b_frames(self, first_slice: bytes) -> None:
        """H.264 says it in each slice, H.265 in its SPS (there, B slices alone do not mean another order)."""
        if self._codec is Codec.H264:
            self._b_frames = self._b_frames or annexb.begins_with_b_slice(first_slice)
        elif self._sets.format is not None:
            self._b_frames = self._sets.format.reorders


def repair_for(codec: Codec) -> Repair | WholePictures:
    """What makes a connection's pictures fit, by their codec."""
    return WholePictures() if codec is Codec.MJPEG else Repair(codec)
