"""Demand: which streams somebody needs right now. It names streams, never secrets.

The site's demand is the union of control's plans, which stay while control is away, and of what gateways and
tilers say each second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ingest.backoff import Importance
from ingest.bucket import Mirror
from ingest.bus import Bus
from ingest.refreshed import Refreshed

_PUBLIC = "public."


class DemandView:
    """The site's demand, kept current; `on_change` is called at each news, which may leave it as it was.

    Needs a running event loop; ends with the bus.
    """

    def __init__(self, bus: Bus) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._planned = _Streams(bus.bucket("plans").mirror())
        self._needed = _Streams(bus.bucket("demand").mirror())
        self._changed = asyncio.Event()
        self.on_change.append(self._changed.set)
        for part in (self._planned, self._needed):
            part.mirror.on_change.append(self._tell)
        bus.on_close.append(self.close)

    @property
    def synced(self) -> bool:
        """Whether it has been whole once; over absences of the bus it stays as it was."""
        return self._planned.mirror.synced and self._needed.mirror.synced

    @property
    def streams(self) -> frozenset[str]:
        """All that is demanded."""
        return self._planned.names | self._needed.names

    def importance(self, stream: str) -> Importance:
        """How much a stream is wanted: plans name what displays show."""
        if stream in self._planned.names:
            return Importance.SHOWN
        return Importance.DEMANDED if stream in self._needed.names else Importance.REST

    async def changed(self) -> None:
        """Return at the first news since the last call, which may leave `streams` as it was. One waits at most."""
        await self._changed.wait()
        self._changed.clear()

    async def close(self) -> None:
        """Follow no longer."""
        for part in (self._planned, self._needed):
            await part.mirror.close()

    def _tell(self) -> None:
        for callback in self.on_change:
            callback()


class _Streams:
    """The streams that a bucket names, put together when they are asked for after news."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self._names: frozenset[str] | None = None
        mirror.on_change.append(self._forget)

    @property
    def names(self) -> frozenset[str]:
        if self._names is None:
            self._names = frozenset(
                stream for key, value in self.mirror.values.items() for stream in streams_of(key, value)
            )
        return self._names

    def _forget(self) -> None:
        self._names = None


class DemandLease:
    """What this worker demands, for as long as it lives. Needs a running event loop; ends with the bus.

    The public gateway's stands under a key of its own, and counts for public streams only.
    """

    def __init__(self, bus: Bus) -> None:
        self._streams: frozenset[str] = frozenset()
        key = f"{_PUBLIC}{bus.worker}" if bus.role == "public" else bus.worker
        self._entry = Refreshed(bus, "demand", key, lambda: {"streams": sorted(self._streams)})

    def set(self, streams: Iterable[str]) -> None:
        """Demand these, and no others from now on."""
        if (wanted := frozenset(streams)) != self._streams:
            self._streams = wanted
            self._entry.now()

    async def close(self) -> None:
        """Demand nothing, at once."""
        await self._entry.close()


def streams_of(key: str, value: Mapping[str, Any]) -> list[str]:
    """What an entry of `plans` or `demand` demands. Of a public gateway's nothing but public streams counts: whoever
    breaks into one starts no camera with it.
    """
    beginning = _PUBLIC if key.startswith(_PUBLIC) else ""
    streams = value.get("streams")
    named = streams if isinstance(streams, list) else []
    return [stream for stream in named if isinstance(stream, str) and stream.startswith(beginning)]
