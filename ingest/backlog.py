"""What waits to be decoded: who is next, and who is left out when the CPU does not suffice."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import NamedTuple

from ingest.access_unit import AccessUnit
from ingest.stream_input import StreamInput

# From this wait on streams give their place to others: a second is old, and a slow tempo and the browser take 0.3 s.
LONG_WAIT_S = 0.5
# How often each stream does, in a second, for each second that the wait is longer: one by one, not all at once.
_SKIPS_PER_SECOND = 4.0
_MOST_SECONDS_BETWEEN_SKIPS = 0.1
# A stream that is joined and has not caught up by then begins at its next keyframe.
JOIN_S = 2.0


class Waiting(NamedTuple):
    """An access unit that waits for the decoder since `since_s` (monotonic).

    `catching_up`: newer ones of its stream came with it; it need not be seen, and is old by nature.
    """

    entry: StreamInput
    unit: AccessUnit
    since_s: float
    catching_up: bool = False


class Backlog:
    """The access units that wait for a decoding thread. Pure: `now` is monotonic seconds. Not thread-safe.

    What streams send is decoded in the order in which it came, a stream's one after the other: from `take` until `done`
    its next one waits. A stream that is joined brings up to a GOP at once; it catches up in the time that the others
    leave. Where the wait grows too long for all, streams go on at a keyframe, one after the other; one that costs more
    than a thread has does so alone. Never is a GOP decoded with a hole. `dropped`: access units left out so, so far.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._live: deque[Waiting] = deque()
        self._joining: dict[StreamInput, deque[Waiting]] = {}
        self._left_out: set[StreamInput] = set()
        self._decoding: set[StreamInput] = set()
        self._skip_again = 0.0

    def behind_s(self, now: float) -> float:
        """How long the oldest has waited that only wants a thread, not the end of its own stream's one before it."""
        oldest = next((each.since_s for each in self._live if each.entry not in self._decoding), now)
        return max(0.0, now - oldest)

    def put(self, entry: StreamInput, unit: AccessUnit, now: float) -> bool:
        """Take a stream's next access unit; False if it is left out."""
        over_s = self.behind_s(now) - LONG_WAIT_S
        if over_s > 0 and now >= self._skip_again:
            self._skip_one(over_s, now)
        elif entry in self._decoding and self._is_slow(entry, now):
            self._skip_own(entry, now)
        joins = unit.keyframe and unit.discontinuity
        burst = self._joining.get(entry)
        if burst and (unit.keyframe or now - burst[0].since_s > JOIN_S):
            del self._joining[entry]
            if not unit.keyframe:
                self._leave_out(entry, len(burst), now)
            unit = replace(unit, discontinuity=True)
        if entry in self._left_out:
            if not unit.keyframe:
                self._leave_out(entry, 1, now)
                return False
            self._left_out.remove(entry)
            unit = replace(unit, discontinuity=True)
        waiting = Waiting(entry, unit, now, catching_up=joins or entry in self._joining)
        if waiting.catching_up:
            self._joining.setdefault(entry, deque()).append(waiting)
        else:
            self._live.append(waiting)
        return True

    def take(self) -> Waiting | None:
        """What is to be decoded next; say `done` of its stream then."""
        waiting = self._next()
        if waiting is not None:
            self._decoding.add(waiting.entry)
        return waiting

    def done(self, entry: StreamInput) -> None:
        """What was taken of a stream has been decoded."""
        self._decoding.discard(entry)

    def forget(self, entry: StreamInput) -> None:
        """Nobody wants this stream any more."""
        self._joining.pop(entry, None)
        self._left_out.discard(entry)
        self._live = deque(waiting for waiting in self._live if waiting.entry is not entry)

    def _leave_out(self, entry: StreamInput, count: int, now: float) -> None:
        self._left_out.add(entry)
        entry.left_out_s = now
        self.dropped += count

    def _next(self) -> Waiting | None:
        for place, waiting in enumerate(self._live):
            if waiting.entry not in self._decoding:
                del self._live[place]
                return waiting
        for entry, burst in self._joining.items():
            if entry in self._decoding:
                continue
            waiting = burst.popleft()
            if burst:
                return waiting
            del self._joining[entry]
            return waiting._replace(catching_up=False)
        return None

    def _is_slow(self, entry: StreamInput, now: float) -> bool:
        """Whether a stream waits for itself, and longer than others for a thread: one does not suffice for it."""
        oldest = next((each.since_s for each in self._live if each.entry is entry), now)
        return now - oldest > max(LONG_WAIT_S, self.behind_s(now))

    def _skip_one(self, over_s: float, now: float) -> None:
        """Let one stream go on at the newest keyframe that waits, or at its next one.

        First whose keyframe is near: nobody sees it stop. Then those in the smallest cells, and of these the one
        that has not given its place for the longest time. Last those that would lose a keyframe that waits.
        """
        waiting, ahead = self._counts()

        def harm(entry: StreamInput) -> tuple[int, int, float]:
            return 0 if ahead.get(entry) else 1 + (entry in ahead), entry.widest, entry.left_out_s

        entry = min(waiting, key=harm)
        self._skip(entry, ahead.get(entry) or waiting[entry], now)
        often = _SKIPS_PER_SECOND * len(waiting) * over_s
        self._skip_again = now + min(_MOST_SECONDS_BETWEEN_SKIPS, 1 / often)

    def _counts(self) -> tuple[dict[StreamInput, int], dict[StreamInput, int]]:
        """How many wait of each stream, and how many of them before the newest keyframe, where there is one."""
        waiting: dict[StreamInput, int] = {}
        ahead: dict[StreamInput, int] = {}
        for entry, unit, _, _ in self._live:
            if unit.keyframe:
                ahead[entry] = waiting.get(entry, 0)
            waiting[entry] = waiting.get(entry, 0) + 1
        return waiting, ahead

    def _skip_own(self, entry: StreamInput, now: float) -> None:
        """Let a stream that waits for itself do so; not while a keyframe is the next that is decoded of it."""
        waiting, ahead = self._counts()
        if (out := ahead.get(entry, waiting[entry])) > 0:
            self._skip(entry, out, now)

    def _skip(self, entry: StreamInput, out: int, now: float) -> None:
        """Leave its first `out` out: it goes on at the newest keyframe that waits, or at its next one."""
        self._leave_out(entry, out, now)
        kept: deque[Waiting] = deque()
        for each in self._live:
            if each.entry is not entry:
                kept.append(each)
            elif out:
                out -= 1
            elif entry in self._left_out:  # the keyframe
                self._left_out.remove(entry)
                kept.append(each._replace(unit=replace(each.unit, discontinuity=True)))
            else:
                kept.append(each)
        self._live = kept
