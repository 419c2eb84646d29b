"""Recorders (NVRs) that front many cameras and send only so many streams at a time: which of them are let in.

What displays show goes before what players ask for; what runs goes before what comes later, and keeps its place until
its session has ended. A visit by a judge takes a place that is free, and keeps none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Pullers look up the address of what runs every 20 s or so (ingest.pull).
LEARN_S = 30.0


@dataclass(slots=True)
class _Recorder:
    limit: int
    let_in: set[str] = field(default_factory=set)
    # Sent away, and still running; and those for whom they have to go.
    leaving: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)

    @property
    def free(self) -> int:
        return max(0, self.limit - len(self.let_in | self.leaving))


class Recorders:
    """`limits`: the recorders' hosts, as the cameras' addresses name them, and how many streams each sends at a time.

    What runs asks again within LEARN_S: so long after our start no player is let in. `clock` is monotonic, in seconds.
    `shown` answers whether a display needs a stream, `needed` whether anybody does, `runs` whether it is being pulled.
    """

    def __init__(
        self,
        limits: Mapping[str, int],
        *,
        shown: Callable[[str], bool],
        needed: Callable[[str], bool],
        runs: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recorders = {host.lower(): _Recorder(limit) for host, limit in limits.items()}
        self._shown = shown
        self._needed = needed
        self._runs = runs
        self._clock = clock
        self._learnt_at = clock() + LEARN_S

    def admits(self, host: str, stream: str) -> bool:
        """Whether `stream` may be pulled from `host` now. Asked again and again, also while it is pulled."""
        recorder = self._recorders.get(host.lower())
        return recorder is None or self._let_in(recorder, stream)

    def _let_in(self, recorder: _Recorder, stream: str) -> bool:
        recorder.let_in = {one for one in recorder.let_in if self._needed(one) or self._runs(one)}
        recorder.leaving = {one for one in recorder.leaving if self._runs(one)}
        recorder.waiting = {one for one in recorder.waiting - {stream} if self._shown(one)}
        if stream in recorder.let_in:
            if len(recorder.let_in) <= recorder.limit or self._runs(stream):
                return True
            recorder.let_in.discard(stream)  # it came before those that ran already had asked again
        if stream in recorder.leaving:
            return False
        if not self._needed(stream):
            return recorder.free > 0
        if self._runs(stream):  # it was let in before our own restart
            recorder.let_in.add(stream)
            return True
        shown = self._shown(stream)
        if not shown and self._clock() < self._learnt_at:
            return False
        if shown:
            recorder.waiting.add(stream)
            self._make_room(recorder)
        if recorder.free:
            recorder.let_in.add(stream)
            recorder.waiting.discard(stream)
            return True
        return False

    def _make_room(self, recorder: _Recorder) -> None:
        """As many that no display shows have to go as are waiting for a place."""
        others = sorted(one for one in recorder.let_in if not self._shown(one))
        for other in others[: max(0, len(recorder.waiting) - len(recorder.leaving) - recorder.free)]:
            recorder.let_in.discard(other)
            if self._runs(other):
                recorder.leaving.add(other)
