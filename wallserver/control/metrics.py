"""The site's figures for Prometheus: what workers say in their heartbeats, cameras by state, and control's own process.

No label names a session, a camera or a worker (whose id changes with each of its processes): there are as many series
as roles, hosts and states, however large the site is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ingest.camera_state import State
from wallserver.control.offer_limits import FROM_ONE
from wallserver.gateway.histogram import LOSS_BOUNDS, RTT_BOUNDS

if TYPE_CHECKING:
    from wallserver.control.site import Control

# What heartbeats say, by its name there: the name and the meaning that Prometheus is told.
_COUNTERS = {
    "cpu_s": ("worker_cpu_seconds", "User and system CPU time of the workers' processes."),
    "dropped": ("access_units_dropped", "Access units that came and went no further."),
    "packets": ("rtp_packets_sent", "RTP packets sent to viewers, without repeats."),
    "octets": ("rtp_payload_bytes_sent", "Payload of RTP packets sent to viewers, without headers and repeats."),
    "unsent": ("rtp_packets_unsent", "RTP packets that found no way out of this machine."),
    "nacked": ("rtp_packets_nacked", "RTP packets that viewers asked for again."),
    "repeated": ("rtp_packets_repeated", "RTP packets sent again."),
    "keyframe_requests": ("keyframe_requests", "Keyframes that viewers asked for (PLI, FIR)."),
    "visits": ("judge_visits", "Visits to cameras that nobody pulls."),
    "looks": ("judge_looks", "Looks at the pictures of cameras that are pulled."),
}
_HISTOGRAMS = {
    "rtt": ("session_rtt_seconds", "Round trip to viewers: one value for each session and second.", RTT_BOUNDS),
    "loss": ("session_loss_ratio", "Share of packets lost: one value for each session and second.", LOSS_BOUNDS),
}
_SUMS = {
    "rss_bytes": ("worker_resident_memory_bytes", "Memory of the workers' processes."),
    "streams": ("streams", "Streams that are pulled (puller), composed (tiler), sent to viewers (gateway)."),
    "live": ("streams_live", "Streams that are pulled and live."),
    "sessions": ("sessions", "Sessions of displays and players."),
    "connected": ("sessions_connected", "Sessions whose connection stands."),
    "public_webrtc": ("public_webrtc_viewers", "Viewers of the public page by WebRTC."),
    "public_hls": ("public_hls_requests_waiting", "Requests of the public for an HLS playlist that wait now."),
    "public_pages": ("public_pages", "Public pages that are open and listen."),
    "visiting": ("judge_visits_running", "Visits to cameras that go on now."),
}
_WORST = {
    "behind_ms": (
        "decoding_behind_seconds",
        "How long access units for mosaics wait for a decoding thread; what one is too slow for is dropped.",
        0.001,
    ),
    "tempo_divisor": ("mosaic_tempo_divisor", "Mosaics are made at every so manieth tick; 1 is all of them.", 1.0),
}
_LABELS = ("role", "host")

# Workers that are gone are remembered, as their heartbeat may come back with the bus; so many of them.
_MOST_REMEMBERED = 1000
# Of each role: a worker may call its host otherwise in each heartbeat, and a sum never goes. All others are one.
MOST_HOSTS = 100
_OTHER_HOSTS = "other"

type Heartbeats = Mapping[str, Mapping[str, Any]]
type Place = tuple[str, str]


def metrics_of(control: Control) -> CollectorRegistry:
    """A registry of this control's own."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(SiteCollector(control))
    return registry


class Totals:
    """Counters of processes that come and go, added up by role and host so that no sum ever falls.

    A worker that began before us is counted from where we first saw it: what it did before has been counted.
    """

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._seen: dict[tuple[str, object], dict[str, list[float]]] = {}
        self._sums: dict[str, dict[Place, list[float]]] = {}
        self._hosts: dict[str, set[str]] = {}

    def update(self, heartbeats: Heartbeats) -> None:
        """Add what each worker has counted since the last time. `heartbeats`: by `<role>.<worker>`."""
        for worker, said in heartbeats.items():
            name = (worker, said.get("since"))
            is_new, before = name not in self._seen, self._seen.pop(name, {})
            counted = {key: values for key in (*_COUNTERS, *_HISTOGRAMS) if (values := _numbers(said.get(key)))}
            self._seen[name] = counted
            if is_new and said.get("since", 0) < self._began_s:
                before = counted
            for key, values in counted.items():
                self._add(key, self._counted_at(_place(said)), values, before.get(key, []))
        while len(self._seen) > max(_MOST_REMEMBERED, len(heartbeats)):
            del self._seen[next(iter(self._seen))]

    def of(self, key: str) -> dict[Place, list[float]]:
        """The sums of one counter by (role, host)."""
        return self._sums.get(key, {})

    def _counted_at(self, place: Place) -> Place:
        role, host = place
        hosts = self._hosts.setdefault(role, set())
        if len(hosts) < MOST_HOSTS:
            hosts.add(host)
        return place if host in hosts else (role, _OTHER_HOSTS)

    def _add(self, key: str, place: Place, values: list[float], before: list[float]) -> None:
        sums = self._sums.setdefault(key, {}).setdefault(place, [0.0] * len(values))
        if len(before) != len(values):
            before = [0.0] * len(values)
        if len(sums) == len(values):  # gateways of two versions may have other bounds
            sums[:] = [total + max(0.0, new - old) for total, new, old in zip(sums, values, before, strict=True)]


