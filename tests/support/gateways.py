"""A gateway as a process of its own, on a bus of a test's or a benchmark's own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from ingest.bus import Bus
from tests.support.waiting import PATIENCE_S, eventually


@asynccontextmanager
async def gateway_process(
    folder: Path, credentials: Path, control: Bus, worker: str, **settings: Any
) -> AsyncIterator[psutil.Process]:
    """`wallserver gateway` under the name `worker`, reached at 127.0.0.1; returns when it serves.

    `folder`: for its configuration and its log; `settings`: of its section `gateway`.
    """
    config = folder / f"{worker}.yaml"
    config.write_text(json.dumps({"gateway": {"addresses": ["127.0.0.1"], **settings}}))  # JSON is YAML
    command = ["wallserver", "gateway", "--bus", str(credentials), "--worker", worker, "--config", str(config)]
    with (folder / f"{worker}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *command), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        await eventually(lambda: control.bucket("workers").get(f"gateway.{worker}"))
        yield psutil.Process(process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE_S)
