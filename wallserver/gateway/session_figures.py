"""The figures of a session, made of its slots'; of all sessions of a gateway, how loss and round trips are spread."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wallserver.gateway.histogram import LOSS_BOUNDS, RTT_BOUNDS, Histogram
from wallserver.gateway.traffic import COUNTERS, ReceiverReport, TrafficMeter

_LEAST_S = 0.2


@dataclass(frozen=True, slots=True)
class Reception:
    """What a viewer says of now, over all its slots: `at` when it said it last, by the monotonic clock.

    The slots share one transport, so that the newest round trip of any of them is the session's.
    """

    at: float
    loss: float
    rtt_s: float | None


class SessionFigures:
    """One session's figures, as they were at the last `sample()`: once a second, bit rates are from one to the next.

    `totals`: the counters of all slots together (traffic.COUNTERS). `reception`: None where no slot has a fresh report.
    """

    def __init__(self) -> None:
        self.meters: list[TrafficMeter] = []
        self.totals: Counter[str] = Counter()
        self.reception: Reception | None = None
        self._since_ms = time.time_ns() // 1_000_000
        self._sampled_at = time.monotonic()
        self._octets = 0
        self._bits_per_s = 0.0

    def sample(self) -> None:
        """Look at all slots."""
        now, slots = time.monotonic(), [meter.read() for meter in self.meters]
        self.totals = Counter({name: sum(getattr(slot, name) for slot in slots) for name in COUNTERS})
        self.reception = _reception([report for slot in slots if (report := slot.fresh_report(now)) is not None])
        elapsed = now - self._sampled_at
        if elapsed >= _LEAST_S:
            self._bits_per_s = 8 * (self.totals["octets"] - self._octets) / elapsed
            self._sampled_at, self._octets = now, self.totals["octets"]

    def to_json(self) -> dict[str, Any]:
        """For people: since when (Unix ms), kbit/s, shares (0 to 1), ms; None for what the viewer has not said."""
        self.sample()
        slots, said = [meter.traffic for meter in self.meters], self.reception
        reports = [slot.report for slot in slots if slot.report is not None]
        switched = [slot for slot in slots if slot.switch_s is not None]
        switch_s = max(switched, key=lambda slot: slot.switched_at).switch_s if switched else None
        return {
            "since_ms": self._since_ms,
            "kbps": round(self._bits_per_s / 1000),
            **self.totals,
            "lost": sum(report.lost for report in reports),
            "loss": None if said is None else round(said.loss, 4),
            "rtt_ms": None if said is None else _milliseconds(said.rtt_s),
            "jitter_ms": _milliseconds(max((report.jitter_s for report in reports), default=None)),
            "switch_ms": _milliseconds(switch_s),
        }


def _reception(fresh: Sequence[ReceiverReport]) -> Reception | None:
    if not fresh:
        return None
    expected = sum(report.expected for report in fresh)
    loss = sum(report.loss * report.expected for report in fresh) / expected if expected else 0.0
    known = [report for report in fresh if report.rtt_s is not None]
    rtt_s = max(known, key=lambda report: report.at).rtt_s if known else None
    return Reception(max(report.at for report in fresh), loss, rtt_s)


class GatewayFigures:
    """What a gateway's heartbeat says of its sessions, those that have ended included."""

    def __init__(self) -> None:
        self._ended: Counter[str] = Counter()
        self._rtt = Histogram(RTT_BOUNDS)
        self._loss = Histogram(LOSS_BOUNDS)

    def ended(self, session: SessionFigures) -> None:
        """Keep the counts of a session that ends."""
        session.sample()
        self._ended.update(session.totals)

    def sample(self, sessions: Iterable[SessionFigures]) -> dict[str, Any]:
        """Counts since the start; loss and round trip, one value for each session at each sample.

        It adds up what each session found out last: looking at all slots in one piece would stop their pictures.
        """
        totals = Counter(self._ended)
        for session in sessions:
            totals.update(session.totals)
            if (said := session.reception) is None:
                continue
            self._loss.add(said.loss)
            if said.rtt_s is not None:
                self._rtt.add(said.rtt_s)
        counts = {name: totals[name] for name in COUNTERS}
        return {**counts, "rtt": self._rtt.to_json(), "loss": self._loss.to_json()}


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
