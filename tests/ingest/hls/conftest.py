"""Bounds that are fit for tests."""

from __future__ import annotations

import pytest

from ingest.hls import session
from ingest.hls.fetch import Bounds

EXCHANGE_S = 1.5


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds of a second, and of a megabyte or so."""
    monkeypatch.setattr(session, "PLAYLIST", Bounds(100_000, EXCHANGE_S))
    monkeypatch.setattr(session, "KEY", Bounds(16, EXCHANGE_S))
    monkeypatch.setattr(session, "INIT", Bounds(100_000, EXCHANGE_S))
    monkeypatch.setattr(session, "SEGMENT", Bounds(3_000_000, EXCHANGE_S))
    monkeypatch.setattr(session, "LEAST_RELOAD_S", 0.05)