class SiteCollector(Collector):
    """Reads everything at the moment it is asked."""

    def __init__(self, control: Control) -> None:
        self._control = control
        # Heartbeats say whole seconds: who began in the same second began with us.
        self._totals = Totals(control.began_ms // 1000)

    def collect(self) -> Iterable[Metric]:
        """All of it but the process' own figures."""
        heartbeats = self._control.live.heartbeats
        self._totals.update(heartbeats)
        yield from self._site()
        yield from self._counters()
        yield from self._histograms()
        yield from _gauges(heartbeats)

    def _site(self) -> Iterator[Metric]:
        bus = self._control.bus
        connected = bus is not None and bus.connected
        yield GaugeMetricFamily(
            "wallserver_bus_connected", "Whether control is on the bus; else all else is old.", value=float(connected)
        )
        workers = GaugeMetricFamily("wallserver_workers", "Live workers.", labels=["role"])
        for role, count in self._control.live.count_workers().items():
            workers.add_metric([role], count)
        yield workers
        cameras = GaugeMetricFamily("wallserver_cameras", "Cameras of the catalogue.", labels=["state"])
        counts = Counter(view.state for view in self._control.plans.site_views().values())
        for state in State:
            cameras.add_metric([state.value], counts[state])
        yield cameras
        refused = CounterMetricFamily(
            "wallserver_offers_refused", "Offers refused because there were too many.", labels=["kind"]
        )
        for kind in FROM_ONE:
            refused.add_metric([kind], self._control.offers.refused[kind])
        yield refused

    def _counters(self) -> Iterator[Metric]:
        for key, (name, meaning) in _COUNTERS.items():
            counter = CounterMetricFamily(f"wallserver_{name}", meaning, labels=_LABELS)
            for place, (total,) in self._totals.of(key).items():
                counter.add_metric(place, total)
            yield counter

    def _histograms(self) -> Iterator[Metric]:
        for key, (name, meaning, bounds) in _HISTOGRAMS.items():
            histogram = HistogramMetricFamily(f"wallserver_{name}", meaning, labels=_LABELS)
            for place, (*counts, total) in self._totals.of(key).items():
                limits = [*(str(bound) for bound in bounds), "+Inf"]
                histogram.add_metric(place, list(zip(limits, accumulate(counts), strict=True)), total)
            yield histogram


def _gauges(heartbeats: Heartbeats) -> Iterator[Metric]:
    for key, (name, meaning) in _SUMS.items():
        gauge = GaugeMetricFamily(f"wallserver_{name}", meaning, labels=_LABELS)
        for place, values in _by_place(heartbeats, key).items():
            gauge.add_metric(place, sum(values))
        yield gauge
    for key, (name, meaning, unit) in _WORST.items():
        gauge = GaugeMetricFamily(f"wallserver_{name}", meaning, labels=_LABELS)
        for place, values in _by_place(heartbeats, key).items():
            gauge.add_metric(place, max(values) * unit)
        yield gauge


def _by_place(heartbeats: Heartbeats, key: str) -> dict[Place, list[float]]:
    found: dict[Place, list[float]] = {}
    for said in heartbeats.values():
        found.setdefault(_place(said), []).extend(_numbers(said.get(key)))
    return {place: values for place, values in found.items() if values}


def _place(said: Mapping[str, Any]) -> Place:
    return str(said.get("role", "-")), str(said.get("host", "-"))


def _numbers(value: object) -> list[float]:
    """A number, or a list of them, as a list; of anything else none."""
    values = value if isinstance(value, list) else [value]
    numbers = [float(one) for one in values if isinstance(one, int | float)]
    return numbers if len(numbers) == len(values) else []
