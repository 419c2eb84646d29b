"""The site's figures of the last hours, for charts: measured by control while it runs, kept in memory only."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ingest.camera_state import State
from wallserver.control.live import WORKER_ROLES
from wallserver.control.metrics import Heartbeats, Totals

if TYPE_CHECKING:
    from wallserver.control.site import Control

EVERY_S = 15.0
KEPT_S = 6 * 3600.0
_MOST = round(KEPT_S / EVERY_S)


@dataclass(frozen=True, slots=True)
class Point:
    """The site at `at_ms` (Unix milliseconds), or over the time since the point before. None: nobody knows.

    `live`, `faulty`, `dead`: cameras. `cpu`: cores in use, by role. `memory_mb`: of all workers. `sent_mbps`: to
    viewers over WebRTC. `loss`: share of packets lost, `rtt_ms`: round trip, both the mean over sessions.
    `dropped_per_s`: access units that went no further.
    """

    at_ms: int
    live: int
    faulty: int
    dead: int
    sessions: int | None = None
    cpu: Mapping[str, float | None] | None = None
    memory_mb: float | None = None
    sent_mbps: float | None = None
    loss: float | None = None
    rtt_ms: float | None = None
    dropped_per_s: float | None = None


_DEAD = frozenset({State.REFUSED, State.NOT_FOUND, State.UNREACHABLE, State.UNSUPPORTED})
_FAULTY = frozenset({State.STALE, State.FROZEN, State.BLACK, State.BLURRED, State.MOVED})


class Trends:
    """Looks every 15 s; remembers six hours. `cpu` is what each worker took at the last look, in cores."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._totals = Totals(now_ms() // 1000)
        self._before: dict[str, Any] | None = None
        self._points: deque[Point] = deque(maxlen=_MOST)
        self._cpu_s: dict[str, tuple[float, float]] = {}
        self.cpu: dict[str, float] = {}

    async def run(self, control: Control) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            connected = control.bus is not None and control.bus.connected
            states = Counter(view.state for view in control.plans.site_views().values())
            self.look(states, control.live.heartbeats if connected else None)

    def look(self, states: Mapping[State, int], heartbeats: Heartbeats | None) -> None:
        """Take a point. `heartbeats`: as of now, None while the bus is away."""
        now_ms = self._now_ms()
        counts = (
            states.get(State.LIVE, 0),
            sum(states.get(state, 0) for state in _FAULTY),
            sum(states.get(state, 0) for state in _DEAD),
        )
        if heartbeats is None:
            self._before, self.cpu, self._cpu_s = None, {}, {}
            self._points.append(Point(now_ms, *counts))
            return
        self._totals.update(heartbeats)
        self._each_cpu(heartbeats, now_ms)
        now = {key: self._sums(key) for key in ("octets", "dropped", "rtt", "loss")}
        before, elapsed_s = self._before, 0.0
        if before is not None:
            elapsed_s = max(0.001, (now_ms - before["at_ms"]) / 1000)
        self._before = {"at_ms": now_ms, **now}

        def rate(key: str) -> float | None:
            return None if before is None else _difference(now[key], before[key])[0] / elapsed_s

        def mean(key: str) -> float | None:
            """Over what sessions said since: their sum stands behind the counts."""
            if before is None:
                return None
            *between, total = _difference(now[key], before[key])
            return total / sum(between) if sum(between) > 0 else None

        sent, rtt = rate("octets"), mean("rtt")
        self._points.append(
            Point(
                now_ms,
                *counts,
                sessions=sum(int(said.get("connected", 0)) for said in heartbeats.values()),
                cpu={role: self._cpu_of(role) for role in WORKER_ROLES},
                memory_mb=round(sum(said.get("rss_bytes", 0) for said in heartbeats.values()) / 1e6, 1),
                sent_mbps=None if sent is None else round(8 * sent / 1e6, 3),
                loss=mean("loss"),
                rtt_ms=None if rtt is None else round(1000 * rtt, 2),
                dropped_per_s=rate("dropped"),
            )
        )

    def since(self, after_ms: int) -> list[dict[str, Any]]:
        """The points after then, the oldest first."""
        names = [field.name for field in fields(Point)]
        return [{name: getattr(point, name) for name in names} for point in self._points if point.at_ms > after_ms]

    def _each_cpu(self, heartbeats: Heartbeats, now_ms: int) -> None:
        before, self._cpu_s, self.cpu = self._cpu_s, {}, {}
        for worker, said in heartbeats.items():
            used, began = float(said.get("cpu_s", 0.0)), float(said.get("since", 0))
            name = f"{worker} {began:.0f}"
            self._cpu_s[name] = (used, now_ms / 1000)
            if name in before:
                was, at = before[name]
                self.cpu[worker] = round(max(0.0, used - was) / max(0.001, now_ms / 1000 - at), 3)

    def _cpu_of(self, role: str) -> float | None:
        known = [cores for worker, cores in self.cpu.items() if worker.startswith(f"{role}.")]
        return round(sum(known), 3) if known else None

    def _sums(self, key: str) -> list[float]:
        """Of all roles and hosts."""
        return [sum(column) for column in zip(*self._totals.of(key).values(), strict=False)]


def _difference(now: list[float], before: list[float]) -> list[float]:
    if len(before) != len(now):
        before = [0.0] * len(now)
    return [one - other for one, other in zip(now, before, strict=True)] or [0.0]
