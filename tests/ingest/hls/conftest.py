"""Bounds that are fit for tests."""

from __future__ import annotations

import pytest

from ingest import ffmpeg
from ingest.hls import session
from ingest.hls.fetch import Bounds
from tests.support.waiting import PATIENCE_S


def bound(monkeypatch: pytest.MonkeyPatch, exchange_s: float) -> None:
    """Each exchange takes at most so long, and brings a megabyte or so."""
    monkeypatch.setattr(session, "PLAYLIST", Bounds(100_000, exchange_s))
    monkeypatch.setattr(session, "KEY", Bounds(16, exchange_s))
    monkeypatch.setattr(session, "INIT", Bounds(100_000, exchange_s))
    monkeypatch.setattr(session, "SEGMENT", Bounds(3_000_000, exchange_s))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, no exchange takes too long, unless a test is of just that."""
    bound(monkeypatch, 2 * PATIENCE_S)
    monkeypatch.setattr(ffmpeg, "PATIENCE_S", 2 * PATIENCE_S)
    monkeypatch.setattr(session, "LEAST_RELOAD_S", 0.05)
