"""The process that FFmpeg works in for a puller: it has no network, no secret, and little memory.

Run as `python -m ingest.ffmpeg_process` by ingest.ffmpeg, which says what goes over its standard input and output.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from ingest.ffmpeg_wire import ANSWER, DECODES, REQUEST, Status, pack_demuxed
from ingest.tether import die_with_parent

# What a picture may take that says that it is 16384 × 16384 pixels.
_MEMORY_BYTES = 3 << 30


def _main() -> None:
    _give_up_rights()
    from ingest.access_unit import Codec  # FFmpeg's libraries are not loaded before
    from ingest.hls.demux import demux
    from ingest.hls.errors import CodecError, MediaError
    from ingest.keyframe import decodes

    def answer(operation: int, codec: int, data: bytes) -> tuple[Status, bytes]:
        if operation == DECODES:
            return (Status.DONE if decodes(Codec(codec), data) else Status.NO_PICTURE), b""
        try:
            return Status.DONE, pack_demuxed(demux(data))
        except CodecError as error:
            return Status.CODEC, error.encoding.encode()
        except MediaError as error:
            return Status.MEDIA, str(error).encode()

    _serve(sys.stdin.buffer, sys.stdout.buffer, answer)


def _serve(requests: BinaryIO, answers: BinaryIO, answer: Callable[[int, int, bytes], tuple[Status, bytes]]) -> None:
    """One after the other, until the puller says no more."""
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        operation, codec, length = REQUEST.unpack(head)
        status, body = answer(operation, codec, requests.read(length))
        answers.write(ANSWER.pack(status, len(body)) + body)
        answers.flush()


def _give_up_rights() -> None:
    """Whoever breaks into FFmpeg with a picture finds himself in an empty room."""
    with contextlib.suppress(OSError):  # where the system does not let everybody
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    die_with_parent(signal.SIGKILL)  # the wish to end with the puller does not survive the line above
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the house, which ends us


if __name__ == "__main__":
    _main()
