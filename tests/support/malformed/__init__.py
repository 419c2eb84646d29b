"""Malformed streams: real conversations of real recordings, spoilt by a seed. The same seed is the same bytes.

A `Malformed` is served by `rtsp_camera` or `hls_server`; what it is about is its kind, one of `KINDS` in turn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.support.malformed import hls, nal_units, rtp, rtsp

# Kind → what serves the stream of a chance, as a context that answers its URL.
KINDS: dict[str, Callable[[random.Random, str], AbstractAsyncContextManager[str]]] = {
    "rtsp": rtsp.serve_answers,
    "sdp": rtsp.serve_description,
    "rtp": rtp.serve,
    "h264": nal_units.serve_h264,
    "h265": nal_units.serve_h265,
    "hls": hls.serve,
}


def kind_of(seed: int) -> str:
    """What the stream of this seed has wrong with it."""
    return list(KINDS)[seed % len(KINDS)]


def malformed(seed: int, host: str) -> AbstractAsyncContextManager[str]:
    """Serves the stream of this seed at `host`, an address of this machine, for a while; its URL."""
    kind = kind_of(seed)
    return KINDS[kind](random.Random(f"{kind} {seed}"), host)
