"""Who may say and hear what on the bus: one user for each role, each with the least it needs.

nats-server enforces this table. What a role may not do is refused there, so that a gateway that has been broken
into reads pictures but neither passwords of cameras nor other roles' answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

ROLES = ("control", "puller", "tiler", "gateway", "judge", "public")

# What an answer may be: a cached GOP is at most 2 s of access units, in parts, and the marker.
_ANSWERS = {"max": 1024, "expires": "10s"}


@dataclass(frozen=True, slots=True)
class Rights:
    """What one role does. `writes` are keys of buckets, as `bucket.key`; `reads` are whole buckets.

    `makes`: it makes these buckets, where a restart of the bus took them: whoever comes first does. Only roles that
    are told passwords do, for whoever makes one says what it keeps and passes on (NATS ADR-8): everything, if it likes.
    """

    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    answers: bool = False
    makes: bool = False


RIGHTS: dict[str, Rights] = {
    "control": Rights(
        publish=(
            "req.gateway.>",
            "req.replay.cam.>",
            "req.steer.cam.>",
            "req.still.>",
            "req.view.>",
            "evt.rights",
            "evt.public",
        ),
        subscribe=(
            "req.source.>",
            "req.sweep.>",
            "req.viewers.>",
            "req.public.site",
            "evt.replay.*",
            "evt.session.>",
        ),
        writes=("plans.*", "mosaics.*", "mosaics.public.*", "workers.control.*"),
        reads=("leases", "holders", "workers", "plans", "demand", "mosaics", "status", "health"),
        answers=True,
        makes=True,
    ),
    "puller": Rights(
        publish=("au.cam.>", "au.replay.*", "req.source.cam.>", "evt.replay.*"),
        subscribe=(
            "req.gop.cam.>",
            "req.gop.replay.*",
            "req.keyframe.cam.>",
            "req.replay.cam.>",
            "req.steer.cam.>",
        ),
        writes=("leases.cam.>", "holders.puller.*", "status.cam.>", "workers.puller.*", "refusals.*"),
        reads=("leases", "holders", "workers", "plans", "demand", "status", "refusals"),
        answers=True,
        makes=True,
    ),
    "tiler": Rights(
        publish=("au.mosaic.>", "au.public.>", "req.gop.cam.>", "req.keyframe.cam.>"),
        subscribe=(
            "au.cam.>",
            "req.gop.mosaic.>",
            "req.gop.public.>",
            "req.keyframe.mosaic.>",
            "req.keyframe.public.>",
        ),
        writes=(
            "leases.mosaic.>",
            "leases.public.>",
            "status.mosaic.>",
            "status.public.>",
            "demand.*",
            "holders.tiler.*",
            "workers.tiler.*",
        ),
        reads=("leases", "holders", "workers", "plans", "demand", "mosaics", "status"),
        answers=True,
    ),
    "gateway": Rights(
        publish=("req.gop.>", "req.keyframe.>", "req.viewers.confirm", "evt.session.>"),
        subscribe=("au.>", "req.gateway.>", "evt.rights"),
        writes=("demand.*", "workers.gateway.*"),
        answers=True,
    ),
    "judge": Rights(
        publish=("req.source.cam.>", "req.gop.cam.>", "req.gop.mosaic.>", "req.sweep.>"),
        subscribe=("req.still.>", "req.view.>"),
        writes=("health.cam.>", "refusals.*", "workers.judge.*"),
        reads=("leases", "holders", "workers", "plans", "demand", "status", "refusals", "health"),
        answers=True,
        makes=True,
    ),
    # No bucket is read: whoever breaks into it finds what is published, and nothing besides.
    "public": Rights(
        publish=("req.gop.public.>", "req.keyframe.public.>", "req.public.site"),
        subscribe=("au.public.>", "evt.public"),
        writes=("demand.public.*", "workers.public.*"),
    ),
}


def inbox_prefix(role: str) -> str:
    """Where answers to `role` arrive: no other role can listen there."""
    return f"_INBOX_{role}"


def may_answer(subject: str, reply: str) -> bool:
    """Whether a request on `subject` may be answered at `reply`, which is to be an inbox of a role that may ask this.

    nats-server checks what a role publishes, and not where it wants the answer, which whoever answers may then say.
    """
    return any(
        reply.startswith(f"{inbox_prefix(role)}.") and any(_covers(allowed, subject) for allowed in rights.publish)
        for role, rights in RIGHTS.items()
    )


def _covers(pattern: str, subject: str) -> bool:
    """Whether nats-server takes `subject` for one of `pattern`: * is one token of it, a last > all that follow."""
    return bool(re.fullmatch(pattern.replace(".", r"\.").replace("*", "[^.]+").replace(">", ".+"), subject))


def bucket_stream(bucket: str) -> str:
    """The JetStream stream that a key-value bucket is (NATS ADR-8)."""
    return f"KV_{bucket}"


def nats_permissions(role: str) -> dict[str, Any]:
    """`role`'s permissions in the words of nats-server's configuration."""
    rights = RIGHTS[role]
    publish = [*rights.publish]
    for bucket in rights.reads:
        stream = bucket_stream(bucket)
        publish += [
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.CONSUMER.CREATE.{stream}.>",
            f"$JS.API.CONSUMER.DELETE.{stream}.*",
            f"$JS.API.DIRECT.GET.{stream}.>",
        ]
    publish += [f"$KV.{key}" for key in rights.writes]
    if rights.makes:
        buckets = {*rights.reads, *(key.split(".")[0] for key in rights.writes)}
        publish += [f"$JS.API.STREAM.CREATE.{bucket_stream(bucket)}" for bucket in sorted(buckets)]
    permissions: dict[str, Any] = {
        "publish": {"allow": publish},
        "subscribe": {"allow": [*rights.subscribe, f"{inbox_prefix(role)}.>"]},
    }
    if rights.answers:
        permissions["allow_responses"] = _ANSWERS
    return permissions
