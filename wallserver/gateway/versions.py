"""What stands behind a session's slots: the streams that were planned, or lighter versions of the same pictures."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.slot import Slot

# How long another version may take to show its first keyframe; the one that is there stays meanwhile, and after it.
EXCHANGE_S = 20.0


class Versions:
    """Puts streams behind slots. A version gives way to another of the same picture once that has a keyframe."""

    def __init__(self, fan_out: FanOut) -> None:
        self._fan_out = fan_out
        self._slots: Sequence[Slot] = ()
        self._planned: Sequence[str | None] = ()
        self._lighter: Mapping[str, str] = {}
        self._light = False
        self._exchanging: asyncio.Task[None] | None = None

    def plan(self, slots: Sequence[Slot], streams: Sequence[str | None], lighter: Mapping[str, str]) -> None:
        """From now on these streams, in order; slots beyond them send nothing. `lighter`: their lighter versions."""
        self._slots, self._lighter = slots, lighter
        self._planned = [streams[slot.index] if slot.index < len(streams) else None for slot in slots]
        for slot, planned in zip(slots, self._planned, strict=True):
            versions = () if planned is None else (planned, lighter.get(planned, planned))
            if slot.stream not in versions:
                self._fan_out.show(slot, planned)
        self._exchange()

    @property
    def planned(self) -> frozenset[str]:
        """What was planned: all that may stand behind the slots is that, or a lighter version of it."""
        return frozenset(filter(None, self._planned))

    def take_off(self, streams: frozenset[str]) -> None:
        """Of what was planned these may be shown no more, nor their lighter versions."""
        left = [None if stream in streams else stream for stream in self._planned]
        self.plan(self._slots, left, self._lighter)

    def set_light(self, light: bool) -> None:
        """Whether the lighter versions are to be shown."""
        if light != self._light:
            self._light = light
            self._exchange()

    def look(self) -> None:
        """Now and then: try again what could not be done, and leave a lighter version that has stopped."""
        if self._exchanging is None or self._exchanging.done():
            self._exchange()

    def close(self) -> None:
        """Nothing stands behind the slots any more."""
        self.plan(self._slots, (), {})

    def _exchange(self) -> None:
        if self._exchanging is not None:
            self._exchanging.cancel()
            self._exchanging = None
        waiting = [
            (slot, version)
            for slot, planned in zip(self._slots, self._planned, strict=True)
            if planned is not None and slot.stream != (version := self._version(planned))
        ]
        if waiting:
            self._exchanging = asyncio.create_task(self._show_when_there(waiting), name="lighter or heavier")

    def _version(self, planned: str) -> str:
        lighter = self._lighter.get(planned, planned) if self._light else planned
        return planned if self._fan_out.stopped(lighter) else lighter

    async def _show_when_there(self, waiting: Sequence[tuple[Slot, str]]) -> None:
        async def show(slot: Slot, version: str) -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EXCHANGE_S), self._fan_out.awaiting(version):
                    # The last picture of a stream that has stopped must not take the place of a running one.
                    if not self._fan_out.stopped(version):
                        self._fan_out.show(slot, version)

        await asyncio.gather(*(show(slot, version) for slot, version in waiting))
