"""Which alternative of a master playlist is watched."""

from __future__ import annotations

from ingest.hls.errors import CodecError, MediaError
from ingest.hls.playlist import Master, Variant

# How names of codecs begin (RFC 6381): of the video that we take, of other video, of what is no video.
_TAKEN = ("avc1", "avc3", "hvc1", "hev1")
_NOT_TAKEN = {"av01": "AV1", "vp09": "VP9", "vp08": "VP8", "vvc1": "H.266", "mp4v": "MPEG-4", "dvh1": "DOLBY VISION"}
_NO_VIDEO = ("mp4a", "ac-3", "ec-3", "opus", "flac", "stpp", "wvtt")


def best(master: Master) -> Variant:
    """The one of the highest bandwidth that has H.264 or H.265, or that does not say what it has.

    Raises MediaError where there is only sound, CodecError where there is only other video.
    """
    videos = [each for each in master.variants if not each.codecs or not all(_starts(each, _NO_VIDEO))]
    if not videos:
        raise MediaError("no video")
    taken = [each for each in videos if not each.codecs or any(_starts(each, _TAKEN))]
    if not taken:
        names = (_NOT_TAKEN.get(codec[:4].lower()) for each in videos for codec in each.codecs)
        raise CodecError(next((name for name in names if name), "?"))
    return max(taken, key=lambda each: each.bandwidth)


def _starts(variant: Variant, beginnings: tuple[str, ...]) -> list[bool]:
    return [codec.lower().startswith(beginnings) for codec in variant.codecs]
