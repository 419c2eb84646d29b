"""Bounds that are fit for tests, and what every session must leave as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from ingest import camera_connection, ffmpeg, rtsp_source
from ingest.rtsp import session
from tests.support.waiting import PATIENCE_S, eventually

ANSWER_S, SILENCE_S, KEYFRAME_S = 0.6, 0.3, 0.4


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bound on a camera in tenths of seconds; FFmpeg has the time that a busy machine takes."""
    monkeypatch.setattr(ffmpeg, "PATIENCE_S", 2 * PATIENCE_S)
    monkeypatch.setattr(rtsp_source, "CONNECT_TIMEOUT_S", ANSWER_S)
    monkeypatch.setattr(rtsp_source, "ANSWER_TIMEOUT_S", ANSWER_S)
    monkeypatch.setattr(rtsp_source, "READ_TIMEOUT_S", SILENCE_S)
    monkeypatch.setattr(camera_connection, "FIRST_KEYFRAME_S", KEYFRAME_S)
    monkeypatch.setattr(session, "_LOOK_SECONDS", 0.02)


@pytest.fixture
async def nothing_open() -> AsyncIterator[None]:
    """Fails where sockets or tasks are left; threads are looked for in every test. Ask for it before the camera."""
    process = psutil.Process()
    loop = asyncio.get_running_loop()
    await loop.getaddrinfo("127.0.0.1", 1)  # the loop's thread has its own files
    faults: list[object] = []
    loop.set_exception_handler(lambda _loop, context: faults.append(context))
    files, tasks = process.num_fds(), asyncio.all_tasks()
    yield
    await eventually(lambda: process.num_fds() <= files)
    await eventually(lambda: not asyncio.all_tasks() - tasks - {asyncio.current_task()})
    assert faults == []
