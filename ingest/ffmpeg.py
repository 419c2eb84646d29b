"""FFmpeg at arm's length: what needs it is done in a process of its own, which may die of a hostile picture.

A puller holds hundreds of cameras in Python, which bytes do not kill. The two things that take FFmpeg, to see whether a
keyframe decodes and to take an HLS segment apart, are done next door: a death there costs the camera in hand one
attempt, and the others nothing but a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import structlog

from ingest.access_unit import Codec
from ingest.errors import IngestError
from ingest.ffmpeg_wire import ANSWER, DECODES, DEMUX, REQUEST, Status, unpack_demuxed
from ingest.hls.demuxed import Demuxed
from ingest.hls.errors import CodecError, MediaError
from ingest.supervisor import exit_cause
from ingest.tether import tethered

# For one keyframe or segment, the start of the process included. What takes longer is hung.
PATIENCE_S = 5.0
# The bounds of a segment and its init section, and what is said about them.
_MOST_BYTES = 20_000_000
_MOST_SUSPECTS = 1000
# Good answers that a source has to give after its second death: the first may have been another's fault.
PROBATION = 20

log = structlog.get_logger(__name__)


class DiedError(IngestError):
    """The process died at what it was given, or hung, or said what it never says."""


class Ffmpeg:
    """Needs a running event loop. Close it.

    A source that a process died of is worked for in a process that nobody else shares, until that goes well; where it
    died a second time, until it has gone well PROBATION times.
    """

    def __init__(self) -> None:
        self._shared = _Process()
        self._suspects: dict[str, int] = {}  # source → how often it has to go well until it is trusted again
        # Each start takes some tenths of a second of CPU: many at once would make one another late.
        self._private = asyncio.Semaphore(2)

    async def start(self) -> None:
        """Be ready before the first camera is: the libraries take some tenths of a second."""
        await self._shared.start()

    async def decodes(self, source: str, codec: Codec, keyframe: bytes) -> bool:
        """Whether this keyframe (Annex B) gives a picture; not where the process died of it."""
        request = REQUEST.pack(DECODES, codec, len(keyframe)) + keyframe
        with contextlib.suppress(DiedError):
            return await self._ask(source, request, lambda status, _: status is Status.DONE)
        return False

    async def demux(self, source: str, segment: bytes) -> Demuxed:
        """The video of a segment with its init section in front. Raises MediaError, CodecError."""
        request = REQUEST.pack(DEMUX, 0, len(segment)) + segment
        try:
            return await self._ask(source, request, _demuxed)
        except DiedError:
            raise MediaError("a segment that FFmpeg died of") from None

    async def aclose(self) -> None:
        """End the process."""
        await self._shared.close()

    async def _ask[T](self, source: str, request: bytes, read: Callable[[Status, bytes], T]) -> T:
        if source not in self._suspects:
            return await self._ask_process(self._shared, source, request, read)
        async with self._private:
            answer = await self._ask_process(_Process(), source, request, read)
        # It was another's fault, or the machine's: what does not happen again is forgotten by and by.
        left = self._suspects.pop(source, 1) - 1
        if left:
            self._suspects[source] = left
        return answer

    async def _ask_process[T](
        self, process: _Process, source: str, request: bytes, read: Callable[[Status, bytes], T]
    ) -> T:
        try:
            return await process.ask(request, read)
        except DiedError as error:
            again = self._suspects.pop(source, 0) > 0
            log.error("FFmpeg died at what a camera sent", stream=source, cause=str(error), again=again)
            self._suspects[source] = PROBATION if again else 1
            while len(self._suspects) > _MOST_SUSPECTS:
                del self._suspects[next(iter(self._suspects))]
            raise
        finally:
            if process is not self._shared:
                await process.close()


def _demuxed(status: Status, body: bytes) -> Demuxed:
    if status is Status.CODEC:
        raise CodecError(body.decode())
    if status is not Status.DONE:
        raise MediaError(body.decode())
    return unpack_demuxed(body)


class _Process:
    """One process, started when it is needed; it is asked one thing after the other."""

    def __init__(self) -> None:
        self._running: _Running | None = None
        self._turn = asyncio.Lock()

    async def ask[T](self, request: bytes, read: Callable[[Status, bytes], T]) -> T:
        """What it answers. Raises DiedError, and what `read` raises."""
        async with self._turn:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    status, body = await self._exchange(request)
                return read(Status(status), body)
            except TimeoutError:
                await self.close()
                raise DiedError("it hung") from None
            except (
                OSError,
                RuntimeError,
                asyncio.IncompleteReadError,
                ValueError,
            ) as error:  # uvloop's is a RuntimeError
                code = await self.close()
                raise DiedError(type(error).__name__ if code is None else exit_cause(code)) from None
            except asyncio.CancelledError:  # its answer is not to be taken for another's
                await self.close()
                raise

    async def start(self) -> None:
        """Without being asked anything yet."""
        async with self._turn:
            if self._running is None:
                await self._start()

    async def close(self) -> int | None:
        """End it; the code that it ended with by itself, if it did."""
        running, self._running = self._running, None
        return None if running is None else await running.end()

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._running is not None and (code := self._running.process.poll()) is not None:
            # Nobody's fault that could be told: it had answered all that it was asked.
            log.error("FFmpeg died between two cameras", cause=exit_cause(code))
            await self.close()
        running = self._running or await self._start()
        running.writer.write(request)
        await running.writer.drain()
        status, length = ANSWER.unpack(await running.reader.readexactly(ANSWER.size))
        if length > _MOST_BYTES:
            raise ValueError("an answer longer than any")
        return status, await running.reader.readexactly(length)

    async def _start(self) -> _Running:
        # Isolated from the folder it is started in, and from the environment, where passwords may be.
        command = tethered([sys.executable, "-I", "-m", "ingest.ffmpeg_process"])
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as undone:
            undone.enter_context(ours)
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=1 << 20)
            # Not by uvloop: that runs Python between fork and exec, which clears away what other threads had, and waits
            # for ever for those of swscale's that no fork has. Nothing is waited for between this and who ends it.
            process = subprocess.Popen(  # noqa: ASYNC220, S603 - a command of ours; a millisecond
                command, stdin=theirs.fileno(), stdout=theirs.fileno(), env={}
            )
            self._running = _Running(process, reader, writer)
            undone.pop_all()
        return self._running


class _Running(NamedTuple):
    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def end(self) -> int | None:
        """The code that it ended with by itself, if it did."""
        code = None
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):  # one that dies closes its socket before it is dead
                code = await asyncio.to_thread(self.process.wait, 0.1)
        finally:  # whoever asked may be gone by now
            self.process.kill()
            self.process.wait()  # a moment: nobody survives that
            self.writer.close()
        return code
