"""How tasks are ended by who began them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel them, and wait until each is over, whatever it ended with.

    What a task was cancelled with holds the task's frames, and so all that it worked for. Where that holds the task,
    only a full search for cycles would find the two, half an hour later: so it is taken out here.
    """
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task.cancelled():
            with contextlib.suppress(asyncio.CancelledError):
                task.result()
