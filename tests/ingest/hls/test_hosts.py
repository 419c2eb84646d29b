"""Hosts that playlists name."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest
from yarl import URL

from ingest import resolver
from ingest.hls.hosts import Hosts
from ingest.resolver import Resolver
from ingest.source import SourceError


async def test_names_that_playlists_bring_keep_no_thread_from_the_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name waits for a name server that never answers; there are more of them than threads of the event loop."""
    monkeypatch.setattr(resolver, "DEADLINE_S", 0.05)
    over = threading.Event()
    find = socket.getaddrinfo

    def silent(host: str, *args: Any, **options: Any) -> Any:
        if host.endswith(".silent.example"):
            over.wait()
        return find(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    sites = [Hosts(URL("http://10.0.0.1/live.m3u8"), "10.0.0.1") for _ in range(40)]
    names = [URL(f"http://{number}.silent.example/1.ts") for number in range(40)]
    try:
        asked = (site.admit(name) for site, name in zip(sites, names, strict=True))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(answer, SourceError) for answer in answers)
        monkeypatch.setattr(resolver, "DEADLINE_S", 5.0)
        assert await Resolver().address("localhost") in ("127.0.0.1", "::1")
    finally:
        over.set()
