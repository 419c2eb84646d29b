"""How the site is, in one word and a few numbers; nothing secret in it, so that anybody may ask."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ingest.camera_state import State
from wallserver.control.live import WORKER_ROLES
from wallserver.control.site import Control

STARTING_MS = 30_000  # after which what is not there yet counts as missing


def health(control: Control) -> dict[str, Any]:
    """`{"status", "cameras": {state: cameras of the catalogue}, "workers": {role: live ones}}`.

    starting: until the bus is reached, each role has been there, and each camera that is needed has been judged
    once; for 30 s at most.
    degraded: the bus away, a role without a worker, or a camera that is needed and not live. Else ok.
    """
    views = control.plans.site_views()
    needed = control.plans.demanded_cameras()
    workers = control.live.count_workers()
    counts = Counter(view.state for view in views.values())
    on_the_bus = control.bus is not None and control.bus.connected
    seen = control.live.roles_seen.issuperset(WORKER_ROLES)
    judged = all(streams <= control.live.judged for camera, streams in needed.items() if camera in views)
    all_live = all(camera in views and views[camera].state is State.LIVE for camera in needed)
    status = "ok"
    if not (on_the_bus and seen and judged) and control.now_ms() - control.began_ms < STARTING_MS:
        status = "starting"
    elif not (on_the_bus and all_live and all(workers.values())):
        status = "degraded"
    return {
        "status": status,
        "cameras": {state.value: counts[state] for state in State},
        "workers": workers,
    }
