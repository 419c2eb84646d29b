"""A process of ours that is told what to do by lines of JSON, and answers by lines of JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

_ENDS_WITHIN_S = 10.0


class Child:
    """Such a process, as its parent sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def tell(self, said: Any) -> None:
        """A line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(said).encode() + b"\n")

    async def heard(self, within_s: float) -> Any:
        """Its next line. Fails where it has ended, or says nothing for so long."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), within_s)
        assert line, "it has ended without a word"
        return json.loads(line)


@asynccontextmanager
async def child(module: str, first: Any) -> AsyncIterator[Child]:
    """`python -m MODULE` for this block, which is told that first. It is to end when nothing more comes."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24
    )
    assert process.stdin is not None
    try:
        there = Child(process)
        there.tell(first)
        yield there
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _ENDS_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def told() -> asyncio.StreamReader:
    """The lines that such a process is told, in that process: standard input."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def say(said: Any) -> None:
    """A line to the parent, which may be gone."""
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(said), flush=True)
