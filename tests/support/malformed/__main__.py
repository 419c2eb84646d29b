"""Malformed streams from a process of their own: what it takes to make and send them is nobody else's time.

Each line on standard input says the first seed, and that after the last: these are served instead of those before, and
a line of JSON on standard output says the URL of each. Ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack

from tests.support.malformed import malformed


async def _serve() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    line = await lines.readline()
    while line:
        async with AsyncExitStack() as stack:
            urls = {
                seed: await stack.enter_async_context(malformed(seed, f"127.1.{seed // 200 % 200}.{seed % 200 + 1}"))
                for seed in range(*map(int, line.split()))
            }
            print(json.dumps(urls), flush=True)
            line = await lines.readline()


if __name__ == "__main__":
    os.nice(10)  # what is measured goes before
    asyncio.run(_serve())
